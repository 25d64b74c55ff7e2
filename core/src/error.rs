//! One vocabulary of failure for every stack.

use core::fmt;

/// What kind of failure an operation met, whichever stack it ran on.
///
/// The adapters map each errno and each smoltcp error to one of these by one
/// table, so that generic code can match on a kind and never on a number.
///
/// ```
/// use amphi_core::{Error, ErrorKind};
///
/// assert_eq!(ErrorKind::Refused.reason(), ErrorKind::Refused);
/// assert_eq!(ErrorKind::Refused.to_string(), "connection refused");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum ErrorKind {
    /// The operation cannot go on now; try again when the selector or
    /// [`Socket::wait`](crate::socket::Socket::wait) says so.
    WouldBlock,
    /// The time given for the operation has passed.
    TimedOut,
    /// A signal interrupted the operation before it did anything.
    Interrupted,
    /// Nobody listens at the remote address.
    Refused,
    /// The peer reset the connection.
    Reset,
    /// The connection was given up by this side, or died before it was accepted.
    Aborted,
    /// The connection was closed for writing, here or by a reset seen earlier.
    BrokenPipe,
    /// The socket has no connection.
    NotConnected,
    /// The socket is connected or bound already.
    AlreadyConnected,
    /// The local address and port are taken.
    AddrInUse,
    /// The local address or interface is not one of this machine's.
    AddrNotAvailable,
    /// No route leads to the address, or the last hop reported it unreachable.
    Unreachable,
    /// The datagram is longer than the link, the protocol or the buffer can carry.
    MessageTooLong,
    /// No descriptor, socket, buffer, port, group or table entry is left.
    Exhausted,
    /// The process lacks the right to do this.
    PermissionDenied,
    /// An argument makes no sense for this operation.
    InvalidInput,
    /// The source is registered already.
    AlreadyExists,
    /// The source, name or interface is not known here.
    NotFound,
    /// The platform cannot do this at all.
    Unsupported,
    /// The object was closed, by this side.
    Closed,
    /// Anything else; the adapter's own error tells more.
    Other,
}

impl ErrorKind {
    /// All kinds, in the order of their declaration.
    pub const ALL: &'static [Self] = &[
        Self::WouldBlock,
        Self::TimedOut,
        Self::Interrupted,
        Self::Refused,
        Self::Reset,
        Self::Aborted,
        Self::BrokenPipe,
        Self::NotConnected,
        Self::AlreadyConnected,
        Self::AddrInUse,
        Self::AddrNotAvailable,
        Self::Unreachable,
        Self::MessageTooLong,
        Self::Exhausted,
        Self::PermissionDenied,
        Self::InvalidInput,
        Self::AlreadyExists,
        Self::NotFound,
        Self::Unsupported,
        Self::Closed,
        Self::Other,
    ];

    /// Whether the same operation may succeed later: it did nothing, and nothing is wrong.
    pub(crate) const fn is_passing(self) -> bool {
        matches!(self, Self::WouldBlock | Self::Interrupted)
    }

    /// A short phrase for people, in lower case and without a full stop.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::WouldBlock => "operation would block",
            Self::TimedOut => "timed out",
            Self::Interrupted => "interrupted",
            Self::Refused => "connection refused",
            Self::Reset => "connection reset by peer",
            Self::Aborted => "connection aborted",
            Self::BrokenPipe => "broken pipe",
            Self::NotConnected => "not connected",
            Self::AlreadyConnected => "already connected",
            Self::AddrInUse => "address already in use",
            Self::AddrNotAvailable => "address not available",
            Self::Unreachable => "destination unreachable",
            Self::MessageTooLong => "message too long",
            Self::Exhausted => "resources exhausted",
            Self::PermissionDenied => "permission denied",
            Self::InvalidInput => "invalid argument",
            Self::AlreadyExists => "already registered",
            Self::NotFound => "not found",
            Self::Unsupported => "not supported",
            Self::Closed => "closed",
            Self::Other => "other error",
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl core::error::Error for ErrorKind {}

impl embedded_io::Error for ErrorKind {
    fn kind(&self) -> embedded_io::ErrorKind {
        use embedded_io::ErrorKind as Io;
        match self {
            // embedded-io has no would-block: its traits block by contract.
            Self::WouldBlock | Self::TimedOut => Io::TimedOut,
            Self::Interrupted => Io::Interrupted,
            Self::Refused => Io::ConnectionRefused,
            Self::Reset => Io::ConnectionReset,
            Self::Aborted => Io::ConnectionAborted,
            Self::BrokenPipe => Io::BrokenPipe,
            Self::NotConnected | Self::Closed => Io::NotConnected,
            Self::AddrInUse => Io::AddrInUse,
            Self::AddrNotAvailable => Io::AddrNotAvailable,
            Self::Exhausted => Io::OutOfMemory,
            Self::PermissionDenied => Io::PermissionDenied,
            Self::AlreadyConnected | Self::InvalidInput | Self::MessageTooLong => Io::InvalidInput,
            Self::AlreadyExists => Io::AlreadyExists,
            Self::NotFound => Io::NotFound,
            Self::Unsupported => Io::Unsupported,
            Self::Unreachable | Self::Other => Io::Other,
        }
    }
}

/// What every error of every stack can say.
///
/// It extends [`embedded_io::Error`], whose own `kind()` has no would-block;
/// hence the second question has another name.
///
/// ```
/// use amphi_core::{Error, ErrorKind};
///
/// /// Whether to ask again later, whichever stack it was.
/// fn is_passing<E: Error>(error: &E) -> bool {
///     matches!(error.reason(), ErrorKind::WouldBlock | ErrorKind::Interrupted)
/// }
///
/// assert!(is_passing(&ErrorKind::WouldBlock));
/// let error: amphi_std::HostError = ErrorKind::Refused.into();
/// assert!(!is_passing(&error));
/// assert_eq!(error.reason(), ErrorKind::Refused);
/// ```
pub trait Error: embedded_io::Error + From<ErrorKind> {
    /// The kind of failure.
    fn reason(&self) -> ErrorKind;
}

impl Error for ErrorKind {
    fn reason(&self) -> ErrorKind {
        *self
    }
}
