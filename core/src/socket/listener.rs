use super::{Socket, Stream};

/// A socket that accepts connections.
///
/// Dropping it refuses what was not accepted.
///
/// ```
/// use amphi_core::select::Interest;
/// use amphi_core::socket::{Listener, Net, Socket, Stream};
/// use amphi_core::{Error, ErrorKind};
/// use amphi_std::Host;
///
/// let mut listener = Host.tcp_listen("127.0.0.1:0".parse().unwrap(), 4)?;
/// let nobody = listener.accept().map(drop).unwrap_err();
/// assert_eq!(nobody.reason(), ErrorKind::WouldBlock);
///
/// let client = Host.tcp_connect(listener.local()?)?;
/// listener.wait(Interest::READ, None)?;
/// let (server, peer) = listener.accept()?;
/// assert_eq!(peer, client.local()?);
/// assert_eq!(server.remote()?, peer);
/// # Ok::<(), amphi_std::HostError>(())
/// ```
pub trait Listener: Socket {
    /// What an accepted connection is.
    type Stream: Stream<Error = Self::Error, Addr = Self::Addr>;

    /// Takes the next connection with its peer's address.
    ///
    /// After `WouldBlock`, call again when the listener is readable. A
    /// connection that died while it waited is skipped, not reported.
    ///
    /// # Errors
    ///
    /// `WouldBlock` when none waits. `Exhausted` when one waits but the process
    /// has no descriptor or memory for it: it still waits; stop watching the
    /// listener until something was closed, or a loop will spin.
    fn accept(&mut self) -> Result<(Self::Stream, Self::Addr), Self::Error>;
}
