use embedded_io::Read;

use super::{FrameError, TooLong};

/// How the length before a frame is written: big-endian, as the network has it.
///
/// ```
/// use amphi_core::serve::framing::Prefix;
///
/// assert_eq!([Prefix::U8, Prefix::U16, Prefix::U32].map(Prefix::size), [1, 2, 4]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Prefix {
    /// One octet.
    U8,
    /// Two octets.
    U16,
    /// Four octets.
    U32,
}

impl Prefix {
    /// How many octets it has.
    #[must_use]
    pub const fn size(self) -> usize {
        match self {
            Self::U8 => 1,
            Self::U16 => 2,
            Self::U32 => 4,
        }
    }

    /// Writes the length of a frame before its octets are sent: the octets of the
    /// prefix are the first [`size`](Self::size) of the four. None for a frame that
    /// is longer than the prefix can tell.
    ///
    /// ```
    /// use amphi_core::serve::framing::Prefix;
    ///
    /// let (prefix, size) = Prefix::U16.encode(300).unwrap();
    /// assert_eq!(&prefix[..size], [1, 44]);
    /// assert_eq!(Prefix::U8.encode(256), None);
    /// ```
    #[must_use]
    pub fn encode(self, len: usize) -> Option<([u8; 4], usize)> {
        let len = u32::try_from(len).ok()?;
        let size = self.size();
        let bits = 32 - 8 * size as u32;
        let octets = len
            .checked_shl(bits)
            .filter(|shifted| shifted >> bits == len)?;
        Some((octets.to_be_bytes(), size))
    }
}

/// Reads frames of at most `N` octets, each behind its length.
///
/// ```
/// use amphi_core::serve::framing::{Prefix, PrefixReader, TooLong};
///
/// let mut reader = PrefixReader::<4>::new(Prefix::U16);
/// let mut input = &b"\0\x03one\0"[..];
/// assert_eq!(reader.feed(&mut input), Some(Ok(&b"one"[..])));
/// assert_eq!(reader.feed(&mut input), None);
/// let mut input = &b"\x05three\0\x03six"[..];
/// assert_eq!(reader.feed(&mut input), Some(Err(TooLong { limit: 4 })));
/// assert_eq!(reader.feed(&mut input), Some(Ok(&b"six"[..])));
/// assert_eq!(reader.feed(&mut input), None);
/// ```
#[derive(Debug, Clone)]
pub struct PrefixReader<const N: usize> {
    prefix: Prefix,
    head: [u8; 4],
    /// How much of the prefix has come.
    seen: usize,
    buf: [u8; N],
    /// How much of the frame has come, and how long it is, once that is known.
    received: usize,
    len: usize,
    /// How much of a frame that is too long is left to skip.
    skip: usize,
}

impl<const N: usize> PrefixReader<N> {
    /// A reader that has nothing yet.
    #[must_use]
    pub const fn new(prefix: Prefix) -> Self {
        Self {
            prefix,
            head: [0; 4],
            seen: 0,
            buf: [0; N],
            received: 0,
            len: 0,
            skip: 0,
        }
    }

    /// Takes octets from the front of `input` until a frame is whole, and none
    /// beyond it. `None` means that all of `input` was taken and more is needed.
    /// Call it until then. A frame may be empty.
    ///
    /// # Errors
    ///
    /// `TooLong`, as soon as the length is known; the frame is skipped.
    pub fn feed(&mut self, input: &mut &[u8]) -> Option<Result<&[u8], TooLong>> {
        let len = loop {
            let room = self.room();
            let count = room.len().min(input.len());
            let piece = input.split_off(..count).filter(|piece| !piece.is_empty())?;
            for (to, from) in room.iter_mut().zip(piece) {
                *to = *from;
            }
            match self.advance(count) {
                Some(Ok(len)) => break len,
                Some(Err(error)) => return Some(Err(error)),
                None => {}
            }
        };
        Some(Ok(self.buf.get(..len).unwrap_or_default()))
    }

    /// Reads until a frame is whole, and nothing beyond it; `Ok(None)` is the end of
    /// file between two frames.
    ///
    /// # Errors
    ///
    /// [`FrameError::Stream`] with what `stream` reports; [`FrameError::Truncated`] at
    /// an end of file within a frame; [`FrameError::TooLong`], and the next call
    /// skips that frame.
    ///
    /// ```
    /// use amphi_core::serve::Rehearsal;
    /// use amphi_core::serve::framing::{FrameError, Prefix, PrefixReader};
    ///
    /// let mut connection = Rehearsal::new(b"\x03one\x03tw", &mut []);
    /// let mut reader = PrefixReader::<8>::new(Prefix::U8);
    /// assert_eq!(reader.read(&mut connection), Ok(Some(&b"one"[..])));
    /// assert_eq!(reader.read(&mut connection), Err(FrameError::Truncated));
    /// ```
    pub fn read<R: Read>(&mut self, stream: &mut R) -> Result<Option<&[u8]>, FrameError<R::Error>> {
        let len = loop {
            match stream.read(self.room()).map_err(FrameError::Stream)? {
                0 if self.seen == 0 => return Ok(None),
                0 => return Err(FrameError::Truncated),
                count => {
                    if let Some(found) = self.advance(count) {
                        break found.map_err(FrameError::TooLong)?;
                    }
                }
            }
        };
        Ok(Some(self.buf.get(..len).unwrap_or_default()))
    }

    /// Where the next octets belong: at least one.
    fn room(&mut self) -> &mut [u8] {
        let size = self.prefix.size();
        let room = if self.seen < size {
            self.head.get_mut(self.seen..size)
        } else if self.skip == 0 {
            self.buf.get_mut(self.received..self.len)
        } else if N > self.head.len() {
            // Both are free while a frame is skipped.
            self.buf.get_mut(..self.skip.min(N))
        } else {
            self.head.get_mut(..self.skip.min(4))
        };
        room.unwrap_or_default()
    }

    /// `count` octets are where they belong. Tells the length of a frame that is whole.
    fn advance(&mut self, count: usize) -> Option<Result<usize, TooLong>> {
        let size = self.prefix.size();
        if self.skip > 0 {
            self.skip -= count;
            if self.skip == 0 {
                self.seen = 0;
            }
            return None;
        }
        if self.seen < size {
            self.seen += count;
            if self.seen < size {
                return None;
            }
            let head = self.head.iter().take(size);
            self.len = head.fold(0, |len, octet| len << 8 | usize::from(*octet));
            self.received = 0;
            if self.len > N {
                self.skip = self.len;
                return Some(Err(TooLong { limit: N }));
            }
        } else {
            self.received += count;
        }
        (self.received == self.len).then(|| {
            self.seen = 0;
            Ok(self.len)
        })
    }
}
