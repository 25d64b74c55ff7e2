//! What a server bears: limits of octets, of connections, of their rate, and the
//! hooks that tell of time and counts.

use core::cell::Cell;
use core::net::SocketAddr;

use amphi_core::ErrorKind;
use amphi_core::serve::{
    Closed, Hooks, Limits, Rate, Slot, StreamServer, StreamTally, Tally, WhenFull,
};
use amphi_core::socket::{Net, Shutdown, Stream};
use amphi_core::time::Duration;
use amphi_examples::echo::StreamEcho;

use super::server::connect_and_read;
use crate::service::{SPILL, echo, listen, run, serve_with};
use crate::{Peer, World};

/// A peer may send exactly as many octets as the limit says; the reply to them arrives.
pub fn octets_limit<W: World>(world: &mut W) {
    for (sent, failed) in [(9, 0), (10, 0), (11, 1), (400, 1)] {
        let report = echo::<W, 1>(
            world,
            |config| config.limits.octets = Some(10),
            |peer, address| {
                let mut client = peer.connect(address);
                let octets = [7; 400];
                peer.send(&mut client, &octets[..sent]);
                peer.expect(&mut client, &octets[..sent.min(10)]);
                if failed == 0 {
                    client.shutdown(Shutdown::Write).expect("half a close");
                }
                peer.expect_end(&mut client);
            },
        );
        let tally = report.tcp;
        assert_eq!((tally.accepted, tally.failed), (1, failed), "{sent} octets");
        assert_eq!(
            (tally.received, tally.sent),
            (sent.min(10) as u64, sent.min(10) as u64)
        );
    }
}

/// One peer gets no more connections than it may have, and as many again when some have gone.
pub fn connections_of_one_peer<W: World>(world: &mut W) {
    let report = echo::<W, 4>(
        world,
        |config| config.limits.connections_per_peer = Some(2),
        |peer, address| {
            for _ in 0..2 {
                let mut two = [(); 2].map(|()| peer.connect(address));
                for client in &mut two {
                    peer.send(client, b"in");
                    peer.expect(client, b"in");
                }
                assert_eq!(connect_and_read(peer, address), Ok(0));
                for client in &mut two {
                    client.shutdown(Shutdown::Write).expect("half a close");
                    peer.expect_end(client);
                }
            }
        },
    );
    assert_eq!((report.tcp.accepted, report.tcp.refused), (4, 2));
}

/// Fewer connections than there are slots may be allowed; the others wait, or are refused.
pub fn connections_in_all<W: World>(world: &mut W) {
    for when_full in [WhenFull::Wait, WhenFull::Refuse] {
        let report = echo::<W, 4>(
            world,
            |config| {
                config.limits.connections = Some(1);
                config.limits.when_full = when_full;
            },
            |peer, address| {
                let mut first = peer.connect(address);
                peer.send(&mut first, b"in");
                peer.expect(&mut first, b"in");
                let mut second = peer.connect(address);
                if when_full == WhenFull::Refuse {
                    return peer.expect_end(&mut second);
                }
                peer.send(&mut second, b"later");
                peer.pass(Duration::from_millis(5));
                first.shutdown(Shutdown::Write).expect("half a close");
                peer.expect_end(&mut first);
                peer.expect(&mut second, b"later");
            },
        );
        let refused = u64::from(when_full == WhenFull::Refuse);
        assert_eq!(
            (report.tcp.accepted, report.tcp.refused),
            (2 - refused, refused)
        );
    }
}

/// Connections that come too fast wait, and each is served in its time.
pub fn rate_of_accepts<W: World>(world: &mut W) {
    const EACH: Duration = Duration::from_millis(20);
    let report = echo::<W, 4>(
        world,
        |config| config.limits.accept_rate = Some(Rate::new(2, 2 * EACH)),
        |peer, address| {
            let start = peer.net().now();
            let mut clients = [(); 4].map(|()| peer.connect(address));
            for client in &mut clients {
                peer.send(client, b"hello");
                peer.expect(client, b"hello");
            }
            // Two at once, and two more at one each.
            assert!(peer.net().now() - start >= 2 * EACH);
        },
    );
    assert_eq!((report.tcp.accepted, report.tcp.refused), (4, 0));
}

/// Notes what its hooks are told.
struct Noting<'n> {
    timeouts: &'n Cell<u32>,
    seen: &'n Cell<StreamTally>,
    errors: &'n Cell<(u32, Option<Closed>)>,
}

impl Hooks<SocketAddr> for Noting<'_> {
    type Handler = StreamEcho;

    fn finish_request(&mut self, _remote: &SocketAddr) -> StreamEcho {
        StreamEcho
    }

    fn handle_error(&mut self, _remote: &SocketAddr, why: Closed) {
        self.errors.set((self.errors.get().0 + 1, Some(why)));
    }

    fn close_request(&mut self, _remote: &SocketAddr, why: Closed, _tally: Tally) {
        assert!(!why.is_failure() || self.errors.get().1 == Some(why));
    }

    fn handle_timeout(&mut self) {
        self.timeouts.set(self.timeouts.get() + 1);
    }

    fn service_actions(&mut self, tally: &StreamTally) {
        self.seen.set(*tally);
    }
}

/// `handle_request` tells of a request, or of a timeout; once a turn the counters are seen.
pub fn timeout_and_service_actions<W: World>(world: &mut W) {
    let (listener, address) = listen(world, 4);
    let (timeouts, seen) = (Cell::new(0), Cell::new(StreamTally::default()));
    let errors = Cell::default();
    let noting = Noting {
        timeouts: &timeouts,
        seen: &seen,
        errors: &errors,
    };
    let mut slots = [const { Slot::new() }; 2];
    let mut buffers = [0; 2 * SPILL];
    let mut server = StreamServer::new(listener, noting, &mut slots, &mut buffers);
    assert_eq!(server.server_address().ok(), Some(address));
    serve_with(world, &mut [&mut server], |net, far, service| {
        service.start().expect("it starts");
        let wait = Duration::from_millis(3);
        let start = net.now();
        assert_eq!(service.handle_request(Some(wait)).ok(), Some(false));
        assert!(net.now() - start >= wait);
        assert_eq!(timeouts.get(), 1);
        let mut client = far.tcp_connect(address).expect("a connection");
        let long = Some(Duration::from_secs(20));
        while seen.get().accepted == 0 {
            service.handle_request(long).expect("a turn");
        }
        let mut turn = |time| drop(service.turn(Some(time)));
        let mut peer = Peer::new(far, &mut turn);
        peer.until("connected", |_| client.finish_connect().is_ok());
        peer.send(&mut client, b"four");
        peer.expect(&mut client, b"four");
        peer.pass(Duration::ZERO);
        assert_eq!((seen.get().received, seen.get().sent), (4, 4));
        client.abort();
        peer.until("the reset", |_| seen.get().failed == 1);
        assert_eq!(seen.get().errors.of(ErrorKind::Reset), 1);
        assert_eq!(seen.get().errors.total(), 1);
        let told = (1, Some(Closed::Failed(ErrorKind::Reset)));
        assert_eq!(errors.get(), told);
        assert_eq!(timeouts.get(), 1);
    });
    assert_eq!(server.server_address().ok(), None);
}

/// A server with defaults has no limits that a peer could meet in a moment.
pub fn defaults_limit_nothing<W: World>(world: &mut W) {
    let (listener, address) = listen(world, 4);
    let mut slots = [const { Slot::new() }; 3];
    let mut buffers = [0; 3 * SPILL];
    let make = |_: &SocketAddr| StreamEcho;
    let mut server =
        StreamServer::new(listener, make, &mut slots, &mut buffers).with_limits(Limits::DEFAULT);
    run(world, &mut [&mut server], |peer| {
        let mut clients = [(); 3].map(|()| peer.connect(address));
        for client in &mut clients {
            peer.send(client, &[1; 300]);
            peer.expect(client, &[1; 300]);
        }
    });
    assert_eq!((server.tally().accepted, server.tally().refused), (3, 0));
}
