//! What routers tell (RFC 4861, RFC 4862): that they are there, and which networks
//! the interface may take an address in.

use core::net::Ipv6Addr;

use amphi_core::ErrorKind;
use amphi_core::time::Duration;
use smoltcp::wire::{
    EthernetFrame, EthernetProtocol, HardwareAddress, Icmpv6Packet, Icmpv6Repr, IpProtocol,
    Ipv6Cidr, Ipv6Packet, NdiscPrefixInfoFlags, NdiscPrefixInformation, NdiscRepr,
};

use super::device::Exit;
use super::ndisc::HOP_LIMIT;
use super::slaac::{Address, Claim, EVERYTHING};
use super::state::Inner;

/// An advertisement alone cannot make the rest of an address' life shorter than this
/// (RFC 4862, section 5.5.3).
const GUARDED: Duration = Duration::from_secs(2 * 60 * 60);

impl Inner<'_> {
    /// Looks whether a frame is what a router or a neighbour tells, and follows it.
    pub(super) fn hear_neighbourhood(&mut self, frame: &[u8], exit: &mut dyn Exit) {
        if !self.slaac.runs {
            return;
        }
        let Some((from, message)) = self.discovery(frame) else {
            return;
        };
        match message {
            NdiscRepr::RouterAdvert {
                router_lifetime,
                prefix_info,
                ..
            } if from.is_unicast_link_local() && self.slaac.has_link() => {
                self.slaac.solicitations = 0;
                self.follow_router(from, router_lifetime.into());
                if let Some(prefix) = prefix_info {
                    self.follow_prefix(&prefix);
                }
            }
            NdiscRepr::NeighborAdvert { target_addr, .. } => self.is_foreign(target_addr),
            NdiscRepr::NeighborSolicit { target_addr, .. } if from.is_unspecified() => {
                self.hear_claim(target_addr, exit);
            }
            _ => return,
        }
        self.slaac.due = self.slaac.next_due();
    }

    /// The message of neighbour discovery in a frame of somebody else's, of this link (RFC
    /// 4861, sections 6.1.2 and 7.1).
    fn discovery<'f>(&self, frame: &'f [u8]) -> Option<(Ipv6Addr, NdiscRepr<'f>)> {
        let frame = EthernetFrame::new_checked(frame).ok()?;
        let is_own = HardwareAddress::Ethernet(frame.src_addr()) == self.iface.hardware_addr();
        if frame.ethertype() != EthernetProtocol::Ipv6 || is_own {
            return None;
        }
        let packet = Ipv6Packet::new_checked(frame.payload()).ok()?;
        let (from, to) = (packet.src_addr(), packet.dst_addr());
        if packet.next_header() != IpProtocol::Icmpv6 || packet.hop_limit() != HOP_LIMIT {
            return None;
        }
        let message = Icmpv6Packet::new_checked(packet.payload()).ok()?;
        match Icmpv6Repr::parse(&from, &to, &message, &self.capabilities.checksum) {
            Ok(Icmpv6Repr::Ndisc(message)) => Some((from, message)),
            _ => None,
        }
    }

    /// The first router that is there is kept as long as it wants to be one.
    fn follow_router(&mut self, router: Ipv6Addr, lifetime: Duration) {
        let known = self.slaac.router.map(|(known, _)| known);
        if known.is_some_and(|known| known != router) {
            return;
        }
        self.slaac.router = Some((router, self.now + lifetime));
        if lifetime.is_zero() {
            self.expire_learned();
        } else if known.is_none()
            && let Err(error) = self.add_route(EVERYTHING, router.into())
        {
            self.slaac.router = None;
            self.slaac.failure = Some(error);
        }
    }

    fn follow_prefix(&mut self, prefix: &NdiscPrefixInformation) {
        let is_for_addresses = prefix.flags.contains(NdiscPrefixInfoFlags::ADDRCONF)
            && prefix.preferred_lifetime <= prefix.valid_lifetime
            && !prefix.prefix.is_unicast_link_local()
            && !prefix.prefix.is_multicast();
        // Others than of 64 bits leave no room for what makes the address unique.
        let network = Ipv6Cidr::new(prefix.prefix, prefix.prefix_len.min(128));
        let Some(ip) = self.own_address(network).filter(|_| is_for_addresses) else {
            return;
        };
        let lifetime = Duration::from(prefix.valid_lifetime);
        let networks = &mut self.slaac.addresses[1..];
        if let Some(known) = networks.iter_mut().flatten().find(|it| it.ip == ip) {
            // RFC 4862, section 5.5.3 e.
            let least = known.until.min(self.now + GUARDED);
            known.until = least.max(self.now + lifetime);
        } else if !lifetime.is_zero() {
            match networks.iter_mut().find(|it| it.is_none()) {
                Some(vacancy) => {
                    *vacancy = Some(Address {
                        ip,
                        until: self.now + lifetime,
                        claim: Claim::New,
                    });
                }
                None => self.slaac.failure = Some(ErrorKind::Exhausted),
            }
        }
    }
}
