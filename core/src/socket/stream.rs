use super::Socket;

/// Which half of a connection to shut.
///
/// ```
/// use amphi_core::socket::{Blocking, Shutdown, Stream};
/// use amphi_std::socketpair;
///
/// let (mut a, b) = socketpair()?;
/// a.write(b"the last")?;
/// a.shutdown(Shutdown::Write)?;
/// let mut b = Blocking::new(b);
/// assert_eq!(b.read(&mut [0; 16])?, 8);
/// assert_eq!(b.read(&mut [0; 16])?, 0); // end of file
/// b.write(b"heard")?; // the other half is open
/// # Ok::<(), amphi_std::HostError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Shutdown {
    /// No more will be read here; what arrives is dropped.
    Read,
    /// No more will be written here; the peer sees end of file after what was written.
    Write,
    /// Both.
    Both,
}

/// A connected stream of octets: TCP, or a Unix stream socket on a host.
///
/// Dropping it starts an orderly close: what was written still leaves. On a
/// stack without a kernel that needs [`Net::drain`](super::Net::drain).
///
/// ```
/// use amphi_core::select::Interest;
/// use amphi_core::socket::{Net, Shutdown, Socket, Stream};
/// use amphi_core::{Error, ErrorKind};
/// use amphi_std::Host;
///
/// let listener = Host.tcp_listen("127.0.0.1:0".parse().unwrap(), 1)?;
/// let mut stream = Host.tcp_connect(listener.local()?)?;
/// stream.wait(Interest::WRITE, None)?;
/// stream.finish_connect()?;
/// assert_eq!(stream.remote()?, listener.local()?);
///
/// assert_eq!(stream.write(b"hello")?, 5);
/// let nothing = stream.read(&mut [0; 16]).unwrap_err();
/// assert_eq!(nothing.reason(), ErrorKind::WouldBlock);
/// stream.shutdown(Shutdown::Write)?;
/// assert_eq!(stream.write(b"more").unwrap_err().reason(), ErrorKind::BrokenPipe);
/// # Ok::<(), amphi_std::HostError>(())
/// ```
pub trait Stream: Socket {
    /// Reads at most `buf.len()` octets and tells how many; zero is end of file
    /// (unless `buf` is empty).
    ///
    /// After `WouldBlock`, call again when the socket is readable.
    ///
    /// # Errors
    ///
    /// `WouldBlock` when nothing has arrived, or the connection does not stand yet;
    /// `Reset`, `TimedOut`, `Refused`, `Unreachable` when the connection died of that.
    fn read(&mut self, buf: &mut [u8]) -> Result<usize, Self::Error>;

    /// Writes some octets of `buf` and tells how many, at least one unless `buf` is empty.
    ///
    /// After `WouldBlock`, or fewer octets than given, call again when the socket
    /// is writable.
    ///
    /// # Errors
    ///
    /// `WouldBlock` when there is no room, or the connection does not stand yet;
    /// `BrokenPipe` after this side shut its writing half or the peer reset;
    /// `Reset`, `TimedOut`, `Refused`, `Unreachable` when the connection died of that.
    fn write(&mut self, buf: &[u8]) -> Result<usize, Self::Error>;

    /// Tells how an attempt to connect ended; call it when the socket is writable.
    ///
    /// # Errors
    ///
    /// `WouldBlock` while the attempt goes on; `Refused`, `TimedOut`,
    /// `Unreachable` or `Reset` when it failed.
    fn finish_connect(&mut self) -> Result<(), Self::Error>;

    /// Shuts one or both halves. Octets written before still leave.
    ///
    /// # Errors
    ///
    /// `NotConnected` when there is no connection.
    fn shutdown(&mut self, how: Shutdown) -> Result<(), Self::Error>;

    /// Closes at once: what was not sent is dropped, and the peer sees a reset
    /// where the protocol has one.
    fn abort(self)
    where
        Self: Sized;

    /// The peer's address.
    ///
    /// # Errors
    ///
    /// `NotConnected` when there is no peer.
    fn remote(&self) -> Result<Self::Addr, Self::Error>;
}
