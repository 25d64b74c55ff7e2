//! A format, read at compile time.

use super::field::ARRAY;
use super::scan::Scanner;
use super::{PackError, PackErrorKind, verdict};

/// The items of a compile-time format that take values, at most `MAX`.
///
/// Plain arrays, as the compiler reads them some forty times for each format.
#[derive(Debug)]
pub struct Plan<const MAX: usize> {
    /// The kind of each item for [`Code`](super::field::Code); 0 beyond the last.
    kinds: [u8; MAX],
    /// The count of each item; 0 beyond the last.
    counts: [usize; MAX],
    /// Where each item begins, in octets.
    offsets: [usize; MAX],
    /// How many items take values.
    pub len: usize,
    /// The size of a record in octets.
    pub size: usize,
    /// Whether the greatest octet comes first.
    pub(super) big: bool,
    /// What is wrong with the format; then there are no items.
    error: Option<PackError>,
}

impl<const MAX: usize> Plan<MAX> {
    /// No items at all.
    const EMPTY: Self = Self {
        kinds: [0; MAX],
        counts: [0; MAX],
        offsets: [0; MAX],
        len: 0,
        size: 0,
        big: false,
        error: None,
    };

    /// Reads `format`; of a bad one there are no items, but a [`fault`](Self::fault).
    #[must_use]
    pub const fn new(format: &str) -> Self {
        match Self::read(format) {
            Ok(plan) => plan,
            Err(error) => {
                let mut plan = Self::EMPTY;
                plan.error = Some(error);
                plan
            }
        }
    }

    /// What is wrong, for [`Verdict`](super::verdict::Verdict).
    #[must_use]
    pub const fn fault(&self) -> u8 {
        match self.error {
            None => verdict::GOOD,
            Some(error) => match error.kind() {
                PackErrorKind::BadCharacter => verdict::BAD_CHARACTER,
                PackErrorKind::CountWithoutCode => verdict::COUNT_WITHOUT_CODE,
                PackErrorKind::TooManyItems { .. } if MAX < 32 => verdict::TOO_MANY,
                PackErrorKind::TooManyItems { .. } => verdict::TOO_MANY_WIDE,
                _ => verdict::TOO_LONG,
            },
        }
    }

    /// The character that is wrong.
    #[must_use]
    pub const fn code(&self) -> char {
        match self.error {
            Some(PackError {
                place: Some((code, _)),
                ..
            }) => code,
            _ => '\0',
        }
    }

    /// Where that character stands in the format, counted in octets from 0.
    #[must_use]
    pub const fn position(&self) -> usize {
        match self.error {
            Some(PackError {
                place: Some((_, position)),
                ..
            }) => position,
            _ => 0,
        }
    }

    #[expect(clippy::indexing_slicing, reason = "at compile time; checked above")]
    const fn read(format: &str) -> Result<Self, PackError> {
        let mut plan = Self::EMPTY;
        let mut scanner = Scanner::new(format);
        plan.big = scanner.order.is_big();
        loop {
            let item = match scanner.next() {
                Ok(Some(item)) => item,
                Ok(None) => break,
                Err(error) => return Err(error),
            };
            if item.values() == 0 {
                continue;
            }
            if plan.len == MAX {
                let kind = PackErrorKind::TooManyItems { room: MAX };
                return Err(PackError::at(kind, item.code as char, item.position));
            }
            plan.kinds[plan.len] = match item.kind {
                b's' | b'p' => item.kind,
                kind if item.count > 1 => kind | ARRAY,
                kind => kind,
            };
            plan.counts[plan.len] = item.count;
            plan.offsets[plan.len] = item.offset;
            plan.len += 1;
        }
        plan.size = scanner.size;
        Ok(plan)
    }

    /// The kind of item `index`. The compiler works less on a call than on an index.
    #[must_use]
    #[expect(clippy::indexing_slicing, reason = "plan and index are constants")]
    pub const fn kind(&self, index: usize) -> u8 {
        self.kinds[index]
    }

    /// The count of item `index`.
    #[must_use]
    #[expect(clippy::indexing_slicing, reason = "plan and index are constants")]
    pub const fn count(&self, index: usize) -> usize {
        self.counts[index]
    }

    /// Where item `index` begins, in octets.
    #[inline(always)]
    #[expect(clippy::indexing_slicing, reason = "plan and index are constants")]
    pub(super) const fn offset(&self, index: usize) -> usize {
        self.offsets[index]
    }

    /// Where the items begin.
    #[must_use]
    pub const fn offsets(&'static self) -> &'static [usize] {
        match self.offsets.split_at_checked(self.len) {
            Some((offsets, _)) => offsets,
            None => &[],
        }
    }
}
