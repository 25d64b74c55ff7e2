//! A text on the stack.

use core::fmt;
use core::ops::Deref;

/// ASCII text of at most `N` octets, without a heap.
///
/// What the formatting functions return; it reads as a `&str`.
///
/// ```
/// use amphi_core::addr::ipv4;
/// use core::net::Ipv4Addr;
///
/// let text = ipv4::compressed(Ipv4Addr::LOCALHOST);
/// assert_eq!(text.as_str(), "127.0.0.1");
/// assert_eq!(text.as_bytes(), b"127.0.0.1");
/// assert!(text.ends_with(".1"));
/// ```
// Aligned, and `N` a multiple of 16 where speed counts: `from_utf8` then takes
// 16 octets at a step.
#[derive(Clone, Copy)]
#[repr(align(8))]
pub struct Text<const N: usize> {
    octets: [u8; N],
    // As wide as the alignment, so that it is stored and loaded in one piece.
    len: usize,
}

impl<const N: usize> Text<N> {
    /// No text.
    pub const EMPTY: Self = Self {
        octets: [0; N],
        len: 0,
    };

    /// All there is room for, to be filled with ASCII. To fill it in its place saves
    /// copying, which would wait for stores that have only just been made.
    #[inline]
    pub(crate) const fn buffer_mut(&mut self) -> &mut [u8; N] {
        &mut self.octets
    }

    /// Says how many octets of the buffer count.
    #[inline]
    pub(crate) const fn set_len(&mut self, len: usize) {
        self.len = if len > N { N } else { len };
    }

    /// Appends one octet; beyond the capacity it is lost.
    pub(crate) const fn push_byte(&mut self, octet: u8) {
        if self.len < N {
            #[expect(clippy::indexing_slicing, reason = "the length was just compared")]
            let slot = &mut self.octets[self.len];
            *slot = if octet.is_ascii() { octet } else { b'?' };
            self.len += 1;
        }
    }

    /// Appends octets; beyond the capacity they are lost.
    pub(crate) const fn push(&mut self, mut octets: &[u8]) {
        while let [first, rest @ ..] = octets {
            self.push_byte(*first);
            octets = rest;
        }
    }

    /// Appends a number in decimal.
    pub(crate) const fn push_decimal(&mut self, number: u32) {
        if number > 9 {
            self.push_decimal(number / 10);
        }
        self.push_byte(b'0' + (number % 10) as u8);
    }

    /// The text.
    #[must_use]
    #[inline]
    pub const fn as_str(&self) -> &str {
        // Only ASCII is ever written, behind the end too; the check of the whole
        // buffer is quicker than that of an odd number of octets.
        if let Ok(all) = core::str::from_utf8(&self.octets)
            && let Some((text, _)) = all.split_at_checked(self.len)
        {
            return text;
        }
        ""
    }

    /// The octets of the text, in ASCII.
    #[must_use]
    #[inline]
    pub const fn as_bytes(&self) -> &[u8] {
        match self.octets.split_at_checked(self.len) {
            Some((text, _)) => text,
            None => &self.octets,
        }
    }

    /// How many octets the text has.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no text.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }
}

impl<const N: usize> Deref for Text<N> {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl<const N: usize> AsRef<str> for Text<N> {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl<const N: usize> fmt::Display for Text<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl<const N: usize> fmt::Debug for Text<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl<const N: usize, const M: usize> PartialEq<Text<M>> for Text<N> {
    fn eq(&self, other: &Text<M>) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl<const N: usize> Eq for Text<N> {}

impl<const N: usize> PartialEq<str> for Text<N> {
    fn eq(&self, other: &str) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl<const N: usize> PartialEq<&str> for Text<N> {
    fn eq(&self, other: &&str) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}
