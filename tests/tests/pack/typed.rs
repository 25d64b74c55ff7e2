//! Tuples of Rust's own types through formats at run time: as literal formats pack them,
//! as values do, and as far as they fit.

use core::fmt::Debug;

use amphi_core::pack::{
    Format, Half, Item, PackElement, PackErrorKind, PackTuple, Pascal, Record, UnpackElement,
    UnpackTuple, Value, record,
};

use super::chance::Chance;

record! {
    struct Mixed = "!I2sfH";
    struct Turned = "<I2sfH";
    struct Empty = "";
    struct Padding = "!3x";
    struct Signed = ">bhilq";
    struct Unsigned = "<BHILQ";
    struct Floats = ">efd";
    struct FloatsTurned = "<efd";
    struct Texts = "!0s1s5s1p6p300p";
    struct Flags = "=?3?c2cB3B";
    struct Arrays = ">2h3I2q2e2f2d";
    struct ArraysTurned = "<2h3I2q2e2f2d";
    struct Native = "bhilqnBHILQN";
    struct NativeMore = "@cPx?exf5sd3xH0q";
    struct Twelve = "=BhIqefd?4s3H2xBb";
    struct Far = "!70000s I 3H 4s ? 6p e b";
}

/// Random octets become the same values as by the literal format, and those the same octets.
fn compare<R: Record>(chance: &mut Chance)
where
    R::Values: PackTuple + for<'b> UnpackTuple<'b>,
{
    let mut items = [Item::EMPTY; 12];
    let format = Format::parse(R::FORMAT, &mut items).expect("a format");
    for _ in 0..if cfg!(miri) { 2 } else { 100 } {
        let mut octets = R::ZERO;
        octets.as_mut().copy_from_slice(&chance.octets(R::SIZE));
        let values: R::Values = format.unpack_tuple(octets.as_ref(), 0).expect("a record");
        // Floats that are no numbers cannot be compared, their octets can.
        let expected = R::pack(R::unpack(&octets));
        assert_eq!(R::pack(values).as_ref(), expected.as_ref(), "{}", R::FORMAT);
        let mut packed = vec![0xFF; R::SIZE + 2];
        format.pack_tuple(&mut packed, 1, values).expect("room");
        assert_eq!(&packed[1..=R::SIZE], expected.as_ref(), "{}", R::FORMAT);
        assert_eq!((packed[0], packed[R::SIZE + 1]), (0xFF, 0xFF));
    }
}

#[test]
fn as_literal_formats() {
    let mut chance = Chance::new(6);
    macro_rules! compare_all {
        ($($record:ident)*) => { $( compare::<$record>(&mut chance); )* };
    }
    compare_all!(Mixed Turned Empty Padding Signed Unsigned Floats FloatsTurned Texts Flags
        Arrays ArraysTurned Native NativeMore Twelve Far);
}

/// Packs `number` by `format` as an element and as a value, and unpacks it again; `of`
/// tells what a value is as an element.
fn as_value<T>(format: &str, number: T, of: impl Fn(Value<'_>) -> Result<T, PackErrorKind>)
where
    T: PackElement + for<'b> UnpackElement<'b> + Into<Value<'static>> + PartialEq + Debug,
{
    let mut items = [Item::EMPTY; 1];
    let parsed = Format::parse(format, &mut items).expect("a format");
    let (mut once, mut other) = ([0xA5; 16], [0xA5; 16]);
    let typed = parsed.pack_tuple(&mut once, 0, (number,));
    let valued = parsed.pack_into(&mut other, 0, &[number.into()]);
    assert_eq!(typed, valued, "{number:?} by {format}");
    assert_eq!(once, other, "{number:?} by {format}");
    let mut room = [Value::Bool(false)];
    let unpacked = parsed.unpack_into(&once, 0, &mut room).expect("room");
    let back: Result<(T,), _> = parsed.unpack_tuple(&once, 0);
    assert_eq!(
        back.map(|(number,)| number).map_err(|error| error.kind()),
        of(unpacked[0]),
        "{number:?} by {format}"
    );
    if let Err(error) = back {
        assert_eq!((error.position(), error.value()), (Some(1), Some(0)));
    }
}

#[test]
fn any_number_by_any_code() {
    fn whole<T: TryFrom<i128>>(value: Value<'_>) -> Result<T, PackErrorKind> {
        let number = match value {
            Value::Signed(number) => number.into(),
            Value::Unsigned(number) => number.into(),
            Value::Bool(truth) => truth.into(),
            _ => return Err(PackErrorKind::WrongType),
        };
        T::try_from(number).map_err(|_| PackErrorKind::OutOfRange)
    }
    fn float(value: Value<'_>) -> Result<f64, PackErrorKind> {
        match value {
            Value::Float(number) => Ok(number),
            _ => Err(PackErrorKind::WrongType),
        }
    }
    fn single(value: Value<'_>) -> Result<f32, PackErrorKind> {
        let number = float(value)?;
        let single = number as f32;
        match number.is_finite() && !single.is_finite() {
            true => Err(PackErrorKind::Overflow),
            false => Ok(single),
        }
    }
    fn half(value: Value<'_>) -> Result<Half, PackErrorKind> {
        Half::checked_from_f64(float(value)?).ok_or(PackErrorKind::Overflow)
    }
    fn truth(value: Value<'_>) -> Result<bool, PackErrorKind> {
        match value {
            Value::Bool(truth) => Ok(truth),
            _ => Err(PackErrorKind::WrongType),
        }
    }
    let mut chance = Chance::new(7);
    for order in ["@", "=", "<", ">", "!"] {
        for code in "bBhHiIlLqQnNPefd?".chars() {
            if "nNP".contains(code) && order != "@" {
                continue;
            }
            let format = &format!("{order}{code}");
            for _ in 0..if cfg!(miri) { 1 } else { 40 } {
                // Of any size: each of them fits some of the types.
                let bits = (chance.next() as i64) >> chance.below(64);
                macro_rules! wholes {
                    ($($type:ty)*) => { $( as_value(format, bits as $type, whole); )* };
                }
                wholes!(i8 u16 i16 u32 i32 u64 i64 usize isize u8);
                let number = bits as f64 / 16.0;
                as_value(format, number, float);
                as_value(format, number as f32, single);
                as_value(format, Half::from_f64(number), half);
                as_value(format, number > 0.0, truth);
            }
            as_value(format, 1e300, float);
            as_value(format, -1e39, float);
            as_value(format, f32::MAX, single);
            as_value(format, f32::INFINITY, single);
        }
    }
}

#[test]
fn texts_of_any_length() {
    let mut items = [Item::EMPTY; 4];
    let format = Format::parse("!4s6p2cc", &mut items).expect("a format");
    let mut buf = [0xFF; 13];
    let text: &[u8] = b"a";
    (format.pack_tuple(&mut buf, 0, (text, b"bcdefghi", *b"jk", b"l"))).expect("texts");
    assert_eq!(&buf, b"a\0\0\0\x05bcdefjkl");
    let (a, b, c, d): (&[u8], Pascal<6>, [u8; 2], u8) =
        format.unpack_tuple(&buf, 0).expect("texts");
    assert_eq!(
        (a, b.as_bytes(), c, d),
        (&b"a\0\0\0"[..], &b"bcdef"[..], *b"jk", b'l')
    );
    let (a, b, _, d): ([u8; 4], &[u8], [u8; 2], Value<'_>) =
        format.unpack_tuple(&buf, 0).expect("texts");
    assert_eq!((&a, b, d), (b"a\0\0\0", &b"bcdef"[..], Value::Bytes(b"l")));
    let long = (
        Value::from(b"abcdef"),
        Pascal::<9>::new(b"gh"),
        *b"ij",
        b'k',
    );
    format.pack_tuple(&mut buf, 0, long).expect("texts");
    assert_eq!(&buf, b"abcd\x02gh\0\0\0ijk");
}

#[test]
fn refusals_tell_where() {
    let mut items = [Item::EMPTY; 4];
    let format = Format::parse("! I 2s 3H", &mut items).expect("a format");
    let mut buf = [0xFF; 12];
    fn kind<'b, T: UnpackTuple<'b>>(
        format: &Format<'_>,
        buf: &'b [u8],
    ) -> (PackErrorKind, Option<char>, Option<usize>, Option<usize>) {
        let Err(error) = format.unpack_tuple::<T>(buf, 0) else {
            panic!("this fits");
        };
        (error.kind(), error.code(), error.position(), error.value())
    }
    let count = |expected, given| PackErrorKind::ValueCount { expected, given };
    let items_of = (count(3, 2), None, None, None);
    assert_eq!(kind::<(u32, [u8; 2])>(&format, &buf), items_of);
    let of_array = (count(3, 4), Some('H'), Some(8), Some(2));
    assert_eq!(kind::<(u32, [u8; 2], [u16; 4])>(&format, &buf), of_array);
    let of_one = (count(3, 1), Some('H'), Some(8), Some(2));
    assert_eq!(kind::<(u32, [u8; 2], Value<'_>)>(&format, &[0; 12]), of_one);
    let of_text = (count(2, 3), Some('s'), Some(5), Some(1));
    assert_eq!(kind::<(u32, [u8; 3], [u16; 3])>(&format, &buf), of_text);
    let small = (PackErrorKind::OutOfRange, Some('I'), Some(2), Some(0));
    assert_eq!(kind::<(u16, [u8; 2], [u16; 3])>(&format, &buf), small);
    let other = (PackErrorKind::WrongType, Some('s'), Some(5), Some(1));
    assert_eq!(kind::<(u32, u16, [u16; 3])>(&format, &buf), other);

    let error = format
        .pack_tuple(&mut buf, 0, (-1, b"ab", [1_u16; 3]))
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "integer out of range: 'I' at 2 (value 0)"
    );
    let error = format
        .pack_tuple(&mut buf, 0, (1, b"ab", [1_u16; 2]))
        .unwrap_err();
    assert_eq!(error.kind(), count(3, 2));
    let error = format
        .pack_tuple(&mut buf, 0, (1, 2, [1_u16; 3]))
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.code()),
        (PackErrorKind::NotOctets, Some('s'))
    );
    let error = format.pack_tuple(&mut buf, 0, ()).unwrap_err();
    assert_eq!(error.kind(), count(3, 0));
    let (needed, actual) = (13, 12);
    let short = PackErrorKind::BufferTooShort { needed, actual };
    let error = format
        .pack_tuple(&mut buf, 1, (1_u32, b"ab", [1_u16; 3]))
        .unwrap_err();
    assert_eq!(error.kind(), short);
    let error = format
        .unpack_tuple::<(u32, [u8; 2], [u16; 3])>(&buf, 1)
        .unwrap_err();
    assert_eq!(error.kind(), short);
}

#[test]
fn record_after_record() {
    let mut items = [Item::EMPTY; 2];
    let format = Format::parse("<HxB", &mut items).expect("a format");
    let mut buf = [0xFF; 12];
    for (place, number) in buf.chunks_exact_mut(4).zip(1_u16..) {
        let values = (number, number as u8 * 10);
        format.pack_tuple(place, 0, values).expect("room");
    }
    assert_eq!(buf, [1, 0, 0, 10, 2, 0, 0, 20, 3, 0, 0, 30]);
    let records = format.iter_unpack_tuples::<(u16, u8)>(&buf).expect("three");
    assert_eq!(records.len(), 3);
    let values: Result<Vec<_>, _> = records.clone().collect();
    assert_eq!(values, Ok(vec![(1, 10), (2, 20), (3, 30)]));
    assert_eq!(format!("{records:?}").matches("left: 3").count(), 1);
    let error = format
        .iter_unpack_tuples::<(u16, u8)>(&buf[1..])
        .unwrap_err();
    let (size, actual) = (4, 11);
    assert_eq!(error.kind(), PackErrorKind::NotMultiple { size, actual });
    let mut wrong = format
        .iter_unpack_tuples::<(u16, &[u8])>(&buf)
        .expect("three");
    let error = wrong.next().expect("a record").unwrap_err();
    assert_eq!(error.kind(), PackErrorKind::WrongType);
}
