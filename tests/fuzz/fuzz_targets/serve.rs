//! A stream server with the echo handler over sockets that do as the fuzzer
//! says: short reads and writes, would-block, errors, end of file, stray events.
//!
//! What must hold, whatever they do: the octets written are a prefix of the
//! octets read, in order; they are all of them when a connection ends by end of
//! file; the tallies tell the same; nothing stays open or registered.

#![no_main]

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use amphi_core::ErrorKind;
use amphi_core::select::{Event, Interest, Ready, Register, Registration, Selector};
use amphi_core::serve::{
    Closed, Hooks, Key, Limits, Part, Rate, Slot, StreamServer, Tally, Turn, WhenFull,
};
use amphi_core::socket::{Address, Listener, Shutdown, Socket, Stream};
use amphi_core::time::{Duration, Instant};
use amphi_examples::echo::StreamEcho;
use libfuzzer_sys::fuzz_target;

/// How many octets a slot keeps: few, so that it is full often.
const SPILL: usize = 24;
/// How many connections at a time.
const SLOTS: usize = 3;
/// The number of the listener; connections count from 1.
const LISTENER: u32 = 0;
/// Far more turns than the sockets need once they stop to be difficult.
const LAST_TURNS: usize = 200;

fuzz_target!(|script: &[u8]| {
    let world = Rc::new(RefCell::new(World {
        script: script.iter().copied().collect(),
        connections: BTreeMap::new(),
    }));
    let mut buffers = [0; SLOTS * SPILL];
    let mut slots = [const { Slot::<FakeStream, StreamEcho>::new() }; SLOTS];
    let limits = limits(&world);
    let listener = FakeListener(world.clone());
    let server = StreamServer::new(listener, Echo(world.clone()), &mut slots, &mut buffers)
        .with_limits(limits);
    drive(&world, server);
    for (number, connection) in &world.borrow().connections {
        assert!(connection.dropped, "connection {number} was leaked");
    }
});

/// Runs the server while there is script, then until nothing is left to do.
fn drive(world: &Rc<RefCell<World>>, mut server: impl Part<FakeSelector>) {
    let mut selector = FakeSelector::default();
    let mut scratch = [0; 2 * SPILL];
    let mut now = Instant::ORIGIN;
    let mut lend = |selector: &mut FakeSelector,
                    now: Instant,
                    call: &mut dyn FnMut(&mut Turn<'_, FakeSelector>)| {
        call(&mut Turn {
            selector,
            part: 0,
            now,
            scratch: &mut scratch,
        });
    };
    lend(&mut selector, now, &mut |turn| {
        server.start(turn).expect("nothing is registered yet")
    });
    // Not in the condition of the loop, which would keep the borrow.
    let next = || world.borrow_mut().next();
    while let Some(action) = next() {
        match action {
            0..=15 => now = now + Duration::from_millis(u64::from(action) * 300),
            16 => lend(&mut selector, now, &mut |turn| server.stop(turn)),
            17 => lend(&mut selector, now, &mut |turn| {
                server.ready(turn, 12_345, Ready::READABLE)
            }),
            _ => {
                if let Some(event) = selector.event(action) {
                    lend(&mut selector, now, &mut |turn| {
                        server.ready(turn, event.key.token, event.ready);
                    });
                }
            }
        }
        // A connection can be due twice: for being idle, and then at the end of no time to linger.
        for _ in 0..2 {
            lend(&mut selector, now, &mut |turn| server.expire(turn));
        }
        assert!(server.deadline() > now, "what was due is still due");
    }
    for turn in 0..LAST_TURNS {
        if let Some(event) = selector.event((turn % 16) as u8 * 16 + 3) {
            lend(&mut selector, now, &mut |turn| {
                server.ready(turn, event.key.token, event.ready)
            });
        }
    }
    lend(&mut selector, now, &mut |turn| server.stop(turn));
    lend(&mut selector, now, &mut |turn| server.close(turn));
    assert!(server.is_done());
    assert!(selector.is_empty(), "something stayed registered");
}

fn limits(world: &RefCell<World>) -> Limits {
    let bits = world.borrow_mut().next().unwrap_or(0);
    let limit = |bit: u8, millis| (bits & bit != 0).then_some(Duration::from_millis(millis));
    Limits {
        idle: limit(1, 5_000),
        progress: limit(2, 3_000),
        total: limit(4, 20_000),
        linger: limit(8, 1_000).unwrap_or_default(),
        octets: (bits & 32 != 0).then_some(100),
        connections_per_peer: (bits & 64 != 0).then_some(2),
        accept_rate: (bits & 128 != 0).then(|| Rate::new(2, Duration::from_secs(1))),
        when_full: match bits & 24 {
            16 => WhenFull::Refuse,
            24 => WhenFull::Reset,
            _ => WhenFull::Wait,
        },
        ..Limits::DEFAULT
    }
}

/// The address of a connection: its number. All are of three peers.
#[derive(Debug, Clone, PartialEq)]
struct Number(u32);

impl core::fmt::Display for Number {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.0.fmt(f)
    }
}

impl Address for Number {
    fn peer(&self) -> u64 {
        u64::from(self.0 % 3)
    }
}

/// The octet at `position` of what each peer sends.
fn sent_by_peer(position: u64) -> u8 {
    (position.wrapping_mul(31) >> 2) as u8
}

/// The script, and what became of each connection. Without script, sockets take all and end.
struct World {
    script: VecDeque<u8>,
    connections: BTreeMap<u32, Connection>,
}

#[derive(Default)]
struct Connection {
    received: u64,
    sent: u64,
    eof: bool,
    shut: bool,
    failed: Option<ErrorKind>,
    closed: Option<Closed>,
    dropped: bool,
}

impl World {
    fn next(&mut self) -> Option<u8> {
        self.script.pop_front()
    }
}

/// Makes echo handlers, and looks at the result of each connection.
struct Echo(Rc<RefCell<World>>);

impl Hooks<Number> for Echo {
    type Handler = StreamEcho;

    fn verify_request(&mut self, _remote: &Number) -> bool {
        self.0.borrow_mut().next() != Some(255)
    }

    fn finish_request(&mut self, _remote: &Number) -> StreamEcho {
        StreamEcho
    }

    fn close_request(&mut self, remote: &Number, why: Closed, tally: Tally) {
        let mut world = self.0.borrow_mut();
        let connection = world
            .connections
            .get_mut(&remote.0)
            .expect("it was accepted");
        assert_eq!(connection.closed.replace(why), None, "it was closed twice");
        assert_eq!(tally.sent, connection.sent, "the tally of octets sent");
        assert!(
            tally.received <= connection.received,
            "the tally of octets received"
        );
        if why == Closed::EndOfFile {
            assert!(connection.eof, "nobody sent an end of file");
            assert_eq!(connection.sent, connection.received, "octets were lost");
        }
    }
}

struct FakeListener(Rc<RefCell<World>>);

impl Socket for FakeListener {
    type Error = ErrorKind;
    type Addr = Number;

    fn local(&self) -> Result<Number, ErrorKind> {
        Ok(Number(LISTENER))
    }

    fn wait(&self, _: Interest, _: Option<Duration>) -> Result<bool, ErrorKind> {
        unreachable!("a server never waits for one socket")
    }

    fn now(&self) -> Instant {
        unreachable!("a server is told the time")
    }
}

impl Listener for FakeListener {
    type Stream = FakeStream;

    fn accept(&mut self) -> Result<(FakeStream, Number), ErrorKind> {
        let mut world = self.0.borrow_mut();
        match world.next() {
            None | Some(0..=63) => Err(ErrorKind::WouldBlock),
            Some(64..=71) => Err(ErrorKind::Exhausted),
            Some(72..=79) => Err(ErrorKind::Aborted),
            Some(80..=87) => Err(ErrorKind::Interrupted),
            Some(_) => {
                let number = world.connections.len() as u32 + 1;
                world.connections.insert(number, Connection::default());
                Ok((
                    FakeStream {
                        world: self.0.clone(),
                        number,
                    },
                    Number(number),
                ))
            }
        }
    }
}

struct FakeStream {
    world: Rc<RefCell<World>>,
    number: u32,
}

impl FakeStream {
    /// Calls `f` with the next octet of the script, unless the connection failed before.
    fn act<R>(
        &self,
        f: impl FnOnce(&mut Connection, Option<u8>) -> Result<R, ErrorKind>,
    ) -> Result<R, ErrorKind> {
        let world = &mut *self.world.borrow_mut();
        let connection = world
            .connections
            .get_mut(&self.number)
            .expect("it was accepted");
        if let Some(kind) = connection.failed {
            return Err(kind);
        }
        let result = f(connection, world.script.pop_front());
        connection.failed = result
            .as_ref()
            .err()
            .copied()
            .filter(|kind| !matches!(kind, ErrorKind::WouldBlock | ErrorKind::Interrupted));
        result
    }
}

impl Socket for FakeStream {
    type Error = ErrorKind;
    type Addr = Number;

    fn local(&self) -> Result<Number, ErrorKind> {
        Ok(Number(LISTENER))
    }

    fn wait(&self, _: Interest, _: Option<Duration>) -> Result<bool, ErrorKind> {
        unreachable!("a server never waits for one socket")
    }

    fn now(&self) -> Instant {
        unreachable!("a server is told the time")
    }
}

impl Stream for FakeStream {
    fn read(&mut self, buf: &mut [u8]) -> Result<usize, ErrorKind> {
        assert!(
            !buf.is_empty(),
            "an empty read would look like the end of file"
        );
        self.act(|connection, action| match action {
            _ if connection.eof => Ok(0),
            Some(0..=31) => Err(ErrorKind::WouldBlock),
            Some(32..=35) => Err(ErrorKind::Interrupted),
            Some(36..=39) => Err(ErrorKind::Reset),
            None | Some(40..=55) => {
                connection.eof = true;
                Ok(0)
            }
            Some(action) => {
                let count = usize::from(action - 56) % buf.len() + 1;
                for octet in &mut buf[..count] {
                    *octet = sent_by_peer(connection.received);
                    connection.received += 1;
                }
                Ok(count)
            }
        })
    }

    fn write(&mut self, buf: &[u8]) -> Result<usize, ErrorKind> {
        assert!(!buf.is_empty(), "an empty write says nothing");
        self.act(|connection, action| {
            assert!(!connection.shut, "a write after the end of file was sent");
            for (octet, position) in buf.iter().zip(connection.sent..) {
                assert!(position < connection.received, "more octets than were read");
                assert_eq!(*octet, sent_by_peer(position), "octet {position}");
            }
            let count = match action {
                Some(0..=63) => return Err(ErrorKind::WouldBlock),
                Some(64..=67) => return Err(ErrorKind::BrokenPipe),
                Some(68..=71) => return Err(ErrorKind::Interrupted),
                Some(action @ 72..) => usize::from(action - 72) % buf.len() + 1,
                None => buf.len(),
            };
            connection.sent += count as u64;
            Ok(count)
        })
    }

    fn finish_connect(&mut self) -> Result<(), ErrorKind> {
        Ok(())
    }

    fn shutdown(&mut self, _: Shutdown) -> Result<(), ErrorKind> {
        self.act(|connection, action| match action {
            Some(0..=15) => Err(ErrorKind::NotConnected),
            _ => {
                connection.shut = true;
                Ok(())
            }
        })
    }

    fn abort(self) {}

    fn remote(&self) -> Result<Number, ErrorKind> {
        Ok(Number(self.number))
    }
}

impl Drop for FakeStream {
    fn drop(&mut self) {
        let mut world = self.world.borrow_mut();
        let connection = world
            .connections
            .get_mut(&self.number)
            .expect("it was accepted");
        connection.dropped = true;
    }
}

/// Registrations by number of the source; the fuzzer chooses which is ready for what.
#[derive(Default)]
struct FakeSelector {
    sources: BTreeMap<u32, (Interest, Key)>,
}

impl FakeSelector {
    /// An event that the contract allows: what a registration asks, also in vain.
    fn event(&self, action: u8) -> Option<Event<Key>> {
        const READY: [Ready; 4] = [
            Ready::READABLE,
            Ready::WRITABLE,
            Ready::ERROR,
            Ready::HANGUP,
        ];
        let sources = self
            .sources
            .values()
            .filter(|(interest, _)| !interest.is_none());
        let count = sources.clone().count();
        let (interest, key) = sources
            .cycle()
            .nth(usize::from(action >> 4) % count.max(1))?;
        let mut ready = Ready::NONE;
        for (bit, kind) in READY.into_iter().enumerate() {
            if action >> bit & 1 != 0 {
                ready |= kind;
            }
        }
        let ready = ready.widen(*interest);
        (!ready.is_none()).then_some(Event::new(*key, ready))
    }

    fn change(&mut self, number: u32, interest: Interest, key: Key) -> Result<(), ErrorKind> {
        let known = self.sources.get_mut(&number).ok_or(ErrorKind::NotFound)?;
        *known = (interest, key);
        Ok(())
    }

    fn add(&mut self, number: u32, interest: Interest, key: Key) -> Result<(), ErrorKind> {
        match self.sources.insert(number, (interest, key)) {
            None => Ok(()),
            Some(_) => Err(ErrorKind::AlreadyExists),
        }
    }
}

impl Selector for FakeSelector {
    type Key = Key;
    type Error = ErrorKind;

    fn select(&mut self, _: &mut [Event<Key>], _: Option<Duration>) -> Result<usize, ErrorKind> {
        unreachable!("a part never selects")
    }

    fn len(&self) -> usize {
        self.sources.len()
    }

    fn registrations(&self) -> impl Iterator<Item = Registration<Key>> {
        self.sources
            .values()
            .map(|&(interest, key)| Registration { key, interest })
    }
}

/// What tells sources apart.
trait Numbered {
    fn number(&self) -> u32;
}

impl Numbered for FakeListener {
    fn number(&self) -> u32 {
        LISTENER
    }
}

impl Numbered for FakeStream {
    fn number(&self) -> u32 {
        self.number
    }
}

impl<S: Numbered> Register<S> for FakeSelector {
    fn register(&mut self, source: &S, interest: Interest, key: Key) -> Result<(), ErrorKind> {
        self.add(source.number(), interest, key)
    }

    fn modify(&mut self, source: &S, interest: Interest, key: Key) -> Result<(), ErrorKind> {
        self.change(source.number(), interest, key)
    }

    fn unregister(&mut self, source: &S) -> Result<(), ErrorKind> {
        self.sources
            .remove(&source.number())
            .map(drop)
            .ok_or(ErrorKind::NotFound)
    }

    fn registration(&self, source: &S) -> Option<Registration<Key>> {
        let &(interest, key) = self.sources.get(&source.number())?;
        Some(Registration { key, interest })
    }
}
