//! Any format and any octets: unpacking does not panic, one record at a time and all
//! of them, and what it gives packs again into octets that unpack to the same.

#![no_main]

use amphi_core::pack::{Format, Item, Value, pack_into, unpack_from};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: (&str, u8, &[u8])| {
    let (text, offset, octets) = input;
    let offset = usize::from(offset);
    let mut items = [Item::EMPTY; 64];
    let Ok(format) = Format::parse(text, &mut items) else {
        return;
    };
    if let Ok(records) = format.iter_unpack(octets) {
        let count = records
            .map(|values| assert_eq!(values.len(), values.count()))
            .count();
        assert_eq!(count * format.size(), octets.len());
    }
    // A record of no octets may still have any number of empty values.
    let mut room = [Value::Bool(false); 512];
    if format.values() > room.len() {
        return;
    }
    let read = format.unpack_from(octets, offset);
    let Ok(values) = unpack_from(text, octets, offset, &mut room) else {
        assert!(read.is_err());
        return;
    };
    assert!(
        read.expect("as the other way")
            .map(plain)
            .eq(values.iter().copied().map(plain))
    );
    // As a tuple, each element is the item's value as far as it is of its type.
    if let Ok(tuple) = format.unpack_tuple::<(u32, &[u8], f32)>(octets, offset) {
        let (number, text, float) = tuple;
        assert_eq!(values[0].as_u64(), Some(number.into()));
        assert_eq!(values[1], Value::Bytes(text));
        let wide = values[2].as_f64().expect("a float");
        assert!((wide as f32).to_bits() == float.to_bits() || wide.is_nan());
        let mut again = vec![0xFF; format.size()];
        assert_eq!(format.pack_tuple(&mut again, 0, tuple), Ok(()));
        assert!(format.unpack_tuple::<(u32, &[u8], f32)>(&again, 0).is_ok());
    }
    let mut once = vec![0xFF; format.size()];
    let mut each = once.clone();
    format
        .pack_into(&mut once, 0, values)
        .expect("its own values");
    assert_eq!(pack_into(text, &mut each, 0, values), Ok(format.size()));
    assert_eq!(once, each);
    let again = format.unpack_from(&once, 0).expect("its own octets");
    assert!(
        again.map(plain).eq(values.iter().copied().map(plain)),
        "{text:?}"
    );
});

/// Values that can be compared: any NaN is as good as another.
fn plain(value: Value<'_>) -> Value<'_> {
    match value {
        Value::Float(number) if number.is_nan() => Value::Bool(true),
        other => other,
    }
}
