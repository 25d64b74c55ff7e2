use core::fmt;

use crate::{Error, ErrorKind};

/// Why a name server gave no address.
///
/// ```
/// use amphi_core::names::DnsFault;
///
/// assert_eq!(DnsFault::NoSuchName.to_string(), "no such name");
/// assert_eq!(DnsFault::Server(5).to_string(), "the name server says: refused (RCODE 5)");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum DnsFault {
    /// It cannot be a name: a label is empty or longer than 63 octets, the whole longer
    /// than 253, or an octet is not ASCII.
    NotAName,
    /// There is no such name.
    NoSuchName,
    /// The name has no address.
    NoAddress,
    /// The server refuses or fails: its RCODE (RFC 1035, section 4.1.1).
    Server(u8),
    /// The answer was too long for a datagram, and had no address up to there.
    Truncated,
    /// The server did not answer in time.
    TimedOut,
}

impl DnsFault {
    /// The words of RFC 1035 for an RCODE.
    const fn server_says(rcode: u8) -> &'static str {
        match rcode {
            1 => "format error",
            2 => "server failure",
            4 => "not implemented",
            5 => "refused",
            _ => "an error without a name",
        }
    }
}

impl fmt::Display for DnsFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotAName => "not a name: labels of 1 to 63 octets of ASCII, at most 253 in all",
            Self::NoSuchName => "no such name",
            Self::NoAddress => "the name has no address",
            Self::Truncated => "the answer does not fit into a datagram",
            Self::TimedOut => "the name server does not answer",
            Self::Server(rcode) => {
                let text = Self::server_says(*rcode);
                return write!(f, "the name server says: {text} (RCODE {rcode})");
            }
        })
    }
}

/// What a [`DnsResolver`](super::DnsResolver) reports.
///
/// ```
/// use amphi_core::ErrorKind;
/// use amphi_core::names::{DnsError, DnsFault};
///
/// let error = DnsError::<ErrorKind>::Dns(DnsFault::NoAddress);
/// assert_eq!(error.reason(), ErrorKind::NotFound);
/// let error = DnsError::Socket(ErrorKind::Unreachable);
/// assert_eq!(error.reason(), ErrorKind::Unreachable);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DnsError<E> {
    /// The name server's answer, or that there was none.
    Dns(DnsFault),
    /// The stack's error.
    Socket(E),
}

impl<E: fmt::Display> fmt::Display for DnsError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dns(fault) => fault.fmt(f),
            Self::Socket(error) => write!(f, "cannot ask the name server: {error}"),
        }
    }
}

impl<E: fmt::Debug + fmt::Display> core::error::Error for DnsError<E> {}

impl<E: Error> DnsError<E> {
    /// The kind of failure: `NotFound`, `InvalidInput`, `TimedOut`, `MessageTooLong`,
    /// `Other` for what the server says, or the stack's.
    pub fn reason(&self) -> ErrorKind {
        match self {
            Self::Dns(DnsFault::NotAName) => ErrorKind::InvalidInput,
            Self::Dns(DnsFault::NoSuchName | DnsFault::NoAddress) => ErrorKind::NotFound,
            Self::Dns(DnsFault::TimedOut) => ErrorKind::TimedOut,
            Self::Dns(DnsFault::Truncated) => ErrorKind::MessageTooLong,
            Self::Dns(DnsFault::Server(_)) => ErrorKind::Other,
            Self::Socket(error) => error.reason(),
        }
    }
}
