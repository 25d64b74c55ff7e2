//! Literal formats beside what one would write by hand, for `.ci/pack codegen` to
//! compare what the compiler makes of both.
#![no_std]

use amphi_core::pack::record;

record! {
    struct Message = "!I2sfH";
    struct Ethernet = "!6s6sH";
    struct Turned = "<BHIQ4s";
    struct Ipv4 = "!BBHHHBBH4s4s";
    struct Native = "BHI?q";
}

type Inet = (u8, u8, u16, u16, u16, u8, u8, u16, [u8; 4], [u8; 4]);

macro_rules! pair {
    ($record:ident $name:ident = $($argument:ident: $type:ty),* => $value:ty, $this:expr, $hand:expr;) => {
        pub mod $record {
            #[allow(unused_imports)]
            use super::*;
            #[unsafe(no_mangle)]
            pub fn $record($($argument: $type),*) -> $value { $this }
        }
        pub mod $name {
            #[allow(unused_imports)]
            use super::*;
            #[unsafe(no_mangle)]
            pub fn $name($($argument: $type),*) -> $value { $hand }
        }
    };
}

/// The buffer is long enough, which the compiler sees.
fn drop_ok(result: Result<(), amphi_core::pack::PackError>) {
    if let Ok(()) = result {}
}

/// The octets from `FROM` of `octets`.
macro_rules! at {
    ($octets:ident, $from:literal, $len:literal) => {
        *$octets[$from..].first_chunk::<$len>().unwrap()
    };
}

pair! {
    record_pack_message hand_pack_message = a: u32, b: [u8; 2], c: f32, d: u16 => [u8; 12],
    Message::pack((a, b, c, d)),
    {
        let mut out = [0; 12];
        out[0..4].copy_from_slice(&a.to_be_bytes());
        out[4..6].copy_from_slice(&b);
        out[6..10].copy_from_slice(&c.to_be_bytes());
        out[10..12].copy_from_slice(&d.to_be_bytes());
        out
    };
}
pair! {
    record_into_message hand_into_message = out: &mut [u8; 12], a: u32, b: [u8; 2], c: f32, d: u16 => (),
    drop_ok(Message::pack_into(out, 0, (a, b, c, d))),
    {
        out[0..4].copy_from_slice(&a.to_be_bytes());
        out[4..6].copy_from_slice(&b);
        out[6..10].copy_from_slice(&c.to_be_bytes());
        out[10..12].copy_from_slice(&d.to_be_bytes());
    };
}
pair! {
    record_unpack_message hand_unpack_message = octets: &[u8; 12] => (u32, [u8; 2], f32, u16),
    Message::unpack(octets),
    (
        u32::from_be_bytes(at!(octets, 0, 4)),
        at!(octets, 4, 2),
        f32::from_be_bytes(at!(octets, 6, 4)),
        u16::from_be_bytes(at!(octets, 10, 2)),
    );
}
pair! {
    record_pack_ethernet hand_pack_ethernet = a: &[u8; 6], b: &[u8; 6], c: u16 => [u8; 14],
    Ethernet::pack((*a, *b, c)),
    {
        let mut out = [0; 14];
        out[0..6].copy_from_slice(a);
        out[6..12].copy_from_slice(b);
        out[12..14].copy_from_slice(&c.to_be_bytes());
        out
    };
}
pair! {
    record_into_ethernet hand_into_ethernet = out: &mut [u8; 14], a: &[u8; 6], b: &[u8; 6], c: u16 => (),
    drop_ok(Ethernet::pack_into(out, 0, (*a, *b, c))),
    {
        out[0..6].copy_from_slice(a);
        out[6..12].copy_from_slice(b);
        out[12..14].copy_from_slice(&c.to_be_bytes());
    };
}
pair! {
    record_unpack_ethernet hand_unpack_ethernet = octets: &[u8; 14] => ([u8; 6], [u8; 6], u16),
    Ethernet::unpack(octets),
    (at!(octets, 0, 6), at!(octets, 6, 6), u16::from_be_bytes(at!(octets, 12, 2)));
}
pair! {
    record_pack_turned hand_pack_turned = a: u8, b: u16, c: u32, d: u64, e: &[u8; 4] => [u8; 19],
    Turned::pack((a, b, c, d, *e)),
    {
        let mut out = [0; 19];
        out[0] = a;
        out[1..3].copy_from_slice(&b.to_le_bytes());
        out[3..7].copy_from_slice(&c.to_le_bytes());
        out[7..15].copy_from_slice(&d.to_le_bytes());
        out[15..19].copy_from_slice(e);
        out
    };
}
pair! {
    record_into_turned hand_into_turned = out: &mut [u8; 19], a: u8, b: u16, c: u32, d: u64, e: &[u8; 4] => (),
    drop_ok(Turned::pack_into(out, 0, (a, b, c, d, *e))),
    {
        out[0] = a;
        out[1..3].copy_from_slice(&b.to_le_bytes());
        out[3..7].copy_from_slice(&c.to_le_bytes());
        out[7..15].copy_from_slice(&d.to_le_bytes());
        out[15..19].copy_from_slice(e);
    };
}
pair! {
    record_unpack_turned hand_unpack_turned = octets: &[u8; 19] => (u8, u16, u32, u64, [u8; 4]),
    Turned::unpack(octets),
    (
        octets[0],
        u16::from_le_bytes(at!(octets, 1, 2)),
        u32::from_le_bytes(at!(octets, 3, 4)),
        u64::from_le_bytes(at!(octets, 7, 8)),
        at!(octets, 15, 4),
    );
}
pair! {
    record_pack_ipv4 hand_pack_ipv4 = v: &Inet => [u8; 20],
    Ipv4::pack(*v),
    {
        let mut out = [0; 20];
        out[0] = v.0;
        out[1] = v.1;
        out[2..4].copy_from_slice(&v.2.to_be_bytes());
        out[4..6].copy_from_slice(&v.3.to_be_bytes());
        out[6..8].copy_from_slice(&v.4.to_be_bytes());
        out[8] = v.5;
        out[9] = v.6;
        out[10..12].copy_from_slice(&v.7.to_be_bytes());
        out[12..16].copy_from_slice(&v.8);
        out[16..20].copy_from_slice(&v.9);
        out
    };
}
pair! {
    record_into_ipv4 hand_into_ipv4 = out: &mut [u8; 20], v: &Inet => (),
    drop_ok(Ipv4::pack_into(out, 0, *v)),
    {
        out[0] = v.0;
        out[1] = v.1;
        out[2..4].copy_from_slice(&v.2.to_be_bytes());
        out[4..6].copy_from_slice(&v.3.to_be_bytes());
        out[6..8].copy_from_slice(&v.4.to_be_bytes());
        out[8] = v.5;
        out[9] = v.6;
        out[10..12].copy_from_slice(&v.7.to_be_bytes());
        out[12..16].copy_from_slice(&v.8);
        out[16..20].copy_from_slice(&v.9);
    };
}
pair! {
    record_unpack_ipv4 hand_unpack_ipv4 = octets: &[u8; 20] => Inet,
    Ipv4::unpack(octets),
    (
        octets[0],
        octets[1],
        u16::from_be_bytes(at!(octets, 2, 2)),
        u16::from_be_bytes(at!(octets, 4, 2)),
        u16::from_be_bytes(at!(octets, 6, 2)),
        octets[8],
        octets[9],
        u16::from_be_bytes(at!(octets, 10, 2)),
        at!(octets, 12, 4),
        at!(octets, 16, 4),
    );
}
pair! {
    record_pack_native hand_pack_native = a: u8, b: u16, c: u32, d: bool, e: i64 => [u8; 24],
    Native::pack((a, b, c, d, e)),
    {
        let mut out = [0; 24];
        out[0] = a;
        out[2..4].copy_from_slice(&b.to_ne_bytes());
        out[4..8].copy_from_slice(&c.to_ne_bytes());
        out[8] = d as u8;
        out[16..24].copy_from_slice(&e.to_ne_bytes());
        out
    };
}
pair! {
    record_into_native hand_into_native = out: &mut [u8; 24], a: u8, b: u16, c: u32, d: bool, e: i64 => (),
    drop_ok(Native::pack_into(out, 0, (a, b, c, d, e))),
    {
        *out = [0; 24];
        out[0] = a;
        out[2..4].copy_from_slice(&b.to_ne_bytes());
        out[4..8].copy_from_slice(&c.to_ne_bytes());
        out[8] = d as u8;
        out[16..24].copy_from_slice(&e.to_ne_bytes());
    };
}
pair! {
    record_unpack_native hand_unpack_native = octets: &[u8; 24] => (u8, u16, u32, bool, i64),
    Native::unpack(octets),
    (
        octets[0],
        u16::from_ne_bytes(at!(octets, 2, 2)),
        u32::from_ne_bytes(at!(octets, 4, 4)),
        octets[8] != 0,
        i64::from_ne_bytes(at!(octets, 16, 8)),
    );
}
