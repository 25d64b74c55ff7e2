use amphi_core::pack::{record, unpack};

record! {
    pub struct Message = "!I2sf";
}

fn main() {
    Message::unpack(&[0; 9]);
    unpack!("!I2s", b"abcde");
    let _: [u8; 8] = Message::pack((1, *b"ab", 2.5));
}
