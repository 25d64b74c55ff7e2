//! One item of a compile-time format as a type, and its octets.

use super::octets::{load, store};
use super::plan::Plan;
use super::{Half, Pascal};

/// The item of `COUNT` values of kind `KIND`; one with the highest bit holds an array.
#[derive(Debug)]
pub struct Code<const KIND: u8, const COUNT: usize>;

/// Tells the arrays among the kinds.
pub(super) const ARRAY: u8 = 0x80;

/// The Rust type of an item.
pub trait Field {
    /// What the item packs and unpacks.
    type Value: Copy;
}

/// No item: a format has fewer of them than there is room for.
impl Field for Code<0, 0> {
    type Value = ();
}

impl Code<0, 0> {
    /// Stores the value of item `index`.
    #[inline(always)]
    pub const fn put<const MAX: usize>(_: (), _: &mut [u8], _: &Plan<MAX>, _: usize) {}

    /// Loads the value of item `index`.
    #[inline(always)]
    pub const fn get<const MAX: usize>(_: &[u8], _: &Plan<MAX>, _: usize) {}
}

impl<const N: usize> Field for Code<b's', N> {
    type Value = [u8; N];
}

impl<const N: usize> Code<b's', N> {
    /// Stores the value of item `index`.
    #[inline(always)]
    pub const fn put<const MAX: usize>(
        value: [u8; N],
        out: &mut [u8],
        plan: &Plan<MAX>,
        index: usize,
    ) {
        store(out, plan.offset(index), value);
    }

    /// Loads the value of item `index`.
    #[inline(always)]
    #[must_use]
    pub const fn get<const MAX: usize>(octets: &[u8], plan: &Plan<MAX>, index: usize) -> [u8; N] {
        load(octets, plan.offset(index))
    }
}

impl<const N: usize> Field for Code<b'p', N> {
    type Value = Pascal<N>;
}

impl<const N: usize> Code<b'p', N> {
    /// Stores the value of item `index`.
    #[inline(always)]
    pub const fn put<const MAX: usize>(
        value: Pascal<N>,
        out: &mut [u8],
        plan: &Plan<MAX>,
        index: usize,
    ) {
        store(out, plan.offset(index), value.to_octets());
    }

    /// Loads the value of item `index`.
    #[inline(always)]
    #[must_use]
    pub const fn get<const MAX: usize>(octets: &[u8], plan: &Plan<MAX>, index: usize) -> Pascal<N> {
        Pascal::from_octets(&load(octets, plan.offset(index)))
    }
}

/// `?`: one octet, any but zero is true.
#[derive(Clone, Copy)]
pub(super) struct Truth(bool);

impl Truth {
    #[inline(always)]
    pub(super) const fn to_be_bytes(self) -> [u8; 1] {
        [self.0 as u8]
    }

    #[inline(always)]
    pub(super) const fn to_le_bytes(self) -> [u8; 1] {
        [self.0 as u8]
    }

    #[inline(always)]
    pub(super) const fn from_be_bytes([octet]: [u8; 1]) -> Self {
        Self(octet != 0)
    }

    #[inline(always)]
    pub(super) const fn from_le_bytes([octet]: [u8; 1]) -> Self {
        Self(octet != 0)
    }
}

impl From<bool> for Truth {
    #[inline(always)]
    fn from(truth: bool) -> Self {
        Self(truth)
    }
}

impl From<Truth> for bool {
    #[inline(always)]
    fn from(truth: Truth) -> Self {
        truth.0
    }
}

/// One kind, alone and in arrays: `$wire` has the octets, `$value` is what the user sees.
macro_rules! kind {
    ($kind:literal $value:ty) => {
        kind! { $kind $value, $value, (|value| value), (|value| value) }
    };
    ($kind:literal $value:ty, $wire:ty, (|$to:ident| $wrap:expr), (|$from:ident| $unwrap:expr)) => {
        impl Field for Code<$kind, 1> {
            type Value = $value;
        }

        impl Code<$kind, 1> {
            /// Stores the value of item `index`.
            #[inline(always)]
            pub const fn put<const MAX: usize>(
                $to: $value,
                out: &mut [u8],
                plan: &Plan<MAX>,
                index: usize,
            ) {
                let wire: $wire = $wrap;
                let octets = if plan.big {
                    wire.to_be_bytes()
                } else {
                    wire.to_le_bytes()
                };
                store(out, plan.offset(index), octets);
            }

            /// Loads the value of item `index`.
            #[inline(always)]
            #[must_use]
            pub const fn get<const MAX: usize>(
                octets: &[u8],
                plan: &Plan<MAX>,
                index: usize,
            ) -> $value {
                let octets = load(octets, plan.offset(index));
                let $from = if plan.big {
                    <$wire>::from_be_bytes(octets)
                } else {
                    <$wire>::from_le_bytes(octets)
                };
                $unwrap
            }
        }

        impl<const N: usize> Field for Code<{ $kind | ARRAY }, N> {
            type Value = [$value; N];
        }

        impl<const N: usize> Code<{ $kind | ARRAY }, N> {
            /// Stores the value of item `index`.
            #[inline(always)]
            pub const fn put<const MAX: usize>(
                values: [$value; N],
                out: &mut [u8],
                plan: &Plan<MAX>,
                index: usize,
            ) {
                let mut at = plan.offset(index);
                let mut rest: &[$value] = &values;
                while let Some((first, others)) = rest.split_first() {
                    let $to = *first;
                    let wire: $wire = $wrap;
                    let octets = if plan.big {
                        wire.to_be_bytes()
                    } else {
                        wire.to_le_bytes()
                    };
                    store(out, at, octets);
                    at += size_of::<$wire>();
                    rest = others;
                }
            }

            /// Loads the value of item `index`.
            #[inline(always)]
            #[must_use]
            pub const fn get<const MAX: usize>(
                octets: &[u8],
                plan: &Plan<MAX>,
                index: usize,
            ) -> [$value; N] {
                let $from: $wire = {
                    let zeros = [0; size_of::<$wire>()];
                    <$wire>::from_be_bytes(zeros)
                };
                let mut values: [$value; N] = [$unwrap; N];
                let mut at = plan.offset(index);
                let mut rest: &mut [$value] = &mut values;
                while let Some((first, others)) = rest.split_first_mut() {
                    let octets = load(octets, at);
                    let $from = if plan.big {
                        <$wire>::from_be_bytes(octets)
                    } else {
                        <$wire>::from_le_bytes(octets)
                    };
                    *first = $unwrap;
                    at += size_of::<$wire>();
                    rest = others;
                }
                values
            }
        }
    };
}

kind! { b'b' i8 }
kind! { b'B' u8 }
kind! { b'?' bool, Truth, (|value| Truth(value)), (|truth| truth.0) }
kind! { b'h' i16 }
kind! { b'H' u16 }
kind! { b'i' i32 }
kind! { b'I' u32 }
kind! { b'q' i64 }
kind! { b'Q' u64 }
kind! { b'n' isize }
kind! { b'N' usize }
kind! { b'e' Half }
kind! { b'f' f32 }
kind! { b'd' f64 }
