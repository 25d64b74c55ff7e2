//! Who has which local address and port. smoltcp itself keeps no such account.

use amphi_core::ErrorKind;
use smoltcp::wire::{IpAddress, IpEndpoint};

use super::demux::Tuple;
use super::index::Index;
use super::role::Role;
use super::state::Inner;

/// The first of the ports that nobody asks for by number (RFC 6335, section 6), and how many
/// there are.
const EPHEMERAL: u16 = 49_152;
const EPHEMERALS: u16 = u16::MAX - EPHEMERAL + 1;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocol {
    Tcp,
    Udp,
}

impl Inner<'_> {
    /// A port of this address that nobody has: its own, or an ephemeral one for port 0.
    pub(super) fn claim(
        &mut self,
        protocol: Protocol,
        mut wanted: IpEndpoint,
    ) -> Result<IpEndpoint, ErrorKind> {
        self.check_local(protocol, wanted.addr)?;
        let attempts = if wanted.port == 0 { EPHEMERALS } else { 1 };
        for _ in 0..attempts {
            if attempts > 1 {
                wanted.port = self.next_ephemeral();
            }
            if !self.is_taken(protocol, wanted) {
                return Ok(wanted);
            }
        }
        Err(ErrorKind::AddrInUse)
    }

    /// A local port for a connection to `remote`, so that the pair is new. One port
    /// serves connections to different peers.
    pub(super) fn claim_tuple(
        &mut self,
        local: IpAddress,
        remote: IpEndpoint,
    ) -> Result<IpEndpoint, ErrorKind> {
        for _ in 0..EPHEMERALS {
            let candidate = IpEndpoint::new(local, self.next_ephemeral());
            let listens = self.is_taken(Protocol::Tcp, candidate);
            if !listens && self.find_stream(&Tuple::new(candidate, remote)).is_none() {
                return Ok(candidate);
            }
        }
        Err(ErrorKind::AddrInUse)
    }

    fn next_ephemeral(&mut self) -> u16 {
        let port = self.next_port.max(EPHEMERAL);
        self.next_port = port.wrapping_add(1);
        port
    }

    /// Whether `ip` is one of this interface's, or stands for all.
    fn check_local(&self, protocol: Protocol, ip: IpAddress) -> Result<(), ErrorKind> {
        let group = ip.is_multicast() && protocol == Protocol::Udp;
        if ip.is_unspecified() || group || self.iface.has_ip_addr(ip) {
            Ok(())
        } else {
            Err(ErrorKind::AddrNotAvailable)
        }
    }

    fn is_taken(&self, protocol: Protocol, wanted: IpEndpoint) -> bool {
        let hash = Index::of_port(protocol, wanted.port);
        Index::chain(self.slots, hash).any(|slot| {
            match (&self.slots[usize::from(slot)].role, protocol) {
                (Role::Listener(listener), Protocol::Tcp) => overlaps(listener.local, wanted),
                #[cfg(feature = "udp")]
                (Role::Datagram(datagram), Protocol::Udp) => {
                    // A group's port can be shared, and is none of the hosts' own.
                    let group = wanted.addr.is_multicast() || datagram.local.addr.is_multicast();
                    !group && !datagram.is_closing() && overlaps(datagram.local, wanted)
                }
                _ => false,
            }
        })
    }
}

fn overlaps(a: IpEndpoint, b: IpEndpoint) -> bool {
    a.port == b.port
        && a.addr.version() == b.addr.version()
        && (a.addr == b.addr || a.addr.is_unspecified() || b.addr.is_unspecified())
}
