amphi_core::pack::record! {
    pub struct Message = "!BHBHBHBHBHBHB";
}

fn main() {}
