//! Datagrams and groups.

use core::net::{IpAddr, SocketAddr};

use amphi_core::ErrorKind;
use amphi_core::socket::{Interface, Received};
use amphi_core::time::Instant;
use heapless::Vec;
use smoltcp::iface::MulticastError;
use smoltcp::phy::Device;
use smoltcp::socket::udp::{self, SendError, UdpMetadata};
use smoltcp::wire::{IpAddress, IpListenEndpoint};

use super::device::{LOOP_FRAME, Wire};
use super::ports::Protocol;
use super::role::{Datagram, Role};
use super::state::Inner;
use crate::convert;
use crate::place::OneSocket;

/// Octets of a UDP header (RFC 768).
const UDP_HEADER: usize = 8;

impl<'a> Inner<'a> {
    pub(super) fn udp(&self, index: u16) -> Option<&udp::Socket<'a>> {
        self.slots[usize::from(index)]
            .socket
            .as_ref()
            .map(OneSocket::peek)
    }

    fn udp_mut(&mut self, index: u16) -> Result<&mut udp::Socket<'a>, ErrorKind> {
        let socket = self.slots[usize::from(index)].socket.as_mut();
        socket.map(OneSocket::get).ok_or(ErrorKind::Closed)
    }

    pub(super) fn datagram(&self, index: u16) -> Option<&Datagram> {
        match &self.slots[usize::from(index)].role {
            Role::Datagram(datagram) => Some(datagram),
            _ => None,
        }
    }

    fn datagram_mut(&mut self, index: u16) -> Result<&mut Datagram, ErrorKind> {
        match &mut self.slots[usize::from(index)].role {
            Role::Datagram(datagram) => Ok(datagram),
            _ => Err(ErrorKind::Closed),
        }
    }

    pub(crate) fn bind(&mut self, local: SocketAddr) -> Result<u16, ErrorKind> {
        let local = self.claim(Protocol::Udp, local)?;
        let mut slots = self.udp_slots();
        let free = |index: &u16| matches!(self.slots[usize::from(*index)].role, Role::Free);
        let index = slots.find(free).ok_or(ErrorKind::Exhausted)?;
        let socket = self.udp_mut(index)?;
        socket.close();
        // Who gets what is decided here, by the role; smoltcp only checks the port.
        let endpoint = IpListenEndpoint {
            addr: None,
            port: local.port(),
        };
        socket.bind(endpoint).map_err(|_| ErrorKind::InvalidInput)?;
        self.slots[usize::from(index)].role = Role::Datagram(Datagram {
            local,
            groups: Vec::new(),
            hops: 1,
            looped: true,
            closing: None,
        });
        Ok(index)
    }

    /// The socket for a datagram to `local` alone: one bound to that very address, or to all.
    pub(super) fn find_datagram(&self, local: SocketAddr) -> Option<u16> {
        let at = |ip| {
            let wanted = SocketAddr::new(ip, local.port());
            self.udp_slots().find(|index| {
                self.datagram(*index)
                    .is_some_and(|datagram| datagram.local == wanted && datagram.closing.is_none())
            })
        };
        at(local.ip()).or_else(|| at(convert::unspecified(local.ip())))
    }

    /// Whether a socket hears a datagram to the group or broadcast address `to`.
    pub(super) fn hears(&self, index: u16, to: SocketAddr) -> bool {
        let Some(datagram) = self.datagram(index) else {
            return false;
        };
        let bound = datagram.local.ip();
        let address = bound == to.ip() || bound == convert::unspecified(to.ip());
        let member = !to.ip().is_multicast() || datagram.groups.contains(&to.ip());
        address && member && datagram.local.port() == to.port() && datagram.closing.is_none()
    }

    pub(crate) fn recv_from(
        &mut self,
        index: u16,
        buf: &mut [u8],
    ) -> Result<Received<SocketAddr>, ErrorKind> {
        let (octets, meta) = self
            .udp_mut(index)?
            .recv()
            .map_err(|_| ErrorKind::WouldBlock)?;
        let len = octets.len().min(buf.len());
        if let (Some(to), Some(from)) = (buf.get_mut(..len), octets.get(..len)) {
            to.copy_from_slice(from);
        }
        let received = Received::new(octets.len(), convert::socket_addr(meta.endpoint));
        Ok(match meta.local_address {
            Some(to) => received.sent_to(convert::ip(to)),
            None => received,
        })
    }

    pub(crate) fn send_to<D: Device>(
        &mut self,
        wire: &mut Wire<D>,
        index: u16,
        buf: &[u8],
        to: SocketAddr,
        now: Instant,
    ) -> Result<(), ErrorKind> {
        let datagram = self.datagram(index).ok_or(ErrorKind::Closed)?;
        let (local, looped) = (datagram.local, datagram.looped);
        let hops = to.ip().is_multicast().then_some(datagram.hops.max(1));
        if to.is_ipv4() != local.is_ipv4() || to.port() == 0 || to.ip().is_unspecified() {
            return Err(ErrorKind::InvalidInput);
        }
        let endpoint = convert::endpoint(to).ok_or(ErrorKind::Unsupported)?;
        let longest = self.longest_datagram(to.ip(), looped);
        let socket = self.udp_mut(index)?;
        if buf.len() > longest.min(socket.payload_send_capacity()) {
            return Err(ErrorKind::MessageTooLong);
        }
        if socket.hop_limit() != hops {
            // The limit is the socket's, not the datagram's.
            self.settle_queue(wire, index, now)?;
            self.udp_mut(index)?.set_hop_limit(hops);
        }
        let source = self.source(local, endpoint.addr)?;
        let socket = self.udp_mut(index)?;
        let meta = UdpMetadata {
            local_address: Some(source),
            ..UdpMetadata::from(endpoint)
        };
        match socket.send_slice(buf, meta) {
            Ok(()) => {
                self.touch(index);
                Ok(())
            }
            Err(SendError::BufferFull) => Err(ErrorKind::WouldBlock),
            Err(SendError::Unaddressable) => Err(ErrorKind::InvalidInput),
        }
    }

    /// The address that a datagram comes from: never a group's, even if bound to one.
    fn source(&self, local: SocketAddr, to: IpAddress) -> Result<IpAddress, ErrorKind> {
        let bound = local.ip();
        if bound.is_unspecified() || bound.is_multicast() {
            return self
                .iface
                .get_source_address(&to)
                .ok_or(ErrorKind::Unreachable);
        }
        convert::address(bound).ok_or(ErrorKind::Unsupported)
    }

    /// How many octets one datagram to `to` may have: the link's MTU bounds it,
    /// as nothing is fragmented.
    fn longest_datagram(&self, to: IpAddr, looped: bool) -> usize {
        let link = match self.capabilities.medium {
            #[cfg(feature = "ethernet")]
            smoltcp::phy::Medium::Ethernet => 14,
            _ => 0,
        };
        let mtu = self.capabilities.max_transmission_unit;
        let copied = to.is_multicast() && looped && !self.config.device_loops_back;
        let frame = if copied { mtu.min(LOOP_FRAME) } else { mtu };
        let header = if to.is_ipv4() { 20 } else { 40 };
        frame.saturating_sub(link + header + UDP_HEADER)
    }

    /// Whether what a socket sends is copied to own members, and whether it stays here.
    pub(super) fn outgoing(&self, index: u16) -> (bool, bool) {
        let Some(datagram) = self.datagram(index) else {
            return (false, false);
        };
        let to_group = self
            .udp(index)
            .is_some_and(|socket| socket.hop_limit().is_some());
        let looped = to_group && datagram.looped && !self.config.device_loops_back;
        (looped, to_group && datagram.hops == 0)
    }

    pub(super) fn datagrams_queued(&self, index: u16) -> usize {
        self.udp(index).map_or(0, udp::Socket::send_queue)
    }

    /// A dropped socket goes when all that it sent has left, or it was given up.
    pub(super) fn after_datagrams(&mut self, index: u16, now: Instant) {
        let Some(give_up) = self.datagram(index).and_then(|datagram| datagram.closing) else {
            return;
        };
        if self.datagrams_queued(index) > 0 && now < give_up {
            return self.due_at_most(index, give_up);
        }
        if let Ok(socket) = self.udp_mut(index) {
            socket.close();
        }
        self.release(index);
    }

    pub(crate) fn close_datagram(&mut self, index: u16, now: Instant) {
        while let Some(group) = self
            .datagram(index)
            .and_then(|datagram| datagram.groups.first())
        {
            let group = *group;
            let _ = self.leave(index, group, now);
        }
        self.slots[usize::from(index)].watch = None;
        let give_up = now + self.config.close_timeout;
        if let Ok(datagram) = self.datagram_mut(index) {
            datagram.closing = Some(give_up);
        }
        self.egress.push(self.slots, index);
        self.after_datagrams(index, now);
    }

    pub(crate) fn join(
        &mut self,
        index: u16,
        group: IpAddr,
        now: Instant,
    ) -> Result<(), ErrorKind> {
        let (address, is_member) = self.membership(index, group)?;
        if is_member {
            return Err(ErrorKind::AddrInUse);
        }
        self.datagram_mut(index)?
            .groups
            .push(group)
            .map_err(|_| ErrorKind::Exhausted)?;
        if let Err(error) = self.iface.join_multicast_group(address) {
            self.datagram_mut(index)?
                .groups
                .retain(|joined| *joined != group);
            return Err(match error {
                MulticastError::GroupTableFull => ErrorKind::Exhausted,
                MulticastError::Unaddressable => ErrorKind::InvalidInput,
            });
        }
        self.pay_attention(now);
        Ok(())
    }

    /// A group that the socket could be in, and whether it is.
    fn membership(&self, index: u16, group: IpAddr) -> Result<(IpAddress, bool), ErrorKind> {
        let address = convert::address(group).ok_or(ErrorKind::Unsupported)?;
        let datagram = self.datagram(index).ok_or(ErrorKind::Closed)?;
        if !group.is_multicast() || group.is_ipv4() != datagram.local.is_ipv4() {
            return Err(ErrorKind::InvalidInput);
        }
        Ok((address, datagram.groups.contains(&group)))
    }

    /// Leaves; the interface leaves with the last socket.
    pub(crate) fn leave(
        &mut self,
        index: u16,
        group: IpAddr,
        now: Instant,
    ) -> Result<(), ErrorKind> {
        let (address, is_member) = self.membership(index, group)?;
        if !is_member {
            return Err(ErrorKind::AddrNotAvailable);
        }
        self.datagram_mut(index)?
            .groups
            .retain(|joined| *joined != group);
        let member = |index| {
            self.datagram(index)
                .is_some_and(|other| other.groups.contains(&group))
        };
        if !self.udp_slots().any(member) {
            let _ = self.iface.leave_multicast_group(address);
            self.pay_attention(now);
        }
        Ok(())
    }

    /// There is one interface: it has the number 1, and its own addresses.
    pub(crate) fn check_interface(&self, interface: Interface) -> Result<(), ErrorKind> {
        let known = match interface {
            Interface::Any | Interface::Index(1) => true,
            Interface::Index(_) => false,
            Interface::Address(address) => self.iface.has_ip_addr(address),
        };
        if known {
            Ok(())
        } else {
            Err(ErrorKind::AddrNotAvailable)
        }
    }

    pub(crate) fn set_hops<D: Device>(
        &mut self,
        wire: &mut Wire<D>,
        index: u16,
        hops: u8,
        now: Instant,
    ) -> Result<(), ErrorKind> {
        self.settle_queue(wire, index, now)?;
        self.datagram_mut(index)?.hops = hops;
        Ok(())
    }

    pub(crate) fn set_looped<D: Device>(
        &mut self,
        wire: &mut Wire<D>,
        index: u16,
        looped: bool,
        now: Instant,
    ) -> Result<(), ErrorKind> {
        self.settle_queue(wire, index, now)?;
        self.datagram_mut(index)?.looped = looped;
        Ok(())
    }

    /// What is queued leaves under the options that it was sent with.
    fn settle_queue<D: Device>(
        &mut self,
        wire: &mut Wire<D>,
        index: u16,
        now: Instant,
    ) -> Result<(), ErrorKind> {
        if self.datagrams_queued(index) > 0 {
            self.send_from(wire, index, now);
        }
        if self.datagrams_queued(index) > 0 {
            Err(ErrorKind::WouldBlock)
        } else {
            Ok(())
        }
    }
}
