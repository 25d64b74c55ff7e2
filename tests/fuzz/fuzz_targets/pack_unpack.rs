//! Any format and any octets: unpacking does not panic, one record at a time and all
//! of them, and what it gives packs again into octets that unpack to the same.

#![no_main]

use amphi_core::pack::{Format, Item, Pascal, Value, pack_into, unpack_from};
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
    let mut many = vec![Value::Bool(false); 4096];
    if let Ok(values) = format.unpack_records(octets, &mut many) {
        let records = format.iter_unpack(octets).expect("as all at once");
        let records = records.flatten().map(plain);
        assert!(records.eq(values.iter().copied().map(plain)));
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
    let mut once = vec![0xFF; format.size()];
    let mut each = once.clone();
    format
        .pack_into(&mut once, 0, values)
        .expect("its own values");
    assert_eq!(pack_into(text, &mut each, 0, values), Ok(format.size()));
    assert_eq!(once, each);
    // Whatever type of Rust takes the only item, packs it as its values do.
    macro_rules! as_tuple {
        ($($type:ty)*) => { $(
            if let Ok(tuple) = format.unpack_tuple::<($type,)>(&once, 0) {
                each.fill(0xFF);
                if format.pack_tuple(&mut each, 0, tuple).is_ok() && !has_nan(values) {
                    assert_eq!(once, each, "{text:?} as {}", stringify!($type));
                }
            }
        )* };
    }
    as_tuple!(u8 i16 u32 i64 bool f64 &[u8] [u8; 3] [u16; 2] Pascal<4> Value<'_>);
    let again = format.unpack_from(&once, 0).expect("its own octets");
    assert!(
        again.map(plain).eq(values.iter().copied().map(plain)),
        "{text:?}"
    );
});

fn has_nan(values: &[Value<'_>]) -> bool {
    (values.iter()).any(|value| value.as_f64().is_some_and(f64::is_nan))
}

/// Values that can be compared: any NaN is as good as another.
fn plain(value: Value<'_>) -> Value<'_> {
    match value {
        Value::Float(number) if number.is_nan() => Value::Bool(true),
        other => other,
    }
}
