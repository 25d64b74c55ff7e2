use core::fmt;
use core::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use amphi_core::ErrorKind;
use amphi_core::select::Interest;
use amphi_core::socket::{Listener, Socket};
use amphi_core::time::{Duration, Instant};
use smoltcp::phy::Device;

use super::FlatStream;
use super::stack::Source;
use crate::Platform;

/// A TCP listener of a [`FlatStack`](super::FlatStack): as many sockets as its backlog says.
///
/// ```
/// use amphi_core::ErrorKind;
/// use amphi_core::select::Interest;
/// use amphi_core::socket::{Listener, Net, Socket};
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
/// let mut listener = net.tcp_listen("127.0.0.1:7".parse().unwrap(), 1)?;
/// assert_eq!(listener.accept().map(drop), Err(ErrorKind::WouldBlock));
/// let client = net.tcp_connect("127.0.0.1:7".parse().unwrap())?;
/// assert!(listener.wait(Interest::READ, None)?);
/// let (_server, peer) = listener.accept()?;
/// assert_eq!(peer, client.local()?);
/// # Ok::<(), amphi_core::ErrorKind>(())
/// ```
pub struct FlatListener<'net, 'a, D: Device, P: Platform> {
    pub(super) source: Source<'net, 'a, D, P>,
    /// What it was bound to, if to the unspecified address.
    is_ipv4: bool,
}

impl<'net, 'a, D: Device, P: Platform> FlatListener<'net, 'a, D, P> {
    pub(super) const fn new(source: Source<'net, 'a, D, P>, is_ipv4: bool) -> Self {
        Self { source, is_ipv4 }
    }
}

impl<D: Device, P: Platform> Socket for FlatListener<'_, '_, D, P> {
    type Error = ErrorKind;
    type Addr = SocketAddr;

    fn local(&self) -> Result<SocketAddr, ErrorKind> {
        let inner = self.source.stack.inner();
        let slot = inner.sockets.slots.get(self.source.index);
        let local = slot.ok_or(ErrorKind::Closed)?.local;
        let ip = match local.addr {
            Some(address) => address.into(),
            None if self.is_ipv4 => Ipv4Addr::UNSPECIFIED.into(),
            None => Ipv6Addr::UNSPECIFIED.into(),
        };
        Ok(SocketAddr::new(ip, local.port))
    }

    fn wait(&self, interest: Interest, timeout: Option<Duration>) -> Result<bool, ErrorKind> {
        Ok(self.source.wait(interest, timeout))
    }

    fn now(&self) -> Instant {
        self.source.stack.platform().now()
    }
}

impl<'net, 'a, D: Device, P: Platform> Listener for FlatListener<'net, 'a, D, P> {
    type Stream = FlatStream<'net, 'a, D, P>;

    fn accept(&mut self) -> Result<(Self::Stream, SocketAddr), ErrorKind> {
        let stack = self.source.stack;
        let mut inner = stack.inner();
        let index = inner
            .sockets
            .waiting(self.source.index)
            .ok_or(ErrorKind::WouldBlock)?;
        let (slot, socket) = inner.at(index).ok_or(ErrorKind::WouldBlock)?;
        let remote = socket.remote_endpoint().ok_or(ErrorKind::WouldBlock)?;
        slot.hold();
        Ok((FlatStream::new(Source { stack, index }), remote.into()))
    }
}

impl<D: Device, P: Platform> Drop for FlatListener<'_, '_, D, P> {
    fn drop(&mut self) {
        self.source.stack.inner().close_listener(self.source.index);
    }
}

impl<D: Device, P: Platform> fmt::Debug for FlatListener<'_, '_, D, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FlatListener")
            .field("slot", &self.source.index)
            .finish_non_exhaustive()
    }
}
