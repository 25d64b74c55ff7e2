use core::fmt;
use core::net::{IpAddr, SocketAddr};

use crate::Error;
use crate::select::Interest;
use crate::time::{Duration, Instant};

/// An address of a socket's family.
///
/// ```
/// use amphi_core::socket::Address;
/// use core::net::SocketAddr;
///
/// let peer = |text: &str| text.parse::<SocketAddr>().unwrap().peer();
/// assert_eq!(peer("192.0.2.1:1"), peer("192.0.2.1:2"));
/// assert_eq!(peer("192.0.2.1:1"), peer("[::ffff:192.0.2.1]:1"));
/// assert_ne!(peer("192.0.2.1:1"), peer("192.0.2.2:1"));
/// assert_eq!(peer("[2001:db8::1]:1"), peer("[2001:db8::2]:1"));
/// ```
pub trait Address: Clone + PartialEq + fmt::Debug + fmt::Display {
    /// Who is there, as far as a limit for each peer is concerned: addresses with
    /// the same number count as one peer. All do, unless the family can tell.
    #[must_use]
    fn peer(&self) -> u64 {
        0
    }

    /// Writes the address into a log line of `defmt`: its text, unless the family has
    /// a form that needs no formatting on the target.
    #[cfg(feature = "defmt")]
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "{}", defmt::Display2Format(self));
    }
}

/// An IPv4 address is a peer, on any port; of an IPv6 address its /64 network, as
/// whoever has one address there has all (RFC 7421).
impl Address for SocketAddr {
    fn peer(&self) -> u64 {
        match self.ip().to_canonical() {
            // Above: no IPv6 network is 0:1::/32.
            IpAddr::V4(address) => 1 << 32 | u64::from(address.to_bits()),
            IpAddr::V6(address) => (address.to_bits() >> 64) as u64,
        }
    }

    /// Two numbers, which the host takes apart: `defmt`'s own form is a kilobyte of code.
    #[cfg(feature = "defmt")]
    fn format(&self, f: defmt::Formatter<'_>) {
        match self {
            Self::V4(at) => defmt::write!(
                f,
                "{0=24..32}.{0=16..24}.{0=8..16}.{0=0..8}:{1=u16}",
                at.ip().to_bits(),
                at.port()
            ),
            Self::V6(at) => defmt::write!(
                f,
                "[{0=112..128:x}:{0=96..112:x}:{0=80..96:x}:{0=64..80:x}:{0=48..64:x}:{0=32..48:x}:{0=16..32:x}:{0=0..16:x}]:{1=u16}",
                at.ip().to_bits(),
                at.port()
            ),
        }
    }
}

/// What every socket has: an error, an address, and a way to wait for it alone.
///
/// ```
/// use amphi_core::select::Interest;
/// use amphi_core::socket::{Datagram, Net, Socket};
/// use amphi_core::time::Duration;
/// use amphi_std::Host;
///
/// let mut socket = Host.udp_bind("127.0.0.1:0".parse().unwrap())?;
/// assert_ne!(socket.local()?.port(), 0);
/// assert!(!socket.wait(Interest::READ, Some(Duration::ZERO))?);
/// socket.send_to(b"to myself", &socket.local()?)?;
/// assert!(socket.wait(Interest::READ, None)?);
/// assert!(socket.now() <= Host.now());
/// # Ok::<(), amphi_std::HostError>(())
/// ```
pub trait Socket {
    /// The stack's error.
    type Error: Error;
    /// The address that the socket's family uses.
    type Addr: Address;

    /// The address that the socket is bound to, with the port that the stack chose.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotConnected`](crate::ErrorKind::NotConnected) when it has
    /// none (any more); what the stack reports otherwise.
    fn local(&self) -> Result<Self::Addr, Self::Error>;

    /// Waits until the socket is ready for one of `interest`, at most `timeout`
    /// (no limit for `None`, a look without waiting for zero), and tells whether it is.
    ///
    /// The answer `true` may be spurious: the operation that follows can still
    /// say `WouldBlock`. An error or end of file counts as ready.
    ///
    /// # Errors
    ///
    /// What the stack reports of the wait itself, never of the socket.
    fn wait(&self, interest: Interest, timeout: Option<Duration>) -> Result<bool, Self::Error>;

    /// The stack's clock, the one that [`Net::now`](crate::socket::Net::now) reads.
    fn now(&self) -> Instant;
}
