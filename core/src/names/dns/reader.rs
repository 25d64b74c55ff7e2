use core::iter::from_fn;

/// The longest message over UDP without extensions (RFC 1035, section 2.3.4).
pub(super) const LONGEST: usize = 512;
/// Octets of a message's header.
pub(super) const HEADER: usize = 12;

/// A message, read from a place on. What is not there, or makes no sense, is `None`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader<'m> {
    message: &'m [u8],
    pub(super) at: usize,
}

impl<'m> Reader<'m> {
    pub(super) const fn new(message: &'m [u8], at: usize) -> Self {
        Self { message, at }
    }

    pub(super) fn octets(&mut self, len: usize) -> Option<&'m [u8]> {
        let octets = self.message.get(self.at..)?.get(..len)?;
        self.at += len;
        Some(octets)
    }

    pub(super) fn u16(&mut self) -> Option<u16> {
        let octets = self.octets(2)?.try_into().ok()?;
        Some(u16::from_be_bytes(octets))
    }

    /// Skips a name.
    pub(super) fn skip_name(&mut self) -> Option<()> {
        loop {
            match *self.octets(1)?.first()? {
                0 => return Some(()),
                len @ 1..=63 => self.octets(usize::from(len)).map(drop)?,
                0xC0.. => return self.octets(1).map(drop),
                _ => return None,
            }
        }
    }

    /// The labels of the name here. Pointers lead backwards only, so that they end
    /// (RFC 1035, section 4.1.4); a name that is broken ends with `None`.
    pub(super) fn labels(self) -> impl Iterator<Item = Option<&'m [u8]>> {
        let mut reader = self;
        let mut floor = self.at;
        let mut done = false;
        from_fn(move || {
            if done {
                return None;
            }
            let label = reader.label(&mut floor);
            done = !matches!(label, Some(Some(_)));
            match label {
                Some(None) => None,
                label => Some(label.flatten()),
            }
        })
    }

    /// The next label, or `Some(None)` at the end of the name.
    fn label(&mut self, floor: &mut usize) -> Option<Option<&'m [u8]>> {
        loop {
            match *self.octets(1)?.first()? {
                0 => return Some(None),
                len @ 1..=63 => return self.octets(usize::from(len)).map(Some),
                high @ 0xC0.. => {
                    let low = *self.octets(1)?.first()?;
                    let to = usize::from(u16::from_be_bytes([high & 0x3F, low]));
                    if to >= *floor {
                        return None;
                    }
                    *floor = to;
                    self.at = to;
                }
                _ => return None,
            }
        }
    }
}

/// Whether two names are the same, without regard to case; broken ones are not.
pub(super) fn are_same(one: Reader<'_>, other: Reader<'_>) -> bool {
    let same = |pair: (Option<&[u8]>, Option<&[u8]>)| match pair {
        (Some(one), Some(other)) => one.eq_ignore_ascii_case(other),
        _ => false,
    };
    let (mut one, mut other) = (one.labels(), other.labels());
    loop {
        match (one.next(), other.next()) {
            (None, None) => return true,
            (Some(a), Some(b)) if same((a, b)) => {}
            _ => return false,
        }
    }
}
