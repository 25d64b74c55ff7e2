//! The quick way for run-time formats: what the common codes do to a value, decided
//! when the format is read. Octets are taken from the front of what is left, so that
//! one comparison is enough for each value.

use super::Value;
use super::item::single;
use super::scan::Item;

/// How an item with one value is packed and unpacked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(u8)]
pub(super) enum Step {
    /// By the item's code, slower.
    General,
    U8,
    U16,
    U32,
    U64,
    I8,
    I16,
    I32,
    I64,
    F32,
    F64,
    Octets,
}

impl Step {
    const fn of(item: &Item) -> Self {
        match (item.kind, item.code, item.size) {
            _ if item.values != 1 => Self::General,
            (_, b'c' | b'p', _) => Self::General,
            (b'B', ..) => Self::U8,
            (b'b', ..) => Self::I8,
            (b'H' | b'I' | b'Q' | b'N', _, size) => match size {
                2 => Self::U16,
                4 => Self::U32,
                _ => Self::U64,
            },
            (b'h' | b'i' | b'q' | b'n', _, size) => match size {
                2 => Self::I16,
                4 => Self::I32,
                _ => Self::I64,
            },
            (b'f', ..) => Self::F32,
            (b'd', ..) => Self::F64,
            (b's', ..) => Self::Octets,
            _ => Self::General,
        }
    }
}

impl Item {
    /// Decides on the step.
    pub(super) const fn settle(&mut self) {
        self.step = Step::of(self);
    }

    /// Behind the item's octets.
    const fn end(&self) -> usize {
        self.offset + self.count * self.size as usize
    }
}

/// Packs one value for each item, without gaps between them. `false` when one is not of the variant that its
/// step expects, or out of range; those before it are packed then.
#[inline]
pub(super) fn pack<const BIG: bool>(items: &[Item], out: &mut [u8], values: &[Value<'_>]) -> bool {
    let mut rest = out;
    for (item, value) in items.iter().zip(values) {
        macro_rules! number {
            ($number:expr) => {{
                let number = $number;
                let octets = if BIG {
                    number.to_be_bytes()
                } else {
                    number.to_le_bytes()
                };
                let Some((place, others)) = rest.split_first_chunk_mut() else {
                    return false;
                };
                *place = octets;
                rest = others;
            }};
        }
        macro_rules! whole {
            ($type:ty, $number:expr) => {
                match <$type>::try_from($number) {
                    Ok(number) => number!(number),
                    Err(_) => return false,
                }
            };
        }
        match (item.step, *value) {
            (Step::U8, Value::Unsigned(number)) => whole!(u8, number),
            (Step::U16, Value::Unsigned(number)) => whole!(u16, number),
            (Step::U32, Value::Unsigned(number)) => whole!(u32, number),
            (Step::U64, Value::Unsigned(number)) => number!(number),
            (Step::I8, Value::Signed(number)) => whole!(i8, number),
            (Step::I16, Value::Signed(number)) => whole!(i16, number),
            (Step::I32, Value::Signed(number)) => whole!(i32, number),
            (Step::I64, Value::Signed(number)) => number!(number),
            (Step::F32, Value::Float(number)) => match single(number) {
                Some(number) => number!(number),
                None => return false,
            },
            (Step::F64, Value::Float(number)) => number!(number),
            (Step::Octets, Value::Bytes(octets)) => {
                let Some((place, others)) = rest.split_at_mut_checked(octets.len()) else {
                    return false;
                };
                if octets.len() != item.count {
                    return false;
                }
                place.copy_from_slice(octets);
                rest = others;
            }
            _ => return false,
        }
    }
    true
}

/// Unpacks one value from each item, without gaps between them.
#[inline]
pub(super) fn unpack<'b, const BIG: bool>(
    items: &[Item],
    octets: &'b [u8],
    values: &mut [Value<'b>],
) {
    let mut rest = octets;
    for (item, place) in items.iter().zip(values) {
        macro_rules! number {
            ($type:ty, $variant:ident) => {{
                let Some((octets, others)) = rest.split_first_chunk() else {
                    return;
                };
                let number = if BIG {
                    <$type>::from_be_bytes(*octets)
                } else {
                    <$type>::from_le_bytes(*octets)
                };
                // In each arm by itself: a common place at the end would go through memory.
                *place = Value::$variant(number.into());
                rest = others;
            }};
        }
        match item.step {
            Step::U8 => number!(u8, Unsigned),
            Step::U16 => number!(u16, Unsigned),
            Step::U32 => number!(u32, Unsigned),
            Step::U64 => number!(u64, Unsigned),
            Step::I8 => number!(i8, Signed),
            Step::I16 => number!(i16, Signed),
            Step::I32 => number!(i32, Signed),
            Step::I64 => number!(i64, Signed),
            Step::F32 => number!(f32, Float),
            Step::F64 => number!(f64, Float),
            Step::Octets => {
                let Some((octets, others)) = rest.split_at_checked(item.count) else {
                    return;
                };
                *place = Value::Bytes(octets);
                rest = others;
            }
            Step::General => {
                *place = item.get_one(octets, item.offset, BIG);
                rest = octets.get(item.end()..).unwrap_or_default();
            }
        }
    }
}
