use amphi_core::pack::{pack, record, unpack};

record! {
    pub struct Good = "!I2s";
    pub struct Bad = "!I2y";
    wide struct Wide = "!33B BBBBBBBB BBBBBBBB BBBBBBBB BBBBBBBB";
}

const FORMAT: &str = "<2hé";

record! {
    struct ByName = FORMAT;
}

fn main() {
    let _ = pack!("!I2", 1, *b"ab");
    let (_, _) = unpack!("<2hn", b"abcde");
    let _ = Bad::pack((1, 2));
    let _ = Wide::unpack(&[0; 7]);
    let _ = ByName::SIZE;
}
