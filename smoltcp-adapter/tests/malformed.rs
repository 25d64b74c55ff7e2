//! Frames that are damaged on purpose: thousands of them, of all kinds, in which octets are
//! changed, cut off or added. What they may do is nothing: neither panic nor keep the
//! stack turning, take a connection's octets or a place of the pool. (`tests/fuzz` searches
//! for such frames with more patience.)

mod support;

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use amphi_core::socket::{Datagram, Interface, Listener, Multicast, Net, Stream};
use amphi_core::time::Duration;
use amphi_smoltcp::link::{End, Pair};
use amphi_smoltcp::smoltcp::phy::Medium;
use amphi_smoltcp::smoltcp::wire::{EthernetAddress, HardwareAddress};
use amphi_smoltcp::{Config, Stack, VirtualClock};
use support::{CLIENT, Inject, SERVER, pass, with_stack};

const PORT: u16 = 7;
const GROUP: Ipv4Addr = Ipv4Addr::new(224, 3, 29, 71);
const SERVER_V6: Ipv6Addr = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 1);
const CLIENT_V6: Ipv6Addr = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 2);
const SOON: Duration = Duration::from_millis(50);
const ROUNDS: usize = 400;

type TestStack<'l, 'a, 'c> = Stack<'a, Inject<End<'l, 1514, 64>>, &'c VirtualClock>;

/// Numbers of a linear congruential generator (Knuth's MMIX).
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }

    fn damage(&mut self, frame: &mut Vec<u8>) {
        for _ in 0..1 + self.below(3) {
            let len = frame.len();
            match self.below(5) {
                0 => frame.truncate(self.below(len + 1)),
                1 => frame.extend((0..self.below(40)).map(|at| at as u8)),
                // Headers are where the damage is interesting.
                2 if len > 0 => frame[self.below(len.min(74))] = self.below(256) as u8,
                3 if len > 0 => frame[self.below(len.min(74))] ^= 1 << self.below(8),
                _ if len > 0 => frame[self.below(len)] = 0xff,
                _ => {}
            }
        }
    }
}

/// Frames of all kinds, as they are on the link between two stacks that talk.
fn talk(
    clock: &VirtualClock,
    server: &TestStack<'_, '_, '_>,
    client: &TestStack<'_, '_, '_>,
) -> Vec<Vec<u8>> {
    client.with_device(|device| device.sent().take());
    for (at, from) in [
        (IpAddr::V4(SERVER), IpAddr::V4(CLIENT)),
        (SERVER_V6.into(), CLIENT_V6.into()),
    ] {
        let mut listener = server.tcp_listen((at, PORT).into(), 1).expect("a listener");
        let mut stream = client.tcp_connect((at, PORT).into()).expect("an attempt");
        let mut socket = client.udp_bind((from, 0).into()).expect("a socket");
        socket.send_to(b"to nobody", &(at, 9).into()).expect("room");
        pass(clock, server, client, SOON);
        for octets in [&[7; 100], &[8; 100]] {
            stream.write(octets).expect("room");
            pass(clock, server, client, SOON);
        }
        let (accepted, _) = listener.accept().expect("one waits");
        drop((stream, accepted));
        pass(clock, server, client, SOON);
    }
    let any = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
    let mut member = client.udp_bind(any).expect("a socket");
    member.join(GROUP.into(), Interface::Any).expect("a member");
    pass(clock, server, client, SOON);
    // Let all be over, resets and TIME-WAIT included.
    drop(member);
    pass(clock, server, client, Duration::from_secs(60));
    client.with_device(|device| device.sent().take())
}

#[test]
fn damaged_frames_do_no_harm() {
    for medium in [Medium::Ethernet, Medium::Ip] {
        let clock = VirtualClock::new();
        let config = |last| {
            Config::new(match medium {
                Medium::Ethernet => EthernetAddress([2, 0, 0, 0, 0, last]).into(),
                Medium::Ip => HardwareAddress::Ip,
            })
        };
        let mut pair = Pair::<1514, 64>::new(medium);
        let (near, far) = pair.split();
        with_stack::<3, _, _>(Inject::new(near), &clock, SERVER, config(1), |server| {
            with_stack::<3, _, _>(Inject::new(far), &clock, CLIENT, config(2), |client| {
                server.add_address(SERVER_V6.into(), 64).expect("room");
                client.add_address(CLIENT_V6.into(), 64).expect("room");
                let frames = talk(&clock, server, client);
                assert!(frames.len() > 15, "{} frames", frames.len());
                survive(&clock, server, client, &frames);
            });
        });
    }
}

/// A connection carries octets while damaged frames arrive, and all places are free after.
fn survive(
    clock: &VirtualClock,
    server: &TestStack<'_, '_, '_>,
    client: &TestStack<'_, '_, '_>,
    frames: &[Vec<u8>],
) {
    let at = SocketAddr::from((SERVER, PORT + 1));
    let mut listener = server.tcp_listen(at, 1).expect("a listener");
    let mut stream = client.tcp_connect(at).expect("an attempt");
    pass(clock, server, client, SOON);
    let (mut accepted, _) = listener.accept().expect("one waits");
    let old = server
        .tcp_listen((SERVER, PORT).into(), 2)
        .expect("a listener");
    let mut chance = Chance(1);
    for round in 0..ROUNDS {
        let batch: Vec<_> = (0..16)
            .map(|_| {
                let mut frame = frames[chance.below(frames.len())].clone();
                chance.damage(&mut frame);
                frame
            })
            .collect();
        server.with_device(|device| device.arrive_all(batch));
        stream.write(&[round as u8; 16]).expect("room");
        pass(clock, server, client, Duration::from_millis(20));
        let mut buf = [0; 32];
        assert_eq!(accepted.read(&mut buf), Ok(16), "round {round}");
        assert_eq!(buf[..16], [round as u8; 16]);
    }
    drop((stream, accepted, old, listener));
    pass(clock, server, client, Duration::from_secs(120));
    let listeners: Vec<_> = (0..4)
        .map(|last| server.tcp_listen((SERVER, 100 + last).into(), 1))
        .collect();
    assert!(listeners.iter().all(Result::is_ok));
    let nobody = SocketAddr::from((CLIENT, 9));
    let attempts: Vec<_> = (0..3).map(|_| server.tcp_connect(nobody)).collect();
    assert!(attempts.iter().all(Result::is_ok), "a place is lost");
}
