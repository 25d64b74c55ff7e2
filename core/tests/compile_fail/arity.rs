use amphi_core::pack::{pack, record};

record! {
    pub struct Message = "!I2sf";
}

fn main() {
    Message::pack((1, *b"ab"));
    pack!("!I2sf", 1, *b"ab", 2.5, 3);
}
