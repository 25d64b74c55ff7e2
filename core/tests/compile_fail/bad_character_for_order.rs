amphi_core::pack::record! {
    pub struct Message = "<2hn";
}

fn main() {}
