use core::net::{IpAddr, SocketAddr};

use amphi_core::ErrorKind;
use amphi_core::socket::{Datagram, Interface, Multicast, Received};
use smoltcp::phy::Device;

use crate::{Platform, Stack};

/// A UDP socket of a [`Stack`].
///
/// ```
/// use amphi_core::ErrorKind;
/// use amphi_core::select::Interest;
/// use amphi_core::socket::{Net, Socket};
///
/// # use amphi_smoltcp::smoltcp::{phy::Medium, wire::HardwareAddress};
/// # use amphi_smoltcp::{Config, Loopback, Pool, Slot, Stack, TcpPlace, UdpPlace, VirtualClock};
/// # let mut tcp = [const { TcpPlace::<512, 512>::new() }; 2];
/// # let mut udp = [const { UdpPlace::<512, 4>::new() }; 2];
/// # let mut slots = [const { Slot::new() }; 5];
/// # let pool = Pool { tcp: &mut tcp, udp: &mut udp, slots: &mut slots };
/// # let mut config = Config::new(HardwareAddress::Ip);
/// # config.device_loops_back = true;
/// # let link = Loopback::<1500, 8>::new(Medium::Ip);
/// # let stack = Stack::new(link, VirtualClock::new(), config, pool)?;
/// # stack.add_address("127.0.0.1".parse().unwrap(), 8)?;
/// let net = &stack; // as in the example of `Stack`
/// let mut here = net.udp_bind("127.0.0.1:7".parse().unwrap())?;
/// let mut there = net.udp_bind("127.0.0.1:9".parse().unwrap())?;
/// there.connect("127.0.0.1:7".parse().unwrap())?;
/// there.send(b"hello")?;
/// assert!(here.wait(Interest::READ, None)?);
/// assert_eq!(here.recv(&mut [0; 16])?, 5);
/// assert_eq!(here.remote(), Err(ErrorKind::NotConnected)); // the other one is
/// # Ok::<(), amphi_core::ErrorKind>(())
/// ```
pub struct UdpSocket<'net, 'a, D: Device, P: Platform> {
    pub(crate) stack: &'net Stack<'a, D, P>,
    pub(crate) index: u16,
}

socket_of_stack!(UdpSocket);

impl<D: Device, P: Platform> UdpSocket<'_, '_, D, P> {
    /// Connects the socket, as Python's `connect` does: from now on it hears `peer`
    /// only, [`send`](Self::send) needs no address, and a report that the peer's host
    /// or port cannot be reached is told by the next operation. What is in the queue
    /// stays there.
    ///
    /// # Errors
    ///
    /// `InvalidInput` for an address of the other family, an unspecified address or port 0.
    pub fn connect(&mut self, peer: SocketAddr) -> Result<(), ErrorKind> {
        self.stack.inner().set_peer(self.index, Some(peer))
    }

    /// Takes back [`connect`](Self::connect).
    ///
    /// # Errors
    ///
    /// None; it is fallible as the sockets API has it.
    pub fn disconnect(&mut self) -> Result<(), ErrorKind> {
        self.stack.inner().set_peer(self.index, None)
    }

    /// The address that the socket is connected to.
    ///
    /// # Errors
    ///
    /// `NotConnected`.
    pub fn remote(&self) -> Result<SocketAddr, ErrorKind> {
        self.stack.inner().peer(self.index).map(Into::into)
    }

    /// Sends `buf` to the peer of a connected socket as one datagram.
    ///
    /// # Errors
    ///
    /// `NotConnected`; `Refused`, `Unreachable` or `MessageTooLong` when that was
    /// reported of an earlier datagram; else as [`Datagram::send_to`].
    pub fn send(&mut self, buf: &[u8]) -> Result<(), ErrorKind> {
        let peer = self.remote()?;
        self.send_to(buf, &peer)
    }

    /// Receives one datagram from the peer of a connected socket, or from anybody, and
    /// tells its length before it was cut to the buffer.
    ///
    /// # Errors
    ///
    /// `WouldBlock` when none waits; `Refused`, `Unreachable` or `MessageTooLong` when
    /// that was reported of an earlier datagram to the peer.
    pub fn recv(&mut self, buf: &mut [u8]) -> Result<usize, ErrorKind> {
        self.recv_from(buf).map(|received| received.len)
    }

    /// Sets how many routers a datagram may pass, plus one: 1 to 255, 64 unless set.
    /// [`Multicast::set_multicast_hop_limit`] has that of datagrams to groups.
    ///
    /// # Errors
    ///
    /// `InvalidInput` for zero.
    pub fn set_hop_limit(&mut self, hops: u8) -> Result<(), ErrorKind> {
        self.stack.inner().set_datagram_hops(self.index, hops)
    }
}

impl<D: Device, P: Platform> Datagram for UdpSocket<'_, '_, D, P> {
    fn recv_from(&mut self, buf: &mut [u8]) -> Result<Received<SocketAddr>, ErrorKind> {
        self.stack.inner().recv_from(self.index, buf)
    }

    fn send_to(&mut self, buf: &[u8], to: &SocketAddr) -> Result<(), ErrorKind> {
        self.stack
            .with_edge(|inner, edge| inner.send_to(edge, self.index, buf, *to))
    }
}

impl<D: Device, P: Platform> Multicast for UdpSocket<'_, '_, D, P> {
    fn join(&mut self, group: IpAddr, interface: Interface) -> Result<(), ErrorKind> {
        let mut inner = self.stack.inner_at_now();
        inner.check_interface(interface)?;
        inner.join(self.index, group)
    }

    fn leave(&mut self, group: IpAddr, interface: Interface) -> Result<(), ErrorKind> {
        let mut inner = self.stack.inner_at_now();
        inner.check_interface(interface)?;
        inner.leave(self.index, group)
    }

    fn set_multicast_hop_limit(&mut self, hops: u8) -> Result<(), ErrorKind> {
        self.stack
            .with_edge(|inner, edge| inner.set_group_hops(edge, self.index, hops))
    }

    fn set_multicast_loop(&mut self, on: bool) -> Result<(), ErrorKind> {
        self.stack
            .with_edge(|inner, edge| inner.set_looped(edge, self.index, on))
    }

    fn set_multicast_interface(&mut self, interface: Interface) -> Result<(), ErrorKind> {
        self.stack.inner().check_interface(interface)
    }
}

impl<D: Device, P: Platform> Drop for UdpSocket<'_, '_, D, P> {
    #[cfg_attr(target_pointer_width = "32", inline(never))]
    fn drop(&mut self) {
        self.stack.inner_at_now().close_datagram(self.index);
    }
}
