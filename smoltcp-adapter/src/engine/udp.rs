//! Datagrams and groups.

use core::net::SocketAddr;

use amphi_core::ErrorKind;
use amphi_core::socket::{Interface, Received};
use amphi_core::time::Instant;
use smoltcp::socket::udp::{self, SendError, UdpMetadata};
use smoltcp::wire::{IpAddress, IpEndpoint, IpListenEndpoint, IpVersion};

use super::device::{LOOP_FRAME, link_header};
use super::gate::Edge;
use super::groups::Membership;
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

    pub(super) fn udp_mut(&mut self, index: u16) -> Option<&mut udp::Socket<'a>> {
        let socket = self.slots[usize::from(index)].socket.as_mut();
        socket.map(OneSocket::get)
    }

    pub(super) fn datagram(&self, index: u16) -> Option<&Datagram> {
        match &self.slots[usize::from(index)].role {
            Role::Datagram(datagram) => Some(datagram),
            _ => None,
        }
    }

    pub(super) fn datagram_mut(&mut self, index: u16) -> Option<&mut Datagram> {
        match &mut self.slots[usize::from(index)].role {
            Role::Datagram(datagram) => Some(datagram),
            _ => None,
        }
    }

    pub(crate) fn bind(&mut self, local: SocketAddr) -> Result<u16, ErrorKind> {
        let local = self.claim(Protocol::Udp, convert::endpoint(local)?)?;
        let index = self.free.udp.pop(self.slots).ok_or(ErrorKind::Exhausted)?;
        self.rebind(index, local.port);
        let datagram = Role::Datagram(Datagram {
            local,
            peer: None,
            failure: None,
            groups: Membership::NONE,
            group_hops: 1,
            hops: None,
            to_groups: false,
            looped: true,
            requests: 0,
            #[cfg(feature = "neighbours")]
            to: local.addr,
            closing: Instant::NEVER,
        });
        self.enter(index, datagram);
        Ok(index)
    }

    /// Empties the queues of a socket, as smoltcp takes back all or nothing, and opens it
    /// anew, or not for port 0.
    #[cfg_attr(target_pointer_width = "32", inline(never))]
    pub(super) fn rebind(&mut self, index: u16, port: u16) {
        if let Some(socket) = self.udp_mut(index) {
            socket.close();
            // `send_to` sets another.
            socket.set_hop_limit(None);
            // Who gets what is decided here, by the role; smoltcp only checks the port.
            let _ = socket.bind(IpListenEndpoint { addr: None, port });
        }
    }

    /// Connects the socket: it hears and sends to `peer` only. Without a peer it is
    /// as it was.
    pub(crate) fn set_peer(
        &mut self,
        index: u16,
        peer: Option<SocketAddr>,
    ) -> Result<(), ErrorKind> {
        let peer = peer.map(convert::endpoint).transpose();
        // An address of a family that is not there is of the other family.
        let peer = peer.map_err(|_| ErrorKind::InvalidInput)?;
        let datagram = self.datagram_mut(index).ok_or(ErrorKind::Closed)?;
        let fits = |peer: IpEndpoint| {
            peer.addr.version() == datagram.local.addr.version()
                && peer.port != 0
                && !peer.addr.is_unspecified()
        };
        if !peer.is_none_or(fits) {
            return Err(ErrorKind::InvalidInput);
        }
        (datagram.peer, datagram.failure) = (peer, None);
        self.on_message = Some(Self::take_report);
        Ok(())
    }

    pub(crate) fn peer(&self, index: u16) -> Result<IpEndpoint, ErrorKind> {
        self.datagram(index)
            .and_then(|datagram| datagram.peer)
            .ok_or(ErrorKind::NotConnected)
    }

    fn take_failure(&mut self, index: u16) -> Result<(), ErrorKind> {
        self.datagram_mut(index)
            .ok_or(ErrorKind::Closed)?
            .failure
            .take()
            .map_or(Ok(()), Err)
    }

    pub(crate) fn set_datagram_hops(&mut self, index: u16, hops: u8) -> Result<(), ErrorKind> {
        if hops == 0 {
            return Err(ErrorKind::InvalidInput);
        }
        self.datagram_mut(index).ok_or(ErrorKind::Closed)?.hops = Some(hops);
        Ok(())
    }

    pub(crate) fn recv_from(
        &mut self,
        index: u16,
        buf: &mut [u8],
    ) -> Result<Received<SocketAddr>, ErrorKind> {
        self.take_failure(index)?;
        let (octets, meta) = self
            .udp_mut(index)
            .ok_or(ErrorKind::Closed)?
            .recv()
            .map_err(|_| ErrorKind::WouldBlock)?;
        let len = octets.len().min(buf.len());
        if let (Some(to), Some(from)) = (buf.get_mut(..len), octets.get(..len)) {
            to.copy_from_slice(from);
        }
        let received = Received::new(octets.len(), meta.endpoint.into());
        Ok(match meta.local_address {
            Some(to) => received.sent_to(to.into()),
            None => received,
        })
    }

    pub(crate) fn send_to(
        &mut self,
        edge: &mut dyn Edge,
        index: u16,
        buf: &[u8],
        to: SocketAddr,
    ) -> Result<(), ErrorKind> {
        self.take_failure(index)?;
        let datagram = self.datagram(index).ok_or(ErrorKind::Closed)?;
        // An address of a family that is not there is of the other family.
        let to = convert::endpoint(to).map_err(|_| ErrorKind::InvalidInput)?;
        let local = datagram.local;
        let copied =
            datagram.group_hops == 0 || (datagram.looped && !self.settings.device_loops_back);
        let was_for_groups = datagram.to_groups;
        let to_groups = to.addr.is_multicast();
        let hops = if to_groups {
            Some(datagram.group_hops.max(1))
        } else {
            datagram.hops
        };
        if to.addr.version() != local.addr.version() || to.port == 0 || to.addr.is_unspecified() {
            return Err(ErrorKind::InvalidInput);
        }
        if self.link_down || !self.is_reachable(to.addr) {
            return Err(ErrorKind::Unreachable);
        }
        let source = self.source(local.addr, to.addr)?;
        let longest = self.longest_datagram(to.addr, copied);
        let socket = self.udp_mut(index).ok_or(ErrorKind::Closed)?;
        if buf.len() > longest.min(socket.payload_send_capacity()) {
            return Err(ErrorKind::MessageTooLong);
        }
        if socket.hop_limit() != hops || was_for_groups != to_groups {
            // The limit is the socket's, not the datagram's.
            self.settle_queue(edge, index)?;
            self.udp_mut(index)
                .ok_or(ErrorKind::Closed)?
                .set_hop_limit(hops);
            self.datagram_mut(index).ok_or(ErrorKind::Closed)?.to_groups = to_groups;
        }
        let socket = self.udp_mut(index).ok_or(ErrorKind::Closed)?;
        let meta = UdpMetadata {
            local_address: Some(source),
            ..UdpMetadata::from(to)
        };
        match socket.send_slice(buf, meta) {
            Ok(()) => {
                #[cfg(feature = "neighbours")]
                if let Some(datagram) = self.datagram_mut(index) {
                    datagram.to = to.addr;
                }
                self.touch(index);
                Ok(())
            }
            Err(SendError::BufferFull) => Err(ErrorKind::WouldBlock),
            Err(SendError::Unaddressable) => Err(ErrorKind::InvalidInput),
        }
    }

    /// The address that a datagram comes from: never a group's, even if bound to one.
    fn source(&self, bound: IpAddress, to: IpAddress) -> Result<IpAddress, ErrorKind> {
        if bound.is_unspecified() || bound.is_multicast() {
            return self
                .iface
                .get_source_address(&to)
                .ok_or(ErrorKind::Unreachable);
        }
        if self.iface.has_ip_addr(bound) {
            Ok(bound)
        } else {
            Err(ErrorKind::AddrNotAvailable)
        }
    }

    /// How many octets one datagram to `to` may have: the link's MTU bounds it,
    /// as nothing is fragmented, and the room for one that own members hear too.
    fn longest_datagram(&self, to: IpAddress, copied: bool) -> usize {
        let mtu = self.capabilities.max_transmission_unit;
        let frame = if copied && to.is_multicast() {
            mtu.min(LOOP_FRAME)
        } else {
            mtu
        };
        let header = if to.version() == IpVersion::Ipv4 {
            20
        } else {
            40
        };
        frame.saturating_sub(link_header(self.capabilities.medium) + header + UDP_HEADER)
    }

    /// Whether a socket has something to send. smoltcp counts octets, and a datagram may have
    /// none; but it wants to be asked for it.
    pub(super) fn has_queued(&mut self, index: u16) -> bool {
        self.asks_for(index) != Instant::NEVER
    }

    pub(crate) fn close_datagram(&mut self, index: u16) {
        self.quit_all(index);
        self.slots[usize::from(index)].watch = None;
        let give_up = convert::later(self.now, self.settings.close_timeout);
        if let Some(datagram) = self.datagram_mut(index) {
            datagram.closing = give_up;
        }
        self.owing.push(self.slots, index);
        self.egress.push(self.slots, index);
        self.after_datagrams(index);
    }

    /// What is queued leaves under the options that it was sent with.
    pub(super) fn settle_queue(
        &mut self,
        edge: &mut dyn Edge,
        index: u16,
    ) -> Result<(), ErrorKind> {
        if self.has_queued(index) {
            self.send_all(edge, index);
        }
        if self.has_queued(index) {
            Err(ErrorKind::WouldBlock)
        } else {
            Ok(())
        }
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

    pub(crate) fn set_group_hops(
        &mut self,
        edge: &mut dyn Edge,
        index: u16,
        hops: u8,
    ) -> Result<(), ErrorKind> {
        self.settle_queue(edge, index)?;
        self.datagram_mut(index)
            .ok_or(ErrorKind::Closed)?
            .group_hops = hops;
        Ok(())
    }

    pub(crate) fn set_looped(
        &mut self,
        edge: &mut dyn Edge,
        index: u16,
        looped: bool,
    ) -> Result<(), ErrorKind> {
        self.settle_queue(edge, index)?;
        self.datagram_mut(index).ok_or(ErrorKind::Closed)?.looped = looped;
        Ok(())
    }
}
