use core::fmt;

use super::Record;
use crate::socket::{Blocking, Stream};
use crate::{Error, ErrorKind};

/// Why no record came from a stream.
///
/// ```
/// use amphi_core::ErrorKind;
/// use amphi_core::pack::ReadError;
///
/// let cut = ReadError::<ErrorKind>::Truncated { received: 3, size: 10 };
/// assert_eq!(cut.to_string(), "end of file after 3 of 10 octets of a record");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum ReadError<E> {
    /// What the stream reports; after `WouldBlock` or `TimedOut`, try again.
    Stream(E),
    /// The peer sent no more in the middle of a record.
    Truncated {
        /// How many octets of the record came.
        received: usize,
        /// How many it has.
        size: usize,
    },
}

impl<E: Error> ReadError<E> {
    /// The kind of failure; `Aborted` for a record that was cut.
    ///
    /// ```
    /// use amphi_core::ErrorKind;
    /// use amphi_core::pack::ReadError;
    ///
    /// let error = ReadError::Stream(ErrorKind::WouldBlock);
    /// assert_eq!(error.reason(), ErrorKind::WouldBlock);
    /// let error = ReadError::<ErrorKind>::Truncated { received: 3, size: 10 };
    /// assert_eq!(error.reason(), ErrorKind::Aborted);
    /// assert_eq!(error.to_string(), "end of file after 3 of 10 octets of a record");
    /// ```
    #[must_use]
    pub fn reason(&self) -> ErrorKind {
        match self {
            Self::Stream(error) => error.reason(),
            Self::Truncated { .. } => ErrorKind::Aborted,
        }
    }
}

impl<E: fmt::Display> fmt::Display for ReadError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stream(error) => fmt::Display::fmt(error, f),
            Self::Truncated { received, size } => write!(
                f,
                "end of file after {received} of {size} octets of a record"
            ),
        }
    }
}

impl<E: core::error::Error> core::error::Error for ReadError<E> {}

/// Reads records out of what arrives in pieces.
///
/// It keeps the piece that came, so a record may arrive octet by octet, over many
/// calls, between which the caller waits for the socket as it likes. It takes
/// no octet beyond its record, so the next reader may be of another record.
///
/// ```
/// use amphi_core::pack::{RecordReader, record};
///
/// record! {
///     struct Message = "!I2s";
/// }
///
/// let mut reader = RecordReader::<Message>::new();
/// let mut input = &b"\0\0\0\x01a"[..];
/// assert_eq!(reader.feed(&mut input), None);
/// assert_eq!(reader.received(), 5);
/// let mut input = &b"b\0\0"[..];
/// assert_eq!(reader.feed(&mut input), Some((1, *b"ab")));
/// assert_eq!(input, b"\0\0");
/// ```
pub struct RecordReader<R: Record> {
    octets: R::Octets,
    received: usize,
}

impl<R: Record> RecordReader<R> {
    /// A reader that has nothing yet.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            octets: R::ZERO,
            received: 0,
        }
    }

    /// Takes octets from the front of `input` until a record is whole. `None` means
    /// that all of `input` was taken and more is needed.
    ///
    /// This is for handlers that get octets, not sockets: call it until it gives
    /// `None`. (A record of no octets is whole at once, each time.)
    pub fn feed(&mut self, input: &mut &[u8]) -> Option<R::Values> {
        let room = self.room();
        let (own, rest) = input.split_at_checked(room.len()).unwrap_or((input, &[]));
        for (to, from) in room.iter_mut().zip(own) {
            *to = *from;
        }
        self.received += own.len();
        *input = rest;
        self.finish()
    }

    /// Reads from `stream` until a record is whole; `Ok(None)` is the end of file
    /// between two records.
    ///
    /// After `WouldBlock`, call again when the socket is readable; what came is kept.
    ///
    /// # Errors
    ///
    /// [`ReadError::Stream`] with what [`Stream::read`] reports;
    /// [`ReadError::Truncated`] at an end of file within a record.
    pub fn read<S: Stream>(
        &mut self,
        stream: &mut S,
    ) -> Result<Option<R::Values>, ReadError<S::Error>> {
        self.read_by(|room| stream.read(room))
    }

    /// As [`read`](Self::read), but waits as the stream's timeout allows.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read), with `WouldBlock` or `TimedOut` by the timeout of
    /// the stream; what came is kept for the next call.
    pub fn read_blocking<S: Stream>(
        &mut self,
        stream: &mut Blocking<S>,
    ) -> Result<Option<R::Values>, ReadError<S::Error>> {
        self.read_by(|room| stream.read(room))
    }

    /// How many octets of the current record have come.
    #[must_use]
    pub const fn received(&self) -> usize {
        self.received
    }

    fn read_by<E>(
        &mut self,
        mut read: impl FnMut(&mut [u8]) -> Result<usize, E>,
    ) -> Result<Option<R::Values>, ReadError<E>> {
        loop {
            if let Some(values) = self.finish() {
                return Ok(Some(values));
            }
            match read(self.room()) {
                Ok(0) if self.received == 0 => return Ok(None),
                Ok(0) => {
                    return Err(ReadError::Truncated {
                        received: self.received,
                        size: R::SIZE,
                    });
                }
                Ok(count) => self.received += count,
                Err(error) => return Err(ReadError::Stream(error)),
            }
        }
    }

    /// The values of a record that is whole; then the next begins.
    fn finish(&mut self) -> Option<R::Values> {
        if self.received < R::SIZE {
            return None;
        }
        self.received = 0;
        Some(R::unpack(&self.octets))
    }

    /// Where the octets to come belong.
    fn room(&mut self) -> &mut [u8] {
        let octets = self.octets.as_mut().get_mut(self.received..);
        octets.unwrap_or_default()
    }
}

impl<R: Record> Default for RecordReader<R> {
    fn default() -> Self {
        Self::new()
    }
}

impl<R: Record> fmt::Debug for RecordReader<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordReader")
            .field("received", &self.received)
            .field("size", &R::SIZE)
            .finish()
    }
}

/// Writes one record into a stream that may take it in pieces.
///
/// ```
/// use amphi_core::pack::{RecordWriter, record};
///
/// record! {
///     struct Message = "!I2s";
/// }
///
/// let mut writer = RecordWriter::<Message>::new((1, *b"ab"));
/// assert_eq!(writer.pending(), b"\0\0\0\x01ab");
/// writer.advance(4);
/// assert_eq!(writer.pending(), b"ab");
/// ```
pub struct RecordWriter<R: Record> {
    octets: R::Octets,
    sent: usize,
}

impl<R: Record> RecordWriter<R> {
    /// A writer of the record of `values`.
    #[must_use]
    pub fn new(values: R::Values) -> Self {
        Self {
            octets: R::pack(values),
            sent: 0,
        }
    }

    /// Writes into `stream` until all is written; more calls then do nothing.
    ///
    /// After `WouldBlock`, call again when the socket is writable; it goes on
    /// where it stopped.
    ///
    /// # Errors
    ///
    /// What [`Stream::write`] reports.
    pub fn write<S: Stream>(&mut self, stream: &mut S) -> Result<(), S::Error> {
        self.write_by(|octets| stream.write(octets))
    }

    /// As [`write`](Self::write), but waits as the stream's timeout allows.
    ///
    /// # Errors
    ///
    /// As [`write`](Self::write), with `WouldBlock` or `TimedOut` by the timeout.
    pub fn write_blocking<S: Stream>(&mut self, stream: &mut Blocking<S>) -> Result<(), S::Error> {
        self.write_by(|octets| stream.write(octets))
    }

    /// What is not written yet, for other ways to write it.
    #[must_use]
    pub fn pending(&self) -> &[u8] {
        self.octets.as_ref().get(self.sent..).unwrap_or_default()
    }

    /// Counts `count` octets of what was [`pending`](Self::pending) as written.
    pub fn advance(&mut self, count: usize) {
        self.sent = self.sent.saturating_add(count).min(R::SIZE);
    }

    fn write_by<E>(&mut self, mut write: impl FnMut(&[u8]) -> Result<usize, E>) -> Result<(), E> {
        while !self.pending().is_empty() {
            let count = write(self.pending())?;
            self.advance(count);
        }
        Ok(())
    }
}

impl<R: Record> fmt::Debug for RecordWriter<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordWriter")
            .field("pending", &self.pending().len())
            .finish()
    }
}
