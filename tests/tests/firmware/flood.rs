//! Frames that nobody should send.

use core::net::Ipv4Addr;

use amphi_smoltcp::smoltcp::phy::ChecksumCapabilities;
use amphi_smoltcp::smoltcp::wire::{
    ArpOperation, ArpPacket, ArpRepr, EthernetAddress, EthernetProtocol, IpProtocol, Ipv4Packet,
    Ipv4Repr, TcpControl, TcpPacket, TcpRepr, TcpSeqNumber, UdpPacket, UdpRepr,
};

use crate::wire::LONGEST;
use crate::{FIRMWARE, TESTER};

/// Kinds of floods.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Flood {
    /// Headers that look right, and then anything, of any length.
    Noise,
    /// Good frames with some octets changed, or cut.
    Mutants,
    /// Connections that nobody means, from everywhere.
    Syns,
    /// Datagrams from everywhere, answers to which find nobody.
    Datagrams,
    /// Questions for the machine's hardware address, from everywhere.
    Neighbours,
}

pub(crate) const ALL: [Flood; 5] = [
    Flood::Noise,
    Flood::Mutants,
    Flood::Syns,
    Flood::Datagrams,
    Flood::Neighbours,
];

/// Frames of one flood.
const FRAMES: usize = 10_000;
/// An Ethernet header, in octets.
const HEADER: usize = 14;

/// The frames of `flood`, the same each time.
pub(crate) fn frames(flood: Flood) -> impl Iterator<Item = Vec<u8>> {
    let mut random = random(0x1234_5678);
    (0..FRAMES).map(move |_| match flood {
        Flood::Noise => noise(&mut random),
        Flood::Mutants => mutant(&mut random),
        Flood::Syns => syn(&mut random),
        Flood::Datagrams => datagram(&mut random),
        Flood::Neighbours => question(&mut random),
    })
}

fn noise(random: &mut impl FnMut() -> u32) -> Vec<u8> {
    const BROADCAST_OF_IPV4: [u8; 16] = [
        0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 2, 0, 0, 0, 0, 9, 0x08, 0x00, 0x45, 0x00,
    ];
    // QEMU takes an empty datagram for the end of the wire.
    let len = 1 + random() as usize % LONGEST;
    let mut frame: Vec<u8> = (0..len).map(|_| random() as u8).collect();
    let head = if random().is_multiple_of(4) { 12 } else { 16 };
    let len = len.min(head);
    frame[..len].copy_from_slice(&BROADCAST_OF_IPV4[..len]);
    frame
}

fn mutant(random: &mut impl FnMut() -> u32) -> Vec<u8> {
    let mut frame = match random() % 3 {
        0 => syn(random),
        1 => datagram(random),
        _ => question(random),
    };
    for _ in 0..1 + random() % 4 {
        // The header of Ethernet stays, or the machine's filter takes most.
        let place = HEADER + random() as usize % (frame.len() - HEADER);
        frame[place] = random() as u8;
    }
    if random().is_multiple_of(2) {
        frame.truncate(1 + random() as usize % frame.len());
    } else {
        mend(&mut frame[HEADER..]);
    }
    frame
}

/// Mends the checksum of an IPv4 header, so that what follows it is looked at, too.
fn mend(packet: &mut [u8]) {
    if let Ok(mut packet) = Ipv4Packet::new_checked(packet) {
        packet.fill_checksum();
    }
}

fn syn(random: &mut impl FnMut() -> u32) -> Vec<u8> {
    let from = anybody(random);
    let tcp = TcpRepr {
        src_port: random() as u16 | 1,
        dst_port: 7,
        control: TcpControl::Syn,
        seq_number: TcpSeqNumber(random() as i32),
        ack_number: None,
        window_len: random() as u16,
        window_scale: Some((random() % 15) as u8),
        max_seg_size: Some(random() as u16),
        sack_permitted: random().is_multiple_of(2),
        sack_ranges: [None; 3],
        timestamp: None,
        payload: &[],
    };
    packet(from, IpProtocol::Tcp, tcp.buffer_len(), |octets| {
        let mut segment = TcpPacket::new_unchecked(octets);
        tcp.emit(
            &mut segment,
            &from.into(),
            &FIRMWARE.into(),
            &ChecksumCapabilities::default(),
        );
    })
}

fn datagram(random: &mut impl FnMut() -> u32) -> Vec<u8> {
    let from = anybody(random);
    let payload = vec![0x55; random() as usize % 512];
    let udp = UdpRepr {
        src_port: random() as u16 | 1,
        dst_port: [7, 9, random() as u16][random() as usize % 3],
    };
    packet(
        from,
        IpProtocol::Udp,
        udp.header_len() + payload.len(),
        |octets| {
            udp.emit(
                &mut UdpPacket::new_unchecked(octets),
                &from.into(),
                &FIRMWARE.into(),
                payload.len(),
                |room| room.copy_from_slice(&payload),
                &ChecksumCapabilities::default(),
            );
        },
    )
}

fn question(random: &mut impl FnMut() -> u32) -> Vec<u8> {
    let from = anybody(random);
    let arp = ArpRepr::EthernetIpv4 {
        operation: ArpOperation::Request,
        source_hardware_addr: hardware_address(from),
        source_protocol_addr: from,
        target_hardware_addr: EthernetAddress::BROADCAST,
        target_protocol_addr: FIRMWARE,
    };
    let mut frame = header(from, EthernetProtocol::Arp);
    frame.resize(HEADER + arp.buffer_len(), 0);
    arp.emit(&mut ArpPacket::new_unchecked(&mut frame[HEADER..]));
    frame
}

/// A frame with an IPv4 packet, whose payload of `len` octets `emit` makes.
fn packet(
    from: Ipv4Addr,
    next_header: IpProtocol,
    len: usize,
    emit: impl FnOnce(&mut [u8]),
) -> Vec<u8> {
    let ip = Ipv4Repr {
        src_addr: from,
        dst_addr: FIRMWARE,
        next_header,
        payload_len: len,
        hop_limit: 64,
    };
    let mut frame = header(from, EthernetProtocol::Ipv4);
    frame.resize(HEADER + ip.buffer_len() + len, 0);
    let mut packet = Ipv4Packet::new_unchecked(&mut frame[HEADER..]);
    ip.emit(&mut packet, &ChecksumCapabilities::default());
    emit(packet.payload_mut());
    frame
}

/// The header of a broadcast, which passes the machine's filter whatever its address.
fn header(from: Ipv4Addr, protocol: EthernetProtocol) -> Vec<u8> {
    let mut header = EthernetAddress::BROADCAST.0.to_vec();
    header.extend(hardware_address(from).0);
    header.extend(u16::from(protocol).to_be_bytes());
    header
}

/// An address of the machine's network that is neither the machine's nor ours.
fn anybody(random: &mut impl FnMut() -> u32) -> Ipv4Addr {
    loop {
        let address = Ipv4Addr::new(10, 0, 2, 1 + (random() % 254) as u8);
        if ![FIRMWARE, TESTER].contains(&address) {
            return address;
        }
    }
}

fn hardware_address(address: Ipv4Addr) -> EthernetAddress {
    let [a, b, c, d] = address.octets();
    EthernetAddress([2, 9, a, b, c, d])
}

/// Marsaglia's xorshift.
pub(crate) fn random(mut state: u32) -> impl FnMut() -> u32 {
    move || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state
    }
}
