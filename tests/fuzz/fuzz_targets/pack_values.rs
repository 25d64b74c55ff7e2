//! Any format and any values: packing does not panic, fails without touching what
//! lies outside of the record, and what it packs unpacks.

#![no_main]

use amphi_core::pack::{Format, Half, Item, Value};
use libfuzzer_sys::fuzz_target;

/// Which kind of value, its bits, its octets.
type Draft<'d> = (u8, u64, &'d [u8]);

fuzz_target!(|input: (&str, Vec<Draft<'_>>, u8)| {
    let (text, values, offset) = input;
    let offset = usize::from(offset);
    let mut items = [Item::EMPTY; 64];
    let Ok(format) = Format::parse(text, &mut items) else {
        return;
    };
    let values: Vec<Value<'_>> = (values.into_iter())
        .map(|(kind, bits, octets)| match kind % 6 {
            0 => Value::Signed(bits as i64),
            1 => Value::Unsigned(bits),
            2 => Value::Float(f64::from_bits(bits)),
            3 => Value::Bool(bits != 0),
            4 => Value::Float(Half::from_bits(bits as u16).to_f64()),
            _ => Value::Bytes(octets),
        })
        .collect();
    let mut buf = [0xA5; 1024];
    let packed = format.pack_into(&mut buf, offset, &values);
    if let Err(error) = &packed {
        assert!(!error.to_string().is_empty());
        assert!(error.value().is_none_or(|value| value < values.len()));
    }
    let end = offset.saturating_add(format.size()).min(buf.len());
    let outside = buf[..offset].iter().chain(&buf[end..]);
    assert_eq!(outside.filter(|octet| **octet != 0xA5).count(), 0);
    if packed.is_ok() {
        assert_eq!(
            format.unpack_from(&buf, offset).expect("room").count(),
            values.len()
        );
    }
});
