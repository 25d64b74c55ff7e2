amphi_core::pack::record! {
    pub struct Message = "!I2y";
}

fn main() {}
