use core::net::SocketAddr;

use amphi_core::socket::{Blocking, Net};
use amphi_core::time::{Duration, Instant};

use crate::{
    HostError, TcpListener, TcpStream, UdpSocket, UnixAddr, UnixDatagram, UnixListener,
    UnixOptions, UnixStream, sys,
};

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
        TcpStream::connect_from(None, &remote)
    }

    fn udp_bind(&self, local: SocketAddr) -> Result<UdpSocket, HostError> {
        UdpSocket::bind(&local)
    }

    /// The kernel finishes what dropped sockets owe: `true` at once.
    fn drain(&self, _deadline: Instant) -> Result<bool, HostError> {
        Ok(true)
    }
}

/// What a client may ask for.
impl Host {
    /// Starts to connect to `remote` from the address `local`; port 0 lets the kernel
    /// choose one. As [`tcp_connect`](amphi_core::socket::Net::tcp_connect) otherwise.
    ///
    /// ```
    /// use amphi_core::socket::{Net, Socket};
    /// use amphi_std::Host;
    ///
    /// let listener = Host.tcp_listen("127.0.0.1:0".parse().unwrap(), 1)?;
    /// let from = "127.0.0.1:0".parse().unwrap();
    /// let client = Host.tcp_connect_from(from, listener.local()?)?;
    /// assert_eq!(client.local()?.ip(), from.ip());
    /// # Ok::<(), amphi_std::HostError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `AddrNotAvailable` when `local` is no address of this machine; `AddrInUse`;
    /// `InvalidInput` or `Unsupported` when it is of another family; else as
    /// [`tcp_connect`](amphi_core::socket::Net::tcp_connect).
    pub fn tcp_connect_from(
        &self,
        local: SocketAddr,
        remote: SocketAddr,
    ) -> Result<TcpStream, HostError> {
        TcpStream::connect_from(Some(&local), &remote)
    }
}

/// The Unix sockets of the stack.
impl Host {
    /// Listens at `local`, with [`UnixOptions`] as they are. At most about
    /// `backlog` connections wait to be accepted.
    ///
    /// # Errors
    ///
    /// As [`UnixOptions::listen`].
    pub fn unix_listen(&self, local: &UnixAddr, backlog: usize) -> Result<UnixListener, HostError> {
        UnixOptions::new().listen(local, backlog)
    }

    /// Connects to `remote`, at once or not at all: an attempt is never pending.
    ///
    /// # Errors
    ///
    /// `NotFound` without a node there; `Refused` when nobody listens at it;
    /// `WouldBlock` when the listener's backlog is full (no event tells when it
    /// has room: try again later, or see
    /// [`unix_connect_timeout`](Self::unix_connect_timeout)); `PermissionDenied`
    /// without the right to write to the node; `Unsupported` when it is a
    /// datagram socket; `Exhausted`.
    pub fn unix_connect(&self, remote: &UnixAddr) -> Result<UnixStream, HostError> {
        UnixStream::connect(remote)
    }

    /// Connects to `remote` and waits for room in the listener's backlog, at most
    /// for `timeout`, which then stays the stream's own.
    ///
    /// # Errors
    ///
    /// `TimedOut` after `timeout`; else as [`unix_connect`](Self::unix_connect).
    pub fn unix_connect_timeout(
        &self,
        remote: &UnixAddr,
        timeout: Option<Duration>,
    ) -> Result<Blocking<UnixStream>, HostError> {
        let stream = UnixStream::connect_timeout(remote, timeout)?;
        Ok(Blocking::new(stream).with_timeout(timeout))
    }

    /// Opens a datagram socket at `local`, with [`UnixOptions`] as they are;
    /// without a name for [`UnixAddr::UNNAMED`]: it can send, and nobody can answer.
    ///
    /// # Errors
    ///
    /// As [`UnixOptions::bind`].
    pub fn unix_bind(&self, local: &UnixAddr) -> Result<UnixDatagram, HostError> {
        UnixOptions::new().bind(local)
    }

    /// Opens a datagram socket at an abstract name that the kernel chooses, so that
    /// it can be answered ("autobind", unix(7)).
    ///
    /// # Errors
    ///
    /// `Exhausted`.
    #[cfg(target_os = "linux")]
    pub fn unix_bind_any(&self) -> Result<UnixDatagram, HostError> {
        let socket = sys::unix_datagram_socket()?;
        sys::bind(std::os::fd::AsFd::as_fd(&socket), &UnixAddr::UNNAMED)?;
        Ok(socket.into())
    }
}

/// Two stream sockets that are connected with each other: Python's `socketpair`.
///
/// ```
/// use amphi_core::socket::Stream;
///
/// let (mut one, mut other) = amphi_std::socketpair()?;
/// one.write(b"hello")?;
/// let mut buf = [0; 8];
/// assert_eq!(other.read(&mut buf)?, 5);
/// # Ok::<(), amphi_std::HostError>(())
/// ```
///
/// # Errors
///
/// `Exhausted` without free descriptors or memory (socketpair(2)).
pub fn socketpair() -> Result<(UnixStream, UnixStream), HostError> {
    UnixStream::pair()
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
