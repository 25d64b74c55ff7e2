//! What the options of a connection change on the link, and what is told when the pool
//! has no more.

mod support;

use core::net::{Ipv4Addr, SocketAddr};

use amphi_core::ErrorKind;
use amphi_core::socket::{Net, Stream};
use amphi_core::time::Duration;
use amphi_smoltcp::smoltcp::phy::Medium;
use amphi_smoltcp::smoltcp::wire::{HardwareAddress, Ipv4Packet, TcpPacket};
use amphi_smoltcp::{Config, Loopback, Pool, Stack, TcpPlace, UdpPlace, VirtualClock};
use support::{Linked, SOON, connect, on_link, pass};

/// What a stack has sent since the last call: the hop limit of each segment, and how many
/// octets it carries.
fn segments(stack: &Linked<'_, '_, '_>) -> Vec<(u8, usize)> {
    let frames = stack.with_device(|device| device.sent().take());
    let segment = |frame: &Vec<u8>| {
        let packet = Ipv4Packet::new_checked(&frame[..]).expect("a packet");
        let segment = TcpPacket::new_checked(packet.payload()).expect("a segment");
        (packet.hop_limit(), segment.payload().len())
    };
    frames.iter().map(segment).collect()
}

/// Times that never come are no times that have come: a connection with such limits stands,
/// and its peer is not asked whether it lives.
#[test]
fn limits_without_an_end_end_nothing() {
    for never in [Duration::MAX, Duration::from_micros(i64::MAX as u64)] {
        let limits = |config: &mut Config| {
            config.handshake_timeout = never;
            config.peer_timeout = never;
            config.keep_alive = never;
            config.close_timeout = never;
        };
        on_link(limits, |clock, server, client| {
            clock.advance(Duration::from_secs(3600));
            let (mut near, mut far, _listener) =
                connect(server, client, || pass(clock, server, client, SOON));
            segments(client);
            clock.advance(Duration::from_secs(3600));
            pass(clock, server, client, SOON);
            assert_eq!(segments(client), []);
            assert_eq!(near.write(b"hello"), Ok(5));
            pass(clock, server, client, SOON);
            assert_eq!(far.read(&mut [0; 8]), Ok(5));
        });
    }
}

/// To ask a peer without a pause whether it lives would be a flood.
#[test]
fn keep_alive_without_a_pause_is_refused() {
    let mut config = Config::new(HardwareAddress::Ip);
    config.keep_alive = Duration::ZERO;
    let mut tcp: [TcpPlace<'_, 512, 512>; 0] = [];
    let mut udp: [UdpPlace<'_, 512, 4>; 0] = [];
    let pool = Pool {
        tcp: &mut tcp,
        udp: &mut udp,
        slots: &mut [],
    };
    let device = Loopback::<1500, 4>::new(Medium::Ip);
    let stack = Stack::new(device, VirtualClock::new(), config, pool);
    assert_eq!(stack.map(drop), Err(ErrorKind::InvalidInput));
}

/// With no delay, as unless set, few octets leave at once; without, they wait for the
/// acknowledgement of those before, and then leave together.
#[test]
fn no_delay_decides_whether_few_octets_wait() {
    for no_delay in [true, false] {
        on_link(
            |_| (),
            |clock, server, client| {
                let (mut near, mut far, _listener) =
                    connect(server, client, || pass(clock, server, client, SOON));
                if !no_delay {
                    near.set_no_delay(false).expect("an option");
                }
                segments(client);
                for letter in [b"a", b"b", b"c"] {
                    assert_eq!(near.write(letter), Ok(1));
                    client.drive();
                }
                let sent: Vec<_> = segments(client).iter().map(|(_, len)| *len).collect();
                let at_once = if no_delay { vec![1, 1, 1] } else { vec![1] };
                assert_eq!(sent, at_once);
                pass(clock, server, client, SOON);
                let later: Vec<_> = segments(client).iter().map(|(_, len)| *len).collect();
                assert_eq!(later, if no_delay { vec![] } else { vec![2] });
                let mut buf = [0; 8];
                assert_eq!(far.read(&mut buf), Ok(3));
                assert_eq!(&buf[..3], b"abc");
            },
        );
    }
}

/// An acknowledgement waits for octets to travel with as long as is set, and not at all
/// for zero.
#[test]
fn acknowledgement_waits_as_long_as_is_set() {
    for (delay, expected) in [(None, 10), (Some(0), 0), (Some(35), 35)] {
        on_link(
            |_| (),
            |clock, server, client| {
                let (mut near, mut far, _listener) =
                    connect(server, client, || pass(clock, server, client, SOON));
                if let Some(delay) = delay {
                    let delay = Duration::from_millis(delay);
                    far.set_ack_delay(delay).expect("an option");
                }
                pass(clock, server, client, SOON);
                near.write(b"hello").expect("room");
                client.drive();
                segments(server);
                let mut waited = 0;
                while segments(server).is_empty() {
                    // One turn takes the segment in, the next may answer.
                    server.drive();
                    server.drive();
                    clock.advance(Duration::from_millis(1));
                    waited += 1;
                    assert!(waited < 100, "no acknowledgement");
                }
                assert_eq!(waited - 1, expected, "milliseconds with {delay:?}");
            },
        );
    }
}

/// Segments have the hop limit that is set, and the next connection in the same place has
/// the usual one.
#[test]
fn hop_limit_is_the_connections_own() {
    on_link(
        |_| (),
        |clock, server, client| {
            let (mut near, far, listener) =
                connect(server, client, || pass(clock, server, client, SOON));
            assert_eq!(near.set_hop_limit(0), Err(ErrorKind::InvalidInput));
            segments(client);
            near.write(b"a").expect("room");
            pass(clock, server, client, SOON);
            near.set_hop_limit(3).expect("a limit");
            near.write(b"b").expect("room");
            pass(clock, server, client, SOON);
            let hops: Vec<_> = segments(client).iter().map(|(hops, _)| *hops).collect();
            assert_eq!(hops, [64, 3]);
            near.abort();
            pass(clock, server, client, SOON);
            drop((far, listener));
            pass(clock, server, client, SOON);
            segments(client);
            let (near, _far, _listener) =
                connect(server, client, || pass(clock, server, client, SOON));
            drop(near);
            assert!(segments(client).iter().all(|(hops, _)| *hops == 64));
        },
    );
}

/// Each kind of socket is told when its places are used up, and has one again when one
/// is dropped.
#[test]
fn used_up_pool_is_told_for_each_kind() {
    on_link(
        |_| (),
        |_, server, _| {
            let any = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
            let mut sockets: Vec<_> = (0..2)
                .map(|_| server.udp_bind(any).expect("a place"))
                .collect();
            let more = server.udp_bind(any).map(drop);
            assert_eq!(more, Err(ErrorKind::Exhausted));
            sockets.pop();
            assert!(server.udp_bind(any).is_ok());

            // `with_stack` leaves room for four.
            let mut listeners: Vec<_> = (0..4)
                .map(|_| server.tcp_listen(any, 1).expect("a slot"))
                .collect();
            let more = server.tcp_listen(any, 1).map(drop);
            assert_eq!(more, Err(ErrorKind::Exhausted));
            listeners.pop();
            assert!(server.tcp_listen(any, 1).is_ok());
        },
    );
}
