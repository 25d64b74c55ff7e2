use core::fmt;
use core::net::{IpAddr, SocketAddr};

use amphi_core::time::Instant;
use smoltcp::phy::Medium;
#[cfg(feature = "ethernet")]
use smoltcp::wire::{ArpOperation, ArpPacket, EthernetFrame, EthernetProtocol};
use smoltcp::wire::{Icmpv4Packet, IgmpPacket, IpProtocol, Ipv4Packet, TcpPacket, UdpPacket};
#[cfg(feature = "ipv6")]
use smoltcp::wire::{Icmpv6Packet, Ipv6ExtHeader, Ipv6Packet};

/// Whether a frame came from the link or went to it.
///
/// ```
/// use amphi_smoltcp::link::{Direction, Loopback, Trace};
/// use amphi_smoltcp::smoltcp::phy::{Device, Medium, TxToken};
/// use amphi_smoltcp::smoltcp::time::Instant;
///
/// let mut ways = Vec::new();
/// let link = Loopback::<1500, 4>::new(Medium::Ip);
/// let mut device = Trace::new(link, |line| ways.push(line.direction));
/// let room = device.transmit(Instant::ZERO).expect("the link is empty");
/// room.consume(3, |frame| frame.fill(0));
/// # drop(device);
/// assert_eq!(ways, [Direction::Out]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// It was received.
    In,
    /// It was sent.
    Out,
}

/// A frame as one line of text: when, which way, from whom to whom, and what.
///
/// ```
/// use amphi_core::time::Instant;
/// use amphi_smoltcp::link::{Direction, Line};
/// use amphi_smoltcp::smoltcp::phy::Medium;
///
/// let line = Line {
///     at: Instant::from_micros(1_500_000),
///     direction: Direction::Out,
///     medium: Medium::Ip,
///     frame: &[
///         0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2, // IPv4
///         0, 53, 0, 68, 0, 8, 0, 0, // UDP
///     ],
/// };
/// assert_eq!(line.to_string(), "1.500000 out 192.0.2.1:53 > 192.0.2.2:68 udp len 0");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line<'f> {
    /// When it passed, on the stack's clock.
    pub at: Instant,
    /// Which way it went.
    pub direction: Direction,
    /// What kind of frame it is.
    pub medium: Medium,
    /// Its octets.
    pub frame: &'f [u8],
}

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let way = match self.direction {
            Direction::In => "in ",
            Direction::Out => "out",
        };
        write!(f, "{} {way} ", self.at)?;
        match self.medium {
            #[cfg(feature = "ethernet")]
            Medium::Ethernet => ethernet(f, self.frame),
            _ => packet(f, self.frame),
        }
    }
}

fn unknown(f: &mut fmt::Formatter<'_>, what: &str, octets: &[u8]) -> fmt::Result {
    write!(f, "{what} of {} octets", octets.len())
}

#[cfg(feature = "ethernet")]
fn ethernet(f: &mut fmt::Formatter<'_>, octets: &[u8]) -> fmt::Result {
    let Ok(frame) = EthernetFrame::new_checked(octets) else {
        return unknown(f, "cut frame", octets);
    };
    match frame.ethertype() {
        EthernetProtocol::Arp => arp(f, frame.payload()),
        EthernetProtocol::Ipv4 | EthernetProtocol::Ipv6 => packet(f, frame.payload()),
        other => write!(
            f,
            "{} > {} {other} of {} octets",
            frame.src_addr(),
            frame.dst_addr(),
            frame.payload().len()
        ),
    }
}

#[cfg(feature = "ethernet")]
fn arp(f: &mut fmt::Formatter<'_>, octets: &[u8]) -> fmt::Result {
    let Some(arp) = ArpPacket::new_checked(octets)
        .ok()
        .filter(|arp| (arp.hardware_len(), arp.protocol_len()) == (6, 4))
    else {
        return unknown(f, "strange arp", octets);
    };
    let ip = |octets: &[u8]| {
        octets
            .first_chunk()
            .map_or(IpAddr::from([0; 4]), |ip: &[u8; 4]| IpAddr::from(*ip))
    };
    let (source, target) = (
        ip(arp.source_protocol_addr()),
        ip(arp.target_protocol_addr()),
    );
    match arp.operation() {
        ArpOperation::Request => write!(f, "arp who has {target}, tell {source}"),
        ArpOperation::Reply => {
            write!(f, "arp {source} is at ")?;
            for (index, octet) in arp.source_hardware_addr().iter().enumerate() {
                let colon = if index == 0 { "" } else { ":" };
                write!(f, "{colon}{octet:02x}")?;
            }
            Ok(())
        }
        ArpOperation::Unknown(code) => write!(f, "arp operation {code}"),
    }
}

fn packet(f: &mut fmt::Formatter<'_>, octets: &[u8]) -> fmt::Result {
    match octets.first().map(|first| first >> 4) {
        Some(4) => {
            let Ok(packet) = Ipv4Packet::new_checked(octets) else {
                return unknown(f, "malformed IPv4", octets);
            };
            let ends = [packet.src_addr().into(), packet.dst_addr().into()];
            if packet.frag_offset() != 0 {
                return write!(f, "{} > {} fragment", ends[0], ends[1]);
            }
            payload(f, ends, packet.next_header(), packet.payload())
        }
        #[cfg(feature = "ipv6")]
        Some(6) => {
            let Ok(packet) = Ipv6Packet::new_checked(octets) else {
                return unknown(f, "malformed IPv6", octets);
            };
            let ends = [packet.src_addr().into(), packet.dst_addr().into()];
            let (next, rest) = (packet.next_header(), packet.payload());
            // Multicast listener discovery comes behind these options.
            match Ipv6ExtHeader::new_checked(rest) {
                Ok(options) if next == IpProtocol::HopByHop => {
                    let skip = 8 * (usize::from(options.header_len()) + 1);
                    let rest = rest.get(skip..).unwrap_or_default();
                    payload(f, ends, options.next_header(), rest)
                }
                _ => payload(f, ends, next, rest),
            }
        }
        _ => unknown(f, "no IP packet", octets),
    }
}

fn payload(
    f: &mut fmt::Formatter<'_>,
    [from, to]: [IpAddr; 2],
    protocol: IpProtocol,
    octets: &[u8],
) -> fmt::Result {
    match protocol {
        IpProtocol::Tcp => {
            if let Ok(segment) = TcpPacket::new_checked(octets) {
                let from = SocketAddr::new(from, segment.src_port());
                let to = SocketAddr::new(to, segment.dst_port());
                return tcp(f, from, to, &segment);
            }
        }
        IpProtocol::Udp => {
            if let Ok(datagram) = UdpPacket::new_checked(octets) {
                let from = SocketAddr::new(from, datagram.src_port());
                let to = SocketAddr::new(to, datagram.dst_port());
                return write!(f, "{from} > {to} udp len {}", datagram.payload().len());
            }
        }
        _ => {}
    }
    write!(f, "{from} > {to} {protocol}")?;
    match protocol {
        IpProtocol::Icmp => match Icmpv4Packet::new_checked(octets) {
            Ok(message) => write!(f, " {}", message.msg_type()),
            Err(_) => Ok(()),
        },
        IpProtocol::Igmp => match IgmpPacket::new_checked(octets) {
            Ok(message) => write!(f, " {} of {}", message.msg_type(), message.group_addr()),
            Err(_) => Ok(()),
        },
        #[cfg(feature = "ipv6")]
        IpProtocol::Icmpv6 => match Icmpv6Packet::new_checked(octets) {
            Ok(message) => write!(f, " {}", message.msg_type()),
            Err(_) => Ok(()),
        },
        _ => write!(f, " of {} octets", octets.len()),
    }
}

fn tcp(
    f: &mut fmt::Formatter<'_>,
    from: SocketAddr,
    to: SocketAddr,
    segment: &TcpPacket<&[u8]>,
) -> fmt::Result {
    write!(f, "{from} > {to} tcp")?;
    for (is_set, name) in [
        (segment.syn(), " SYN"),
        (segment.fin(), " FIN"),
        (segment.rst(), " RST"),
    ] {
        if is_set {
            f.write_str(name)?;
        }
    }
    write!(f, " seq {}", segment.seq_number())?;
    if segment.ack() {
        write!(f, " ack {}", segment.ack_number())?;
    }
    write!(
        f,
        " win {} len {}",
        segment.window_len(),
        segment.payload().len()
    )
}
