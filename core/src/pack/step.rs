//! The quick way of formats at run time: what is done to a value, decided when the
//! format is read, so that a value costs a jump, a check, and a load or a store.

use super::Value;
use super::octets::{copy_short, whole, whole_mut};
use super::scan::Item;

/// What is done to a value. A number is named after its type and the order of its octets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(u8)]
pub(super) enum Step {
    /// What the item's code says, slower.
    General,
    /// `s`.
    Octets,
    /// `?`.
    Truth,
    U8,
    I8,
    U16Big,
    U16Little,
    I16Big,
    I16Little,
    U32Big,
    U32Little,
    I32Big,
    I32Little,
    U64Big,
    U64Little,
    I64Big,
    I64Little,
    F32Big,
    F32Little,
    F64Big,
    F64Little,
    HalfBig,
    HalfLittle,
    /// `p`.
    Pascal,
}

/// What the quick way needs to know of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub(super) struct Quick {
    /// What each of its values is, and how many octets there are.
    pub(super) shape: Shape,
    /// Where it begins, in octets.
    pub(super) at: u16,
    /// For its only value; `General` where there are more.
    pub(super) step: Step,
}

impl Quick {
    /// Nothing goes the quick way.
    pub(super) const NEVER: Self = Self {
        shape: Shape::new(Step::General, 0),
        at: 0,
        step: Step::General,
    };

    /// The quick way for `item`, if it ends where two octets can tell.
    pub(super) const fn of(item: &Item) -> Self {
        if item.offset + item.length() > u16::MAX as usize {
            return Self::NEVER;
        }
        let step = Step::of(item);
        Self {
            shape: Shape::new(step, item.length()),
            at: item.offset as u16,
            step: if item.values() == 1 {
                step
            } else {
                Step::General
            },
        }
    }
}

/// The step for each value of an item and the length of all, in one number so that one
/// comparison is enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub(super) struct Shape(u32);

impl Shape {
    /// The longest length, in octets.
    pub(super) const LONGEST: usize = u16::MAX as usize;

    /// Of `length`, at most [`LONGEST`](Self::LONGEST).
    #[inline(always)]
    pub(super) const fn new(step: Step, length: usize) -> Self {
        Self(length as u32 | (step as u32) << 16)
    }

    /// Whether both are the same.
    #[inline(always)]
    pub(super) const fn is(self, other: Self) -> bool {
        self.0 == other.0
    }

    /// Of all values, in octets.
    #[inline(always)]
    pub(super) const fn length(self) -> usize {
        (self.0 & 0xFFFF) as usize
    }
}

impl Step {
    pub(super) const fn of(item: &Item) -> Self {
        let Item {
            kind, size, order, ..
        } = *item;
        let (big, little) = match (kind, size) {
            (b's', _) => (Self::Octets, Self::Octets),
            (b'p', _) => (Self::Pascal, Self::Pascal),
            (b'?', _) => (Self::Truth, Self::Truth),
            (b'B', _) if item.code != b'c' => (Self::U8, Self::U8),
            (b'b', _) => (Self::I8, Self::I8),
            (b'H' | b'I' | b'Q' | b'N', 2) => (Self::U16Big, Self::U16Little),
            (b'H' | b'I' | b'Q' | b'N', 4) => (Self::U32Big, Self::U32Little),
            (b'H' | b'I' | b'Q' | b'N', _) => (Self::U64Big, Self::U64Little),
            (b'h' | b'i' | b'q' | b'n', 2) => (Self::I16Big, Self::I16Little),
            (b'h' | b'i' | b'q' | b'n', 4) => (Self::I32Big, Self::I32Little),
            (b'h' | b'i' | b'q' | b'n', _) => (Self::I64Big, Self::I64Little),
            (b'f', _) => (Self::F32Big, Self::F32Little),
            (b'd', _) => (Self::F64Big, Self::F64Little),
            (b'e', _) => (Self::HalfBig, Self::HalfLittle),
            _ => (Self::General, Self::General),
        };
        if order.is_big() { big } else { little }
    }
}

/// Calls `$number!` with the type, its variant and its conversions for the step of a
/// number; `$others` are the other steps.
macro_rules! by_number {
    ($step:expr, $number:ident, $($others:tt)*) => {
        match $step {
            Step::U8 => $number!(u8, Unsigned, from_be_bytes, to_be_bytes),
            Step::I8 => $number!(i8, Signed, from_be_bytes, to_be_bytes),
            Step::U16Big => $number!(u16, Unsigned, from_be_bytes, to_be_bytes),
            Step::U16Little => $number!(u16, Unsigned, from_le_bytes, to_le_bytes),
            Step::I16Big => $number!(i16, Signed, from_be_bytes, to_be_bytes),
            Step::I16Little => $number!(i16, Signed, from_le_bytes, to_le_bytes),
            Step::U32Big => $number!(u32, Unsigned, from_be_bytes, to_be_bytes),
            Step::U32Little => $number!(u32, Unsigned, from_le_bytes, to_le_bytes),
            Step::I32Big => $number!(i32, Signed, from_be_bytes, to_be_bytes),
            Step::I32Little => $number!(i32, Signed, from_le_bytes, to_le_bytes),
            Step::U64Big => $number!(u64, Unsigned, from_be_bytes, to_be_bytes),
            Step::U64Little => $number!(u64, Unsigned, from_le_bytes, to_le_bytes),
            Step::I64Big => $number!(i64, Signed, from_be_bytes, to_be_bytes),
            Step::I64Little => $number!(i64, Signed, from_le_bytes, to_le_bytes),
            Step::F32Big => $number!(f32, Float, from_be_bytes, to_be_bytes),
            Step::F32Little => $number!(f32, Float, from_le_bytes, to_le_bytes),
            Step::F64Big => $number!(f64, Float, from_be_bytes, to_be_bytes),
            Step::F64Little => $number!(f64, Float, from_le_bytes, to_le_bytes),
            $($others)*
        }
    };
}

pub(super) use by_number;

impl Step {
    /// Packs `value` at `at` of `out`; `false` where the quick way cannot.
    #[inline(always)]
    pub(super) fn put(self, value: &Value<'_>, out: &mut [u8], at: usize, len: usize) -> bool {
        macro_rules! number {
            ($type:ident, $variant:ident, $from:ident, $to:ident) => {
                if let Some(number) = fit::$type(value)
                    && let Some(place) = whole_mut(out, at)
                {
                    *place = number.$to();
                    true
                } else {
                    false
                }
            };
        }
        by_number!(self, number,
            Self::Truth => match (value, out.get_mut(at)) {
                (Value::Bool(truth), Some(place)) => {
                    *place = u8::from(*truth);
                    true
                }
                _ => false,
            },
            Self::Octets => match (value, out.get_mut(at..at + len)) {
                (Value::Bytes(octets), Some(place)) if octets.len() == place.len() => {
                    copy_short(octets, place)
                }
                _ => false,
            },
            Self::HalfBig | Self::HalfLittle | Self::Pascal | Self::General => false,
        )
    }

    /// Unpacks the value at `at` of `octets` into `place`; `false` where the quick way
    /// cannot.
    #[inline(always)]
    pub(super) fn get<'b>(
        self,
        octets: &'b [u8],
        at: usize,
        len: usize,
        place: &mut Value<'b>,
    ) -> bool {
        // Each arm stores by itself: a common place at the end would go through memory.
        macro_rules! number {
            ($type:ident, $variant:ident, $from:ident, $to:ident) => {
                match whole(octets, at) {
                    Some(octets) => {
                        *place = Value::$variant(<$type>::$from(*octets).into());
                        true
                    }
                    None => false,
                }
            };
        }
        by_number!(self, number,
            Self::Truth => match octets.get(at) {
                Some(octet) => {
                    *place = Value::Bool(*octet != 0);
                    true
                }
                None => false,
            },
            Self::Octets => match octets.get(at..at + len) {
                Some(octets) => {
                    *place = Value::Bytes(octets);
                    true
                }
                None => false,
            },
            Self::HalfBig | Self::HalfLittle | Self::Pascal | Self::General => false,
        )
    }
}

/// The numbers in values that the quick way takes; the other way takes more of them.
pub(super) mod fit {
    use super::Value;

    macro_rules! fit {
        ($($type:ident: $($variant:ident($number:ident) => $fit:expr),*;)*) => { $(
            #[inline(always)]
            pub(in crate::pack) fn $type(value: &Value<'_>) -> Option<$type> {
                match *value {
                    $(Value::$variant($number) => $fit,)*
                    _ => None,
                }
            }
        )* };
    }

    fit! {
        u64: Unsigned(n) => Some(n);
        i8: Signed(n) => n.try_into().ok();
        i16: Signed(n) => n.try_into().ok();
        i32: Signed(n) => n.try_into().ok();
        i64: Signed(n) => Some(n);
        f32: Float(n) => Some(n as f32).filter(|n| n.is_finite());
        f64: Float(n) => Some(n);
    }

    macro_rules! unsigned {
        ($($type:ident)*) => { $(
            #[inline(always)]
            pub(in crate::pack) fn $type(value: &Value<'_>) -> Option<$type> {
                // A negative number is too large as one without a sign.
                let number = match *value {
                    Value::Unsigned(number) => number,
                    Value::Signed(number) => number as u64,
                    _ => return None,
                };
                number.try_into().ok()
            }
        )* };
    }

    unsigned! { u8 u16 u32 }
}
