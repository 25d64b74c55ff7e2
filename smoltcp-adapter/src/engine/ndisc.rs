//! Messages of IPv6 neighbour discovery (RFC 4861) that smoltcp does not send itself.

use core::net::Ipv6Addr;

use smoltcp::phy::PacketMeta;
use smoltcp::wire::{
    EthernetAddress, EthernetFrame, EthernetProtocol, HardwareAddress, Icmpv6Packet, Icmpv6Repr,
    IpProtocol, Ipv6Packet, Ipv6Repr, NdiscRepr,
};

use super::device::{Exit, Written, link_header};
use super::state::Inner;

/// What shows that a packet is of this link (RFC 4861, section 3.1).
pub(super) const HOP_LIMIT: u8 = 255;

impl Inner<'_> {
    /// Sends a message to a group on the link, with the right that `exit` has.
    pub(super) fn send_to_group(
        &self,
        exit: &mut dyn Exit,
        (from, to): (Ipv6Addr, Ipv6Addr),
        message: NdiscRepr<'_>,
    ) {
        let HardwareAddress::Ethernet(own) = self.iface.hardware_addr() else {
            return;
        };
        let message = Icmpv6Repr::Ndisc(message);
        let packet = Ipv6Repr {
            src_addr: from,
            dst_addr: to,
            next_header: IpProtocol::Icmpv6,
            payload_len: message.buffer_len(),
            hop_limit: HOP_LIMIT,
        };
        let link = link_header(self.capabilities.medium);
        let len = link + packet.buffer_len() + message.buffer_len();
        let mut frame = Written(|octets: &mut [u8]| {
            let (header, octets) = octets.split_at_mut(link);
            let mut header = EthernetFrame::new_unchecked(header);
            header.set_src_addr(own);
            header.set_dst_addr(group_on_ethernet(to));
            header.set_ethertype(EthernetProtocol::Ipv6);
            packet.emit(&mut Ipv6Packet::new_unchecked(&mut *octets));
            let octets = &mut octets[packet.buffer_len()..];
            let checksums = &self.capabilities.checksum;
            message.emit(
                &from,
                &to,
                &mut Icmpv6Packet::new_unchecked(octets),
                checksums,
            );
        });
        exit.send(len, PacketMeta::default(), &mut frame);
    }
}

/// The group of those whose addresses end like `address` (RFC 4291, section 2.7.1).
pub(super) const fn solicited_node(address: Ipv6Addr) -> Ipv6Addr {
    let [.., a, b] = address.segments();
    Ipv6Addr::new(0xff02, 0, 0, 0, 0, 1, 0xff00 | (a & 0xff), b)
}

/// The address of an IPv6 group on Ethernet (RFC 2464, section 7).
const fn group_on_ethernet(group: Ipv6Addr) -> EthernetAddress {
    let [.., a, b, c, d] = group.octets();
    EthernetAddress([0x33, 0x33, a, b, c, d])
}
