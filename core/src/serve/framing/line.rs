use embedded_io::Read;

use super::{FrameError, TooLong};

/// Reads lines of at most `N` octets without the line feed that ends each. A
/// carriage return before it is cut off, too, but counts.
///
/// ```
/// use amphi_core::serve::framing::{LineReader, TooLong};
///
/// let mut reader = LineReader::<8>::new();
/// let mut input = &b"one\r\ntw"[..];
/// assert_eq!(reader.feed(&mut input), Some(Ok(&b"one"[..])));
/// assert_eq!(reader.feed(&mut input), None);
/// let mut input = &b"o\na line too long\nnext\n"[..];
/// assert_eq!(reader.feed(&mut input), Some(Ok(&b"two"[..])));
/// assert_eq!(reader.feed(&mut input), Some(Err(TooLong { limit: 8 })));
/// assert_eq!(reader.feed(&mut input), Some(Ok(&b"next"[..])));
/// assert_eq!(reader.feed(&mut input), None);
/// ```
#[derive(Debug, Clone)]
pub struct LineReader<const N: usize> {
    buf: [u8; N],
    /// What is in the buffer, read and not given out.
    start: usize,
    end: usize,
    /// The line under way is too long, and skipped: nothing of it is in the buffer.
    skips: bool,
}

/// A line, as a place in the buffer.
type Found = Result<(usize, usize), TooLong>;

impl<const N: usize> LineReader<N> {
    /// A reader that has nothing yet.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            buf: [0; N],
            start: 0,
            end: 0,
            skips: false,
        }
    }

    /// Takes octets from the front of `input` until a line is whole. `None` means
    /// that all of `input` was taken and more is needed. Call it until then.
    ///
    /// # Errors
    ///
    /// `TooLong`, as soon as that is known; the rest of the line is skipped.
    pub fn feed(&mut self, input: &mut &[u8]) -> Option<Result<&[u8], TooLong>> {
        let found = self.take(input)?;
        Some(found.map(|(start, end)| self.buf.get(start..end).unwrap_or_default()))
    }

    /// What came after the last line's end: a line that is not ended, at the peer's
    /// end of file.
    #[must_use]
    pub fn rest(&self) -> &[u8] {
        self.buf.get(self.start..self.end).unwrap_or_default()
    }

    /// Reads until a line is whole; `Ok(None)` is the end of file after one. A last
    /// line need not be ended. Reads ahead; what it read is in [`rest`](Self::rest).
    ///
    /// # Errors
    ///
    /// [`FrameError::Stream`] with what `stream` reports; [`FrameError::TooLong`], and
    /// the next call skips the rest of that line.
    ///
    /// ```
    /// use amphi_core::serve::Rehearsal;
    /// use amphi_core::serve::framing::LineReader;
    ///
    /// let mut connection = Rehearsal::new(b"one\ntwo", &mut []);
    /// let mut reader = LineReader::<8>::new();
    /// assert_eq!(reader.read(&mut connection), Ok(Some(&b"one"[..])));
    /// assert_eq!(reader.read(&mut connection), Ok(Some(&b"two"[..])));
    /// assert_eq!(reader.read(&mut connection), Ok(None));
    /// ```
    pub fn read<R: Read>(&mut self, stream: &mut R) -> Result<Option<&[u8]>, FrameError<R::Error>> {
        let (start, end) = loop {
            if let Some(line) = self.find() {
                break line;
            }
            let mut spare = [0];
            let room = self.make_room();
            // A full buffer needs one octet more to know whether the line ends there.
            let full = room.is_empty();
            let room = if full { &mut spare } else { room };
            match stream.read(room).map_err(FrameError::Stream)? {
                0 if self.start == self.end => return Ok(None),
                0 => {
                    let rest = (self.start, self.end);
                    self.start = self.end;
                    break rest;
                }
                _ if full => {
                    if let Some(found) = self.take(&mut &spare[..]) {
                        break found.map_err(FrameError::TooLong)?;
                    }
                }
                count => self.end += count,
            }
        };
        Ok(Some(self.buf.get(start..end).unwrap_or_default()))
    }

    /// A whole line in the buffer. What belongs to a line that is too long goes.
    fn find(&mut self) -> Option<(usize, usize)> {
        loop {
            let kept = self.buf.get(self.start..self.end)?;
            let Some(length) = kept.iter().position(|octet| *octet == b'\n') else {
                if self.skips {
                    self.start = self.end;
                }
                return None;
            };
            let start = self.start;
            self.start += length + 1;
            if !core::mem::take(&mut self.skips) {
                return Some(self.without_carriage_return(start, start + length));
            }
        }
    }

    fn without_carriage_return(&self, start: usize, end: usize) -> (usize, usize) {
        let line = self.buf.get(start..end).unwrap_or_default();
        (start, end - usize::from(line.ends_with(b"\r")))
    }

    /// Takes from `input` up to the end of a line, or all.
    fn take(&mut self, input: &mut &[u8]) -> Option<Found> {
        // What `read` has read ahead comes first.
        if let Some(line) = self.find() {
            return Some(Ok(line));
        }
        loop {
            let newline = input.iter().position(|octet| *octet == b'\n');
            let (piece, rest) = input.split_at_checked(newline.unwrap_or(input.len()))?;
            *input = rest.get(1..).unwrap_or_default();
            if self.skips {
                newline?;
                self.skips = false;
                continue;
            }
            return self.keep(piece, newline.is_some());
        }
    }

    /// Keeps a piece of a line, the last one if `ends`.
    fn keep(&mut self, piece: &[u8], ends: bool) -> Option<Found> {
        let Some(room) = self.make_room().get_mut(..piece.len()) else {
            (self.start, self.end, self.skips) = (0, 0, !ends);
            return Some(Err(TooLong { limit: N }));
        };
        room.copy_from_slice(piece);
        self.end += piece.len();
        if !ends {
            return None;
        }
        let line = self.without_carriage_return(self.start, self.end);
        (self.start, self.end) = (0, 0);
        Some(Ok(line))
    }

    /// Moves what is kept to the front, and gives the room behind it.
    fn make_room(&mut self) -> &mut [u8] {
        if self.start > 0 {
            self.buf.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
        }
        self.buf.get_mut(self.end..).unwrap_or_default()
    }
}

impl<const N: usize> Default for LineReader<N> {
    fn default() -> Self {
        Self::new()
    }
}
