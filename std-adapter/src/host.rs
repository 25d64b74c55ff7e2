use core::net::SocketAddr;

use amphi_core::socket::Net;
use amphi_core::time::Instant;

use crate::{HostError, TcpListener, TcpStream, UdpSocket, sys};

/// The operating system's stack: a handle of no size.
///
/// ```
/// use amphi_core::socket::{Net, Socket};
/// use amphi_std::Host;
///
/// # fn main() -> Result<(), amphi_std::HostError> {
/// let socket = Host.udp_bind("[::1]:0".parse().unwrap())?;
/// assert_ne!(socket.local()?.port(), 0);
/// assert!(Host.drain(Host.now())?);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Host;

impl Net for Host {
    type Error = HostError;
    type Stream = TcpStream;
    type Listener = TcpListener;
    type Datagram = UdpSocket;

    /// `CLOCK_MONOTONIC`: on Linux, microseconds since boot without time asleep
    /// (`clock_gettime(2)`).
    fn now(&self) -> Instant {
        sys::now()
    }

    fn tcp_listen(&self, local: SocketAddr, backlog: usize) -> Result<TcpListener, HostError> {
        TcpListener::bind(&local, backlog)
    }

    fn tcp_connect(&self, remote: SocketAddr) -> Result<TcpStream, HostError> {
        TcpStream::connect(&remote)
    }

    fn udp_bind(&self, local: SocketAddr) -> Result<UdpSocket, HostError> {
        UdpSocket::bind(&local)
    }

    /// The kernel finishes what dropped sockets owe: `true` at once.
    fn drain(&self, _deadline: Instant) -> Result<bool, HostError> {
        Ok(true)
    }
}

/// The index of the interface `name`, for
/// [`Interface::Index`](amphi_core::socket::Interface::Index) (`if_nametoindex(3)`).
///
/// ```
/// use amphi_core::{Error, ErrorKind};
///
/// let error = amphi_std::interface_index("no such").unwrap_err();
/// assert_eq!(error.reason(), ErrorKind::NotFound);
/// ```
///
/// # Errors
///
/// `NotFound` when there is none; `InvalidInput` when `name` has a zero octet.
pub fn interface_index(name: &str) -> Result<u32, HostError> {
    sys::interface_index(name)
}
