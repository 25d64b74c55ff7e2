use amphi_core::pack::record;

record! {
    pub struct Message = "!I2sf";
}

fn main() {
    Message::pack((1, *b"abc", 2.5));
    Message::pack((1_u16, *b"ab", 2.5));
    Message::pack((1, *b"ab", 2));
    let (_, _, _, _) = Message::unpack(&[0; 10]);
}
