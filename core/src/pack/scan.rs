//! Reads a format item by item, as `prepare_s` of Python's `Modules/_struct.c`.

use super::code::{Layout, Order};
use super::step::Quick;
use super::{PackError, PackErrorKind};

/// One item of a format: a code with its count, and where its octets lie.
///
/// Room for the items of a run-time [`Format`](super::Format); there is nothing to do
/// with one but to keep it.
///
/// ```
/// use amphi_core::pack::{Format, Item};
///
/// let mut items = [Item::EMPTY; 3]; // room for three
/// let format = Format::parse("!I 2s f", &mut items)?;
/// assert_eq!(format.size(), 10);
/// # Ok::<(), amphi_core::pack::PackError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Item {
    pub(super) count: usize,
    pub(super) offset: usize,
    pub(super) position: usize,
    pub(super) kind: u8,
    pub(super) code: u8,
    /// Of one value, in octets.
    pub(super) size: u8,
    pub(super) order: Order,
    pub(super) quick: Quick,
}

impl Item {
    /// Room for one item.
    ///
    /// ```
    /// use amphi_core::pack::{Format, Item};
    ///
    /// let mut items = [Item::EMPTY; 4];
    /// assert_eq!(Format::parse("!I2sfH", &mut items)?.size(), 12);
    /// # Ok::<(), amphi_core::pack::PackError>(())
    /// ```
    pub const EMPTY: Self = Self {
        count: 0,
        offset: 0,
        position: 0,
        kind: 0,
        code: 0,
        size: 0,
        order: Order::Native,
        quick: Quick::NEVER,
    };

    /// How many values it takes.
    pub(super) const fn values(&self) -> usize {
        match self.kind {
            b's' | b'p' => 1,
            b'x' => 0,
            _ => self.count,
        }
    }

    /// How many octets it has.
    pub(super) const fn length(&self) -> usize {
        self.count * self.size as usize
    }

    /// Where the value of place `index` begins, in octets.
    #[inline]
    pub(super) const fn at(&self, index: usize) -> usize {
        self.offset + index * self.size as usize
    }
}

/// A format that is being read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scanner<'f> {
    text: &'f [u8],
    rest: &'f [u8],
    /// The order that the first character chose.
    pub(super) order: Order,
    /// The size of what was read, in octets.
    pub(super) size: usize,
}

impl<'f> Scanner<'f> {
    pub(super) const fn new(format: &'f str) -> Self {
        let text = format.as_bytes();
        let (order, rest) = match (Order::named(text), text.split_first()) {
            (Some(order), Some((_, rest))) => (order, rest),
            _ => (Order::Native, text),
        };
        Self {
            text,
            rest,
            order,
            size: 0,
        }
    }

    /// The next item, also one that takes no value; `None` at the end.
    pub(super) const fn next(&mut self) -> Result<Option<Item>, PackError> {
        let code = loop {
            match self.octet() {
                None => return Ok(None),
                // `isspace` in the C locale.
                Some(b' ' | b'\t' | b'\n' | 0x0B | 0x0C | b'\r') => {}
                Some(code) => break code,
            }
        };
        let (count, code) = if code.is_ascii_digit() {
            match self.count(code) {
                Ok(pair) => pair,
                Err(error) => return Err(error),
            }
        } else {
            (1, code)
        };
        let position = self.text.len() - self.rest.len() - 1;
        let Some(layout) = Layout::of(code, self.order) else {
            let kind = PackErrorKind::BadCharacter;
            return Err(PackError::at(kind, self.character(position), position));
        };
        let Some(offset) = self.take(layout, count) else {
            let kind = PackErrorKind::TooLong;
            return Err(PackError::at(kind, code as char, position));
        };
        Ok(Some(Item {
            count,
            offset,
            position,
            kind: layout.kind,
            code,
            size: layout.size as u8,
            order: self.order,
            quick: Quick::NEVER,
        }))
    }

    /// Aligns, makes room, and gives the offset.
    const fn take(&mut self, layout: Layout, count: usize) -> Option<usize> {
        let Some(offset) = self.size.checked_next_multiple_of(layout.align) else {
            return None;
        };
        let Some(length) = layout.size.checked_mul(count) else {
            return None;
        };
        let Some(size) = offset.checked_add(length) else {
            return None;
        };
        if size > isize::MAX as usize {
            return None;
        }
        self.size = size;
        Some(offset)
    }

    /// The count that begins with `digit`, and the code after it.
    const fn count(&mut self, digit: u8) -> Result<(usize, u8), PackError> {
        let start = self.text.len() - self.rest.len() - 1;
        let mut count = (digit - b'0') as usize;
        loop {
            let Some(octet) = self.octet() else {
                let kind = PackErrorKind::CountWithoutCode;
                return Err(PackError::at(kind, digit as char, start));
            };
            if !octet.is_ascii_digit() {
                return Ok((count, octet));
            }
            count = match count.checked_mul(10) {
                Some(tens) => match tens.checked_add((octet - b'0') as usize) {
                    Some(count) if count <= isize::MAX as usize => count,
                    _ => return Err(PackError::at(PackErrorKind::TooLong, digit as char, start)),
                },
                None => return Err(PackError::at(PackErrorKind::TooLong, digit as char, start)),
            };
        }
    }

    /// The character at `position`, which may have several octets.
    const fn character(&self, position: usize) -> char {
        let Some((_, rest)) = self.text.split_at_checked(position) else {
            return char::REPLACEMENT_CHARACTER;
        };
        let code = match rest {
            [a @ ..0x80, ..] => *a as u32,
            [a @ ..0xE0, b, ..] => bits(&[*a & 0x1F, *b]),
            [a @ ..0xF0, b, c, ..] => bits(&[*a & 0x0F, *b, *c]),
            [a, b, c, d, ..] => bits(&[*a & 0x07, *b, *c, *d]),
            _ => 0xFFFD,
        };
        match char::from_u32(code) {
            Some(character) => character,
            None => char::REPLACEMENT_CHARACTER,
        }
    }

    const fn octet(&mut self) -> Option<u8> {
        match self.rest.split_first() {
            Some((first, rest)) => {
                self.rest = rest;
                Some(*first)
            }
            None => None,
        }
    }
}

/// The code point whose UTF-8 form is `octets`, six bits each.
const fn bits(mut octets: &[u8]) -> u32 {
    let mut code = 0;
    while let Some((first, rest)) = octets.split_first() {
        code = (code << 6) | (*first & 0x3F) as u32;
        octets = rest;
    }
    code
}

/// The size of a record of `format` in octets, Python's `struct.calcsize`.
///
/// ```
/// use amphi_core::pack::calcsize;
///
/// assert_eq!(calcsize("!I2sf"), Ok(10));
/// assert_eq!(calcsize("@BI"), Ok(8));
/// const { assert!(calcsize("=4s 2H x").is_ok()) };
/// ```
///
/// # Errors
///
/// [`BadCharacter`](PackErrorKind::BadCharacter),
/// [`CountWithoutCode`](PackErrorKind::CountWithoutCode) and
/// [`TooLong`](PackErrorKind::TooLong).
pub const fn calcsize(format: &str) -> Result<usize, PackError> {
    let mut scanner = Scanner::new(format);
    loop {
        match scanner.next() {
            Ok(Some(_)) => {}
            Ok(None) => return Ok(scanner.size),
            Err(error) => return Err(error),
        }
    }
}
