//! Literal formats: the octets by hand, whatever the host's order; and against
//! formats at run time, which are compared with Python.

use amphi_core::pack::{
    Format, Half, Item, PackErrorKind, Pascal, Record, Value, calcsize, pack, pack_into, record,
    unpack,
};

use super::chance::Chance;

record! {
    struct Mixed = "!I2sfH";
    struct Turned = "<I2sfH";
    struct Empty = "";
    struct Padding = "!3x";
    struct Signed = ">bhilq";
    struct Unsigned = ">BHILQ";
    struct Small = "<bhilq";
    struct Floats = ">efd";
    struct FloatsTurned = "<efd";
    struct Texts = "!0s1s5s0p1p6p";
    struct Flags = "=?3?c2c";
    struct Arrays = ">2h3I2q2e2f2d";
    struct ArraysTurned = "<2h3I2q2e2f2d";
    struct Spaced = " I 2s f ";
    struct Native = "bhilqnBHILQN";
    struct NativeMore = "@cPx?exf5sd3xH0q";
    struct Host = "=bxhIq 4H";
    struct Zero = "!0H0I2x0s";
    struct Long = "!1500B 700H 300p 300s";
    wide struct Many = "!BBHHHBBH4s4s HHIIBBHHH 6s6sH BHIQbhiqef";
}

macro_rules! for_each {
    ($call:ident) => {
        $call!(Mixed Turned Empty Padding Signed Unsigned Small Floats FloatsTurned Texts Flags
            Arrays ArraysTurned Spaced Native NativeMore Host Zero Long Many)
    };
}

#[test]
fn octets_by_hand() {
    const OCTETS: [u8; 12] = Mixed::pack((0x0102_0304, *b"ab", 1.5, 0x0506));
    assert_eq!(OCTETS, *b"\x01\x02\x03\x04ab\x3F\xC0\0\0\x05\x06");
    assert_eq!(
        Turned::pack((0x0102_0304, *b"ab", 1.5, 0x0506)),
        *b"\x04\x03\x02\x01ab\0\0\xC0\x3F\x06\x05"
    );
    assert_eq!(
        Signed::pack((-2, -3, -4, -5, -6)),
        *b"\xFE\xFF\xFD\xFF\xFF\xFF\xFC\xFF\xFF\xFF\xFB\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFA"
    );
    assert_eq!(
        Small::pack((1, 2, 3, 4, 5)),
        *b"\x01\x02\0\x03\0\0\0\x04\0\0\0\x05\0\0\0\0\0\0\0"
    );
    assert_eq!(
        Unsigned::unpack(
            b"\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0A\x0B\x0C\x0D\x0E\x0F\x10\x11\x12\x13"
        ),
        (1, 0x0203, 0x0405_0607, 0x0809_0A0B, 0x0C0D_0E0F_1011_1213)
    );
    let floats = (Half::from_f64(1.0), 1.0, 1.0);
    let big = *b"\x3C\0\x3F\x80\0\0\x3F\xF0\0\0\0\0\0\0";
    assert_eq!(Floats::pack(floats), big);
    assert_eq!(Floats::unpack(&big), floats);
    assert_eq!(
        FloatsTurned::pack(floats),
        *b"\0\x3C\0\0\x80\x3F\0\0\0\0\0\0\xF0\x3F"
    );
    assert_eq!(
        Arrays::pack((
            [1, 2],
            [3, 4, 5],
            [6, 7],
            [Half::default(); 2],
            [1.0, 2.0],
            [0.0, -0.0]
        )),
        *b"\0\x01\0\x02\0\0\0\x03\0\0\0\x04\0\0\0\x05\0\0\0\0\0\0\0\x06\0\0\0\0\0\0\0\x07\
           \0\0\0\0\x3F\x80\0\0\x40\0\0\0\0\0\0\0\0\0\0\0\x80\0\0\0\0\0\0\0"
    );
    assert_eq!(
        Flags::unpack(&[0, 1, 0, 255, 4, 5, 6]),
        (false, [true, false, true], 4, [5, 6])
    );
    let texts = (
        *b"",
        *b"a",
        *b"bcdef",
        Pascal::new(b"g"),
        Pascal::new(b"h"),
        Pascal::new(b"ij"),
    );
    assert_eq!(Texts::pack(texts), *b"abcdef\0\x02ij\0\0\0");
    assert_eq!(Texts::unpack(b"abcdef\x09\x09ijklm").5.as_bytes(), b"ijklm");
    assert_eq!(Zero::pack((*b"",)), [0; 2]);
    assert_eq!(Zero::OFFSETS, [2]);
    assert_eq!(Empty::OFFSETS, [0; 0]);
    assert_eq!(pack!("!HxB", 258, 3), [1, 2, 0, 3]);
    assert_eq!(unpack!("!HxB", &[1, 2, 9, 3]), (258, 3));
    const { assert!(unpack!("<2H", &[1, 0, 2, 0]).0[1] == 2) };
}

/// Names that the macro might use itself.
mod names {
    amphi_core::pack::record! {
        pub(super) struct A = "!H";
        pub(super) struct Values = "!H";
        pub(super) struct Octets = "!H";
        pub(super) struct Record = super::FORMAT;
        pub(super) struct Result = concat!("!", "H");
    }
}

const FORMAT: &str = "!H";

#[test]
fn any_name_will_do() {
    let packed = (
        names::A::pack((7,)),
        names::Values::pack((7,)),
        names::Octets::pack((7,)),
        names::Record::pack((7,)),
        names::Result::pack((7,)),
    );
    assert_eq!(packed, ([0, 7], [0, 7], [0, 7], [0, 7], [0, 7]));
    assert_eq!(names::Record::FORMAT, FORMAT);
}

#[test]
fn all_is_const() {
    const BUF: [u8; 6] = {
        let mut buf = [0xFF; 6];
        assert!(Padding::pack_into(&mut buf, 2, ()).is_ok());
        assert!(Padding::pack_into(&mut buf, 4, ()).is_err());
        buf
    };
    assert_eq!(BUF, [0xFF, 0xFF, 0, 0, 0, 0xFF]);
    const VALUES: (u32, [u8; 2], f32, u16) = match Mixed::unpack_from(&[0; 13], 1) {
        Ok(values) => values,
        Err(_) => panic!("it fits"),
    };
    assert_eq!(VALUES, (0, [0; 2], 0.0, 0));
    const { assert!(Mixed::SIZE == 12 && Mixed::OFFSETS[3] == 10 && calcsize("!Q").is_ok()) };
}

#[test]
fn buffers_too_short() {
    let error = Mixed::unpack_from(&[0; 12], 1).unwrap_err();
    let (needed, actual) = (13, 12);
    assert_eq!(
        error.kind(),
        PackErrorKind::BufferTooShort { needed, actual }
    );
    let mut buf = [7; 12];
    assert!(Mixed::pack_into(&mut buf, usize::MAX, (0, [0; 2], 0.0, 0)).is_err());
    assert!(Mixed::pack_into(&mut buf, 1, (0, [0; 2], 0.0, 0)).is_err());
    assert_eq!(buf, [7; 12]);
    let error = Mixed::iter_unpack(&buf[1..]).unwrap_err();
    let (size, actual) = (12, 11);
    assert_eq!(error.kind(), PackErrorKind::NotMultiple { size, actual });
    assert_eq!(
        Empty::iter_unpack(&[]).unwrap_err().kind(),
        PackErrorKind::EmptyRecord
    );
    assert_eq!(
        Mixed::iter_unpack(&[0; 36]).expect("three").rev().count(),
        3
    );
}

/// Random octets become the same values, and those the same octets, in both ways.
fn compare<R: Record>(chance: &mut Chance) {
    let mut items = [Item::EMPTY; 40];
    let format = Format::parse(R::FORMAT, &mut items).expect("a format");
    assert_eq!(format.size(), R::SIZE, "{}", R::FORMAT);
    assert_eq!(calcsize(R::FORMAT), Ok(R::SIZE));
    // An interpreter of the compiler's takes a thousand times as long.
    for _ in 0..if cfg!(miri) { 2 } else { 200 } {
        let mut octets = R::ZERO;
        octets.as_mut().copy_from_slice(&chance.octets(R::SIZE));
        let values: Vec<Value<'_>> = format
            .unpack_from(octets.as_ref(), 0)
            .expect("room")
            .collect();
        let packed = R::pack(R::unpack(&octets));
        let mut again = vec![0xFF; R::SIZE];
        // NaNs may lose their signalling bit on the way through a double.
        if values
            .iter()
            .any(|value| value.as_f64().is_some_and(f64::is_nan))
        {
            continue;
        }
        format
            .pack_into(&mut again, 0, &values)
            .expect("its own values");
        assert_eq!(packed.as_ref(), again, "{}", R::FORMAT);
        let mut once_more = vec![0xFF; R::SIZE];
        assert_eq!(
            pack_into(R::FORMAT, &mut once_more, 0, &values),
            Ok(R::SIZE)
        );
        assert_eq!(once_more, again);
        // Whatever is not padding came back as it was, but for true and cut texts.
        if !R::FORMAT.contains(['?', 'p']) {
            let kept = again.iter().zip(octets.as_ref());
            assert!(kept.filter(|(new, old)| **new != 0 && new != old).count() == 0);
        }
    }
}

#[test]
fn as_at_run_time() {
    let mut chance = Chance::new(5);
    macro_rules! compare_all {
        ($($record:ident)*) => { $( compare::<$record>(&mut chance); )* };
    }
    for_each!(compare_all);
}

#[test]
fn values_arrive_in_their_places() {
    let octets = Many::pack((
        1,
        2,
        3,
        4,
        5,
        6,
        7,
        8,
        *b"9999",
        *b"aaaa",
        11,
        12,
        13,
        14,
        15,
        16,
        17,
        18,
        19,
        *b"bbbbbb",
        *b"cccccc",
        22,
        23,
        24,
        25,
        26,
        27,
        28,
        29,
        30,
        Half::from_f64(31.0),
        32.0,
    ));
    let values = Many::unpack(&octets);
    assert_eq!(
        (values.0, values.7, values.8, values.18),
        (1, 8, *b"9999", 19)
    );
    assert_eq!(
        (values.20, values.30, values.31),
        (*b"cccccc", Half::from_f64(31.0), 32.0)
    );
    let mut items = [Item::EMPTY; 32];
    let format = Format::parse(Many::FORMAT, &mut items).expect("a format");
    let numbers = format
        .unpack_from(&octets, 0)
        .expect("room")
        .filter_map(|value| value.as_u64());
    let expected = (1..=30).filter(|number| ![9, 10, 20, 21].contains(number));
    assert!(numbers.eq(expected));
}
