use core::fmt;

/// A Pascal string in `N` octets, the code `Np`: a length, the text, and zeros.
///
/// The text has at most `N - 1` octets, and at most 255.
///
/// ```
/// use amphi_core::pack::Pascal;
///
/// const NAME: Pascal<6> = Pascal::new(b"ab");
/// assert_eq!(NAME.as_bytes(), b"ab");
/// assert_eq!(NAME.to_octets(), *b"\x02ab\0\0\0");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Pascal<const N: usize>([u8; N]);

impl<const N: usize> Pascal<N> {
    /// How many octets of text there is room for.
    pub const ROOM: usize = if N == 0 {
        0
    } else if N > 255 {
        255
    } else {
        N - 1
    };

    /// As much of `text` as there is room for, as Python cuts it.
    ///
    /// ```
    /// use amphi_core::pack::Pascal;
    ///
    /// assert_eq!(Pascal::<3>::new(b"abc").as_bytes(), b"ab");
    /// ```
    #[must_use]
    pub const fn new(text: &[u8]) -> Self {
        let mut octets = [0; N];
        let length = if text.len() < Self::ROOM {
            text.len()
        } else {
            Self::ROOM
        };
        if let Some((first, rest)) = octets.split_first_mut()
            && let Some((place, _)) = rest.split_at_mut_checked(length)
            && let Some((text, _)) = text.split_at_checked(length)
        {
            *first = length as u8;
            place.copy_from_slice(text);
        }
        Self(octets)
    }

    /// The text of these octets; a length beyond the end counts as up to the end.
    ///
    /// ```
    /// use amphi_core::pack::Pascal;
    ///
    /// assert_eq!(Pascal::from_octets(b"\xFFab").as_bytes(), b"ab");
    /// ```
    #[must_use]
    pub const fn from_octets(octets: &[u8; N]) -> Self {
        Self::new(text_of(octets))
    }

    /// The octets: the length, the text, zeros.
    #[must_use]
    pub const fn to_octets(self) -> [u8; N] {
        self.0
    }

    /// The text.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8] {
        text_of(&self.0)
    }
}

/// The text of a Pascal string that fills `octets`.
pub(super) const fn text_of(octets: &[u8]) -> &[u8] {
    let Some((length, rest)) = octets.split_first() else {
        return &[];
    };
    match rest.split_at_checked(*length as usize) {
        Some((text, _)) => text,
        None => rest,
    }
}

impl<const N: usize> AsRef<[u8]> for Pascal<N> {
    fn as_ref(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl<const N: usize> Default for Pascal<N> {
    fn default() -> Self {
        Self([0; N])
    }
}

impl<const N: usize> fmt::Debug for Pascal<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "b\"{}\"", self.as_bytes().escape_ascii())
    }
}
