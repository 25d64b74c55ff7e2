//! Which socket a frame concerns, from its headers. What is malformed goes to
//! smoltcp all the same, which drops it by its own rules.

use core::net::{IpAddr, SocketAddr};

use smoltcp::phy::Medium;
#[cfg(feature = "ipv6")]
use smoltcp::wire::Ipv6Packet;
#[cfg(feature = "ethernet")]
use smoltcp::wire::{EthernetFrame, EthernetProtocol};
use smoltcp::wire::{IpProtocol, IpVersion, Ipv4Packet};

/// What a frame is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    /// A segment; `opens` when it asks for a new connection.
    Tcp {
        local: SocketAddr,
        remote: SocketAddr,
        opens: bool,
    },
    Udp {
        local: SocketAddr,
    },
    /// A fragment, which nobody puts together here.
    Fragment,
    /// Queries and reports of group membership.
    Membership,
    /// Neighbours, errors, echo: the interface's own business.
    Control,
}

const SYN: u8 = 0x02;
const RST: u8 = 0x04;
const ACK: u8 = 0x10;

pub(super) fn target(medium: Medium, frame: &[u8]) -> Target {
    let packet = match medium {
        #[cfg(feature = "ethernet")]
        Medium::Ethernet => match EthernetFrame::new_checked(frame) {
            Ok(frame)
                if matches!(
                    frame.ethertype(),
                    EthernetProtocol::Ipv4 | EthernetProtocol::Ipv6
                ) =>
            {
                frame.payload()
            }
            _ => return Target::Control,
        },
        _ => frame,
    };
    if packet.is_empty() {
        // A frame that ends with its link header; smoltcp would look at the octet after.
        return Target::Control;
    }
    match IpVersion::of_packet(packet) {
        Ok(IpVersion::Ipv4) => ipv4(packet),
        #[cfg(feature = "ipv6")]
        Ok(IpVersion::Ipv6) => ipv6(packet),
        _ => Target::Control,
    }
}

fn ipv4(packet: &[u8]) -> Target {
    let Ok(packet) = Ipv4Packet::new_checked(packet) else {
        return Target::Control;
    };
    if packet.more_frags() || packet.frag_offset() != 0 {
        return Target::Fragment;
    }
    let (source, destination) = (packet.src_addr().into(), packet.dst_addr().into());
    transport(packet.next_header(), source, destination, packet.payload())
}

#[cfg(feature = "ipv6")]
fn ipv6(packet: &[u8]) -> Target {
    let Ok(packet) = Ipv6Packet::new_checked(packet) else {
        return Target::Control;
    };
    let (source, destination) = (packet.src_addr().into(), packet.dst_addr().into());
    transport(packet.next_header(), source, destination, packet.payload())
}

fn transport(protocol: IpProtocol, source: IpAddr, destination: IpAddr, segment: &[u8]) -> Target {
    let Some(&[a, b, c, d]) = segment.first_chunk() else {
        return Target::Control;
    };
    let remote = SocketAddr::new(source, u16::from_be_bytes([a, b]));
    let local = SocketAddr::new(destination, u16::from_be_bytes([c, d]));
    match (protocol, segment.get(13)) {
        (IpProtocol::Tcp, Some(flags)) => Target::Tcp {
            local,
            remote,
            opens: flags & (SYN | RST | ACK) == SYN,
        },
        (IpProtocol::Udp, _) => Target::Udp { local },
        // MLD always comes behind a hop-by-hop option (RFC 3810, section 5).
        (IpProtocol::Igmp | IpProtocol::HopByHop, _) => Target::Membership,
        _ => Target::Control,
    }
}
