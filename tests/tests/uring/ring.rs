use core::net::{Ipv4Addr, SocketAddr};
use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use std::io::{Read, Write};
use std::os::fd::AsFd;
use std::sync::Arc;
use std::thread;

use amphi_core::select::{Event, Interest, Ready, Register, Selector};
use amphi_core::serve::{Key, Next, Part, Reply, Service, Slot, StreamHandler, StreamServer};
use amphi_core::socket::{Blocking, Datagram, Listener, Net, Shutdown, Socket, Stream};
use amphi_core::{Error, ErrorKind};
use amphi_examples::echo::StreamEcho;
use amphi_std::{Host, HostError, UdpSocket, Uring, UringSelector, UringStream};

/// Far longer than anything here takes: what waits as long was forgotten.
const LONG: Duration = Duration::from_secs(60);

fn local() -> SocketAddr {
    (Ipv4Addr::LOCALHOST, 0).into()
}

/// A ring, where the kernel allows it.
fn ring() -> Option<Uring> {
    let refused = match Uring::new() {
        Ok(uring) => return Some(uring),
        Err(refused) => refused,
    };
    println!("skipped: no io_uring here: {refused}");
    None
}

fn kind<T>(result: Result<T, HostError>) -> Option<ErrorKind> {
    result.map_err(|error| error.reason()).err()
}

/// Both ends of a connection: of the ring, and std's.
fn pair(uring: &Uring) -> (UringStream<'_>, std::net::TcpStream) {
    let mut listener = uring.tcp_listen(local(), 1).expect("a listener");
    let address = listener.local().expect("its address");
    let other = std::net::TcpStream::connect(address).expect("a connection");
    assert!(listener.wait(Interest::READ, Some(LONG)).expect("a wait"));
    (listener.accept().expect("it waits").0, other)
}

/// Says much, then ends the connection.
struct Much(usize);

const MUCH: usize = 3_000_000;

impl StreamHandler for Much {
    fn handle(&mut self, _: &[u8], reply: &mut Reply<'_>) -> Next {
        while self.0 < MUCH {
            let piece = [7; 4_096];
            let len = piece.len().min(MUCH - self.0).min(reply.room());
            if len == 0 {
                return Next::More;
            }
            reply.send(&piece[..len]);
            self.0 += len;
        }
        Next::Close
    }
}

/// No turn waits for its time to be over: what leaves whole has no completion, and yet
/// the next piece, the end of file and the close follow it at once.
#[test]
fn nothing_is_forgotten_in_a_long_wait() {
    let Some(uring) = ring() else { return };
    let net = &uring;
    let listener = net.tcp_listen(local(), 8).expect("a listener");
    let address = listener.local().expect("its address");
    let mut slots = [const { Slot::new() }; 2];
    let mut buffers = [0; 2 * 4_096];
    let make = |_: &SocketAddr| Much(0);
    let mut server = StreamServer::new(listener, make, &mut slots, &mut buffers);
    let mut selector = UringSelector::new(net);
    let waker = selector.waker().expect("a waker");
    let done = Arc::new(AtomicBool::new(false));
    let all_came = Arc::clone(&done);
    let client = thread::spawn(move || {
        for _ in 0..3 {
            let mut stream = std::net::TcpStream::connect(address).expect("a connection");
            stream.write_all(b"go").expect("room");
            let mut all = Vec::new();
            stream.read_to_end(&mut all).expect("octets, and the end");
            assert!(all == [7; MUCH], "{} octets", all.len());
        }
        // First said, then woken: who wakes up sees it.
        all_came.store(true, Ordering::Release);
        waker.wake();
    });
    let mut events = [Event::new(Key::default(), Ready::NONE); 4];
    let mut scratch = [0; 1024];
    let mut parts: [&mut dyn Part<_>; 1] = [&mut server];
    let mut service = Service::new(net, &mut selector, &mut parts, &mut events, &mut scratch);
    service.start().expect("it starts");
    while !done.load(Ordering::Acquire) {
        let before = net.now();
        service.turn(Some(LONG)).expect("a turn");
        assert!(net.now() - before < LONG / 2, "it waited in vain");
    }
    client.join().expect("all came");
    service.finish(Duration::from_secs(1)).expect("it ends");
    assert_eq!((server.live(), server.tally().sent), (0, 3 * MUCH as u64));
}

/// Who sends and is not read is stopped before it fills the memory, and gets on when
/// somebody reads.
#[test]
fn what_nobody_reads_waits_at_its_sender() {
    const MOST: usize = 64 << 20;
    let Some(uring) = ring() else { return };
    let (mut stream, mut other) = pair(&uring);
    other.set_nonblocking(true).expect("a mode");
    let piece: Vec<u8> = (0..251).collect();
    let (mut sent, mut idle) = (0, 0);
    while idle < 20 {
        match other.write(&piece[sent % 251..]) {
            Ok(count) => (sent, idle) = (sent + count, 0),
            Err(_) => idle += 1,
        }
        assert!(sent < MOST, "no end of it");
        // The ring takes what it takes.
        (&uring).drain((&uring).now()).expect("a turn");
    }
    other.shutdown(std::net::Shutdown::Write).expect("an end");
    let (mut got, mut buf) = (0, [0; 5_000]);
    loop {
        assert!(stream.wait(Interest::READ, Some(LONG)).expect("a wait"));
        match stream.read(&mut buf).expect("octets") {
            0 => break,
            count => {
                let right = buf[..count].iter().zip(got..);
                assert!(
                    right
                        .into_iter()
                        .all(|(octet, at)| usize::from(*octet) == at % 251)
                );
                got += count;
            }
        }
    }
    assert_eq!(got, sent);
}

/// Many more connections than a ring holds requests at once, with a message on each.
#[test]
fn more_connections_than_requests_at_once() {
    const CONNECTIONS: usize = 1_500;
    let Some(uring) = ring() else { return };
    if !raise_descriptors(2 * CONNECTIONS + 200) {
        return;
    }
    let net = &uring;
    let listener = net.tcp_listen(local(), 4_096).expect("a listener");
    let address = listener.local().expect("its address");
    let mut slots: Box<[_]> = (0..CONNECTIONS).map(|_| Slot::new()).collect();
    let mut buffers = vec![0; CONNECTIONS * 64];
    let make = |_: &SocketAddr| StreamEcho;
    let mut server = StreamServer::new(listener, make, &mut slots, &mut buffers);
    let mut selector = UringSelector::new(net);
    let mut events = vec![Event::new(Key::default(), Ready::NONE); CONNECTIONS];
    let mut scratch = [0; 64];
    let mut parts: [&mut dyn Part<_>; 1] = [&mut server];
    let mut service = Service::new(net, &mut selector, &mut parts, &mut events, &mut scratch);
    service.start().expect("it starts");
    let clients = (0..CONNECTIONS).map(|_| Host.tcp_connect(address).expect("a connection"));
    let mut clients: Vec<_> = clients.collect();
    for round in 0..3_u8 {
        for client in &mut clients {
            client.wait(Interest::WRITE, Some(LONG)).expect("a wait");
            assert_eq!(Stream::write(client, &[round; 3]), Ok(3));
        }
        let mut missing = vec![3; CONNECTIONS];
        let end = net.now() + LONG;
        while missing.iter().any(|left| *left > 0) {
            assert!(net.now() < end, "somebody is not served");
            service
                .turn(Some(Duration::from_millis(1)))
                .expect("a turn");
            for (client, left) in clients.iter_mut().zip(&mut missing) {
                let mut buf = [0; 8];
                if *left > 0
                    && let Ok(count) = Stream::read(client, &mut buf)
                {
                    assert!(buf[..count].iter().all(|octet| *octet == round));
                    *left -= count;
                }
            }
        }
    }
    drop(clients);
    service.finish(Duration::from_secs(10)).expect("it ends");
    assert_eq!(
        (server.live(), server.tally().accepted),
        (0, CONNECTIONS as u64)
    );
}

/// What is dropped while the kernel has requests of it is closed, and the ring after it.
#[test]
fn a_ring_ends_with_all_that_it_has() {
    let Some(uring) = ring() else { return };
    let (mut stream, mut other) = pair(&uring);
    let listener = (&uring).tcp_listen(local(), 4).expect("a listener");
    let address = listener.local().expect("its address");
    let mut selector = UringSelector::new(&uring);
    selector
        .register(&listener, Interest::READ, 'l')
        .expect("a registration");
    selector
        .register(&stream, Interest::READ, 's')
        .expect("a registration");
    let mut events = [Event::new(' ', Ready::NONE); 4];
    assert_eq!(selector.select(&mut events, Some(Duration::ZERO)), Ok(0));
    let waiting = std::net::TcpStream::connect(address).expect("a connection");
    assert_eq!(selector.select(&mut events, Some(LONG)), Ok(1));
    stream.write(b"last words").expect("room");
    stream.shutdown(Shutdown::Write).expect("an end");
    drop(selector);
    drop(stream);
    drop(listener);
    let deadline = (&uring).now() + LONG;
    assert!((&uring).drain(deadline).expect("a drain"));
    drop(uring);
    let mut text = String::new();
    other
        .read_to_string(&mut text)
        .expect("octets, and the end");
    assert_eq!(text, "last words");
    let mut waiting = waiting;
    let end = waiting.read(&mut [0; 8]).map_err(|error| error.kind());
    assert_eq!(end, Err(std::io::ErrorKind::ConnectionReset));
    let again = std::net::TcpStream::connect(address).map_err(|error| error.kind());
    assert_eq!(again.err(), Some(std::io::ErrorKind::ConnectionRefused));
}

/// The host's own sockets are watched in the same wait, and let go of at once.
#[test]
fn host_sockets_are_watched_as_well() {
    let Some(uring) = ring() else { return };
    let mut selector = UringSelector::new(&uring);
    let mut socket = (&uring).udp_bind(local()).expect("a socket");
    let own = socket.local().expect("its address");
    let (mut one, other) = amphi_std::socketpair().expect("a pair");
    selector
        .register(&socket, Interest::READ, 'u')
        .expect("a registration");
    selector
        .register(&other, Interest::READ, 'p')
        .expect("a registration");
    let mut events = [Event::new(' ', Ready::NONE); 4];
    assert_eq!(selector.select(&mut events, Some(Duration::ZERO)), Ok(0));
    socket.send_to(b"x", &own).expect("room");
    Stream::write(&mut one, b"y").expect("room");
    let mut seen = Vec::new();
    while seen.len() < 2 {
        let count = selector
            .select(&mut events, Some(LONG))
            .expect("a selection");
        for event in &events[..count] {
            if !seen.contains(&event.key) {
                seen.push(event.key);
            }
        }
    }
    drop(one);
    selector.unregister(&socket).expect("it is registered");
    // The kernel has let go of it: its port is free.
    drop(socket);
    (&uring).udp_bind(own).expect("the same port");
    let found = |events: &[Event<char>]| events.iter().any(|event| event.ready.is_hangup());
    let count = selector
        .select(&mut events, Some(LONG))
        .expect("a selection");
    assert!(found(&events[..count]));
    assert_eq!(selector.len(), 1);
}

/// A source is in one selector at a time, and in none of another ring.
#[test]
fn one_ring_and_one_selector_for_a_source() {
    let (Some(uring), Some(foreign)) = (ring(), ring()) else {
        return;
    };
    let (stream, _other) = pair(&uring);
    let mut first = UringSelector::new(&uring);
    let mut second = UringSelector::new(&uring);
    let mut third = UringSelector::new(&foreign);
    assert_eq!(first.register(&stream, Interest::READ, 1), Ok(()));
    let again = second.register(&stream, Interest::READ, 2);
    assert_eq!(kind(again), Some(ErrorKind::AlreadyExists));
    assert_eq!(kind(second.unregister(&stream)), Some(ErrorKind::NotFound));
    let foreign = third.register(&stream, Interest::READ, 3);
    assert_eq!(kind(foreign), Some(ErrorKind::InvalidInput));
    drop(first);
    assert_eq!(second.register(&stream, Interest::READ, 2), Ok(()));
}

/// In the sequential style.
#[test]
fn blocking_sockets_drive_their_ring() {
    let Some(uring) = ring() else { return };
    let net = &uring;
    let mut listener = Blocking::new(net.tcp_listen(local(), 4).expect("a listener"));
    let address = listener.get_ref().local().expect("its address");
    let mut client = Blocking::connect(net, address, Some(LONG)).expect("a connection");
    let (mut server, _) = listener.accept().expect("one");
    client.write(b"hello").expect("room");
    let mut buf = [0; 16];
    assert_eq!(server.read(&mut buf), Ok(5));
    server.write(&buf[..5]).expect("room");
    assert_eq!(client.read(&mut buf), Ok(5));
    client.set_timeout(Some(Duration::from_millis(20)));
    assert_eq!(kind(client.read(&mut buf)), Some(ErrorKind::TimedOut));
}

/// More completions than the ring has room for in one turn: what waits in the kernel tells
/// of octets that a socket did not take, and none of these is lost.
#[test]
fn more_completions_than_room_lose_no_octet() {
    const WATCHED: usize = 9_000;
    let Some(uring) = ring() else { return };
    if !raise_descriptors(WATCHED + 200) {
        return;
    }
    let net = &uring;
    let socket = net.udp_bind(local()).expect("a socket");
    let twin = || socket.as_fd().try_clone_to_owned().expect("a duplicate");
    let watched: Vec<_> = (0..WATCHED).map(|_| UdpSocket::from(twin())).collect();
    let mut selector = UringSelector::new(net);
    for source in &watched {
        selector
            .register(source, Interest::WRITE, 0)
            .expect("registered");
    }
    let (mut stream, mut other) = pair(net);
    let mut events = vec![Event::new(0, Ready::NONE); WATCHED];
    let (mut sent, mut refused) = (0_usize, 0);
    // Until the peer, which does not read, has no room: then a request was not taken whole.
    while refused < 3 {
        let piece: Vec<u8> = (sent..sent + 16_000).map(|at| (at % 251) as u8).collect();
        match stream.write(&piece) {
            Ok(count) => (sent, refused) = (sent + count, 0),
            Err(_) => refused += 1,
        }
        let count = selector.select(&mut events, Some(LONG)).expect("a turn");
        assert!(count > 0, "all are writable");
    }
    stream.shutdown(Shutdown::Write).expect("an end");
    drop(selector);
    let reader = thread::spawn(move || {
        let mut all = Vec::new();
        other.read_to_end(&mut all).map(|_| all)
    });
    drop(stream);
    assert!(net.drain(net.now() + LONG).expect("a drain"));
    let all = reader
        .join()
        .expect("no panic")
        .expect("octets, and the end");
    assert_eq!(all.len(), sent);
    let right = |(at, octet): (usize, &u8)| usize::from(*octet) == at % 251;
    assert!(all.iter().enumerate().all(right), "other octets came");
}

/// Asks for so many descriptors, and tells whether they can be had.
fn raise_descriptors(count: usize) -> bool {
    use nix::sys::resource::{Resource, getrlimit, setrlimit};
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE).expect("the limit");
    setrlimit(Resource::RLIMIT_NOFILE, hard, hard).expect("the limit");
    if hard < count as u64 {
        println!("skipped: only {hard} descriptors");
    }
    hard >= count as u64
}
