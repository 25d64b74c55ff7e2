//! One item of a run-time format: its values into octets and out of them.

use super::octets::{load, store};
use super::pascal::text_of;
use super::scan::Item;
use super::{Half, Order, PackError, PackErrorKind, Value};

/// What is wrong with a value; it fits a register, which the kinds of `PackError` do not.
#[derive(Debug, Clone, Copy)]
pub(super) enum Fault {
    NotInteger,
    NotNumber,
    NotOctets,
    NotOneOctet,
    OutOfRange,
    Overflow,
}

impl Item {
    /// Packs one value at `at` of `out`, or tells what is wrong with it.
    #[inline(never)]
    pub(super) fn put(&self, value: &Value<'_>, out: &mut [u8], at: usize) -> Result<(), Fault> {
        let big = self.order.is_big();
        /// Stores an integer in the octets of `$type`.
        macro_rules! whole {
            ($type:ty, $as:ident) => {{
                let Some(Ok(number)) = value.$as().map(<$type>::try_from) else {
                    return Err(not_whole(value));
                };
                let octets = if big {
                    number.to_be_bytes()
                } else {
                    number.to_le_bytes()
                };
                store(out, at, octets);
            }};
        }
        macro_rules! float {
            ($float:expr) => {{
                let Some(float) = $float else {
                    return Err(too_large(value));
                };
                let octets = if big {
                    float.to_be_bytes()
                } else {
                    float.to_le_bytes()
                };
                store(out, at, octets);
            }};
        }
        match self.kind {
            b'b' => whole!(i8, as_i64),
            b'B' if self.code == b'c' => match value.as_bytes() {
                Some([octet]) => store(out, at, [*octet]),
                _ => return Err(Fault::NotOneOctet),
            },
            b'B' => whole!(u8, as_u64),
            b'h' => whole!(i16, as_i64),
            b'H' => whole!(u16, as_u64),
            b'i' => whole!(i32, as_i64),
            b'I' => whole!(u32, as_u64),
            b'q' => whole!(i64, as_i64),
            b'Q' => whole!(u64, as_u64),
            b'n' => whole!(isize, as_i64),
            b'N' => whole!(usize, as_u64),
            b'?' => store(out, at, [value.is_true() as u8]),
            b'e' => float!(Half::checked_from_f64(number(value)?)),
            b'f' if matches!(self.order, Order::Native) => float!(Some(number(value)? as f32)),
            b'f' => float!(single(number(value)?)),
            b'd' => float!(Some(number(value)?)),
            _ => self.put_text(value, out, at)?,
        }
        Ok(())
    }

    /// Packs `s` and `p`: cut at the end, filled with zeros.
    #[inline(never)]
    fn put_text(&self, value: &Value<'_>, out: &mut [u8], at: usize) -> Result<(), Fault> {
        let Some(text) = value.as_bytes() else {
            return Err(Fault::NotOctets);
        };
        let place = out
            .get_mut(at..)
            .and_then(|rest| rest.get_mut(..self.count));
        let mut place = place.unwrap_or_default();
        if self.kind == b'p' {
            let Some((length, rest)) = place.split_first_mut() else {
                return Ok(());
            };
            // Python fills the room even beyond the 255 octets that the length can tell.
            *length = text.len().min(rest.len()).min(255) as u8;
            place = rest;
        }
        let length = text.len().min(place.len());
        if let Some((place, zeros)) = place.split_at_mut_checked(length)
            && let Some(text) = text.get(..length)
        {
            place.copy_from_slice(text);
            zeros.fill(0);
        }
        Ok(())
    }

    /// The value at `at` of `octets`.
    #[inline(never)]
    pub(super) fn get<'b>(&self, octets: &'b [u8], at: usize) -> Value<'b> {
        let big = self.order.is_big();
        macro_rules! number {
            ($type:ty) => {{
                let octets = load(octets, at);
                let number = if big {
                    <$type>::from_be_bytes(octets)
                } else {
                    <$type>::from_le_bytes(octets)
                };
                Value::from(number)
            }};
        }
        match self.kind {
            b'b' => number!(i8),
            b'B' if self.code == b'c' => Value::Bytes(octets.get(at..=at).unwrap_or_default()),
            b'B' => number!(u8),
            b'h' => number!(i16),
            b'H' => number!(u16),
            b'i' => number!(i32),
            b'I' => number!(u32),
            b'q' => number!(i64),
            b'Q' => number!(u64),
            b'n' => number!(isize),
            b'N' => number!(usize),
            b'?' => Value::Bool(load::<1>(octets, at) != [0]),
            b'e' => number!(Half),
            b'f' => number!(f32),
            b'd' => number!(f64),
            _ => {
                let text = octets.get(at..).and_then(|rest| rest.get(..self.count));
                let text = text.unwrap_or_default();
                Value::Bytes(if self.kind == b'p' {
                    text_of(text)
                } else {
                    text
                })
            }
        }
    }

    #[cold]
    pub(super) const fn error(&self, fault: Fault, value: usize) -> PackError {
        let kind = match fault {
            Fault::NotInteger => PackErrorKind::NotInteger,
            Fault::NotNumber => PackErrorKind::NotNumber,
            Fault::NotOctets => PackErrorKind::NotOctets,
            Fault::NotOneOctet => PackErrorKind::NotOneOctet,
            Fault::OutOfRange => PackErrorKind::OutOfRange,
            Fault::Overflow => PackErrorKind::Overflow,
        };
        PackError::of_value(kind, self.code as char, self.position, value)
    }
}

#[cold]
const fn not_whole(value: &Value<'_>) -> Fault {
    if value.is_integer() {
        Fault::OutOfRange
    } else {
        Fault::NotInteger
    }
}

/// Python tells a large integer from a large float, whatever the code.
#[cold]
const fn too_large(value: &Value<'_>) -> Fault {
    if value.is_integer() {
        Fault::OutOfRange
    } else {
        Fault::Overflow
    }
}

#[inline]
fn number(value: &Value<'_>) -> Result<f64, Fault> {
    value.as_f64().ok_or(Fault::NotNumber)
}

/// The float nearest to `number`, unless a finite number would become infinite.
#[inline]
pub(super) fn single(number: f64) -> Option<f32> {
    let single = number as f32;
    (single.is_finite() || !number.is_finite()).then_some(single)
}
