use std::os::fd::{AsFd, OwnedFd};

use amphi_core::select::Interest;
#[cfg(target_os = "linux")]
use amphi_core::socket::{Batch, Outgoing};
use amphi_core::socket::{Datagram, Received};
use amphi_core::time::Duration;
use amphi_core::{Error, ErrorKind};

use super::UnixAddr;
use super::bind::{Node, into_fd};
use crate::select::wait_for;
use crate::{HostError, sys};

/// A Unix datagram socket: [`Host::unix_bind`](crate::Host::unix_bind) makes one.
///
/// Nothing is lost or reordered: where UDP drops, a full queue of the receiver is
/// `WouldBlock`. That an unconnected socket is writable says nothing of a queue, as
/// the kernel does not know whose; who sends much [connects](Self::connect) first.
///
/// ```
/// use amphi_core::socket::{Datagram, Socket};
/// use amphi_std::{Host, UnixAddr};
///
/// let path = std::env::temp_dir().join(format!("amphi-doc-d-{}", std::process::id()));
/// let mut server = Host.unix_bind(&UnixAddr::from_path(path)?)?;
/// let mut client = Host.unix_bind(&UnixAddr::UNNAMED)?;
/// client.send_to(b"hello", &server.local()?)?;
/// let mut buf = [0; 4];
/// let received = server.recv_from(&mut buf)?;
/// assert!(received.is_truncated(buf.len()));
/// assert!(received.from.is_unnamed());
/// # Ok::<(), amphi_std::HostError>(())
/// ```
#[derive(Debug)]
pub struct UnixDatagram {
    /// Before the descriptor, so that nobody finds a node without a socket.
    node: Option<Node>,
    fd: OwnedFd,
    /// Somebody's queue was full when a datagram was sent last.
    refused: bool,
}

impl UnixDatagram {
    const fn new(fd: OwnedFd) -> Self {
        Self::bound(fd, None)
    }

    pub(super) const fn bound(fd: OwnedFd, node: Option<Node>) -> Self {
        Self {
            node,
            fd,
            refused: false,
        }
    }

    fn into_fd(self) -> OwnedFd {
        into_fd(self.fd, self.node)
    }

    /// Two sockets that are connected with each other (socketpair(2)).
    ///
    /// # Errors
    ///
    /// `Exhausted` without free descriptors or memory.
    pub fn pair() -> Result<(Self, Self), HostError> {
        let [one, other] = sys::unix_datagram_pair()?;
        Ok((Self::new(one), Self::new(other)))
    }

    /// Makes `remote` the peer: [`send`](Self::send) goes there, and nobody else's
    /// datagrams are received.
    ///
    /// # Errors
    ///
    /// `NotFound` without a node there; `Refused` when it belongs to nobody;
    /// `PermissionDenied` without the right to write to it.
    pub fn connect(&mut self, remote: &UnixAddr) -> Result<(), HostError> {
        sys::connect(self.fd.as_fd(), remote)
    }

    /// The peer's address.
    ///
    /// # Errors
    ///
    /// `NotConnected` without a peer.
    pub fn remote(&self) -> Result<UnixAddr, HostError> {
        sys::remote(self.fd.as_fd())
    }

    /// Sends `buf` to the peer as one datagram, whole or not at all.
    ///
    /// # Errors
    ///
    /// `WouldBlock` when the peer's queue is full; `NotConnected` without a peer;
    /// `Refused` or `Reset` when it is gone; `MessageTooLong`.
    pub fn send(&mut self, buf: &[u8]) -> Result<(), HostError> {
        sys::send(self.fd.as_fd(), buf).map(drop)
    }
}

impl Datagram for UnixDatagram {
    /// The length before the cut is exact on Linux; elsewhere it is then one
    /// octet more than the buffer's.
    fn recv_from(&mut self, buf: &mut [u8]) -> Result<Received<UnixAddr>, HostError> {
        let (len, from) = sys::recv_from(self.fd.as_fd(), buf)?;
        Ok(Received::new(len, from))
    }

    /// `NotFound` without a node at `to`, `Refused` when it belongs to nobody.
    fn send_to(&mut self, buf: &[u8], to: &UnixAddr) -> Result<(), HostError> {
        let sent = sys::send_to(self.fd.as_fd(), buf, to);
        self.refused = matches!(&sent, Err(error) if error.reason() == ErrorKind::WouldBlock);
        sent.map(drop)
    }

    /// A recvmmsg(2) for each 64 datagrams.
    #[cfg(target_os = "linux")]
    fn recv_batch(&mut self, batch: &mut Batch<'_, UnixAddr>) -> Result<usize, HostError> {
        sys::recv_batch(self.fd.as_fd(), batch, false)
    }

    /// A sendmmsg(2) for each 64 datagrams.
    #[cfg(target_os = "linux")]
    fn send_batch(&mut self, batch: &[Outgoing<'_, UnixAddr>]) -> Result<usize, HostError> {
        sys::send_batch(self.fd.as_fd(), batch, &mut sys::Segments::Never)
    }
}

socket_of_descriptor!(
    UnixDatagram: UnixAddr,
    std::os::unix::net::UnixDatagram,
    sys::adopt_stream,
    sys::local,
    wait
);

/// How long somebody waits who finds a full queue: no event tells when it has room.
const PAUSE: Duration = Duration::from_millis(1);

/// As of other sockets; but an unconnected one is writable while a receiver's queue is full.
fn wait(
    socket: &UnixDatagram,
    interest: Interest,
    timeout: Option<Duration>,
) -> Result<bool, HostError> {
    let fd = socket.as_fd();
    if socket.refused
        && interest == Interest::WRITE
        && wait_for(fd, interest, Some(Duration::ZERO))?
    {
        let pause = timeout.map_or(PAUSE, |timeout| timeout.min(PAUSE));
        wait_for(fd, Interest::NONE, Some(pause))?;
        return Ok(true);
    }
    wait_for(fd, interest, timeout)
}
