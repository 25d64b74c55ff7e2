//! A format, read at compile time.

use super::field::ARRAY;
use super::scan::Scanner;
use super::{PackError, PackErrorKind};

/// The items of a compile-time format that take values, at most `MAX`.
///
/// Plain arrays, as the compiler reads them some fifty times for each format.
#[derive(Debug)]
pub struct Plan<const MAX: usize> {
    /// The kind of each item for [`Code`](super::field::Code); 0 beyond the last.
    pub kinds: [u8; MAX],
    /// The count of each item; 0 beyond the last.
    pub counts: [usize; MAX],
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

    /// Reads `format`. Of a bad one, [`check`](Self::check) tells.
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

    /// Fails the compilation when `format`, of which this is the plan, is none.
    #[track_caller]
    pub const fn check(&self, format: &str) {
        if let Some(error) = self.error {
            Complaint::new(format, error).fail()
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

    /// Where item `index` begins, in octets.
    #[inline(always)]
    #[expect(clippy::indexing_slicing, reason = "plan and index are constants")]
    pub(super) const fn offset(&self, index: usize) -> usize {
        self.offsets[index]
    }

    /// Where the items begin; `LEN` is `len`.
    #[must_use]
    #[expect(clippy::indexing_slicing, reason = "at compile time")]
    pub const fn offsets<const LEN: usize>(&self) -> [usize; LEN] {
        let mut offsets = [0; LEN];
        let mut index = 0;
        while index < LEN {
            offsets[index] = self.offsets[index];
            index += 1;
        }
        offsets
    }
}

/// What the compiler says about a bad format.
struct Complaint {
    text: [u8; Self::ROOM],
    len: usize,
}

impl Complaint {
    /// In octets; a longer complaint is cut.
    const ROOM: usize = 256;

    const fn new(format: &str, error: PackError) -> Self {
        let mut complaint = Self {
            text: [0; Self::ROOM],
            len: 0,
        };
        complaint.push(error.kind().phrase());
        if let PackErrorKind::TooManyItems { room } = error.kind() {
            complaint.push(" (");
            complaint.number(room);
            complaint.push("; a `wide struct` has room for 32)");
        }
        if let (Some(code), Some(position)) = (error.code(), error.position()) {
            complaint.push(": '");
            complaint.push(code.encode_utf8(&mut [0; 4]));
            complaint.push("' at ");
            complaint.number(position);
        }
        complaint.push(" of \"");
        complaint.push(format);
        complaint.push("\"");
        complaint
    }

    #[expect(clippy::indexing_slicing, reason = "only at compile time; checked")]
    const fn push(&mut self, text: &str) {
        let text = text.as_bytes();
        let mut index = 0;
        // Cut between characters.
        while index < text.len() && (self.len < Self::ROOM - 4 || text[index] & 0xC0 == 0x80) {
            self.text[self.len] = text[index];
            self.len += 1;
            index += 1;
        }
    }

    const fn number(&mut self, number: usize) {
        if number > 9 {
            self.number(number / 10);
        }
        let digit = [b'0' + (number % 10) as u8];
        if let Ok(digit) = core::str::from_utf8(&digit) {
            self.push(digit);
        }
    }

    #[track_caller]
    const fn fail(&self) -> ! {
        let (text, _) = self.text.split_at(self.len);
        match core::str::from_utf8(text) {
            Ok(text) => panic!("{}", text),
            Err(_) => panic!("bad format"),
        }
    }
}
