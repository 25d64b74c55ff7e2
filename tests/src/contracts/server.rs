//! Servers: no octet of an accepted connection is lost or doubled, and no peer
//! can keep the others from being served.

use core::fmt::Write;
use core::net::SocketAddr;

use amphi_core::select::Ready;
use amphi_core::serve::{
    Closed, DatagramServer, Limits, Next, Part, Reply, Slot, StreamHandler, StreamServer,
    StreamService, Tally, Turn, WhenFull,
};
use amphi_core::socket::{Net, Shutdown, Stream};
use amphi_core::time::Duration;
use amphi_core::{Error, ErrorKind};
use amphi_examples::clients::Tour;
use amphi_examples::echo::{DatagramEcho, StreamEcho};
use amphi_examples::service::Bound;

use super::datagram::bind;
use crate::peer::{check, fill};
use crate::service::{SPILL, echo, listen, run};
use crate::{Peer, World};

/// The clients of the examples are content: TCP echo with half-close, UDP echo, a group's answer.
pub fn tour<W: World>(world: &mut W) {
    let interface = world.interface();
    let mut clients = world.selector();
    let (_holder, address) = bind(world);
    let group = SocketAddr::from(([224, 3, 29, 71], address.port()));
    let report = echo::<W, 4>(
        world,
        |config| {
            config.group = Some(group);
            config.interface = interface;
        },
        |peer, echo| {
            let net = peer.net();
            let bound = Bound {
                echo,
                group: Some(group),
            };
            let mut turn = |time| {
                peer.pass(time);
                Ok(())
            };
            let mut tour = Tour {
                net,
                turn: &mut turn,
                say: &mut |_| {},
            };
            tour.run(&mut clients, bound, interface).expect("a tour");
        },
    );
    assert_eq!((report.tcp.accepted, report.tcp.failed), (1, 0));
    assert_eq!((report.tcp.received, report.tcp.sent), (42, 42));
    assert_eq!((report.udp.received, report.udp.sent), (1, 1));
    assert_eq!((report.group.received, report.group.sent), (1, 1));
}

/// A peer that sends one octet after another, with time between, gets each back.
pub fn one_octet_at_a_time<W: World>(world: &mut W) {
    echo::<W, 2>(
        world,
        |_| {},
        |peer, address| {
            let mut client = peer.connect(address);
            for octet in b"slowly" {
                peer.send(&mut client, &[*octet]);
                peer.expect(&mut client, &[*octet]);
                peer.pass(Duration::from_millis(2));
            }
        },
    );
}

/// A peer sends much, shuts its sending side, and reads only then: every octet
/// comes back, and end of file.
pub fn much_after_half_close<W: World>(world: &mut W) {
    const TOTAL: usize = 200_000;
    let report = echo::<W, 2>(
        world,
        |_| {},
        |peer, address| {
            let mut client = peer.connect(address);
            let (mut sent, mut received) = (0, 0);
            let mut buf = [0; 700];
            while received < TOTAL {
                fill(&mut buf, sent);
                let limit = buf.len().min(TOTAL - sent);
                match client.write(&buf[..limit]) {
                    Ok(count) if limit > 0 => {
                        sent += count;
                        if sent == TOTAL {
                            client.shutdown(Shutdown::Write).expect("half a close");
                        }
                    }
                    _ => {
                        let count = peer.try_receive(&mut client, &mut buf).expect("octets");
                        assert_ne!(count, 0, "end of file after {received} octets");
                        check(&buf[..count], received);
                        received += count;
                    }
                }
            }
            peer.expect_end(&mut client);
        },
    );
    assert_eq!(
        (report.tcp.received, report.tcp.sent),
        (TOTAL as u64, TOTAL as u64)
    );
    assert_eq!((report.tcp.accepted, report.tcp.failed), (1, 0));
}

/// Writes octets that tell their place until no buffer on the way takes more,
/// and tells how many those were.
#[track_caller]
fn stuff<N: Net>(peer: &mut Peer<'_, N>, stream: &mut N::Stream) -> usize {
    let (mut sent, mut refusals) = (0, 0);
    let mut buf = [0; 1024];
    while refusals < 30 {
        fill(&mut buf, sent);
        match stream.write(&buf) {
            Ok(count) => {
                sent += count;
                refusals = 0;
            }
            Err(error) => {
                assert_eq!(error.reason(), ErrorKind::WouldBlock);
                peer.pass(Duration::from_millis(1));
                refusals += 1;
            }
        }
    }
    sent
}

/// A peer that writes and never reads is written to until all buffers are full,
/// and then not read from; others are served; when it reads at last, nothing is missing.
pub fn reader_that_never_reads<W: World>(world: &mut W) {
    echo::<W, 2>(
        world,
        |_| {},
        |peer, address| {
            let mut deaf = peer.connect(address);
            let mut other = peer.connect(address);
            let sent = stuff(peer, &mut deaf);
            peer.send(&mut other, b"served meanwhile");
            peer.expect(&mut other, b"served meanwhile");
            let mut received = 0;
            let mut buf = [0; 1024];
            while received < sent {
                let count = peer.try_receive(&mut deaf, &mut buf).expect("octets");
                assert_ne!(count, 0, "end of file after {received} of {sent} octets");
                check(&buf[..count], received);
                received += count;
            }
        },
    );
}

/// A peer that resets while it is written to costs nobody else anything, and its slot is free.
pub fn reset_in_the_middle<W: World>(world: &mut W) {
    let report = echo::<W, 2>(
        world,
        |_| {},
        |peer, address| {
            let mut other = peer.connect(address);
            for _ in 0..3 {
                let mut rude = peer.connect(address);
                stuff(peer, &mut rude);
                rude.abort();
                peer.send(&mut other, b"still there");
                peer.expect(&mut other, b"still there");
            }
            let mut last = peer.connect(address);
            peer.send(&mut last, b"a free slot");
            peer.expect(&mut last, b"a free slot");
        },
    );
    assert_eq!((report.tcp.accepted, report.tcp.failed), (5, 3));
}

/// Many connects that vanish at once, in order or by reset, leave all slots free.
pub fn connects_that_vanish<W: World>(world: &mut W) {
    echo::<W, 2>(
        world,
        |_| {},
        |peer, address| {
            for round in 0..300 {
                let stream = peer.connect(address);
                if round % 2 == 0 {
                    stream.abort();
                }
                if round % 8 == 7 {
                    peer.pass(Duration::from_millis(1));
                }
            }
            for _ in 0..2 {
                let mut client = peer.connect(address);
                peer.send(&mut client, b"served after all");
                peer.expect(&mut client, b"served after all");
            }
        },
    );
}

/// Clients beyond the slots wait; each is served when a slot is free, and loses nothing.
pub fn more_clients_than_slots_wait<W: World>(world: &mut W) {
    let report = echo::<W, 2>(
        world,
        |_| {},
        |peer, address| {
            let mut clients = [(); 4].map(|()| peer.connect(address));
            for (client, word) in clients.iter_mut().zip([b"one", b"two", b"six", b"ten"]) {
                peer.send(client, word);
            }
            peer.pass(Duration::from_millis(5));
            for (client, word) in clients.into_iter().zip([b"one", b"two", b"six", b"ten"]) {
                let mut client = client;
                peer.expect(&mut client, word);
                drop(client);
            }
        },
    );
    assert_eq!((report.tcp.accepted, report.tcp.refused), (4, 0));
}

/// By policy, clients beyond the slots are reset at once, and the others are not.
pub fn more_clients_than_slots_are_refused<W: World>(world: &mut W) {
    let report = echo::<W, 1>(
        world,
        |config| config.limits.when_full = WhenFull::Refuse,
        |peer, address| {
            let mut first = peer.connect(address);
            peer.send(&mut first, b"in");
            peer.expect(&mut first, b"in");
            assert_eq!(connect_and_read(peer, address), Err(ErrorKind::Reset));
            peer.send(&mut first, b"still in");
            peer.expect(&mut first, b"still in");
        },
    );
    assert_eq!((report.tcp.accepted, report.tcp.refused), (1, 1));
}

/// Connects and reads; a reset may overtake the news that the connection stood.
#[track_caller]
fn connect_and_read<N: Net>(
    peer: &mut Peer<'_, N>,
    address: SocketAddr,
) -> Result<usize, ErrorKind> {
    let mut stream = peer.try_connect(address)?;
    peer.try_receive(&mut stream, &mut [0; 8])
}

/// What a server with handlers of its own is told.
#[derive(Default)]
struct Told {
    closed: Option<Closed>,
    verified: bool,
}

struct Hooks<'t, F> {
    told: &'t mut Told,
    make: F,
    welcome: bool,
}

impl<H: StreamHandler, F: FnMut() -> H> StreamService<SocketAddr> for Hooks<'_, F> {
    type Handler = H;

    fn verify_request(&mut self, _remote: &SocketAddr) -> bool {
        self.told.verified = true;
        self.welcome
    }

    fn handler(&mut self, _remote: &SocketAddr) -> H {
        (self.make)()
    }

    fn closed(&mut self, _remote: &SocketAddr, why: Closed, _tally: Tally) {
        self.told.closed = Some(why);
    }
}

/// Runs a server of one slot with handlers from `make` while `test` plays its
/// client, and tells what its hooks were told.
#[track_caller]
fn one_slot<W: World, H: StreamHandler>(
    world: &mut W,
    limits: Limits,
    make: impl FnMut() -> H,
    test: impl FnOnce(&mut Peer<'_, W::Net>, SocketAddr),
) -> Told {
    let (listener, address) = listen(world, 4);
    let mut told = Told::default();
    let mut slots = [const { Slot::<_, H>::new() }; 1];
    let mut buffer = [0; SPILL];
    let hooks = Hooks {
        told: &mut told,
        make,
        welcome: true,
    };
    let mut server =
        StreamServer::new(listener, hooks, &mut slots, &mut buffer).with_limits(limits);
    run(world, &mut [&mut server], |peer| test(peer, address));
    drop(server);
    told
}

/// A connection without traffic is closed in order after the idle time, not
/// before, and traffic puts it off.
pub fn idle_limit<W: World>(world: &mut W) {
    const IDLE: Duration = Duration::from_millis(40);
    let limits = Limits {
        idle: Some(IDLE),
        ..Limits::DEFAULT
    };
    let told = one_slot(
        world,
        limits,
        || StreamEcho,
        |peer, address| {
            let mut client = peer.connect(address);
            for _ in 0..4 {
                peer.pass(IDLE / 2);
                peer.send(&mut client, b"alive");
                peer.expect(&mut client, b"alive");
            }
            let start = peer.net().now();
            peer.expect_end(&mut client);
            assert!(peer.net().now() - start >= IDLE / 2);
        },
    );
    assert_eq!(told.closed, Some(Closed::Idle));
}

/// A connection is closed after its total time, however busy.
pub fn total_limit<W: World>(world: &mut W) {
    let limits = Limits {
        total: Some(Duration::from_millis(40)),
        ..Limits::DEFAULT
    };
    let told = one_slot(
        world,
        limits,
        || StreamEcho,
        |peer, address| {
            let mut client = peer.connect(address);
            let start = peer.net().now();
            while client.write(b"busy").is_ok() {
                if !matches!(peer.try_receive(&mut client, &mut [0; 4]), Ok(1..)) {
                    break;
                }
                let late = peer.net().now() - start >= Duration::from_secs(10);
                assert!(!late, "it is never closed");
                // Where a clock is virtual, time passes only while somebody waits.
                peer.pass(Duration::from_millis(1));
            }
            assert!(peer.net().now() - start >= Duration::from_millis(39));
        },
    );
    assert_eq!(told.closed, Some(Closed::Expired));
}

/// A peer that takes nothing of its reply is reset after the progress time.
pub fn progress_limit<W: World>(world: &mut W) {
    let limits = Limits {
        progress: Some(Duration::from_millis(60)),
        ..Limits::DEFAULT
    };
    let told = one_slot(
        world,
        limits,
        || Endless,
        |peer, address| {
            let mut client = peer.connect(address);
            peer.pass(Duration::from_millis(400));
            let mut buf = [0; 1024];
            let end = loop {
                match peer.try_receive(&mut client, &mut buf) {
                    Ok(0) => break Ok(()),
                    Ok(_) => {}
                    Err(kind) => break Err(kind),
                }
            };
            assert_eq!(end, Err(ErrorKind::Reset));
        },
    );
    assert_eq!(told.closed, Some(Closed::Stalled));
}

/// Speaks for ever.
struct Endless;

impl StreamHandler for Endless {
    fn setup(&mut self, _reply: &mut Reply<'_>) -> Next {
        Next::More
    }

    fn handle(&mut self, _input: &[u8], reply: &mut Reply<'_>) -> Next {
        reply.send(&[b'.'; 300]);
        Next::More
    }
}

/// Answers anything with a long row of octets that tell their place.
struct Long {
    said: usize,
    total: usize,
}

impl StreamHandler for Long {
    fn handle(&mut self, _input: &[u8], reply: &mut Reply<'_>) -> Next {
        let mut piece = [0; 900];
        fill(&mut piece, self.said);
        let len = piece.len().min(self.total - self.said);
        self.said += reply.send(&piece[..len]);
        if self.said < self.total {
            Next::More
        } else {
            Next::Close
        }
    }
}

/// A reply much longer than any buffer comes whole, though its reader is slow.
pub fn reply_longer_than_any_buffer<W: World>(world: &mut W) {
    const TOTAL: usize = 300_000;
    let long = || Long {
        said: 0,
        total: TOTAL,
    };
    let told = one_slot(world, Limits::DEFAULT, long, |peer, address| {
        let mut client = peer.connect(address);
        peer.send(&mut client, b"go");
        let mut received = 0;
        let mut buf = [0; 1111];
        while received < TOTAL {
            if received % 7 == 0 {
                peer.pass(Duration::from_micros(100));
            }
            let count = peer.try_receive(&mut client, &mut buf).expect("octets");
            assert_ne!(count, 0, "end of file after {received} octets");
            check(&buf[..count], received);
            received += count;
        }
        peer.expect_end(&mut client);
    });
    assert_eq!(told.closed, Some(Closed::ByHandler));
}

/// Greets, and then counts by the clock.
struct Clock {
    ticks: u32,
}

impl StreamHandler for Clock {
    fn setup(&mut self, reply: &mut Reply<'_>) -> Next {
        reply.send(b"hello;");
        reply.wake_at(reply.now() + Duration::from_millis(3));
        Next::Keep
    }

    fn handle(&mut self, _input: &[u8], _reply: &mut Reply<'_>) -> Next {
        Next::Keep
    }

    fn wake(&mut self, reply: &mut Reply<'_>) -> Next {
        self.ticks += 1;
        write!(reply, "tick {};", self.ticks).expect("room");
        reply.wake_at(reply.now() + Duration::from_millis(3));
        if self.ticks == 3 {
            Next::Close
        } else {
            Next::Keep
        }
    }
}

/// A handler may speak first, and unasked, when its time comes.
pub fn speaks_first_and_unasked<W: World>(world: &mut W) {
    let told = one_slot(
        world,
        Limits::DEFAULT,
        || Clock { ticks: 0 },
        |peer, address| {
            let mut client = peer.connect(address);
            let start = peer.net().now();
            peer.expect(&mut client, b"hello;tick 1;tick 2;tick 3;");
            peer.expect_end(&mut client);
            assert!(peer.net().now() - start >= Duration::from_millis(8));
        },
    );
    assert_eq!(told.closed, Some(Closed::ByHandler));
}

/// Answers with one word and an end.
struct OneWord(Next);

impl StreamHandler for OneWord {
    fn handle(&mut self, _input: &[u8], reply: &mut Reply<'_>) -> Next {
        reply.send(b"bye");
        self.0
    }
}

/// A close delivers the reply and end of file, although input goes on to come.
pub fn close_delivers_the_reply<W: World>(world: &mut W) {
    let told = one_slot(
        world,
        Limits::DEFAULT,
        || OneWord(Next::Close),
        |peer, address| {
            let mut client = peer.connect(address);
            peer.send(&mut client, b"ask");
            peer.pass(Duration::from_millis(2));
            peer.send(&mut client, b"and say more than is read");
            peer.pass(Duration::from_millis(2));
            peer.expect(&mut client, b"bye");
            peer.expect_end(&mut client);
        },
    );
    assert_eq!(told.closed, Some(Closed::ByHandler));
}

/// An abort is a reset.
pub fn abort_resets<W: World>(world: &mut W) {
    let told = one_slot(
        world,
        Limits::DEFAULT,
        || OneWord(Next::Abort),
        |peer, address| {
            let mut client = peer.connect(address);
            peer.send(&mut client, b"ask");
            let mut buf = [0; 8];
            // The word may or may not overtake the reset.
            let first = peer.try_receive(&mut client, &mut buf);
            let last = if first == Ok(3) {
                peer.try_receive(&mut client, &mut buf)
            } else {
                first
            };
            assert_eq!(last, Err(ErrorKind::Reset));
        },
    );
    assert_eq!(told.closed, Some(Closed::Aborted));
}

/// A peer that the service does not want is closed at once, without a handler.
pub fn unverified_is_closed<W: World>(world: &mut W) {
    let (listener, address) = listen(world, 4);
    let mut told = Told::default();
    let mut slots = [const { Slot::<_, OneWord>::new() }; 1];
    let mut buffer = [0; SPILL];
    let hooks = Hooks {
        told: &mut told,
        make: || -> OneWord { unreachable!() },
        welcome: false,
    };
    let mut server = StreamServer::new(listener, hooks, &mut slots, &mut buffer);
    run(world, &mut [&mut server], |peer| {
        let end = connect_and_read(peer, address);
        assert!(matches!(end, Ok(0) | Err(ErrorKind::Reset)), "{end:?}");
    });
    assert_eq!((server.tally().accepted, server.tally().refused), (0, 1));
    drop(server);
    assert!(told.verified);
    assert_eq!(told.closed, None);
}

/// A server that stops delivers what it has begun to say, refuses what comes,
/// and ends every connection.
pub fn stop_delivers_replies<W: World>(world: &mut W) {
    const TOTAL: usize = 20_000;
    let (listener, address) = listen(world, 4);
    let mut slots = [const { Slot::<_, Long>::new() }; 2];
    let mut buffers = [0; 2 * SPILL];
    let make = |_: &SocketAddr| Long {
        said: 0,
        total: TOTAL,
    };
    let mut server = StreamServer::new(listener, make, &mut slots, &mut buffers);
    let net = world.net();
    let mut clients = None;
    run(world, &mut [&mut server], |peer| {
        let mut busy = peer.connect(address);
        let idle = peer.connect(address);
        peer.send(&mut busy, b"go");
        peer.expect(&mut busy, &[0, 1, 2, 3]);
        clients = Some((busy, idle));
    });
    assert_eq!(server.live(), 0);
    let (mut busy, mut idle) = clients.expect("they connected");
    let mut turn = crate::peer::alone;
    let mut peer = Peer::new(net, &mut turn);
    peer.expect_over(&mut idle);
    assert_eq!(peer.try_connect(address).map(drop), Err(ErrorKind::Refused));
    // Nobody read while the server stopped: what was under way arrives in order.
    let mut received = 4;
    let mut buf = [0; 512];
    while let Ok(count @ 1..) = peer.try_receive(&mut busy, &mut buf) {
        check(&buf[..count], received);
        received += count;
    }
    assert!(received > 4);
}

/// An event for a socket that is closed, or never was, does nothing.
pub fn stale_event_does_nothing<W: World>(world: &mut W) {
    let (listener, _) = listen(world, 4);
    let mut slots = [const { Slot::<_, StreamEcho>::new() }; 2];
    let mut buffer = [0; SPILL];
    let mut server = StreamServer::new(
        listener,
        |_: &SocketAddr| StreamEcho,
        &mut slots,
        &mut buffer,
    );
    let mut selector = world.selector();
    let now = world.net().now();
    let mut turn = Turn {
        selector: &mut selector,
        part: 0,
        now,
        scratch: &mut [0; 64],
    };
    server.start(&mut turn).expect("it starts");
    let all = Ready::READABLE | Ready::WRITABLE | Ready::ERROR | Ready::HANGUP;
    for token in [0, 1, 2, 1_000_000, u32::MAX - 1, u32::MAX] {
        server.ready(&mut turn, token, all);
    }
    assert_eq!(server.live(), 0);
    server.close(&mut turn);
}

/// Datagrams of each length come back, the empty and the largest too.
pub fn datagrams_of_every_length<W: World>(world: &mut W) {
    let largest = world.largest_datagram();
    let (mut socket, _) = bind(world);
    let report = echo::<W, 1>(
        world,
        |_| {},
        |peer, address| {
            let mut octets = [0; crate::service::LONGEST];
            fill(&mut octets, 0);
            let mut buf = [0; crate::service::LONGEST];
            for len in [0, 1, 2, 63, 512, largest - 1, largest] {
                peer.send_to(&mut socket, &octets[..len], address);
                let received = peer.receive_from(&mut socket, &mut buf);
                assert_eq!((received.len, received.from), (len, address));
                check(&buf[..len], 0);
            }
        },
    );
    assert_eq!(
        (report.udp.received, report.udp.sent, report.udp.errors),
        (7, 7, 0)
    );
}

/// A datagram that was cut is counted and not served as if it were whole.
pub fn cut_datagram_is_not_served<W: World>(world: &mut W) {
    let (socket, address) = bind(world);
    let (mut client, _) = bind(world);
    let mut kept = [0; 2048];
    let mut server = DatagramServer::new(socket, DatagramEcho, &mut kept);
    run(world, &mut [&mut server], |peer| {
        // The scratch buffer has 1024 octets.
        peer.send_to(&mut client, &[1; 1025], address);
        peer.send_to(&mut client, &[2; 1024], address);
        let mut buf = [0; 2048];
        assert_eq!(peer.receive_from(&mut client, &mut buf).len, 1024);
        assert_eq!(buf[0], 2);
    });
    assert_eq!((server.tally().truncated, server.tally().received), (1, 1));
}

/// Several servers of different kinds share one loop and one selector.
pub fn several_parts_in_one_loop<W: World>(world: &mut W) {
    let (first, to_first) = listen(world, 4);
    let (second, to_second) = listen(world, 4);
    let (socket, to_socket) = bind(world);
    let (mut client, _) = bind(world);
    let mut echoes = [const { Slot::<_, StreamEcho>::new() }; 1];
    let mut words = [const { Slot::<_, OneWord>::new() }; 1];
    let (mut buffer, mut other) = ([0; SPILL], [0; SPILL]);
    let mut kept = [0; 64];
    let mut first = StreamServer::new(first, |_: &SocketAddr| StreamEcho, &mut echoes, &mut buffer);
    let make = |_: &SocketAddr| OneWord(Next::Close);
    let mut second = StreamServer::new(second, make, &mut words, &mut other);
    let mut third = DatagramServer::new(socket, DatagramEcho, &mut kept);
    let mut absent: Option<DatagramServer<'_, <W::Net as Net>::Datagram, DatagramEcho>> = None;
    run(
        world,
        &mut [&mut first, &mut absent, &mut second, &mut third],
        |peer| {
            let mut echo = peer.connect(to_first);
            let mut word = peer.connect(to_second);
            peer.send(&mut echo, b"echo");
            peer.send(&mut word, b"word");
            peer.send_to(&mut client, b"datagram", to_socket);
            peer.expect(&mut word, b"bye");
            peer.expect(&mut echo, b"echo");
            assert_eq!(peer.receive_from(&mut client, &mut [0; 16]).len, 8);
        },
    );
}

/// Two services, each with a selector of its own, share a stack.
pub fn two_services_on_one_stack<W: World>(world: &mut W) {
    let (listener, inner) = listen(world, 4);
    let mut selector = world.selector();
    let mut slots = [const { Slot::<_, StreamEcho>::new() }; 1];
    let mut buffer = [0; SPILL];
    let mut server = StreamServer::new(
        listener,
        |_: &SocketAddr| StreamEcho,
        &mut slots,
        &mut buffer,
    );
    let net = world.net();
    echo::<W, 1>(
        world,
        |_| {},
        |peer, outer| {
            let mut parts: [&mut dyn Part<W::Selector>; 1] = [&mut server];
            let mut events = [amphi_core::select::Event::new(Default::default(), Ready::NONE); 2];
            let mut scratch = [0; 64];
            let mut service = amphi_core::serve::Service::new(
                net,
                &mut selector,
                &mut parts,
                &mut events,
                &mut scratch,
            );
            service.start().expect("it starts");
            let mut one = peer.connect(outer);
            let mut turn = |time: Duration| {
                peer.pass(time);
                service.turn(Some(time)).expect("a turn");
            };
            let mut both = Peer::new(net, &mut turn);
            let mut two = both.connect(inner);
            both.send(&mut two, b"inner");
            both.send(&mut one, b"outer");
            both.expect(&mut one, b"outer");
            both.expect(&mut two, b"inner");
            service.finish(Duration::ZERO).expect("it ends");
        },
    );
}
