use super::Socket;

/// Which half of a connection to shut.
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
