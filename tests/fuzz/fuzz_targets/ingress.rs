//! Arbitrary frames, segments, datagrams, and moments against a smoltcp stack
//! with a listener, a UDP socket and a member of a group, over Ethernet and over
//! plain IP. Nothing may panic, and no moment may need driving without end.

#![no_main]

use std::collections::VecDeque;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use amphi_core::select::{Event, Interest, Register, Selector};
use amphi_core::socket::{Datagram, Interface, Listener, Multicast, Net, Shutdown, Stream};
use amphi_core::time::Duration;
use amphi_smoltcp::smoltcp::phy::{
    ChecksumCapabilities, Device, DeviceCapabilities, Medium, RxToken, TxToken,
};
use amphi_smoltcp::smoltcp::time::Instant as SmolInstant;
use amphi_smoltcp::smoltcp::wire::{EthernetAddress, HardwareAddress};
use amphi_smoltcp::{
    Config, Dhcp, DhcpPlace, Platform, Pool, Slaac, Slot, Stack, StackSelector, TcpListener,
    TcpPlace, TcpStream, UdpPlace, UdpSocket, VirtualClock,
};
use libfuzzer_sys::fuzz_target;

const MAC: [u8; 6] = [0x02, 0, 0, 0, 0, 1];
const PEER_MAC: [u8; 6] = [0x02, 0, 0, 0, 0, 2];
const ADDRESS: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
const PEER: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 2);
const GROUP: Ipv4Addr = Ipv4Addr::new(224, 3, 29, 71);
const PORT: u16 = 7;
const GROUP_PORT: u16 = 10_000;
const MTU: usize = 1_514;
/// More calls of `drive` at one moment than frames can explain.
const TURNS: usize = 64;
/// Longer than a dropped connection may owe its peer anything.
const PATIENCE: Duration = Duration::from_secs(60);

fuzz_target!(|data: &[u8]| {
    let mut script = Script(data);
    let Some(flags) = script.octet() else { return };
    let medium = if flags & 1 == 0 {
        Medium::Ip
    } else {
        Medium::Ethernet
    };
    let hardware_address = match medium {
        Medium::Ethernet => HardwareAddress::Ethernet(EthernetAddress(MAC)),
        _ => HardwareAddress::Ip,
    };
    let mut config = Config::new(hardware_address);
    config.device_loops_back = flags & 2 != 0;

    let clock = VirtualClock::new();
    let mut tcp = [const { TcpPlace::<256, 128>::new() }; 3];
    let mut udp = [const { UdpPlace::<2048, 2>::new() }; 2];
    let mut slots = [const { Slot::new() }; 7];
    let mut place = DhcpPlace::new();
    let pool = Pool {
        tcp: &mut tcp,
        udp: &mut udp,
        slots: &mut slots,
    };
    let stack = Stack::new(Link::new(medium), &clock, config, pool).expect("the pool is right");
    stack
        .add_address(ADDRESS.into(), 24)
        .expect("there is room for one address");
    // The interface asks for addresses itself, or has another of its own.
    let slaac = (flags & 4 != 0)
        .then(|| Slaac::start(&stack).ok())
        .flatten();
    let dhcp = (flags & 8 != 0)
        .then(|| Dhcp::start(&stack, &mut place).ok())
        .flatten();
    if slaac.is_none() && dhcp.is_none() {
        let link_local = "fe80::1".parse().expect("an address");
        stack
            .add_address(link_local, 64)
            .expect("there is room for two addresses");
    }
    Player::new(&stack, &clock).play(&mut script);
    stack.with_device(|link| link.room = usize::MAX);
    settle(&stack, &clock);
    drop((slaac, dhcp));
    let deadline = clock.now() + PATIENCE;
    let drained = (&stack).drain(deadline);
    assert_eq!(
        drained,
        Ok(true),
        "sockets that were dropped still owe at {}",
        clock.now()
    );
});

type FuzzStack<'c, 'a> = Stack<'a, Link, &'c VirtualClock>;

/// Drives the stack until it has nothing left to do at this moment.
fn settle(stack: &FuzzStack<'_, '_>, clock: &VirtualClock) {
    for _ in 0..TURNS {
        if stack.drive() > clock.now() {
            return;
        }
    }
    panic!("the stack wants to be driven at one moment for ever");
}

/// The octets that are left to play.
struct Script<'d>(&'d [u8]);

impl<'d> Script<'d> {
    fn octet(&mut self) -> Option<u8> {
        self.0.split_off_first().copied()
    }

    fn word(&mut self) -> Option<u16> {
        Some(u16::from_be_bytes([self.octet()?, self.octet()?]))
    }

    fn octets(&mut self, len: usize) -> &'d [u8] {
        let len = len.min(self.0.len());
        self.0.split_off(..len).unwrap_or_default()
    }
}

/// What the program on the stack has, and what the peer knows.
struct Player<'net, 'c, 'a> {
    stack: &'net FuzzStack<'c, 'a>,
    clock: &'c VirtualClock,
    selector: StackSelector<'net, 'a, Link, &'c VirtualClock, u8, 4>,
    listener: TcpListener<'net, 'a, Link, &'c VirtualClock>,
    streams: VecDeque<TcpStream<'net, 'a, Link, &'c VirtualClock>>,
    datagrams: [UdpSocket<'net, 'a, Link, &'c VirtualClock>; 2],
    peer_sequence: u32,
}

impl<'net, 'c, 'a> Player<'net, 'c, 'a> {
    fn new(stack: &'net FuzzStack<'c, 'a>, clock: &'c VirtualClock) -> Self {
        let at = |ip: Ipv4Addr, port| SocketAddr::from((ip, port));
        let bind = |address| stack.udp_bind(address).expect("there are two places");
        let datagrams = [bind(at(ADDRESS, PORT)), bind(at(GROUP, GROUP_PORT))];
        let mut player = Self {
            stack,
            clock,
            selector: StackSelector::new(stack),
            listener: stack
                .tcp_listen(at(ADDRESS, PORT), 2)
                .expect("there is a slot"),
            streams: VecDeque::new(),
            datagrams,
            peer_sequence: 1,
        };
        player.datagrams[1]
            .join(GROUP.into(), Interface::Any)
            .expect("there is room for a group");
        player
            .selector
            .register(&player.listener, Interest::READ, 0)
            .expect("there is room");
        for socket in &player.datagrams {
            player
                .selector
                .register(socket, Interest::READ, 1)
                .expect("there is room");
        }
        player
    }

    fn play(&mut self, script: &mut Script<'_>) {
        while self.step(script).is_some() {
            settle(self.stack, self.clock);
        }
    }

    fn step(&mut self, script: &mut Script<'_>) -> Option<()> {
        let action = script.octet()?;
        let detail = action >> 4;
        match action & 15 {
            0 | 1 => {
                let len = script.word()? & 0x07ff;
                let frame = script.octets(len.into()).to_vec();
                self.stack.with_device(|link| link.arrived.push_back(frame));
            }
            2..=5 => {
                let segment = self.segment(detail, script)?;
                self.arrive(6, ADDRESS, &segment);
            }
            6 => {
                let datagram = datagram(PORT, script.octets(detail.into()));
                self.arrive(17, ADDRESS, &datagram);
            }
            7 => {
                let datagram = datagram(GROUP_PORT, script.octets(detail.into()));
                self.arrive(17, GROUP, &datagram);
            }
            8 => {
                let protocol = script.octet()?;
                let payload = script.octets(usize::from(detail) * 4).to_vec();
                self.arrive(
                    protocol,
                    if detail & 1 == 0 { ADDRESS } else { GROUP },
                    &payload,
                );
            }
            9 => self
                .clock
                .advance(Duration::from_millis(u64::from(script.word()?))),
            10 => self.listen(detail),
            11 => self.read(detail),
            12 => self.write(detail),
            13 => self.end(detail),
            14 => self.datagram(detail, script.word()?),
            _ => self
                .stack
                .with_device(|link| link.room = usize::from(detail)),
        }
        let mut events = [Event::new(0, amphi_core::select::Ready::NONE); 2];
        self.selector
            .select(&mut events, Some(Duration::ZERO))
            .expect("there is room for events");
        Some(())
    }

    /// A segment that more or less follows what the stack sent last.
    fn segment(&mut self, detail: u8, script: &mut Script<'_>) -> Option<Vec<u8>> {
        const FLAGS: [u8; 8] = [0x02, 0x10, 0x18, 0x11, 0x04, 0x14, 0x12, 0x19];
        let flags = FLAGS[usize::from(detail & 7)];
        let (skew, window) = (script.octet()? as i8, script.octet()?);
        let len = script.octet()?;
        let payload = script.octets(len.into());
        let (port, next, acknowledged) = self
            .stack
            .with_device(|link| (link.stack_port, link.stack_next, link.stack_acknowledged));
        let from = match (flags, detail & 8) {
            // More attempts than the backlog has room for.
            (0x02 | 0x04, 0) => 40_000 + u16::from(window & 7),
            (_, 0) => 40_000,
            _ => 40_001,
        };
        if flags == 0x04 && len & 1 == 1 {
            // In answer to what the peer never sent.
            self.peer_sequence = acknowledged;
        }
        let to = if detail & 8 == 0 { PORT } else { port };
        let mut segment = Vec::new();
        segment.extend_from_slice(&u16::to_be_bytes(from));
        segment.extend_from_slice(&to.to_be_bytes());
        segment.extend_from_slice(
            &self
                .peer_sequence
                .wrapping_add_signed((skew / 16).into())
                .to_be_bytes(),
        );
        segment.extend_from_slice(&next.wrapping_add_signed((skew % 16).into()).to_be_bytes());
        segment.extend_from_slice(&[0x50, flags, window, 0xff, 0, 0, 0, 0]);
        segment.extend_from_slice(payload);
        let counted = payload.len() as u32 + u32::from(flags & 2 != 0) + u32::from(flags & 1 != 0);
        self.peer_sequence = self.peer_sequence.wrapping_add(counted);
        Some(segment)
    }

    /// Puts an IPv4 packet on the link.
    fn arrive(&self, protocol: u8, to: Ipv4Addr, payload: &[u8]) {
        let len = 20 + payload.len() as u16;
        self.stack.with_device(|link| {
            let mut frame = Vec::new();
            if link.medium == Medium::Ethernet {
                frame.extend_from_slice(&MAC);
                frame.extend_from_slice(&PEER_MAC);
                frame.extend_from_slice(&[0x08, 0x00]);
            }
            frame.extend_from_slice(&[0x45, 0]);
            frame.extend_from_slice(&len.to_be_bytes());
            frame.extend_from_slice(&[0, 0, 0x40, 0, 64, protocol, 0, 0]);
            frame.extend_from_slice(&PEER.octets());
            frame.extend_from_slice(&to.octets());
            frame.extend_from_slice(payload);
            link.arrived.push_back(frame);
        });
    }

    fn listen(&mut self, detail: u8) {
        if detail & 8 != 0 {
            let remote = SocketAddr::from((PEER, 40_001));
            self.streams.extend(self.stack.tcp_connect(remote));
        } else if let Ok((stream, _)) = self.listener.accept() {
            // There may be no room for it: that is no failure here.
            let _ = self.selector.register(&stream, Interest::READ, 2);
            self.streams.push_back(stream);
        }
    }

    fn read(&mut self, detail: u8) {
        let mut buf = [0; 300];
        if let Some(stream) = self.streams.front_mut() {
            let _ = stream.finish_connect();
            let _ = stream.read(&mut buf[..usize::from(detail) * 20]);
        }
        for socket in &mut self.datagrams {
            if let Ok(received) = socket.recv_from(&mut buf[..usize::from(detail)]) {
                assert!(received.len <= MTU, "a datagram longer than its frame");
            }
        }
        self.streams
            .rotate_left(usize::from(!self.streams.is_empty()));
    }

    fn write(&mut self, detail: u8) {
        if let Some(stream) = self.streams.front_mut() {
            let octets = [detail; 300];
            let _ = stream.write(&octets[..usize::from(detail) * 20]);
        }
    }

    fn end(&mut self, detail: u8) {
        match (detail & 3, self.streams.front_mut()) {
            _ if detail & 0b1100 == 0b1100 => self.report(detail & 3),
            (0, Some(stream)) if detail & 4 != 0 => drop(stream.set_linger(Duration::ZERO)),
            (1, Some(stream)) if detail & 4 != 0 => drop(stream.set_no_delay(false)),
            (0, Some(stream)) => drop(stream.shutdown(Shutdown::Write)),
            (1, Some(stream)) => drop(stream.shutdown(Shutdown::Both)),
            (2, Some(_)) => self.streams.pop_front().into_iter().for_each(Stream::abort),
            _ => drop(self.streams.pop_front()),
        }
    }

    /// A router's word on the packet that was sent last.
    fn report(&self, code: u8) {
        let quoted = self.stack.with_device(|link| link.last.clone());
        let mut report = vec![3, code, 0, 0, 0, 0, 0, 0];
        report.extend_from_slice(&quoted);
        self.arrive(1, ADDRESS, &report);
    }

    fn datagram(&mut self, detail: u8, len: u16) {
        let octets = [detail; 1_600];
        let octets = &octets[..usize::from(len) % octets.len()];
        let to = if detail & 1 == 0 { PEER } else { GROUP };
        let socket = &mut self.datagrams[usize::from(detail >> 1 & 1)];
        let group = IpAddr::from(GROUP);
        let _ = match detail >> 2 {
            0 => socket.leave(group, Interface::Any),
            1 => socket.join(group, Interface::Any),
            2 if len & 3 == 1 => socket.connect(SocketAddr::from((PEER, GROUP_PORT))),
            2 if len & 3 == 2 => socket.disconnect(),
            2 if len & 3 == 3 => socket.send(octets),
            2 => socket.set_multicast_hop_limit(detail & 1),
            _ => socket.send_to(octets, &SocketAddr::from((to, GROUP_PORT))),
        };
    }
}

fn datagram(to: u16, payload: &[u8]) -> Vec<u8> {
    let mut datagram = Vec::new();
    datagram.extend_from_slice(&40_000_u16.to_be_bytes());
    datagram.extend_from_slice(&to.to_be_bytes());
    datagram.extend_from_slice(&(8 + payload.len() as u16).to_be_bytes());
    datagram.extend_from_slice(&[0, 0]);
    datagram.extend_from_slice(payload);
    datagram
}

/// Frames that the fuzzer made, and the state of the last segment in answer.
/// Checksums do not count, or no change of a frame would get past them.
struct Link {
    medium: Medium,
    arrived: VecDeque<Vec<u8>>,
    /// How many frames it takes until the script makes room again.
    room: usize,
    stack_port: u16,
    stack_next: u32,
    /// What the stack's last segment acknowledged.
    stack_acknowledged: u32,
    /// The last packet.
    last: Vec<u8>,
}

impl Link {
    fn new(medium: Medium) -> Self {
        Self {
            medium,
            arrived: VecDeque::new(),
            room: usize::MAX,
            stack_port: PORT,
            stack_next: 0,
            stack_acknowledged: 0,
            last: Vec::new(),
        }
    }

    /// Remembers the port and the next sequence number of a TCP segment.
    fn sent(&mut self, frame: &[u8]) {
        let header = if self.medium == Medium::Ethernet {
            14
        } else {
            0
        };
        let Some(packet) = frame.get(header..).filter(|packet| packet.len() >= 28) else {
            return;
        };
        self.last = packet.to_vec();
        if packet[0] != 0x45 || packet[9] != 6 || packet.len() < 40 {
            return;
        }
        let segment = &packet[20..];
        self.stack_port = u16::from_be_bytes([segment[0], segment[1]]);
        let sequence = u32::from_be_bytes([segment[4], segment[5], segment[6], segment[7]]);
        self.stack_acknowledged =
            u32::from_be_bytes([segment[8], segment[9], segment[10], segment[11]]);
        let payload = segment.len() - usize::from(segment[12] >> 4) * 4;
        let counted = u32::from(segment[13] & 2 != 0) + u32::from(segment[13] & 1 != 0);
        self.stack_next = sequence.wrapping_add(payload as u32).wrapping_add(counted);
    }
}

impl Device for Link {
    type RxToken<'a> = Arrived;
    type TxToken<'a> = Room<'a>;

    fn receive(&mut self, _: SmolInstant) -> Option<(Arrived, Room<'_>)> {
        let frame = self.arrived.pop_front()?;
        Some((Arrived(frame), Room(self)))
    }

    fn transmit(&mut self, _: SmolInstant) -> Option<Room<'_>> {
        self.room = self.room.checked_sub(1)?;
        Some(Room(self))
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = self.medium;
        capabilities.max_transmission_unit = MTU;
        capabilities.checksum = ChecksumCapabilities::ignored();
        capabilities
    }
}

struct Arrived(Vec<u8>);

impl RxToken for Arrived {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, f: F) -> R {
        f(&self.0)
    }
}

struct Room<'l>(&'l mut Link);

impl TxToken for Room<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, len: usize, f: F) -> R {
        let mut frame = vec![0; len];
        let result = f(&mut frame);
        assert!(len <= MTU, "a frame of {len} octets");
        self.0.sent(&frame);
        result
    }
}
