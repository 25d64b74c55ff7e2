//! Who has which local address and port. smoltcp itself keeps no such account.

use core::net::{IpAddr, SocketAddr};

use amphi_core::ErrorKind;

use super::demux::Tuple;
use super::index::Index;
use super::role::Role;
use super::state::Inner;

/// The ports that nobody asks for by number (RFC 6335, section 6).
const EPHEMERAL: core::ops::RangeInclusive<u16> = 49_152..=65_535;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocol {
    Tcp,
    Udp,
}

impl Inner<'_> {
    /// The address with a port that nobody has: its own, or an ephemeral one for port 0.
    pub(super) fn claim(
        &mut self,
        protocol: Protocol,
        wanted: SocketAddr,
    ) -> Result<SocketAddr, ErrorKind> {
        self.check_local(protocol, wanted.ip())?;
        if wanted.port() != 0 {
            let taken = self.is_taken(protocol, wanted);
            return if taken {
                Err(ErrorKind::AddrInUse)
            } else {
                Ok(wanted)
            };
        }
        for _ in EPHEMERAL {
            let candidate = SocketAddr::new(wanted.ip(), self.next_ephemeral());
            if !self.is_taken(protocol, candidate) {
                return Ok(candidate);
            }
        }
        Err(ErrorKind::AddrInUse)
    }

    /// A local port for a connection to `remote`, so that the pair is new. One port
    /// serves connections to different peers.
    pub(super) fn claim_tuple(
        &mut self,
        local: IpAddr,
        remote: SocketAddr,
    ) -> Result<SocketAddr, ErrorKind> {
        for _ in EPHEMERAL {
            let candidate = SocketAddr::new(local, self.next_ephemeral());
            let listens = self.is_taken(Protocol::Tcp, candidate);
            if !listens && self.find_stream(&Tuple::new(candidate, remote)).is_none() {
                return Ok(candidate);
            }
        }
        Err(ErrorKind::AddrInUse)
    }

    fn next_ephemeral(&mut self) -> u16 {
        let port = self.next_port.clamp(*EPHEMERAL.start(), *EPHEMERAL.end());
        self.next_port = port.checked_add(1).unwrap_or(*EPHEMERAL.start());
        port
    }

    /// Whether `ip` is one of this interface's, or stands for all.
    fn check_local(&self, protocol: Protocol, ip: IpAddr) -> Result<(), ErrorKind> {
        let group = ip.is_multicast() && protocol == Protocol::Udp;
        let address = crate::convert::address(ip).ok_or(ErrorKind::Unsupported)?;
        if ip.is_unspecified() || group || self.iface.has_ip_addr(address) {
            Ok(())
        } else {
            Err(ErrorKind::AddrNotAvailable)
        }
    }

    fn is_taken(&self, protocol: Protocol, wanted: SocketAddr) -> bool {
        let hash = self.index.of_port(protocol, wanted.port());
        Index::chain(self.slots, hash).any(|slot| {
            match (&self.slots[usize::from(slot)].role, protocol) {
                (Role::Listener(listener), Protocol::Tcp) => overlaps(listener.local, wanted),
                (Role::Datagram(datagram), Protocol::Udp) => {
                    // A group's port can be shared, and is none of the hosts' own.
                    let group = wanted.ip().is_multicast() || datagram.local.ip().is_multicast();
                    !group && overlaps(datagram.local, wanted)
                }
                _ => false,
            }
        })
    }
}

fn overlaps(a: SocketAddr, b: SocketAddr) -> bool {
    a.port() == b.port()
        && a.is_ipv4() == b.is_ipv4()
        && (a.ip() == b.ip() || a.ip().is_unspecified() || b.ip().is_unspecified())
}
