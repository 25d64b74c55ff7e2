use core::fmt;
use core::net::SocketAddr;

use amphi_core::ErrorKind;
use amphi_core::select::Interest;
use amphi_core::socket::{Shutdown, Socket, Stream};
use amphi_core::time::{Duration, Instant};
use smoltcp::phy::Device;
use smoltcp::socket::tcp::{RecvError, State};

use super::sockets::is_young;
use super::stack::Source;
use crate::Platform;

/// A TCP connection of a [`FlatStack`](super::FlatStack).
///
/// A read or a write moves one piece of the socket's ring of octets: where it comes round, fewer
/// than there are, or than there is room for, and the rest with the next call.
///
/// ```
/// use amphi_core::select::Interest;
/// use amphi_core::socket::{Net, Socket, Stream};
///
/// # use amphi_smoltcp::flat::{FlatPool, FlatSlot, FlatStack, SocketStorage};
/// # use amphi_smoltcp::smoltcp::{phy::Medium, wire::HardwareAddress};
/// # use amphi_smoltcp::{Config, Loopback, VirtualClock};
/// # let mut buffers = [([0; 512], [0; 512]); 2];
/// # let mut sockets = [SocketStorage::EMPTY; 2];
/// # let mut slots = [const { FlatSlot::new() }; 2 + 1];
/// # let pool = FlatPool { buffers: &mut buffers, sockets: &mut sockets, slots: &mut slots };
/// # let device = Loopback::<1500, 8>::new(Medium::Ip);
/// # let stack = FlatStack::new(device, VirtualClock::new(), Config::new(HardwareAddress::Ip), pool)?;
/// # stack.add_address("127.0.0.1".parse().unwrap(), 8)?;
/// let net = &stack; // as in the example of the module
/// let listener = net.tcp_listen("127.0.0.1:7".parse().unwrap(), 1)?;
/// let mut stream = net.tcp_connect("127.0.0.1:7".parse().unwrap())?;
/// assert!(stream.wait(Interest::WRITE, None)?);
/// stream.finish_connect()?;
/// assert_eq!(stream.write(b"hello")?, 5);
/// assert_eq!(stream.remote()?, listener.local()?);
/// # Ok::<(), amphi_core::ErrorKind>(())
/// ```
pub struct FlatStream<'net, 'a, D: Device, P: Platform> {
    pub(super) source: Source<'net, 'a, D, P>,
}

impl<'net, 'a, D: Device, P: Platform> FlatStream<'net, 'a, D, P> {
    pub(super) const fn new(source: Source<'net, 'a, D, P>) -> Self {
        Self { source }
    }
}

impl<D: Device, P: Platform> Socket for FlatStream<'_, '_, D, P> {
    type Error = ErrorKind;
    type Addr = SocketAddr;

    fn local(&self) -> Result<SocketAddr, ErrorKind> {
        let mut inner = self.source.stack.inner();
        let (_, socket) = inner.at(self.source.index).ok_or(ErrorKind::Closed)?;
        let local = socket.local_endpoint().ok_or(ErrorKind::NotConnected)?;
        Ok(local.into())
    }

    fn wait(&self, interest: Interest, timeout: Option<Duration>) -> Result<bool, ErrorKind> {
        Ok(self.source.wait(interest, timeout))
    }

    fn now(&self) -> Instant {
        self.source.stack.platform().now()
    }
}

impl<D: Device, P: Platform> Stream for FlatStream<'_, '_, D, P> {
    fn read(&mut self, buf: &mut [u8]) -> Result<usize, ErrorKind> {
        let mut inner = self.source.stack.inner();
        let (slot, socket) = inner.at(self.source.index).ok_or(ErrorKind::Closed)?;
        if slot.read_shut || buf.is_empty() {
            return Ok(0);
        }
        // What smoltcp has for both pieces of its ring is more code.
        match socket.recv(|octets| copy(octets, buf)) {
            Ok(0) => Err(ErrorKind::WouldBlock),
            Ok(count) => Ok(count),
            Err(RecvError::Finished) => Ok(0),
            Err(RecvError::InvalidState) if is_young(socket) => Err(ErrorKind::WouldBlock),
            Err(RecvError::InvalidState) => slot.failure.map_or(Ok(0), Err),
        }
    }

    fn write(&mut self, buf: &[u8]) -> Result<usize, ErrorKind> {
        let mut inner = self.source.stack.inner();
        let (slot, socket) = inner.at(self.source.index).ok_or(ErrorKind::Closed)?;
        match socket.send(|room| copy(buf, room)) {
            Ok(0) if !buf.is_empty() => Err(ErrorKind::WouldBlock),
            Ok(count) => Ok(count),
            Err(_) if is_young(socket) => Err(ErrorKind::WouldBlock),
            Err(_) => Err(slot.failure.unwrap_or(ErrorKind::BrokenPipe)),
        }
    }

    fn finish_connect(&mut self) -> Result<(), ErrorKind> {
        let mut inner = self.source.stack.inner();
        let (slot, socket) = inner.at(self.source.index).ok_or(ErrorKind::Closed)?;
        if is_young(socket) {
            return Err(ErrorKind::WouldBlock);
        }
        match socket.state() {
            State::Closed => Err(slot.failure.unwrap_or(ErrorKind::NotConnected)),
            _ => Ok(()),
        }
    }

    fn shutdown(&mut self, how: Shutdown) -> Result<(), ErrorKind> {
        let mut inner = self.source.stack.inner();
        let (slot, socket) = inner.at(self.source.index).ok_or(ErrorKind::Closed)?;
        if matches!(socket.state(), State::SynSent | State::Closed) {
            return Err(slot.failure.unwrap_or(ErrorKind::NotConnected));
        }
        if how != Shutdown::Read {
            socket.close();
        }
        if how != Shutdown::Write {
            slot.read_shut = true;
        }
        Ok(())
    }

    fn abort(self) {
        self.source.release(true);
        core::mem::forget(self);
    }

    fn remote(&self) -> Result<SocketAddr, ErrorKind> {
        let mut inner = self.source.stack.inner();
        let (_, socket) = inner.at(self.source.index).ok_or(ErrorKind::Closed)?;
        let remote = socket.remote_endpoint().ok_or(ErrorKind::NotConnected)?;
        Ok(remote.into())
    }
}

impl<D: Device, P: Platform> Drop for FlatStream<'_, '_, D, P> {
    fn drop(&mut self) {
        self.source.release(false);
    }
}

impl<D: Device, P: Platform> fmt::Debug for FlatStream<'_, '_, D, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FlatStream")
            .field("slot", &self.source.index)
            .finish_non_exhaustive()
    }
}

/// Copies what there is, and there is room for; tells twice how much.
fn copy(from: &[u8], to: &mut [u8]) -> (usize, usize) {
    let count = from.len().min(to.len());
    if let (Some(to), Some(from)) = (to.get_mut(..count), from.get(..count)) {
        to.copy_from_slice(from);
    }
    (count, count)
}
