/// One value of a run-time format.
///
/// Integers of both signs are made by `From`; each code takes either variant and
/// checks the range, so `Unsigned(5)` packs as `b` as well as `Signed(5)` does.
/// Unpacked, the codes in lower case give `Signed`, those in upper case `Unsigned`.
///
/// ```
/// use amphi_core::pack::Value;
///
/// assert_eq!(Value::from(-1), Value::Signed(-1));
/// assert_eq!(Value::from(&b"ab"[..]).as_bytes(), Some(&b"ab"[..]));
/// assert_eq!(Value::Bool(true).as_u64(), Some(1));
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Value<'b> {
    /// An integer: `b h i l q n`.
    Signed(i64),
    /// An integer: `B H I L Q N P`.
    Unsigned(u64),
    /// A float: `e f d`.
    Float(f64),
    /// A truth: `?`.
    Bool(bool),
    /// Octets: `c s p`.
    Bytes(&'b [u8]),
}

impl<'b> Value<'b> {
    /// The integer, if it is one that fits; a truth counts as 0 or 1, as in Python.
    #[must_use]
    #[inline]
    pub const fn as_i64(&self) -> Option<i64> {
        match *self {
            Self::Signed(number) => Some(number),
            Self::Unsigned(number) if number <= i64::MAX as u64 => Some(number as i64),
            Self::Bool(truth) => Some(truth as i64),
            _ => None,
        }
    }

    /// The integer, if it is one that fits; a truth counts as 0 or 1, as in Python.
    #[must_use]
    #[inline]
    pub const fn as_u64(&self) -> Option<u64> {
        match *self {
            Self::Signed(number) if number >= 0 => Some(number as u64),
            Self::Unsigned(number) => Some(number),
            Self::Bool(truth) => Some(truth as u64),
            _ => None,
        }
    }

    /// The number as a float, rounded as Python's `float` does.
    #[must_use]
    #[inline]
    pub const fn as_f64(&self) -> Option<f64> {
        match *self {
            Self::Float(number) => Some(number),
            Self::Signed(number) => Some(number as f64),
            Self::Unsigned(number) => Some(number as f64),
            Self::Bool(truth) => Some(truth as u8 as f64),
            Self::Bytes(_) => None,
        }
    }

    /// The octets, if it has some.
    #[must_use]
    #[inline]
    pub const fn as_bytes(&self) -> Option<&'b [u8]> {
        match *self {
            Self::Bytes(octets) => Some(octets),
            _ => None,
        }
    }

    /// Python's `bool`: whether it is neither zero nor empty.
    #[must_use]
    pub const fn is_true(&self) -> bool {
        match *self {
            Self::Signed(number) => number != 0,
            Self::Unsigned(number) => number != 0,
            Self::Float(number) => number != 0.0,
            Self::Bool(truth) => truth,
            Self::Bytes(octets) => !octets.is_empty(),
        }
    }

    /// Whether it is an integer, of whatever size.
    pub(super) const fn is_integer(&self) -> bool {
        matches!(self, Self::Signed(_) | Self::Unsigned(_) | Self::Bool(_))
    }
}

macro_rules! from {
    ($($variant:ident: $($type:ty)*;)*) => { $($(
        impl From<$type> for Value<'_> {
            #[inline]
            fn from(value: $type) -> Self {
                Self::$variant(value.into())
            }
        }
    )*)* };
}

from! {
    Signed: i8 i16 i32 i64;
    Unsigned: u8 u16 u32 u64;
    Float: f32 f64 super::Half;
    Bool: bool;
}

impl From<isize> for Value<'_> {
    #[inline]
    fn from(value: isize) -> Self {
        Self::Signed(value as i64)
    }
}

impl From<usize> for Value<'_> {
    #[inline]
    fn from(value: usize) -> Self {
        Self::Unsigned(value as u64)
    }
}

impl<'b> From<&'b [u8]> for Value<'b> {
    #[inline]
    fn from(octets: &'b [u8]) -> Self {
        Self::Bytes(octets)
    }
}

impl<'b, const N: usize> From<&'b [u8; N]> for Value<'b> {
    #[inline]
    fn from(octets: &'b [u8; N]) -> Self {
        Self::Bytes(octets)
    }
}
