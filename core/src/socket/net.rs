use core::net::SocketAddr;

use super::{Listener, Multicast, Stream};
use crate::Error;
use crate::time::Instant;

/// A stack of the Internet protocols, as a small handle that can be copied.
///
/// It makes sockets and reads the clock. It has no selector: a service takes
/// that as a second argument ([`Selects`](crate::select::Selects)), so that each
/// of a host's back ends can be chosen.
///
/// ```
/// use amphi_core::socket::{Blocking, Net, Socket};
/// use core::net::SocketAddr;
///
/// /// Says hello to itself; on any stack whose one end may wait for the other.
/// fn hello<N: Net>(net: N, any_port: SocketAddr) -> Result<usize, N::Error> {
///     let listener = net.tcp_listen(any_port, 1)?;
///     let mut client = Blocking::connect(net, listener.local()?, None)?;
///     let (mut server, _) = Blocking::new(listener).accept()?;
///     client.write(b"hello")?;
///     server.read(&mut [0; 16])
/// }
///
/// assert_eq!(hello(amphi_std::Host, "127.0.0.1:0".parse().unwrap())?, 5);
/// # Ok::<(), amphi_std::HostError>(())
/// ```
pub trait Net: Copy {
    /// The error of the stack and of all its sockets.
    type Error: Error;
    /// A TCP connection.
    type Stream: Stream<Error = Self::Error, Addr = SocketAddr>;
    /// A TCP listener.
    type Listener: Listener<Stream = Self::Stream, Error = Self::Error, Addr = SocketAddr>;
    /// A UDP socket.
    type Datagram: Multicast<Error = Self::Error, Addr = SocketAddr>;

    /// Reads the stack's monotonic clock.
    fn now(&self) -> Instant;

    /// Listens for TCP connections at `local`; port 0 lets the stack choose.
    /// At most about `backlog` connections wait to be accepted.
    ///
    /// # Errors
    ///
    /// `AddrInUse`, `AddrNotAvailable`, `PermissionDenied` (a port below 1024),
    /// `Exhausted`.
    fn tcp_listen(&self, local: SocketAddr, backlog: usize) -> Result<Self::Listener, Self::Error>;

    /// Starts to connect to `remote`. When the stream is writable,
    /// [`Stream::finish_connect`] tells how it ended.
    ///
    /// # Errors
    ///
    /// What is known at once: `Unreachable`, `AddrNotAvailable`, `Exhausted`, `InvalidInput`.
    fn tcp_connect(&self, remote: SocketAddr) -> Result<Self::Stream, Self::Error>;

    /// Opens a UDP socket at `local`; port 0 lets the stack choose. At a
    /// multicast address, the port can be shared with others that do so, and
    /// with one socket at the machine's own addresses.
    ///
    /// # Errors
    ///
    /// `AddrInUse`, `AddrNotAvailable`, `PermissionDenied` (a port below 1024),
    /// `Exhausted`.
    fn udp_bind(&self, local: SocketAddr) -> Result<Self::Datagram, Self::Error>;

    /// Lets what dropped sockets still owe their peers leave, at the latest
    /// until `deadline`, and tells whether all of it did. A kernel does that by
    /// itself and answers at once; any other stack has to be driven, hence
    /// every program ends with this.
    ///
    /// # Errors
    ///
    /// What the stack reports of the wait.
    fn drain(&self, deadline: Instant) -> Result<bool, Self::Error>;
}
