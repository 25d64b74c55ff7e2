//! The selector's contract, as `amphi_core::select` tells it.

use core::net::SocketAddr;

use amphi_core::select::{Event, Interest, Ready, Register, Registration, Selector};
use amphi_core::serve::Key;
use amphi_core::socket::{Datagram, Listener, Net, Shutdown, Socket, Stream};
use amphi_core::time::Duration;
use amphi_core::{Error, ErrorKind};

use super::datagram::bind;
use super::stream::pair;
use crate::peer::alone;
use crate::service::listen;
use crate::{Peer, World};

const KEY: Key = Key::new(7, 70);
const OTHER: Key = Key::new(8, 80);
const SOON: Option<Duration> = Some(Duration::from_millis(10));
const PATIENCE: Option<Duration> = Some(Duration::from_secs(30));

/// The events of one `select`, at most four.
struct Events {
    buf: [Event<Key>; 4],
    count: usize,
}

impl Events {
    fn as_slice(&self) -> &[Event<Key>] {
        &self.buf[..self.count]
    }
}

/// One `select`.
#[track_caller]
fn select<S: Selector<Key = Key>>(selector: &mut S, timeout: Option<Duration>) -> Events {
    let mut buf = [Event::new(Key::default(), Ready::NONE); 4];
    let count = selector.select(&mut buf, timeout).expect("a selection");
    Events { buf, count }
}

/// One `select` that gives one event, with `key`.
#[track_caller]
fn expect_event<S: Selector<Key = Key>>(selector: &mut S, key: Key) -> Ready {
    let events = select(selector, PATIENCE);
    let [event] = events.as_slice() else {
        panic!("not one event: {:?}", events.as_slice())
    };
    assert_eq!(event.key, key);
    event.ready
}

/// One `select` that gives none.
#[track_caller]
fn expect_none<S: Selector<Key = Key>>(selector: &mut S) {
    let events = select(selector, SOON);
    assert_eq!(events.as_slice(), []);
}

fn kind<T, E: Error>(result: Result<T, E>) -> Result<(), ErrorKind> {
    result.map(drop).map_err(|error| error.reason())
}

/// Sends one octet from a socket to itself.
#[track_caller]
fn poke<S: Datagram<Addr = SocketAddr>>(socket: &mut S, address: SocketAddr) {
    socket.send_to(b"x", &address).expect("room");
}

/// Register, look up, modify, iterate, unregister; each error has its kind.
pub fn life_of_a_registration<W: World>(world: &mut W) {
    let (socket, _) = bind(world);
    let mut selector = world.selector();
    assert!(selector.is_empty());
    assert_eq!(selector.registration(&socket), None);
    assert_eq!(
        kind(selector.modify(&socket, Interest::READ, KEY)),
        Err(ErrorKind::NotFound)
    );
    assert_eq!(kind(selector.unregister(&socket)), Err(ErrorKind::NotFound));

    selector
        .register(&socket, Interest::READ, KEY)
        .expect("a registration");
    let expected = Registration {
        key: KEY,
        interest: Interest::READ,
    };
    assert_eq!(selector.registration(&socket), Some(expected));
    assert_eq!(
        kind(selector.register(&socket, Interest::READ, KEY)),
        Err(ErrorKind::AlreadyExists)
    );

    let both = Interest::READ | Interest::WRITE;
    selector
        .modify(&socket, both, OTHER)
        .expect("another interest");
    let expected = Registration {
        key: OTHER,
        interest: both,
    };
    assert_eq!(selector.registration(&socket), Some(expected));
    assert_eq!(selector.len(), 1);
    assert!(selector.registrations().eq([expected]));
    assert_eq!(
        kind(selector.select(&mut [], None)),
        Err(ErrorKind::InvalidInput)
    );

    selector.unregister(&socket).expect("it was registered");
    assert!(selector.is_empty());
    selector
        .register(&socket, Interest::READ, KEY)
        .expect("once more");
}

/// As long as a source is ready, each `select` reports it; and it reports the key of the day.
pub fn is_level_triggered<W: World>(world: &mut W) {
    let (mut socket, address) = bind(world);
    let mut selector = world.selector();
    selector
        .register(&socket, Interest::READ, KEY)
        .expect("a registration");
    expect_none(&mut selector);
    poke(&mut socket, address);
    poke(&mut socket, address);
    for _ in 0..3 {
        assert_eq!(expect_event(&mut selector, KEY), Ready::READABLE);
    }
    socket.recv_from(&mut [0; 8]).expect("the first");
    assert_eq!(expect_event(&mut selector, KEY), Ready::READABLE);
    selector
        .modify(&socket, Interest::READ | Interest::WRITE, OTHER)
        .expect("another interest");
    assert_eq!(
        expect_event(&mut selector, OTHER),
        Ready::READABLE | Ready::WRITABLE
    );
    socket.recv_from(&mut [0; 8]).expect("the second");
    assert_eq!(expect_event(&mut selector, OTHER), Ready::WRITABLE);
    selector
        .modify(&socket, Interest::READ, KEY)
        .expect("the first interest");
    expect_none(&mut selector);
}

/// A paused source is silent, even when its peer is gone.
pub fn interest_in_nothing_is_silent<W: World>(world: &mut W) {
    let (client, server) = pair(world);
    let mut selector = world.selector();
    selector
        .register(&server, Interest::NONE, KEY)
        .expect("a registration");
    client.abort();
    expect_none(&mut selector);
    selector
        .modify(&server, Interest::READ, KEY)
        .expect("an interest");
    assert!(expect_event(&mut selector, KEY).is_readable());
    selector
        .modify(&server, Interest::NONE, KEY)
        .expect("none again");
    expect_none(&mut selector);
}

/// Zero looks without waiting.
pub fn zero_timeout_does_not_wait<W: World>(world: &mut W) {
    let (mut socket, address) = bind(world);
    let mut selector = world.selector();
    selector
        .register(&socket, Interest::READ, KEY)
        .expect("a registration");
    assert_eq!(select(&mut selector, Some(Duration::ZERO)).count, 0);
    poke(&mut socket, address);
    assert_eq!(select(&mut selector, PATIENCE).count, 1);
    assert_eq!(select(&mut selector, Some(Duration::ZERO)).count, 1);
}

/// A timeout passes in full, not less; also one that is no whole number of milliseconds.
pub fn timeout_is_waited_for<W: World>(world: &mut W) {
    let (socket, _) = bind(world);
    let mut selector = world.selector();
    selector
        .register(&socket, Interest::READ, KEY)
        .expect("a registration");
    for timeout in [Duration::from_micros(1), Duration::from_micros(2_500)] {
        let start = world.net().now();
        assert_eq!(select(&mut selector, Some(timeout)).count, 0);
        assert!(world.net().now() - start >= timeout);
    }
}

/// After `unregister` nothing comes of a source, though it is ready.
pub fn no_event_after_unregister<W: World>(world: &mut W) {
    let (mut socket, address) = bind(world);
    let mut selector = world.selector();
    selector
        .register(&socket, Interest::READ, KEY)
        .expect("a registration");
    poke(&mut socket, address);
    expect_event(&mut selector, KEY);
    selector.unregister(&socket).expect("it was registered");
    expect_none(&mut selector);
    selector
        .register(&socket, Interest::READ, OTHER)
        .expect("once more");
    expect_event(&mut selector, OTHER);
}

/// With room for one event at a time, each of several ready sources has its turn.
pub fn more_events_than_room<W: World>(world: &mut W) {
    let (mut a, to_a) = bind(world);
    let (mut b, to_b) = bind(world);
    let (mut c, to_c) = bind(world);
    let mut selector = world.selector();
    for (token, (socket, address)) in (0..).zip([(&mut a, to_a), (&mut b, to_b), (&mut c, to_c)]) {
        selector
            .register(socket, Interest::READ, Key::new(0, token))
            .expect("a registration");
        poke(socket, address);
    }
    let mut seen = [0; 3];
    for _ in 0..9 {
        let mut one = [Event::new(Key::default(), Ready::NONE)];
        assert_eq!(
            selector.select(&mut one, PATIENCE).map_err(|e| e.reason()),
            Ok(1)
        );
        seen[one[0].key.token as usize] += 1;
    }
    assert!(
        seen.iter().all(|count| *count >= 1),
        "somebody starved: {seen:?}"
    );
}

/// A peer that went away, in order or not, makes a source readable.
pub fn hang_up_is_readable<W: World>(world: &mut W) {
    let (client, mut server) = pair(world);
    let (other, mut reset) = pair(world);
    let mut selector = world.selector();
    selector
        .register(&server, Interest::READ, KEY)
        .expect("a registration");
    drop(client);
    assert!(expect_event(&mut selector, KEY).is_readable());
    assert_eq!(
        server.read(&mut [0; 8]).map_err(|error| error.reason()),
        Ok(0)
    );
    selector.unregister(&server).expect("it was registered");

    selector
        .register(&reset, Interest::WRITE, OTHER)
        .expect("a registration");
    other.abort();
    assert!(reset.wait(Interest::READ, PATIENCE).expect("a wait"));
    for _ in 0..100 {
        let ready = expect_event(&mut selector, OTHER);
        if ready.is_hangup() || ready.is_error() {
            assert!(ready.is_writable());
            let read = reset.read(&mut [0; 8]).map_err(|error| error.reason());
            assert_eq!(read, Err(ErrorKind::Reset));
            return;
        }
    }
    panic!("a reset is not reported");
}

/// An attempt to connect that fails makes its socket ready to tell why.
pub fn refused_connect_is_an_event<W: World>(world: &mut W) {
    let (listener, address) = listen(world, 1);
    drop(listener);
    // Some stacks know at once.
    let mut stream = match world.far().tcp_connect(address) {
        Ok(stream) => stream,
        Err(error) => return assert_eq!(error.reason(), ErrorKind::Refused),
    };
    let mut selector = world.far_selector();
    selector
        .register(&stream, Interest::WRITE, KEY)
        .expect("a registration");
    assert!(expect_event(&mut selector, KEY).is_writable());
    assert_eq!(kind(stream.finish_connect()), Err(ErrorKind::Refused));
}

/// A connection that waits makes a listener readable, until it is accepted.
pub fn listener_is_readable<W: World>(world: &mut W) {
    let (mut listener, address) = listen(world, 2);
    let mut selector = world.selector();
    selector
        .register(&listener, Interest::READ, KEY)
        .expect("a registration");
    expect_none(&mut selector);
    let mut turn = alone;
    let client = Peer::new(world.far(), &mut turn).connect(address);
    for _ in 0..2 {
        assert_eq!(expect_event(&mut selector, KEY), Ready::READABLE);
    }
    let (server, _) = listener.accept().expect("one waits");
    expect_none(&mut selector);
    drop((client, server));
}

/// A source that is dropped without being unregistered harms no other.
pub fn dropped_source_does_no_harm<W: World>(world: &mut W) {
    let (mut a, to_a) = bind(world);
    let (gone, _) = bind(world);
    let mut selector = world.selector();
    selector
        .register(&a, Interest::READ, KEY)
        .expect("a registration");
    selector
        .register(&gone, Interest::READ, OTHER)
        .expect("a registration");
    drop(gone);
    expect_none(&mut selector);
    let (mut next, to_next) = bind(world);
    selector
        .register(&next, Interest::READ, OTHER)
        .expect("its place is free again");
    poke(&mut a, to_a);
    expect_event(&mut selector, KEY);
    a.recv_from(&mut [0; 8]).expect("it was ready");
    poke(&mut next, to_next);
    expect_event(&mut selector, OTHER);
}

/// Watched by edges, nothing is lost that its owner did not leave: what comes later is
/// told, and what was left when it asks again or changes its interest.
pub fn edges_tell_of_all_that_comes<W: World>(world: &mut W) {
    let (mut client, mut server) = pair(world);
    let mut selector = world.selector();
    selector
        .register_by_edges(&server, Interest::READ, KEY)
        .expect("a registration");
    expect_none(&mut selector);
    for _ in 0..3 {
        client.write(b"octets").expect("room");
        assert!(expect_event(&mut selector, KEY).is_readable());
        // It fills its room, so there may be more.
        assert_eq!(server.read(&mut [0; 4]).expect("octets"), 4);
        selector.again(&server).expect("it is registered");
        assert!(expect_event(&mut selector, KEY).is_readable());
        assert_eq!(server.read(&mut [0; 4]).expect("octets"), 2);
        expect_none(&mut selector);
    }
    selector.again(&server).expect("it is registered");
    expect_none(&mut selector);

    client.write(b"octets").expect("room");
    assert!(expect_event(&mut selector, KEY).is_readable());
    selector
        .modify(&server, Interest::NONE, KEY)
        .expect("a pause");
    expect_none(&mut selector);
    selector
        .modify(&server, Interest::READ, OTHER)
        .expect("an interest");
    assert!(expect_event(&mut selector, OTHER).is_readable());
    assert_eq!(server.read(&mut [0; 8]).expect("octets"), 6);
    expect_none(&mut selector);
    selector.unregister(&server).expect("it was registered");
    assert!(selector.is_empty());
}

/// The end of what a peer sends is told, also when it came together with octets or when
/// nobody wanted to read, until somebody has seen it; so is a reset.
pub fn edges_tell_of_the_end<W: World>(world: &mut W) {
    let (mut client, mut server) = pair(world);
    let (other, mut reset) = pair(world);
    let (mut late, mut paused) = pair(world);
    let mut selector = world.selector();
    selector
        .register_by_edges(&server, Interest::READ, KEY)
        .expect("a registration");
    client.write(b"octets").expect("room");
    client.shutdown(Shutdown::Write).expect("an end");
    assert!(expect_event(&mut selector, KEY).is_readable());
    assert_eq!(server.read(&mut [0; 8]).expect("octets"), 6);
    for _ in 0..3 {
        assert!(expect_event(&mut selector, KEY).is_readable());
    }
    assert_eq!(server.read(&mut [0; 8]).expect("the end"), 0);
    selector.unregister(&server).expect("it was registered");

    selector
        .register_by_edges(&reset, Interest::READ, OTHER)
        .expect("a registration");
    expect_none(&mut selector);
    other.abort();
    assert!(expect_event(&mut selector, OTHER).is_readable());
    let read = reset.read(&mut [0; 8]).map_err(|error| error.reason());
    assert_eq!(read, Err(ErrorKind::Reset));
    selector.unregister(&reset).expect("it was registered");

    selector
        .register_by_edges(&paused, Interest::WRITE, KEY)
        .expect("a registration");
    assert!(expect_event(&mut selector, KEY).is_writable());
    late.shutdown(Shutdown::Write).expect("an end");
    select(&mut selector, SOON);
    selector
        .modify(&paused, Interest::READ, KEY)
        .expect("an interest");
    for _ in 0..3 {
        assert!(expect_event(&mut selector, KEY).is_readable());
    }
    assert_eq!(paused.read(&mut [0; 8]).expect("the end"), 0);
}

/// Room is told when a source takes octets again that it had refused.
pub fn edges_tell_of_room<W: World>(world: &mut W) {
    let (mut client, mut server) = pair(world);
    let mut selector = world.selector();
    selector
        .register_by_edges(&server, Interest::WRITE, KEY)
        .expect("a registration");
    for _ in 0..2 {
        assert!(expect_event(&mut selector, KEY).is_writable());
        let mut left = stuff(&mut server);
        let mut turn = alone;
        let mut peer = Peer::new(world.far(), &mut turn);
        while left > 0 {
            let mut buf = [0; 1024];
            left -= peer
                .wait(&mut client, Interest::READ, |client| client.read(&mut buf))
                .expect("octets");
        }
    }
    assert!(expect_event(&mut selector, KEY).is_writable());
}

/// Writes until no more is taken; tells how much was.
fn stuff<S: Stream>(stream: &mut S) -> usize {
    let mut sum = 0;
    loop {
        match stream.write(&[0; 1024]) {
            Ok(count) => sum += count,
            Err(error) => {
                assert_eq!(error.reason(), ErrorKind::WouldBlock);
                return sum;
            }
        }
    }
}
