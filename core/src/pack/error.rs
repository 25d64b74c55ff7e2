use core::fmt;

/// What is wrong with a format, with values, or with the room for them.
///
/// ```
/// use amphi_core::pack::{PackErrorKind, Value, calcsize, pack_into};
///
/// assert_eq!(calcsize("4").unwrap_err().kind(), PackErrorKind::CountWithoutCode);
/// let error = pack_into("2B", &mut [0; 2], 0, &[Value::from(1)]).unwrap_err();
/// assert_eq!(error.kind(), PackErrorKind::ValueCount { expected: 2, given: 1 });
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum PackErrorKind {
    /// The format has a character that is no code (in this order: `n`, `N`, `P` are only native).
    BadCharacter,
    /// The format ends after a count.
    CountWithoutCode,
    /// The record, or a count, is longer than memory can be (`isize::MAX` octets).
    TooLong,
    /// The format has more items than the caller gave room for.
    TooManyItems {
        /// How many there is room for.
        room: usize,
    },
    /// Too few or too many values were given.
    ValueCount {
        /// How many the format takes.
        expected: usize,
        /// How many were given.
        given: usize,
    },
    /// The code takes an integer.
    NotInteger,
    /// The code takes a number.
    NotNumber,
    /// The code takes octets.
    NotOctets,
    /// The code `c` takes exactly one octet.
    NotOneOctet,
    /// The item is not of the type that was asked for.
    WrongType,
    /// The integer does not fit the code, or the type that was asked for.
    OutOfRange,
    /// The finite float is beyond the largest of the code. (In `@`, such an `f`
    /// becomes infinite, as in C and in Python.)
    Overflow,
    /// The buffer is too short.
    BufferTooShort {
        /// How many octets it must have, at least: the offset and the record.
        needed: usize,
        /// How many it has.
        actual: usize,
    },
    /// The buffer holds no whole number of records.
    NotMultiple {
        /// The record's size in octets.
        size: usize,
        /// The buffer's length in octets.
        actual: usize,
    },
    /// Records without octets cannot be counted in a buffer.
    EmptyRecord,
}

/// Why a format, values or a buffer were refused: `struct.error` of Python, with
/// the kind, the code and the place.
///
/// ```
/// use amphi_core::pack::{PackErrorKind, Value, calcsize, pack_into};
///
/// let error = calcsize("!I2y").unwrap_err();
/// assert_eq!(error.kind(), PackErrorKind::BadCharacter);
/// assert_eq!((error.code(), error.position()), (Some('y'), Some(3)));
/// assert_eq!(error.to_string(), "bad char in struct format: 'y' at 3");
///
/// let error = pack_into("2B", &mut [0; 2], 0, &[Value::from(1), Value::from(256)]).unwrap_err();
/// assert_eq!(error.kind(), PackErrorKind::OutOfRange);
/// assert_eq!((error.code(), error.position(), error.value()), (Some('B'), Some(1), Some(1)));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct PackError {
    kind: PackErrorKind,
    pub(super) place: Option<(char, usize)>,
    value: Option<usize>,
}

impl PackError {
    pub(super) const fn new(kind: PackErrorKind) -> Self {
        Self {
            kind,
            place: None,
            value: None,
        }
    }

    pub(super) const fn at(kind: PackErrorKind, code: char, position: usize) -> Self {
        Self {
            kind,
            place: Some((code, position)),
            value: None,
        }
    }

    #[cold]
    pub(super) const fn of_value(
        kind: PackErrorKind,
        code: char,
        position: usize,
        value: usize,
    ) -> Self {
        Self {
            kind,
            place: Some((code, position)),
            value: Some(value),
        }
    }

    /// The same of a value with `before` others before those that were counted.
    #[cold]
    pub(super) const fn after(mut self, before: usize) -> Self {
        if let Some(value) = self.value {
            self.value = Some(value + before);
        }
        self
    }

    /// What is wrong.
    #[must_use]
    pub const fn kind(&self) -> PackErrorKind {
        self.kind
    }

    /// The character of the format that it is about.
    #[must_use]
    pub const fn code(&self) -> Option<char> {
        match self.place {
            Some((code, _)) => Some(code),
            None => None,
        }
    }

    /// Where in the format that character stands, counted in octets from 0.
    #[must_use]
    pub const fn position(&self) -> Option<usize> {
        match self.place {
            Some((_, position)) => Some(position),
            None => None,
        }
    }

    /// Which value it is about, counted from 0.
    #[must_use]
    pub const fn value(&self) -> Option<usize> {
        self.value
    }
}

impl PackErrorKind {
    pub(super) const fn phrase(self) -> &'static str {
        match self {
            Self::BadCharacter => "bad char in struct format",
            Self::CountWithoutCode => "repeat count given without format specifier",
            Self::TooLong => "total struct size too long",
            Self::TooManyItems { .. } => "more items than there is room for",
            Self::ValueCount { .. } => "wrong number of values",
            Self::NotInteger => "required argument is not an integer",
            Self::NotNumber => "required argument is not a float",
            Self::NotOctets => "argument must be octets",
            Self::NotOneOctet => "char format requires exactly one octet",
            Self::WrongType => "item of another type",
            Self::OutOfRange => "integer out of range",
            Self::Overflow => "float too large",
            Self::BufferTooShort { .. } => "buffer too short",
            Self::NotMultiple { .. } => "buffer holds no whole number of records",
            Self::EmptyRecord => "cannot iterate over records of length 0",
        }
    }
}

impl fmt::Display for PackError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.phrase())?;
        match self.kind {
            PackErrorKind::TooManyItems { room } => write!(f, " ({room})")?,
            PackErrorKind::ValueCount { expected, given } => {
                write!(f, ": {expected} expected, {given} given")?;
            }
            PackErrorKind::BufferTooShort { needed, actual } => {
                write!(f, ": {needed} octets needed, {actual} there")?;
            }
            PackErrorKind::NotMultiple { size, actual } => {
                write!(f, ": {actual} octets, {size} each")?;
            }
            _ => {}
        }
        if let Some((code, position)) = self.place {
            write!(f, ": '{}' at {position}", code.escape_debug())?;
        }
        match self.value {
            Some(value) => write!(f, " (value {value})"),
            None => Ok(()),
        }
    }
}

impl core::error::Error for PackError {}

impl From<PackError> for crate::ErrorKind {
    fn from(_: PackError) -> Self {
        Self::InvalidInput
    }
}
