use core::net::SocketAddr;
use std::os::fd::{AsFd, OwnedFd};

#[cfg(target_os = "linux")]
use amphi_core::socket::{Batch, Outgoing};
use amphi_core::socket::{Datagram, Received, Socket};

use crate::{HostError, sys};

/// A UDP socket.
///
/// It hears a multicast group only after it joined itself (Linux:
/// `IP_MULTICAST_ALL` is off). An address can be bound once, except a multicast
/// address, which others can share (`SO_REUSEADDR`).
///
/// ```
/// use amphi_core::socket::{Datagram, Multicast, Net, Socket};
/// use amphi_core::select::Interest;
/// use amphi_std::Host;
/// use core::net::{IpAddr, Ipv4Addr, SocketAddr};
///
/// # fn main() -> Result<(), amphi_std::HostError> {
/// let group = Ipv4Addr::new(239, 255, 77, 1);
/// let mut member = Host.udp_bind(SocketAddr::from((group, 0)))?;
/// member.join(group.into(), Ipv4Addr::LOCALHOST.into())?;
///
/// let mut sender = Host.udp_bind("127.0.0.1:0".parse().unwrap())?;
/// sender.set_multicast_interface(Ipv4Addr::LOCALHOST.into())?;
/// sender.send_to(b"to all", &member.local()?)?;
///
/// let mut buf = [0; 4];
/// member.wait(Interest::READ, None)?;
/// let received = member.recv_from(&mut buf)?;
/// assert_eq!(&buf, b"to a");
/// assert_eq!((received.len, received.from), (6, sender.local()?));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct UdpSocket {
    pub(super) fd: OwnedFd,
    /// Whether the kernel tells where a datagram was sent to.
    packet_info: bool,
    /// Whether batches are sent by segmentation.
    #[cfg(target_os = "linux")]
    segments: sys::Segments,
}

impl UdpSocket {
    const fn new(fd: OwnedFd) -> Self {
        Self {
            fd,
            packet_info: false,
            #[cfg(target_os = "linux")]
            segments: sys::Segments::Try,
        }
    }

    fn into_fd(self) -> OwnedFd {
        self.fd
    }

    /// Binds; with sharing where the address is a group's.
    pub(crate) fn bind(local: &SocketAddr) -> Result<Self, HostError> {
        let socket = sys::datagram_socket(local)?;
        let fd = socket.as_fd();
        if local.is_ipv6() {
            sys::set_v6_only(fd)?;
        }
        if local.ip().is_multicast() {
            sys::set_reuse_address(fd)?;
            sys::bind(fd, local)?;
        } else {
            // Bound first, so that a port in use is an error; then reusable, so
            // that a socket at a group's address can have the port as well,
            // even if this one stands for all addresses.
            sys::bind(fd, local)?;
            sys::set_reuse_address(fd)?;
        }
        Ok(Self::new(socket))
    }

    /// Whether [`Received::to`] tells where a datagram was sent to, a group or one of
    /// this machine's addresses, and [`Received::interface`] where it came in (FreeBSD: over
    /// IPv6 only). Off unless set; on, each datagram costs a
    /// recvmsg(2) with control data (`IP_PKTINFO`, ip(7); `IPV6_RECVPKTINFO`, ipv6(7)).
    ///
    /// # Errors
    ///
    /// What setsockopt(2) reports.
    pub fn set_packet_info(&mut self, on: bool) -> Result<(), HostError> {
        sys::set_packet_info(self.fd.as_fd(), self.is_v6()?, on)?;
        self.packet_info = on;
        Ok(())
    }

    /// Connects the socket, as Python's `connect` does: from now on it hears `peer`
    /// only, [`send`](Self::send) needs no address, and a report that nobody is at the peer's
    /// port is told by the next operation. What is in the queue stays there.
    ///
    /// # Errors
    ///
    /// `Unreachable` without a route; `Unsupported` or `InvalidInput` for an address of
    /// the other family.
    pub fn connect(&mut self, peer: SocketAddr) -> Result<(), HostError> {
        sys::connect(self.fd.as_fd(), &peer)
    }

    /// Takes back [`connect`](Self::connect). The socket keeps its address: where the
    /// kernel takes away a port that it had chosen (Linux), it is bound again.
    ///
    /// # Errors
    ///
    /// `AddrInUse` when another was faster to take the port.
    pub fn disconnect(&mut self) -> Result<(), HostError> {
        let before = self.local()?;
        let fd = self.fd.as_fd();
        sys::disconnect(fd)?;
        if self.local() == Ok(before) {
            return Ok(());
        }
        sys::bind(fd, &before)
    }

    /// The address that the socket is connected to.
    ///
    /// # Errors
    ///
    /// `NotConnected`.
    pub fn remote(&self) -> Result<SocketAddr, HostError> {
        sys::remote(self.fd.as_fd())
    }

    /// Sends `buf` to the peer of a connected socket as one datagram.
    ///
    /// # Errors
    ///
    /// `NotConnected`; `Refused` when that was reported of an earlier datagram; else as
    /// [`Datagram::send_to`].
    pub fn send(&mut self, buf: &[u8]) -> Result<(), HostError> {
        sys::send(self.fd.as_fd(), buf).map(drop)
    }

    /// Receives one datagram from the peer of a connected socket, or from anybody, and
    /// tells its length before it was cut to the buffer.
    ///
    /// # Errors
    ///
    /// `WouldBlock` when none waits; `Refused` when that was reported of an earlier
    /// datagram to the peer.
    pub fn recv(&mut self, buf: &mut [u8]) -> Result<usize, HostError> {
        self.recv_from(buf).map(|received| received.len)
    }

    /// Whether it is a socket of IPv6.
    pub(super) fn is_v6(&self) -> Result<bool, HostError> {
        Ok(self.local()?.is_ipv6())
    }
}

impl Datagram for UdpSocket {
    /// The length before the cut is exact on Linux; elsewhere it is then one
    /// octet more than the buffer's.
    #[inline]
    fn recv_from(&mut self, buf: &mut [u8]) -> Result<Received<SocketAddr>, HostError> {
        if self.packet_info {
            return self.recv_message(buf).map(|message| message.received);
        }
        let (len, from) = sys::recv_from(self.fd.as_fd(), buf)?;
        Ok(Received::new(len, from))
    }

    #[inline]
    fn send_to(&mut self, buf: &[u8], to: &SocketAddr) -> Result<(), HostError> {
        sys::send_to(self.fd.as_fd(), buf, to).map(drop)
    }

    /// A recvmmsg(2) for each 64 datagrams.
    #[cfg(target_os = "linux")]
    fn recv_batch(&mut self, batch: &mut Batch<'_, SocketAddr>) -> Result<usize, HostError> {
        sys::recv_batch(self.fd.as_fd(), batch, self.packet_info)
    }

    /// A sendmmsg(2) for each 64 datagrams. Those that follow each other to one address
    /// and are equally long, the last of them aside, and at most 1,232 octets, take one
    /// way through the kernel (`UDP_SEGMENT`, udp(7)), where it has that.
    #[cfg(target_os = "linux")]
    fn send_batch(&mut self, batch: &[Outgoing<'_, SocketAddr>]) -> Result<usize, HostError> {
        sys::send_batch(self.fd.as_fd(), batch, &mut self.segments)
    }
}

socket_of_descriptor!(
    UdpSocket: SocketAddr,
    std::net::UdpSocket,
    sys::adopt_datagram,
    super::convert::local_with_port
);
