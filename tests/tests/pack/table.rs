//! Many records at once, against one after the other.

use amphi_core::pack::{Format, Item, PackErrorKind, Value};

use super::chance::Chance;

const CODES: [&str; 27] = [
    "x", "c", "b", "B", "?", "h", "H", "i", "I", "l", "L", "q", "Q", "e", "f", "d", "s", "2s",
    "4s", "5s", "6s", "8s", "16s", "p", "7p", "3H", "0s",
];

fn format_of(chance: &mut Chance) -> String {
    let mut format = String::from(["", "@", "=", "<", ">", "!"][chance.below(6)]);
    for _ in 0..chance.below(7) {
        let code = CODES[chance.below(CODES.len())];
        // miri gives what is no number another payload at each time.
        if !(cfg!(miri) && matches!(code, "e" | "f" | "d")) {
            format.push_str(code);
        }
    }
    format
}

/// The octets of each record packed by itself, or what is wrong and with which value.
fn each(format: &Format<'_>, values: &[Value<'_>]) -> Result<Vec<u8>, (PackErrorKind, usize)> {
    let mut all = Vec::new();
    for (index, values) in values.chunks(format.values()).enumerate() {
        let mut octets = vec![0xFF; format.size()];
        format.pack_into(&mut octets, 0, values).map_err(|error| {
            let value = error.value().expect("one value");
            (error.kind(), index * format.values() + value)
        })?;
        all.extend(octets);
    }
    Ok(all)
}

#[test]
fn as_one_record_after_the_other() {
    let mut chance = Chance::new(9);
    let (mut wrong, mut packed) = (0, 0);
    for _ in 0..if cfg!(miri) { 10 } else { 3000 } {
        let text = format_of(&mut chance);
        let mut items = [Item::EMPTY; 8];
        let format = Format::parse(&text, &mut items).expect("a format");
        if format.size() == 0 {
            continue;
        }
        // As few as fill no block, and as many as fill some.
        let records = [0, 1, 7, 33, 300][chance.below(5)];
        let octets = chance.octets(format.size() * records);
        let mut room = vec![Value::Bool(false); format.values() * records + chance.below(2)];
        let values = format.unpack_records(&octets, &mut room).expect("room");
        let records = format.iter_unpack(&octets).expect("whole records");
        let expected: Vec<Value<'_>> = records.flatten().collect();
        // As text, as some are no numbers.
        assert_eq!(format!("{values:?}"), format!("{expected:?}"), "{text}");
        if values.is_empty() {
            continue;
        }

        // Some are of another type, and some do not fit.
        for _ in 0..chance.below(4) {
            let other = [
                Value::Unsigned(5),
                Value::Signed(-5),
                Value::Unsigned(1 << 40),
                Value::Float(1e300),
                Value::Bool(true),
                Value::Bytes(b"abc"),
            ];
            values[chance.below(expected.len())] = other[chance.below(other.len())];
        }
        let mut out = vec![0xFF; octets.len() + 3];
        let result = format.pack_records(&mut out, values);
        match each(&format, values) {
            Ok(expected) => {
                assert_eq!(result, Ok(octets.len()), "{text}");
                assert_eq!(out[..octets.len()], expected, "{text}");
                packed += 1;
            }
            Err((kind, value)) => {
                let error = result.expect_err("as one by one");
                assert_eq!((error.kind(), error.value()), (kind, Some(value)), "{text}");
                let good = value / format.values();
                let expected = each(&format, &values[..good * format.values()]);
                let expected = expected.expect("those before");
                assert_eq!(out[..good * format.size()], expected, "{text}");
                wrong += 1;
            }
        }
        assert_eq!(out[octets.len()..], [0xFF; 3], "{text}");
    }
    assert!(
        cfg!(miri) || wrong > 300 && packed > 300,
        "{wrong} {packed}"
    );
}

#[test]
fn wrong_numbers_of_values_and_octets() {
    let mut items = [Item::EMPTY; 2];
    let format = Format::parse("!HBx", &mut items).expect("a format");
    let values = [1, 2, 3, 4].map(Value::Unsigned);
    let mut buf = [7; 8];
    let kind = |buf: &mut [u8], values: &[Value<'_>]| {
        let error = format.pack_records(buf, values).expect_err("wrong");
        error.kind()
    };
    assert_eq!(kind(&mut buf, &values[..3]), count(4, 3));
    let (needed, actual) = (8, 7);
    let short = PackErrorKind::BufferTooShort { needed, actual };
    assert_eq!(kind(&mut buf[..7], &values), short);
    assert_eq!(buf, [7; 8]);
    assert_eq!(format.pack_records(&mut buf, &[]), Ok(0));
    assert_eq!(format.pack_records(&mut buf, &values), Ok(8));
    assert_eq!(buf, [0, 1, 2, 0, 0, 3, 4, 0]);

    let kind = |buf: &[u8], len: usize| {
        let mut room = [Value::Bool(false); 4];
        let result = format.unpack_records(buf, &mut room[..len]);
        result.err().map(|error| error.kind())
    };
    let (size, actual) = (4, 7);
    let multiple = PackErrorKind::NotMultiple { size, actual };
    assert_eq!(kind(&[0; 7], 4), Some(multiple));
    assert_eq!(kind(&[0; 8], 3), Some(count(4, 3)));
    assert_eq!(kind(&[0; 8], 4), None);
    assert_eq!(format.unpack_records(&[], &mut []), Ok(&mut [][..]));
}

fn count(expected: usize, given: usize) -> PackErrorKind {
    PackErrorKind::ValueCount { expected, given }
}

#[test]
fn records_without_octets_or_values() {
    let mut items = [Item::EMPTY; 1];
    for text in ["", "0s"] {
        let format = Format::parse(text, &mut items).expect("a format");
        let error = format.pack_records(&mut [], &[]).expect_err("no octets");
        assert_eq!(error.kind(), PackErrorKind::EmptyRecord);
        let error = format.unpack_records(&[], &mut []).expect_err("no octets");
        assert_eq!(error.kind(), PackErrorKind::EmptyRecord);
    }
    let format = Format::parse("3x", &mut items).expect("a format");
    assert_eq!(format.pack_records(&mut [], &[]), Ok(0));
    assert_eq!(format.unpack_records(&[1; 6], &mut []), Ok(&mut [][..]));
    let error = format.pack_records(&mut [0; 3], &[Value::Bool(true)]);
    let kind = error.expect_err("no value").kind();
    assert_eq!(kind, count(0, 1));
}
