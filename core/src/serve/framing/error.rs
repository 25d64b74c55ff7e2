use core::fmt;

use crate::{Error, ErrorKind};

/// A frame that is longer than the reader has room for. It is skipped.
///
/// ```
/// use amphi_core::serve::framing::TooLong;
///
/// assert_eq!(TooLong { limit: 80 }.to_string(), "a frame of more than 80 octets");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct TooLong {
    /// How many octets there is room for.
    pub limit: usize,
}

impl fmt::Display for TooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a frame of more than {} octets", self.limit)
    }
}

impl core::error::Error for TooLong {}

/// Why no frame was read.
///
/// ```
/// use amphi_core::ErrorKind;
/// use amphi_core::serve::framing::{FrameError, TooLong};
///
/// let error = FrameError::<ErrorKind>::TooLong(TooLong { limit: 80 });
/// assert_eq!(error.reason(), ErrorKind::MessageTooLong);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum FrameError<E> {
    /// What the stream reports; what came of the frame is kept.
    Stream(E),
    /// The frame does not fit; reading goes on with the next one.
    TooLong(TooLong),
    /// The peer sent no more in the middle of a frame.
    Truncated,
}

impl<E: Error> FrameError<E> {
    /// The kind of failure: `MessageTooLong` for a frame that does not fit, `Aborted`
    /// for one that was cut.
    ///
    /// ```
    /// use amphi_core::ErrorKind;
    /// use amphi_core::serve::framing::FrameError;
    ///
    /// assert_eq!(FrameError::<ErrorKind>::Truncated.reason(), ErrorKind::Aborted);
    /// ```
    #[must_use]
    pub fn reason(&self) -> ErrorKind {
        match self {
            Self::Stream(error) => error.reason(),
            Self::TooLong(_) => ErrorKind::MessageTooLong,
            Self::Truncated => ErrorKind::Aborted,
        }
    }
}

impl<E: fmt::Display> fmt::Display for FrameError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stream(error) => error.fmt(f),
            Self::TooLong(error) => error.fmt(f),
            Self::Truncated => f.pad("end of file within a frame"),
        }
    }
}

impl<E: core::error::Error> core::error::Error for FrameError<E> {}
