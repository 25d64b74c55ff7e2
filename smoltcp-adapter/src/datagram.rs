use core::net::{IpAddr, SocketAddr};

use amphi_core::ErrorKind;
use amphi_core::socket::{Datagram, Interface, Multicast, Received, Socket};
use smoltcp::phy::Device;

use crate::{Platform, Stack};

/// A UDP socket of a [`Stack`].
pub struct UdpSocket<'net, 'a, D: Device, P: Platform> {
    pub(crate) stack: &'net Stack<'a, D, P>,
    pub(crate) index: u16,
}

socket_of_stack!(UdpSocket);

impl<D: Device, P: Platform> Datagram for UdpSocket<'_, '_, D, P> {
    fn recv_from(&mut self, buf: &mut [u8]) -> Result<Received<SocketAddr>, ErrorKind> {
        self.stack.inner().recv_from(self.index, buf)
    }

    fn send_to(&mut self, buf: &[u8], to: &SocketAddr) -> Result<(), ErrorKind> {
        self.stack
            .with_wire(|inner, wire, now| inner.send_to(wire, self.index, buf, *to, now))
    }
}

impl<D: Device, P: Platform> Multicast for UdpSocket<'_, '_, D, P> {
    fn join(&mut self, group: IpAddr, interface: Interface) -> Result<(), ErrorKind> {
        let now = self.now();
        let mut inner = self.stack.inner();
        inner.check_interface(interface)?;
        inner.join(self.index, group, now)
    }

    fn leave(&mut self, group: IpAddr, interface: Interface) -> Result<(), ErrorKind> {
        let now = self.now();
        let mut inner = self.stack.inner();
        inner.check_interface(interface)?;
        inner.leave(self.index, group, now)
    }

    fn set_multicast_hop_limit(&mut self, hops: u8) -> Result<(), ErrorKind> {
        self.stack
            .with_wire(|inner, wire, now| inner.set_hops(wire, self.index, hops, now))
    }

    fn set_multicast_loop(&mut self, on: bool) -> Result<(), ErrorKind> {
        self.stack
            .with_wire(|inner, wire, now| inner.set_looped(wire, self.index, on, now))
    }

    fn set_multicast_interface(&mut self, interface: Interface) -> Result<(), ErrorKind> {
        self.stack.inner().check_interface(interface)
    }
}

impl<D: Device, P: Platform> Drop for UdpSocket<'_, '_, D, P> {
    fn drop(&mut self) {
        let now = self.now();
        self.stack.inner().close_datagram(self.index, now);
    }
}
