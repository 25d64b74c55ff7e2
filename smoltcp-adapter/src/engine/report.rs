//! What routers and hosts say of packets that this stack sent (RFC 792, RFC 4443).

use amphi_core::ErrorKind;
use smoltcp::phy::ChecksumCapabilities;
use smoltcp::wire::{
    Icmpv4DstUnreachable, Icmpv4Message, Icmpv4Packet, IpAddress, IpEndpoint, IpProtocol,
    IpVersion, Ipv4Packet,
};
#[cfg(feature = "ipv6")]
use smoltcp::wire::{Icmpv6DstUnreachable, Icmpv6Message, Icmpv6Packet, Ipv6Packet};

use super::demux::{self, Tuple};
use super::ports::Protocol;
use super::state::Inner;

/// A destination that cannot be reached: which packet did not arrive, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Report {
    protocol: Protocol,
    /// The ends as this side sees them.
    ends: Tuple,
    kind: ErrorKind,
}

impl Inner<'_> {
    /// Takes a message to whom it concerns, and tells whether it was a report. Those who
    /// can be told set it into `on_message`: a firmware without them does without it.
    pub(super) fn take_report(&mut self, frame: &[u8]) -> bool {
        let Some(report) = self.report(frame) else {
            return false;
        };
        match report.protocol {
            Protocol::Tcp => self.fail_attempt(&report.ends, report.kind),
            Protocol::Udp => self.fail_datagram(&report.ends, report.kind),
        }
        true
    }

    fn report(&self, frame: &[u8]) -> Option<Report> {
        let packet = demux::packet(&self.capabilities, frame)?;
        let checksums = &self.capabilities.checksum;
        match IpVersion::of_packet(packet).ok()? {
            IpVersion::Ipv4 => ipv4(packet, checksums),
            #[cfg(feature = "ipv6")]
            IpVersion::Ipv6 => ipv6(packet, checksums),
        }
    }
}

/// The report in an IPv4 packet, if it is one and whole.
#[cold]
fn ipv4(packet: &[u8], checksums: &ChecksumCapabilities) -> Option<Report> {
    let outer = Ipv4Packet::new_checked(packet).ok()?;
    let message = Icmpv4Packet::new_checked(outer.payload()).ok()?;
    let is_whole = !checksums.ipv4.rx() || outer.verify_checksum();
    let is_sound = !checksums.icmpv4.rx() || message.verify_checksum();
    if !is_whole || !is_sound || message.msg_type() != Icmpv4Message::DstUnreachable {
        return None;
    }
    let kind = match Icmpv4DstUnreachable::from(message.msg_code()) {
        Icmpv4DstUnreachable::PortUnreachable => ErrorKind::Refused,
        Icmpv4DstUnreachable::FragRequired => ErrorKind::MessageTooLong,
        _ => ErrorKind::Unreachable,
    };
    // Routers need not quote more than eight octets after the header.
    let quoted = message.data();
    let header = usize::from(quoted.first()? & 0x0f) * 4;
    let (header, rest) = quoted.split_at_checked(header.max(20))?;
    let inner = Ipv4Packet::new_unchecked(header);
    let from = inner.src_addr();
    if from != outer.dst_addr() || inner.frag_offset() != 0 {
        return None;
    }
    let (from, to) = (IpAddress::Ipv4(from), IpAddress::Ipv4(inner.dst_addr()));
    report(inner.next_header(), from, to, rest, kind)
}

/// The report in an IPv6 packet without extension headers, if it is one and whole.
#[cold]
#[cfg(feature = "ipv6")]
fn ipv6(packet: &[u8], checksums: &ChecksumCapabilities) -> Option<Report> {
    let outer = Ipv6Packet::new_checked(packet).ok()?;
    let message = Icmpv6Packet::new_checked(outer.payload()).ok()?;
    let is_sound =
        !checksums.icmpv6.rx() || message.verify_checksum(&outer.src_addr(), &outer.dst_addr());
    if !is_sound || message.msg_type() != Icmpv6Message::DstUnreachable {
        return None;
    }
    let kind = match Icmpv6DstUnreachable::from(message.msg_code()) {
        Icmpv6DstUnreachable::PortUnreachable => ErrorKind::Refused,
        _ => ErrorKind::Unreachable,
    };
    let (header, rest) = message.payload().split_at_checked(40)?;
    let inner = Ipv6Packet::new_unchecked(header);
    let from = inner.src_addr();
    if from != outer.dst_addr() {
        return None;
    }
    let (from, to) = (IpAddress::Ipv6(from), IpAddress::Ipv6(inner.dst_addr()));
    report(inner.next_header(), from, to, rest, kind)
}

fn report(
    protocol: IpProtocol,
    from: IpAddress,
    to: IpAddress,
    quoted: &[u8],
    kind: ErrorKind,
) -> Option<Report> {
    let protocol = match protocol {
        IpProtocol::Tcp => Protocol::Tcp,
        IpProtocol::Udp => Protocol::Udp,
        _ => return None,
    };
    let &[a, b, c, d] = quoted.first_chunk()?;
    let (local, remote) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
    Some(Report {
        protocol,
        ends: Tuple::new(IpEndpoint::new(from, local), IpEndpoint::new(to, remote)),
        kind,
    })
}
