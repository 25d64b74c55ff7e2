//! A thousand calls each, by a literal format, by hand, and by a format at run time, for
//! callgrind to count.

use core::hint::black_box;

use amphi_core::pack::{Format, Item, Value, record};

record! {
    struct Message = "!I2sfH";
}

type Values = (u32, [u8; 2], f32, u16);

#[unsafe(no_mangle)]
#[inline(never)]
fn record_pack(values: &[Values]) -> u8 {
    let mut sum = 0;
    for values in values {
        sum ^= black_box(&Message::pack(*values))[11];
    }
    sum
}

#[unsafe(no_mangle)]
#[inline(never)]
fn hand_pack(values: &[Values]) -> u8 {
    let mut sum = 0;
    for (a, b, c, d) in values {
        let mut octets = [0; 12];
        octets[0..4].copy_from_slice(&a.to_be_bytes());
        octets[4..6].copy_from_slice(b);
        octets[6..10].copy_from_slice(&c.to_be_bytes());
        octets[10..12].copy_from_slice(&d.to_be_bytes());
        sum ^= black_box(&octets)[11];
    }
    sum
}

#[unsafe(no_mangle)]
#[inline(never)]
fn record_unpack(records: &[[u8; 12]]) -> u16 {
    let mut sum = 0;
    for octets in records {
        sum ^= black_box(&Message::unpack(octets)).3;
    }
    sum
}

#[unsafe(no_mangle)]
#[inline(never)]
fn hand_unpack(records: &[[u8; 12]]) -> u16 {
    let mut sum = 0;
    for octets in records {
        let [a, b, c, d, e, f, g, h, i, j, k, l] = *octets;
        let values: Values = (
            u32::from_be_bytes([a, b, c, d]),
            [e, f],
            f32::from_be_bytes([g, h, i, j]),
            u16::from_be_bytes([k, l]),
        );
        sum ^= black_box(&values).3;
    }
    sum
}

#[unsafe(no_mangle)]
#[inline(never)]
fn tuple_pack(format: &Format<'_>, values: &[Values]) -> u8 {
    let mut sum = 0;
    for values in values {
        let mut octets = [0; 12];
        format.pack_tuple(&mut octets, 0, *values).unwrap();
        sum ^= black_box(&octets)[11];
    }
    sum
}

#[unsafe(no_mangle)]
#[inline(never)]
fn tuple_unpack(format: &Format<'_>, records: &[[u8; 12]]) -> u16 {
    let mut sum = 0;
    for octets in records {
        let values: Values = format.unpack_tuple(octets, 0).unwrap();
        sum ^= black_box(&values).3;
    }
    sum
}

#[unsafe(no_mangle)]
#[inline(never)]
fn value_pack(format: &Format<'_>, values: &[Values]) -> u8 {
    let mut sum = 0;
    for (a, b, c, d) in values {
        let mut octets = [0; 12];
        let values = [Value::from(*a), b.into(), Value::from(*c), Value::from(*d)];
        format.pack_into(&mut octets, 0, &values).unwrap();
        sum ^= black_box(&octets)[11];
    }
    sum
}

/// What a program looks at that has values of any kind.
#[inline(always)]
fn of_any_kind(values: &[Value<'_>]) -> Values {
    let [Value::Unsigned(a), Value::Bytes(b), Value::Float(c), Value::Unsigned(d)] = *values
    else {
        panic!("other variants");
    };
    (a as u32, b.try_into().unwrap(), c as f32, d as u16)
}

#[unsafe(no_mangle)]
#[inline(never)]
fn value_unpack(format: &Format<'_>, records: &[[u8; 12]]) -> u16 {
    let mut sum = 0;
    for octets in records {
        let mut room = [Value::Bool(false); 4];
        let values = format.unpack_into(octets, 0, &mut room).unwrap();
        sum ^= black_box(&of_any_kind(values)).3;
    }
    sum
}

/// How many records are packed or unpacked at once.
const BLOCK: usize = 100;

#[unsafe(no_mangle)]
#[inline(never)]
fn records_pack(format: &Format<'_>, values: &[Values]) -> u8 {
    let mut sum = 0;
    let mut room = [Value::Bool(false); 4 * BLOCK];
    for values in values.chunks_exact(BLOCK) {
        let mut octets = [0; 12 * BLOCK];
        let (rooms, _) = room.as_chunks_mut::<4>();
        for ((a, b, c, d), room) in values.iter().zip(rooms) {
            *room = [Value::from(*a), b.into(), Value::from(*c), Value::from(*d)];
        }
        format.pack_records(&mut octets, &room).unwrap();
        for octets in black_box(&octets).as_chunks::<12>().0 {
            sum ^= octets[11];
        }
    }
    sum
}

#[unsafe(no_mangle)]
#[inline(never)]
fn records_unpack(format: &Format<'_>, records: &[[u8; 12]]) -> u16 {
    let mut sum = 0;
    let mut room = [Value::Bool(false); 4 * BLOCK];
    for records in records.chunks_exact(BLOCK) {
        let values = format.unpack_records(records.as_flattened(), &mut room).unwrap();
        for values in values.as_chunks::<4>().0 {
            sum ^= black_box(&of_any_kind(values)).3;
        }
    }
    sum
}

fn main() {
    let values: Vec<Values> = (0..1000).map(|i| (i, *b"ab", 2.5, 7)).collect();
    let records: Vec<[u8; 12]> = values.iter().map(|values| Message::pack(*values)).collect();
    assert_eq!(record_pack(&values), hand_pack(&values));
    assert_eq!(record_unpack(&records), hand_unpack(&records));
    let mut items = [Item::EMPTY; 4];
    let format = Format::parse(black_box("!I2sfH"), &mut items).unwrap();
    let (packed, unpacked) = (tuple_pack(&format, &values), tuple_unpack(&format, &records));
    assert_eq!(packed, value_pack(&format, &values));
    assert_eq!(packed, records_pack(&format, &values));
    assert_eq!(unpacked, value_unpack(&format, &records));
    assert_eq!(unpacked, records_unpack(&format, &records));
}
