//! Asking for neighbours that smoltcp does not ask for yet.
//!
//! smoltcp asks once a second at most, whoever it is for: an attempt to reach a second
//! neighbour would wait for the rest of a second, even if the first has answered long ago.
//! Once a second for each neighbour is what is wanted (RFC 1122, section 2.3.2.1).

use core::net::Ipv4Addr;

use amphi_core::time::{Duration, Instant};
use smoltcp::phy::{Medium, PacketMeta};
#[cfg(feature = "ipv6")]
use smoltcp::wire::NdiscRepr;
use smoltcp::wire::{
    ArpOperation, ArpPacket, ArpRepr, EthernetAddress, EthernetFrame, EthernetProtocol,
    HardwareAddress, IpAddress,
};

use super::device::{Exit, Look, Written, link_header};
use super::role::Role;
use super::state::Inner;
use crate::convert;

/// How often the same neighbour is asked for at most.
const PAUSE: Duration = Duration::from_secs(1);
/// How many are remembered.
const MEMORY: usize = 2;

/// Who was asked for lately.
#[derive(Debug)]
pub(super) struct Sought {
    neighbours: [Option<(IpAddress, Instant)>; MEMORY],
    next: usize,
}

impl Sought {
    pub(super) const NOBODY: Self = Self {
        neighbours: [None; MEMORY],
        next: 0,
    };

    /// Notes that somebody is asked for, and tells whether it was not just so.
    fn is_new(&mut self, neighbour: IpAddress, now: Instant) -> bool {
        let lately = |known: &Option<(IpAddress, Instant)>| {
            known.is_some_and(|(who, when)| who == neighbour && now < when + PAUSE)
        };
        if self.neighbours.iter().any(lately) {
            return false;
        }
        self.neighbours[self.next] = Some((neighbour, now));
        self.next = (self.next + 1) % MEMORY;
        true
    }
}

impl Inner<'_> {
    /// After a slot was asked for something to send: asks for its next hop if it waits for
    /// that, and smoltcp has not asked itself.
    #[inline]
    pub(super) fn seek_neighbour(&mut self, exit: &mut dyn Exit, index: u16, look: Look) {
        if look.asked && !look.sent && self.waiting.contains(self.slots, index) {
            self.seek_hop(exit, index, look.spoken);
        }
    }

    #[cold]
    fn seek_hop(&mut self, exit: &mut dyn Exit, index: u16, spoken: bool) {
        let to = match &self.slots[usize::from(index)].role {
            Role::Stream(stream) => stream.tuple.remote().addr,
            #[cfg(feature = "udp")]
            Role::Datagram(datagram) => datagram.to,
            _ => return,
        };
        if self.capabilities.medium != Medium::Ethernet || to.is_unspecified() {
            return;
        }
        let Some(hop) = self.next_hop(to) else { return };
        if self.sought.is_new(hop, self.now) && !spoken && exit.open(convert::instant(self.now)) {
            self.ask_for(exit, hop);
        }
    }

    fn ask_for(&self, exit: &mut dyn Exit, neighbour: IpAddress) {
        let own = self.iface.get_source_address(&neighbour);
        match (own, neighbour) {
            (Some(IpAddress::Ipv4(own)), IpAddress::Ipv4(neighbour)) => {
                self.send_arp(exit, own, neighbour);
            }
            #[cfg(feature = "ipv6")]
            (Some(IpAddress::Ipv6(own)), IpAddress::Ipv6(target_addr)) => {
                let lladdr = Some(self.iface.hardware_addr().into());
                let group = super::ndisc::solicited_node(target_addr);
                let question = NdiscRepr::NeighborSolicit {
                    target_addr,
                    lladdr,
                };
                self.send_to_group(exit, (own, group), question);
            }
            #[allow(
                unreachable_patterns,
                reason = "there is only IPv4 without the feature"
            )]
            _ => {}
        }
    }

    /// Asks an Ethernet for the hardware address of a neighbour (RFC 826).
    fn send_arp(&self, exit: &mut dyn Exit, own: Ipv4Addr, neighbour: Ipv4Addr) {
        let HardwareAddress::Ethernet(hardware) = self.iface.hardware_addr() else {
            return;
        };
        let question = ArpRepr::EthernetIpv4 {
            operation: ArpOperation::Request,
            source_hardware_addr: hardware,
            source_protocol_addr: own,
            target_hardware_addr: EthernetAddress::BROADCAST,
            target_protocol_addr: neighbour,
        };
        let len = link_header(Medium::Ethernet) + question.buffer_len();
        let mut frame = Written(|octets: &mut [u8]| {
            let mut frame = EthernetFrame::new_unchecked(octets);
            frame.set_src_addr(hardware);
            frame.set_dst_addr(EthernetAddress::BROADCAST);
            frame.set_ethertype(EthernetProtocol::Arp);
            question.emit(&mut ArpPacket::new_unchecked(frame.payload_mut()));
        });
        exit.send(len, PacketMeta::default(), &mut frame);
    }
}
