//! What a system call reports.

use core::fmt;

use amphi_core::{Error, ErrorKind};

use crate::sys;

/// An error of the host: which call failed, with which errno, and what kind of
/// failure that is.
///
/// One total table maps each errno to an [`ErrorKind`]; what it does not list is
/// [`ErrorKind::Other`]. The adapter's own refusals have no errno.
///
/// ```
/// use amphi_core::{Error, ErrorKind, socket::{Net, Socket}};
/// use amphi_std::Host;
///
/// # fn main() -> Result<(), amphi_std::HostError> {
/// let first = Host.udp_bind("127.0.0.1:0".parse().unwrap())?;
/// let error = Host.udp_bind(first.local()?).unwrap_err();
/// assert_eq!(error.reason(), ErrorKind::AddrInUse);
/// assert_eq!(error.to_string(), "bind: address already in use (EADDRINUSE)");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HostError {
    kind: ErrorKind,
    errno: i32,
    call: &'static str,
}

impl HostError {
    /// An error of the adapter itself, in what it calls `call`.
    pub(crate) const fn refused(call: &'static str, kind: ErrorKind) -> Self {
        Self {
            kind,
            errno: 0,
            call,
        }
    }

    /// The error that `call` left in the thread's errno.
    #[cold]
    pub(crate) fn last(call: &'static str) -> Self {
        let errno = std::io::Error::last_os_error().raw_os_error();
        Self::from_errno(call, errno.unwrap_or(0))
    }

    /// The error `errno` of `call`.
    pub(crate) fn from_errno(call: &'static str, errno: i32) -> Self {
        Self {
            kind: sys::kind_of(errno),
            errno,
            call,
        }
    }

    /// The error that std met in `call`.
    pub(crate) fn from_io(call: &'static str, error: &std::io::Error) -> Self {
        error.raw_os_error().map_or_else(
            || Self::refused(call, ErrorKind::Other),
            |errno| Self::from_errno(call, errno),
        )
    }

    /// The errno, or nothing when the adapter itself refused.
    #[must_use]
    pub const fn errno(&self) -> Option<i32> {
        if self.errno == 0 {
            None
        } else {
            Some(self.errno)
        }
    }

    /// The system call that failed, with the option where it sets one; empty
    /// for an error that was made from an [`ErrorKind`].
    #[must_use]
    pub const fn call(&self) -> &'static str {
        self.call
    }

    /// Whether a signal interrupted the call.
    pub(crate) fn is_interrupted(&self) -> bool {
        self.kind == ErrorKind::Interrupted
    }
}

/// `bind: address already in use (EADDRINUSE)`; the number where the errno has
/// no name here.
impl fmt::Display for HostError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.call.is_empty() {
            write!(f, "{}: ", self.call)?;
        }
        write!(f, "{}", self.kind)?;
        match (self.errno, sys::name_of(self.errno)) {
            (0, _) => Ok(()),
            (_, Some(name)) => write!(f, " ({name})"),
            (errno, None) => write!(f, " (errno {errno})"),
        }
    }
}

impl core::error::Error for HostError {}

impl embedded_io::Error for HostError {
    fn kind(&self) -> embedded_io::ErrorKind {
        embedded_io::Error::kind(&self.kind)
    }
}

impl Error for HostError {
    fn reason(&self) -> ErrorKind {
        self.kind
    }
}

impl From<ErrorKind> for HostError {
    fn from(kind: ErrorKind) -> Self {
        Self::refused("", kind)
    }
}

/// With an errno, the error of that errno; else one of the nearest kind that
/// carries this error.
impl From<HostError> for std::io::Error {
    fn from(error: HostError) -> Self {
        use std::io::ErrorKind as Io;
        if let Some(errno) = error.errno() {
            return Self::from_raw_os_error(errno);
        }
        let kind = match error.kind {
            ErrorKind::WouldBlock => Io::WouldBlock,
            ErrorKind::TimedOut => Io::TimedOut,
            ErrorKind::Interrupted => Io::Interrupted,
            ErrorKind::Refused => Io::ConnectionRefused,
            ErrorKind::Reset => Io::ConnectionReset,
            ErrorKind::Aborted => Io::ConnectionAborted,
            ErrorKind::BrokenPipe => Io::BrokenPipe,
            ErrorKind::NotConnected | ErrorKind::Closed => Io::NotConnected,
            ErrorKind::AddrInUse => Io::AddrInUse,
            ErrorKind::AddrNotAvailable => Io::AddrNotAvailable,
            ErrorKind::Unreachable => Io::HostUnreachable,
            ErrorKind::Exhausted => Io::OutOfMemory,
            ErrorKind::PermissionDenied => Io::PermissionDenied,
            ErrorKind::InvalidInput | ErrorKind::MessageTooLong | ErrorKind::AlreadyConnected => {
                Io::InvalidInput
            }
            ErrorKind::AlreadyExists => Io::AlreadyExists,
            ErrorKind::NotFound => Io::NotFound,
            ErrorKind::Unsupported => Io::Unsupported,
            _ => Io::Other,
        };
        Self::new(kind, error)
    }
}
