//! Numbers and truths, alone and in arrays.

use super::element::{PackElement, UnpackElement};
use crate::pack::field::Truth;
use crate::pack::item::single;
use crate::pack::scan::Item;
use crate::pack::step::Step;
use crate::pack::{Half, PackError, PackErrorKind, Value};

/// An array of numbers, and a number by an array of one: their type, the one that has
/// their octets, the steps of both orders, and what a value becomes.
macro_rules! number {
    ($($type:ty as $wire:ty: $big:expr, $little:expr, $of:expr;)*) => { $(
        impl<const N: usize> PackElement for [$type; N] {
            #[inline(always)]
            fn fits<const BIG: bool>(&self, item: &Item) -> bool {
                <Self as UnpackElement<'_>>::fits::<BIG>(item)
            }

            #[inline(always)]
            fn store<const BIG: bool>(self, item: &Item, out: &mut [u8]) {
                let at = usize::from(item.quick.at);
                let out = out.get_mut(at..at + size_of::<Self>()).unwrap_or_default();
                for (place, number) in out.as_chunks_mut().0.iter_mut().zip(self) {
                    let wire: $wire = number.into();
                    *place = if BIG { wire.to_be_bytes() } else { wire.to_le_bytes() };
                }
            }

            fn put(self, item: &Item, out: &mut [u8], index: usize) -> Result<(), PackError> {
                item.put_all(self.iter().map(|number| Value::from(*number)), out, index)
            }
        }

        impl<const N: usize> UnpackElement<'_> for [$type; N] {
            #[inline(always)]
            fn fits<const BIG: bool>(item: &Item) -> bool {
                item.has(if BIG { $big } else { $little }, size_of::<Self>())
            }

            #[inline(always)]
            fn load<const BIG: bool>(item: &Item, octets: &[u8]) -> Self {
                let at = usize::from(item.quick.at);
                let octets = octets.get(at..at + size_of::<Self>()).unwrap_or_default();
                let mut numbers = [<$type>::default(); N];
                for (number, octets) in numbers.iter_mut().zip(octets.as_chunks().0) {
                    let wire = if BIG {
                        <$wire>::from_be_bytes(*octets)
                    } else {
                        <$wire>::from_le_bytes(*octets)
                    };
                    *number = wire.into();
                }
                numbers
            }

            #[cold]
            #[inline(never)]
            fn get(item: &Item, octets: &[u8]) -> Result<Self, PackErrorKind> {
                let mut numbers = [<$type>::default(); N];
                item.get_all(octets, &mut numbers, $of)?;
                Ok(numbers)
            }
        }

        alone! { $type }
    )* };
}

/// One value, by an array of one.
macro_rules! alone {
    ($type:ty) => {
        impl PackElement for $type {
            #[inline(always)]
            fn fits<const BIG: bool>(&self, item: &Item) -> bool {
                <[Self; 1] as UnpackElement<'_>>::fits::<BIG>(item)
            }

            #[inline(always)]
            fn store<const BIG: bool>(self, item: &Item, out: &mut [u8]) {
                [self].store::<BIG>(item, out);
            }

            fn put(self, item: &Item, out: &mut [u8], index: usize) -> Result<(), PackError> {
                [self].put(item, out, index)
            }
        }

        impl UnpackElement<'_> for $type {
            #[inline(always)]
            fn fits<const BIG: bool>(item: &Item) -> bool {
                <[Self; 1] as UnpackElement<'_>>::fits::<BIG>(item)
            }

            #[inline(always)]
            fn load<const BIG: bool>(item: &Item, octets: &[u8]) -> Self {
                let [value] = <[Self; 1] as UnpackElement<'_>>::load::<BIG>(item, octets);
                value
            }

            #[cold]
            #[inline(never)]
            fn get(item: &Item, octets: &[u8]) -> Result<Self, PackErrorKind> {
                let [value] = <[Self; 1] as UnpackElement<'_>>::get(item, octets)?;
                Ok(value)
            }
        }
    };
}

pub(super) use alone;

/// Of the numbers that are as long as an address.
const WORD: [Step; 4] = match size_of::<usize>() {
    2 => [Step::U16Big, Step::U16Little, Step::I16Big, Step::I16Little],
    4 => [Step::U32Big, Step::U32Little, Step::I32Big, Step::I32Little],
    _ => [Step::U64Big, Step::U64Little, Step::I64Big, Step::I64Little],
};

number! {
    bool as Truth: Step::Truth, Step::Truth, truth;
    i8 as i8: Step::I8, Step::I8, signed;
    u16 as u16: Step::U16Big, Step::U16Little, unsigned;
    i16 as i16: Step::I16Big, Step::I16Little, signed;
    u32 as u32: Step::U32Big, Step::U32Little, unsigned;
    i32 as i32: Step::I32Big, Step::I32Little, signed;
    u64 as u64: Step::U64Big, Step::U64Little, unsigned;
    i64 as i64: Step::I64Big, Step::I64Little, signed;
    usize as usize: WORD[0], WORD[1], unsigned;
    isize as isize: WORD[2], WORD[3], signed;
    Half as Half: Step::HalfBig, Step::HalfLittle, half;
    f32 as f32: Step::F32Big, Step::F32Little, float;
    f64 as f64: Step::F64Big, Step::F64Little, double;
}

pub(super) fn unsigned<T: TryFrom<u64>>(value: Value<'_>) -> Result<T, PackErrorKind> {
    let number = value.as_u64().and_then(|number| number.try_into().ok());
    number.ok_or_else(|| no_integer(value))
}

fn signed<T: TryFrom<i64>>(value: Value<'_>) -> Result<T, PackErrorKind> {
    let number = value.as_i64().and_then(|number| number.try_into().ok());
    number.ok_or_else(|| no_integer(value))
}

const fn no_integer(value: Value<'_>) -> PackErrorKind {
    if value.is_integer() {
        PackErrorKind::OutOfRange
    } else {
        PackErrorKind::WrongType
    }
}

const fn truth(value: Value<'_>) -> Result<bool, PackErrorKind> {
    match value {
        Value::Bool(truth) => Ok(truth),
        _ => Err(PackErrorKind::WrongType),
    }
}

const fn double(value: Value<'_>) -> Result<f64, PackErrorKind> {
    match value {
        Value::Float(number) => Ok(number),
        _ => Err(PackErrorKind::WrongType),
    }
}

fn float(value: Value<'_>) -> Result<f32, PackErrorKind> {
    single(double(value)?).ok_or(PackErrorKind::Overflow)
}

fn half(value: Value<'_>) -> Result<Half, PackErrorKind> {
    Half::checked_from_f64(double(value)?).ok_or(PackErrorKind::Overflow)
}
