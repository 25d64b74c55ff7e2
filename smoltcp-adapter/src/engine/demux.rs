//! Which socket a frame concerns, from its headers. What is malformed goes to
//! smoltcp all the same, which drops it by its own rules.

use core::net::Ipv4Addr;
#[cfg(feature = "ipv6")]
use core::net::Ipv6Addr;

use smoltcp::phy::DeviceCapabilities;
#[cfg(feature = "ipv6")]
use smoltcp::wire::Ipv6Packet;
#[cfg(feature = "ethernet")]
use smoltcp::wire::{EthernetFrame, EthernetProtocol};
use smoltcp::wire::{IpAddress, IpEndpoint, IpProtocol, IpVersion};

/// The two ends of a connection, from this side, as plain numbers: a look-up is a few
/// comparisons, and nothing is copied piece by piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tuple {
    local: Bits,
    remote: Bits,
    /// The local port, the remote port.
    ports: u32,
    #[cfg(feature = "ipv6")]
    version: IpVersion,
}

/// An address as a number.
#[cfg(feature = "ipv6")]
type Bits = u128;
#[cfg(not(feature = "ipv6"))]
type Bits = u32;

impl Tuple {
    pub(super) fn new(local: IpEndpoint, remote: IpEndpoint) -> Self {
        let bits = |ip: IpAddress| match ip {
            IpAddress::Ipv4(ip) => Bits::from(ip.to_bits()),
            #[cfg(feature = "ipv6")]
            IpAddress::Ipv6(ip) => ip.to_bits(),
        };
        Self {
            local: bits(local.addr),
            remote: bits(remote.addr),
            ports: u32::from(local.port) << 16 | u32::from(remote.port),
            #[cfg(feature = "ipv6")]
            version: local.addr.version(),
        }
    }

    /// All of it as three numbers, one for each address and one for the rest.
    #[inline]
    pub(super) const fn words(&self) -> (u64, u64, u64) {
        #[cfg(feature = "ipv6")]
        let version = (self.version as u64) << 32;
        #[cfg(not(feature = "ipv6"))]
        let version = 0;
        (
            fold(self.local),
            fold(self.remote),
            version | self.ports as u64,
        )
    }

    /// This side's address.
    pub(super) fn local(&self) -> IpEndpoint {
        self.endpoint(self.local, self.ports >> 16)
    }

    /// The peer's address.
    pub(super) fn remote(&self) -> IpEndpoint {
        self.endpoint(self.remote, self.ports)
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "takes the numbers apart again"
    )]
    fn endpoint(&self, bits: Bits, port: u32) -> IpEndpoint {
        #[cfg(not(feature = "ipv6"))]
        let addr = IpAddress::Ipv4(Ipv4Addr::from_bits(bits));
        #[cfg(feature = "ipv6")]
        let addr = match self.version {
            IpVersion::Ipv4 => IpAddress::Ipv4(Ipv4Addr::from_bits(bits as u32)),
            IpVersion::Ipv6 => IpAddress::Ipv6(Ipv6Addr::from_bits(bits)),
        };
        IpEndpoint::new(addr, port as u16)
    }
}

#[inline]
#[cfg(feature = "ipv6")]
const fn fold(address: u128) -> u64 {
    (address as u64) ^ ((address >> 64) as u64).rotate_left(32)
}

#[inline]
#[cfg(not(feature = "ipv6"))]
const fn fold(address: u32) -> u64 {
    address as u64
}

/// The ends of a connection over IPv4 as they stand in a frame: two addresses, two ports.
/// Nothing where words have 32 bits, as there is no look at them.
pub(super) type Ends = [u8; ENDS];

const ENDS: usize = if cfg!(target_pointer_width = "32") {
    0
} else {
    12
};

/// The ends in a frame that is plainly a segment within a connection, over IPv4: a quarter of
/// the code that tells all frames apart. Whether it is whole, smoltcp will see.
#[inline(always)]
pub(super) fn ends<'f>(capabilities: &DeviceCapabilities, frame: &'f [u8]) -> Option<&'f Ends> {
    // It saves time; where words have 32 bits, flash counts.
    if cfg!(target_pointer_width = "32") {
        return None;
    }
    let header = packet(capabilities, frame)?.first_chunk::<34>()?;
    let is_tcp = header[0] == 0x45 && header[9] == 6;
    let is_fragment = header[6] & 0x3f != 0 || header[7] != 0;
    let is_edge = header[33] & (SYN | FIN) != 0;
    let (_, ends) = header.split_first_chunk::<12>()?;
    ends.first_chunk()
        .filter(|_| is_tcp && !is_fragment && !is_edge)
}

/// What there is to know of a segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Segment {
    flags: u8,
    pub(super) sequence: u32,
    /// The sequence number behind its octets.
    pub(super) end: u32,
}

impl Segment {
    /// Whether it asks for a new connection.
    #[inline]
    pub(super) const fn opens(self) -> bool {
        self.flags & (SYN | RST | ACK) == SYN
    }

    /// Whether the peer's octets begin or end with it.
    #[inline]
    pub(super) const fn is_edge(self) -> bool {
        self.flags & (SYN | FIN) != 0
    }

    /// Whether the peer's octets begin with it.
    pub(super) const fn begins(self) -> bool {
        self.flags & SYN != 0
    }

    pub(super) const fn resets(self) -> bool {
        self.flags & RST != 0
    }
}

/// What a frame is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    Tcp(Tuple, Segment),
    Udp(Tuple),
    /// A fragment, which nobody puts together here.
    Fragment,
    /// Queries and reports of group membership.
    Membership,
    /// What routers and hosts say, perhaps of something sent.
    Message,
    /// Neighbours, echo: the interface's own business.
    Control,
}

const FIN: u8 = 0x01;
const SYN: u8 = 0x02;
const RST: u8 = 0x04;
const ACK: u8 = 0x10;

/// The IP packet in a frame; none in one of another protocol, or that ends with its link
/// header, where smoltcp would look at the octet after.
#[inline(always)]
pub(super) fn packet<'f>(capabilities: &DeviceCapabilities, frame: &'f [u8]) -> Option<&'f [u8]> {
    let packet = match capabilities.medium {
        #[cfg(feature = "ethernet")]
        smoltcp::phy::Medium::Ethernet => {
            let frame = EthernetFrame::new_checked(frame).ok()?;
            let protocol = frame.ethertype();
            if !matches!(protocol, EthernetProtocol::Ipv4 | EthernetProtocol::Ipv6) {
                return None;
            }
            frame.payload()
        }
        _ => frame,
    };
    (!packet.is_empty()).then_some(packet)
}

#[inline(always)]
pub(super) fn target(capabilities: &DeviceCapabilities, frame: &[u8]) -> Target {
    let Some(packet) = packet(capabilities, frame) else {
        return Target::Control;
    };
    match IpVersion::of_packet(packet) {
        Ok(IpVersion::Ipv4) => ipv4(packet),
        #[cfg(feature = "ipv6")]
        Ok(IpVersion::Ipv6) => ipv6(packet),
        _ => Target::Control,
    }
}

/// By hand, as each message comes this way: smoltcp's accessors check each on its own
/// that the octets are there.
#[inline(always)]
fn ipv4(octets: &[u8]) -> Target {
    let (words, _) = octets.as_chunks::<4>();
    let [
        [first, _, l0, l1],
        [_, _, f0, f1],
        [_, protocol, ..],
        from,
        to,
        ..,
    ] = *words
    else {
        return Target::Control;
    };
    let end = usize::from(u16::from_be_bytes([l0, l1]));
    let start = usize::from(first & 0x0f) * 4;
    let Some(segment) = octets.get(start..end) else {
        return Target::Control;
    };
    // More fragments follow, or others came before.
    if u16::from_be_bytes([f0, f1]) & 0x3fff != 0 {
        return Target::Fragment;
    }
    let protocol = IpProtocol::from(protocol);
    if protocol == IpProtocol::Icmp {
        return Target::Message;
    }
    let ends = Tuple {
        local: Bits::from(u32::from_be_bytes(to)),
        remote: Bits::from(u32::from_be_bytes(from)),
        ports: 0,
        #[cfg(feature = "ipv6")]
        version: IpVersion::Ipv4,
    };
    transport(protocol, ends, segment)
}

#[cfg(feature = "ipv6")]
fn ipv6(octets: &[u8]) -> Target {
    let Ok(packet) = Ipv6Packet::new_checked(octets) else {
        return Target::Control;
    };
    if packet.next_header() == IpProtocol::Icmpv6 {
        return Target::Message;
    }
    let ends = Tuple {
        local: packet.dst_addr().to_bits(),
        remote: packet.src_addr().to_bits(),
        ports: 0,
        version: IpVersion::Ipv6,
    };
    transport(packet.next_header(), ends, packet.payload())
}

#[inline(always)]
fn transport(protocol: IpProtocol, ends: Tuple, segment: &[u8]) -> Target {
    let between = |[a, b, c, d]: [u8; 4]| Tuple {
        ports: u32::from_be_bytes([c, d, a, b]),
        ..ends
    };
    match protocol {
        IpProtocol::Tcp => match *segment.as_chunks::<4>().0 {
            [ports, sequence, _, [offset, flags, ..], ..] => {
                let sequence = u32::from_be_bytes(sequence);
                let header = usize::from(offset >> 4) * 4;
                // An IP packet has less than 65,536 octets.
                let len = segment.len().saturating_sub(header) as u32;
                let segment = Segment {
                    flags,
                    sequence,
                    end: sequence.wrapping_add(len),
                };
                Target::Tcp(between(ports), segment)
            }
            _ => Target::Control,
        },
        IpProtocol::Udp => match *segment {
            [a, b, c, d, ..] => Target::Udp(between([a, b, c, d])),
            _ => Target::Control,
        },
        // MLD always comes behind a hop-by-hop option (RFC 3810, section 5).
        IpProtocol::Igmp | IpProtocol::HopByHop => Target::Membership,
        _ => Target::Control,
    }
}
