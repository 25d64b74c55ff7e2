//! Floods of segments under false addresses, and who is served all the same.

mod support;

use core::net::{Ipv4Addr, SocketAddr};

use amphi_core::ErrorKind;
use amphi_core::socket::{Listener, Net, Socket, Stream};
use amphi_core::time::Duration;
use amphi_smoltcp::link::Pair;
use amphi_smoltcp::smoltcp::phy::Medium;
use amphi_smoltcp::smoltcp::wire::{HardwareAddress, TcpControl};
use amphi_smoltcp::{Config, Platform, VirtualClock};
use support::{CLIENT, Inject, SERVER, pass, segment, with_stack};

const PORT: u16 = 7;
/// Attempts under false addresses each millisecond.
const RATE: u64 = 10;
const BACKLOG: usize = 4;

/// Ten thousand attempts a second, none of which goes on, against a backlog of four:
/// each of several clients, whose answers take longer than it takes to fill the backlog
/// a hundred times, is served within the time that an attempt may take.
#[test]
fn syn_flood_keeps_nobody_out() {
    let clock = VirtualClock::new();
    let config = Config::new(HardwareAddress::Ip);
    let mut pair = Pair::<1500, 64>::new(Medium::Ip);
    let (near, far) = pair.split();
    let server_at = SocketAddr::from((SERVER, PORT));
    let mut sent = 0_u64;
    let flood = Inject::with_source(near, move |now| {
        let due = u64::try_from(now.total_millis()).expect("after the origin") * RATE;
        (sent < due).then(|| {
            sent += 1;
            let host = Ipv4Addr::from_bits(0xc612_0000 + (sent % 100_000) as u32);
            let port = 1_024 + (sent % 60_000) as u16;
            segment((host, port).into(), server_at, TcpControl::Syn, sent as i32)
        })
    });
    with_stack::<6, _, _>(flood, &clock, SERVER, config, |server| {
        with_stack::<4, _, _>(far, &clock, CLIENT, config, |client| {
            let mut listener = server.tcp_listen(server_at, BACKLOG).expect("a listener");
            for _ in 0..8 {
                let mut stream = client.tcp_connect(server_at).expect("an attempt");
                let begin = clock.now();
                let accepted = loop {
                    // The client's turn comes each 50 ms: so long is its way.
                    for _ in 0..50 {
                        server.drive();
                        clock.advance(Duration::from_millis(1));
                    }
                    client.drive();
                    assert_ne!(stream.finish_connect(), Err(ErrorKind::TimedOut));
                    assert!(clock.now() - begin < config.handshake_timeout, "not served");
                    if let Ok((accepted, _)) = listener.accept() {
                        break accepted;
                    }
                };
                assert_eq!(stream.finish_connect(), Ok(()));
                assert_eq!(accepted.remote(), stream.local());
                drop((stream, accepted));
                pass(&clock, server, client, Duration::from_millis(20));
            }
        });
    });
}

/// Resets that name a connection's ends but not its sequence numbers do it no harm, and
/// resets of nothing make nothing.
#[test]
fn reset_storm_does_no_harm() {
    let clock = VirtualClock::new();
    let config = Config::new(HardwareAddress::Ip);
    let mut pair = Pair::<1500, 64>::new(Medium::Ip);
    let (near, far) = pair.split();
    let server_at = SocketAddr::from((SERVER, PORT));
    let client_at = std::rc::Rc::new(core::cell::Cell::new(None));
    let known = client_at.clone();
    let mut sent = 0_u64;
    let storm = Inject::with_source(near, move |now| {
        let due = u64::try_from(now.total_millis()).expect("after the origin") * RATE;
        (sent < due).then(|| {
            sent += 1;
            let false_one = SocketAddr::from((Ipv4Addr::from_bits(sent as u32), 9));
            let from = known
                .get()
                .filter(|_| sent.is_multiple_of(2))
                .unwrap_or(false_one);
            let sequence = (sent as i32).wrapping_mul(0x1234_5677);
            segment(from, server_at, TcpControl::Rst, sequence)
        })
    });
    with_stack::<2, _, _>(storm, &clock, SERVER, config, |server| {
        with_stack::<2, _, _>(far, &clock, CLIENT, config, |client| {
            let mut listener = server.tcp_listen(server_at, 1).expect("a listener");
            let mut stream = client.tcp_connect(server_at).expect("an attempt");
            pass(&clock, server, client, Duration::from_millis(20));
            let (mut accepted, from) = listener.accept().expect("one waits");
            client_at.set(Some(from));
            let mut buf = [0; 16];
            for round in 0..100_u8 {
                stream.write(&[round; 16]).expect("room");
                pass(&clock, server, client, Duration::from_millis(20));
                assert_eq!(accepted.read(&mut buf), Ok(16));
                assert_eq!(buf, [round; 16]);
            }
        });
    });
}
