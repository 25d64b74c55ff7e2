//! Servers of one slot with handlers of their own: limits, long and unasked
//! replies, and the ways to end.

use core::fmt::Write;
use core::net::SocketAddr;

use amphi_core::ErrorKind;
use amphi_core::serve::{
    Closed, Hooks, Limits, Next, Reply, Slot, StreamHandler, StreamServer, Tally,
};
use amphi_core::socket::{Net, Shutdown, Stream};
use amphi_core::time::Duration;
use amphi_examples::echo::StreamEcho;

use super::server::connect_and_read;
use crate::peer::{check, fill};
use crate::service::{SPILL, listen, run};
use crate::{Peer, World};

/// What a server with handlers of its own is told.
#[derive(Default)]
struct Told {
    closed: Option<Closed>,
    verified: bool,
}

struct Noted<'t, F> {
    told: &'t mut Told,
    make: F,
    welcome: bool,
}

impl<H: StreamHandler, F: FnMut() -> H> Hooks<SocketAddr> for Noted<'_, F> {
    type Handler = H;

    fn verify_request(&mut self, _remote: &SocketAddr) -> bool {
        self.told.verified = true;
        self.welcome
    }

    fn finish_request(&mut self, _remote: &SocketAddr) -> H {
        (self.make)()
    }

    fn close_request(&mut self, _remote: &SocketAddr, why: Closed, _tally: Tally) {
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
    let hooks = Noted {
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
    // On a machine that stands still for as long as that, there was no traffic.
    assert!((0..5).any(|_| traffic_puts_off(world)), "it is always late");
}

/// Whether traffic came in time; the connection is closed for being idle in any case.
fn traffic_puts_off<W: World>(world: &mut W) -> bool {
    let idle = Duration::from_millis(300) * world.pace();
    let limits = Limits {
        idle: Some(idle),
        ..Limits::DEFAULT
    };
    let mut in_time = true;
    let told = one_slot(
        world,
        limits,
        || StreamEcho,
        |peer, address| {
            let mut client = peer.connect(address);
            let mut last = peer.net().now();
            for _ in 0..4 {
                peer.pass(idle / 3);
                let sent = peer.net().now();
                let mut buf = [0; 5];
                in_time = matches!(client.write(b"alive"), Ok(5))
                    && matches!(peer.try_receive(&mut client, &mut buf), Ok(5));
                if !in_time {
                    break;
                }
                assert_eq!(&buf, b"alive");
                last = sent;
            }
            if in_time {
                peer.expect_end(&mut client);
            }
            assert!(peer.net().now() - last >= idle, "it is closed too early");
        },
    );
    assert_eq!(told.closed, Some(Closed::Idle));
    in_time
}

/// A connection is closed after its total time, however busy.
pub fn total_limit<W: World>(world: &mut W) {
    const TOTAL: Duration = Duration::from_millis(40);
    let limits = Limits {
        total: Some(TOTAL),
        ..Limits::DEFAULT
    };
    let told = one_slot(
        world,
        limits,
        || StreamEcho,
        |peer, address| {
            let start = peer.net().now();
            let mut client = peer.connect(address);
            while client.write(b"busy").is_ok() {
                if !matches!(peer.try_receive(&mut client, &mut [0; 4]), Ok(1..)) {
                    break;
                }
                let late = peer.net().now() - start >= Duration::from_secs(10);
                assert!(!late, "it is never closed");
                // Where a clock is virtual, time passes only while somebody waits.
                peer.pass(Duration::from_millis(1));
            }
            assert!(peer.net().now() - start >= TOTAL);
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
            let end = peer.net().now() + Duration::from_secs(20);
            while client.write(b"x").is_ok() {
                assert!(peer.net().now() < end, "it is never reset");
                peer.pass(Duration::from_millis(20));
            }
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
pub(super) struct Long {
    pub(super) said: usize,
    pub(super) total: usize,
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
            let start = peer.net().now();
            let mut client = peer.connect(address);
            peer.expect(&mut client, b"hello;tick 1;tick 2;tick 3;");
            peer.expect_end(&mut client);
            assert!(peer.net().now() - start >= Duration::from_millis(9));
        },
    );
    assert_eq!(told.closed, Some(Closed::ByHandler));
}

/// Says two more things when the peer has said its last, each in its time.
struct Afterwards {
    said: u8,
}

impl StreamHandler for Afterwards {
    fn handle(&mut self, _input: &[u8], _reply: &mut Reply<'_>) -> Next {
        Next::Keep
    }

    fn end_of_input(&mut self, reply: &mut Reply<'_>) -> Next {
        reply.wake_at(reply.now() + Duration::from_millis(3));
        Next::Keep
    }

    fn wake(&mut self, reply: &mut Reply<'_>) -> Next {
        self.said += 1;
        write!(reply, "late {};", self.said).expect("room");
        if self.said == 1 {
            return self.end_of_input(reply);
        }
        Next::Keep
    }
}

/// A handler may go on by the clock after the peer's end of file, and nothing spins meanwhile.
pub fn speaks_after_the_end_of_input<W: World>(world: &mut W) {
    let told = one_slot(
        world,
        Limits::DEFAULT,
        || Afterwards { said: 0 },
        |peer, address| {
            let start = peer.net().now();
            let mut client = peer.connect(address);
            client.shutdown(Shutdown::Write).expect("half a close");
            peer.expect(&mut client, b"late 1;late 2;");
            peer.expect_end(&mut client);
            assert!(peer.net().now() - start >= Duration::from_millis(6));
        },
    );
    assert_eq!(told.closed, Some(Closed::EndOfFile));
}

/// Answers with one word and an end.
pub(super) struct OneWord(pub(super) Next);

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
    let hooks = Noted {
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
    assert_eq!(told.closed, Some(Closed::Refused));
}
