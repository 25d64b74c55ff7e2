//! `!I2sfH` packed and unpacked: a literal format, one at run time, by hand, and
//! with byteorder, zerocopy, scroll, binrw and deku.
//!
//! Each round works on the same 1,024 records; the numbers are for one pass over
//! all of them.

use core::hint::black_box;
use std::io::Cursor;

use amphi_core::pack::{Format, Item, PackError, Value, record};
use binrw::{BinRead, BinWrite};
use byteorder::{BigEndian, ByteOrder};
use deku::{DekuContainerRead, DekuContainerWrite, DekuRead, DekuWrite};
use divan::Bencher;
use scroll::{Pread, Pwrite};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned, big_endian};

record! {
    struct Message = "!I2sfH";
}

const COUNT: usize = 1024;
const SIZE: usize = Message::SIZE;

type Values = (u32, [u8; 2], f32, u16);

/// What a program looks at that has values of any kind.
#[inline(always)]
fn of_any_kind(values: &[Value<'_>]) -> Values {
    let [
        Value::Unsigned(a),
        Value::Bytes(b),
        Value::Float(c),
        Value::Unsigned(d),
    ] = *values
    else {
        unreachable!("these four");
    };
    let b = b.try_into().expect("two octets");
    (a as u32, b, c as f32, d as u16)
}

fn values() -> Vec<Values> {
    (0..COUNT as u32)
        .map(|i| (i, *b"ab", i as f32, i as u16))
        .collect()
}

fn octets() -> Vec<u8> {
    values()
        .iter()
        .flat_map(|values| Message::pack(*values))
        .collect()
}

/// Packs all values one after the other.
fn pack_with(bencher: Bencher<'_, '_>, mut pack: impl FnMut(&Values, &mut [u8])) {
    let (values, mut out) = (values(), vec![0; COUNT * SIZE]);
    for (values, out) in values.iter().zip(out.chunks_exact_mut(SIZE)) {
        pack(values, out);
    }
    assert_eq!(out, octets());
    bencher.bench_local(|| {
        for (values, out) in black_box(&values).iter().zip(out.chunks_exact_mut(SIZE)) {
            pack(values, black_box(out));
        }
    });
}

/// Unpacks all records one after the other, into values that are kept.
///
/// There is one call of `unpack`, so that it is part of the loop. From a function by
/// itself a tuple comes through memory, and where it is moved on in larger pieces than
/// it was stored in, the processor waits for some three nanoseconds, see `literal_called`.
fn unpack_with(bencher: Bencher<'_, '_>, mut unpack: impl FnMut(&[u8]) -> Values) {
    let (octets, mut out) = (octets(), vec![(0, [0; 2], 0.0, 0); COUNT]);
    let out = &mut out;
    bencher.bench_local(|| {
        for (octets, out) in black_box(&octets).chunks_exact(SIZE).zip(out.iter_mut()) {
            *black_box(out) = unpack(octets);
        }
    });
    assert_eq!(*out, values());
}

/// How many records there are in a block of those that are packed or unpacked at once.
const BLOCK: usize = 128;

#[derive(FromBytes, IntoBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
struct Zero {
    a: big_endian::U32,
    b: [u8; 2],
    c: big_endian::F32,
    d: big_endian::U16,
}

#[derive(scroll::Pread, scroll::Pwrite)]
struct Scroll {
    a: u32,
    b: [u8; 2],
    c: f32,
    d: u16,
}

#[derive(BinRead, BinWrite)]
#[brw(big)]
struct Binrw {
    a: u32,
    b: [u8; 2],
    c: f32,
    d: u16,
}

#[derive(DekuRead, DekuWrite)]
#[deku(endian = "big")]
struct Deku {
    a: u32,
    b: [u8; 2],
    c: f32,
    d: u16,
}

#[divan::bench_group(name = "pack !I2sfH")]
mod pack {
    use super::*;

    #[divan::bench]
    fn literal(bencher: Bencher<'_, '_>) {
        pack_with(bencher, |values, out| {
            Message::pack_into(out, 0, *values).expect("room");
        });
    }

    /// Each record by a call, as a run-time format has it.
    #[divan::bench]
    fn literal_called(bencher: Bencher<'_, '_>) {
        #[inline(never)]
        fn pack(buf: &mut [u8], offset: usize, values: Values) -> Result<(), PackError> {
            Message::pack_into(buf, offset, values)
        }
        pack_with(bencher, |values, out| {
            pack(out, 0, *values).expect("room");
        });
    }

    #[divan::bench]
    fn by_hand(bencher: Bencher<'_, '_>) {
        pack_with(bencher, |&(a, b, c, d), out| {
            out[0..4].copy_from_slice(&a.to_be_bytes());
            out[4..6].copy_from_slice(&b);
            out[6..10].copy_from_slice(&c.to_be_bytes());
            out[10..12].copy_from_slice(&d.to_be_bytes());
        });
    }

    #[divan::bench]
    fn run_time_tuple(bencher: Bencher<'_, '_>) {
        let mut items = [Item::EMPTY; 4];
        let format = Format::parse(black_box("!I2sfH"), &mut items).expect("a format");
        pack_with(bencher, |values, out| {
            format.pack_tuple(out, 0, *values).expect("good values");
        });
    }

    #[divan::bench]
    fn run_time_values(bencher: Bencher<'_, '_>) {
        let mut items = [Item::EMPTY; 4];
        let format = Format::parse(black_box("!I2sfH"), &mut items).expect("a format");
        pack_with(bencher, |(a, b, c, d), out| {
            let values = [
                Value::from(*a),
                Value::from(b),
                Value::from(*c),
                Value::from(*d),
            ];
            format.pack_into(out, 0, &values).expect("good values");
        });
    }

    /// The values of many records at once.
    #[divan::bench]
    fn run_time_records(bencher: Bencher<'_, '_>) {
        let mut items = [Item::EMPTY; 4];
        let format = Format::parse(black_box("!I2sfH"), &mut items).expect("a format");
        let (values, mut out) = (values(), vec![0; COUNT * SIZE]);
        let pack = |values: &[Values], out: &mut [u8]| {
            let mut room = [Value::Bool(false); 4 * BLOCK];
            for (values, out) in values.chunks(BLOCK).zip(out.chunks_mut(BLOCK * SIZE)) {
                let (rooms, _) = room.as_chunks_mut::<4>();
                for ((a, b, c, d), room) in values.iter().zip(rooms) {
                    *room = [
                        Value::from(*a),
                        Value::from(b),
                        Value::from(*c),
                        Value::from(*d),
                    ];
                }
                let values = &room[..4 * values.len()];
                let packed = format.pack_records(black_box(out), values);
                packed.expect("good values");
            }
        };
        pack(&values, &mut out);
        assert_eq!(out, octets());
        bencher.bench_local(|| pack(black_box(&values), &mut out));
    }

    #[divan::bench]
    fn byteorder(bencher: Bencher<'_, '_>) {
        pack_with(bencher, |&(a, b, c, d), out| {
            BigEndian::write_u32(&mut out[0..4], a);
            out[4..6].copy_from_slice(&b);
            BigEndian::write_f32(&mut out[6..10], c);
            BigEndian::write_u16(&mut out[10..12], d);
        });
    }

    #[divan::bench]
    fn zerocopy(bencher: Bencher<'_, '_>) {
        pack_with(bencher, |&(a, b, c, d), out| {
            let (a, c, d) = (a.into(), c.into(), d.into());
            Zero { a, b, c, d }.write_to(out).expect("room");
        });
    }

    #[divan::bench]
    fn scroll(bencher: Bencher<'_, '_>) {
        pack_with(bencher, |&(a, b, c, d), out| {
            out.pwrite_with(Scroll { a, b, c, d }, 0, scroll::BE)
                .expect("room");
        });
    }

    #[divan::bench]
    fn binrw(bencher: Bencher<'_, '_>) {
        pack_with(bencher, |&(a, b, c, d), out| {
            Binrw { a, b, c, d }
                .write(&mut Cursor::new(out))
                .expect("room");
        });
    }

    #[divan::bench]
    fn deku(bencher: Bencher<'_, '_>) {
        pack_with(bencher, |&(a, b, c, d), out| {
            Deku { a, b, c, d }.to_slice(out).expect("room");
        });
    }
}

#[divan::bench_group(name = "unpack !I2sfH")]
mod unpack {
    use super::*;

    #[divan::bench]
    fn literal(bencher: Bencher<'_, '_>) {
        unpack_with(bencher, |octets| {
            Message::unpack_from(octets, 0).expect("a record")
        });
    }

    /// Each record by a call, as a run-time format has it.
    #[divan::bench]
    fn literal_called(bencher: Bencher<'_, '_>) {
        #[inline(never)]
        fn unpack(buf: &[u8], offset: usize) -> Result<Values, PackError> {
            Message::unpack_from(buf, offset)
        }
        unpack_with(bencher, |octets| unpack(octets, 0).expect("a record"));
    }

    #[divan::bench]
    fn by_hand(bencher: Bencher<'_, '_>) {
        unpack_with(bencher, |octets| {
            let [a, b, c, d, e, f, g, h, i, j, k, l] = *octets.first_chunk().expect("a record");
            (
                u32::from_be_bytes([a, b, c, d]),
                [e, f],
                f32::from_be_bytes([g, h, i, j]),
                u16::from_be_bytes([k, l]),
            )
        });
    }

    #[divan::bench]
    fn run_time_tuple(bencher: Bencher<'_, '_>) {
        let mut items = [Item::EMPTY; 4];
        let format = Format::parse(black_box("!I2sfH"), &mut items).expect("a format");
        unpack_with(bencher, |octets| {
            format.unpack_tuple(octets, 0).expect("a record")
        });
    }

    #[divan::bench]
    fn run_time_values(bencher: Bencher<'_, '_>) {
        let mut items = [Item::EMPTY; 4];
        let format = Format::parse(black_box("!I2sfH"), &mut items).expect("a format");
        unpack_with(bencher, |octets| {
            let mut room = [Value::Bool(false); 4];
            let values = format.unpack_into(octets, 0, &mut room).expect("a record");
            of_any_kind(values)
        });
    }

    /// The values of many records at once.
    #[divan::bench]
    fn run_time_records(bencher: Bencher<'_, '_>) {
        let mut items = [Item::EMPTY; 4];
        let format = Format::parse(black_box("!I2sfH"), &mut items).expect("a format");
        let (octets, mut out) = (octets(), vec![(0, [0; 2], 0.0, 0); COUNT]);
        let out = &mut out;
        bencher.bench_local(|| {
            let mut room = [Value::Bool(false); 4 * BLOCK];
            let octets = black_box(&octets).chunks(BLOCK * SIZE);
            for (octets, out) in octets.zip(out.chunks_mut(BLOCK)) {
                let values = format.unpack_records(octets, &mut room).expect("records");
                for (values, out) in values.as_chunks::<4>().0.iter().zip(out) {
                    *black_box(out) = of_any_kind(values);
                }
            }
        });
        assert_eq!(*out, values());
    }

    #[divan::bench]
    fn byteorder(bencher: Bencher<'_, '_>) {
        unpack_with(bencher, |octets| {
            (
                BigEndian::read_u32(&octets[0..4]),
                [octets[4], octets[5]],
                BigEndian::read_f32(&octets[6..10]),
                BigEndian::read_u16(&octets[10..12]),
            )
        });
    }

    #[divan::bench]
    fn zerocopy(bencher: Bencher<'_, '_>) {
        unpack_with(bencher, |octets| {
            let record = Zero::ref_from_bytes(octets).expect("a record");
            (record.a.get(), record.b, record.c.get(), record.d.get())
        });
    }

    #[divan::bench]
    fn scroll(bencher: Bencher<'_, '_>) {
        unpack_with(bencher, |octets| {
            let Scroll { a, b, c, d } = octets.pread_with(0, scroll::BE).expect("a record");
            (a, b, c, d)
        });
    }

    #[divan::bench]
    fn binrw(bencher: Bencher<'_, '_>) {
        unpack_with(bencher, |octets| {
            let Binrw { a, b, c, d } = Binrw::read(&mut Cursor::new(octets)).expect("a record");
            (a, b, c, d)
        });
    }

    #[divan::bench]
    fn deku(bencher: Bencher<'_, '_>) {
        unpack_with(bencher, |octets| {
            let (_, Deku { a, b, c, d }) = Deku::from_bytes((octets, 0)).expect("a record");
            (a, b, c, d)
        });
    }
}

fn main() {
    divan::main();
}
