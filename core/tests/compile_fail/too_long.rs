amphi_core::pack::record! {
    pub struct Message = "!I9223372036854775807s";
}

fn main() {}
