//! Loops that are ended from elsewhere: another thread, a signal; and several of
//! them on one port.
#![cfg(all(feature = "host", target_os = "linux"))]

use core::net::{Ipv4Addr, SocketAddr};
use core::sync::atomic::AtomicBool;
use core::time::Duration;
use std::os::unix::net::UnixStream;
use std::sync::Arc;

use amphi_core::select::{Event, Interest, Ready, Register};
use amphi_core::serve::{Key, Part, Service, Slot, StreamServer, StreamTally};
use amphi_core::socket::{Blocking, Net, Socket};
use amphi_examples::echo::StreamEcho;
use amphi_std::serve::{Stop, ThreadingServer, Threads, listen_shared, serve_forever};
use amphi_std::{DefaultSelector, Host, TcpListener};
use signal_hook::consts::SIGUSR1;

const DRAIN: Duration = Duration::from_secs(20);

fn any() -> SocketAddr {
    (Ipv4Addr::LOCALHOST, 0).into()
}

/// Serves echo in slots until `stop` is requested.
fn serve(listener: TcpListener, stop: &Stop) -> StreamTally {
    let mut slots: Vec<_> = (0..64).map(|_| Slot::new()).collect();
    let mut buffers = vec![0; 64 * 256];
    let make = |_: &SocketAddr| StreamEcho;
    let mut server = StreamServer::new(listener, make, &mut slots, &mut buffers);
    let mut selector = DefaultSelector::new().expect("a selector");
    serve_forever(&mut selector, &mut [&mut server], stop, DRAIN).expect("it serves");
    assert_eq!(server.live(), 0);
    server.tally()
}

/// Whenever `shutdown` comes, before the loop or in it, the loop ends (bpo-2302).
#[test]
fn shutdown_from_another_thread_always_ends_the_loop() {
    for _ in 0..20 {
        let stop = Stop::new();
        let listener = Host.tcp_listen(any(), 5).expect("a listener");
        let seen = stop.clone();
        let thread = std::thread::spawn(move || serve(listener, &seen));
        stop.request();
        assert_eq!(thread.join().expect("no panic").accepted, 0);
        assert!(stop.is_requested());
    }
}

/// A server that never served is closed like any other.
#[test]
fn closed_without_serving() {
    struct Never;
    impl amphi_core::serve::StreamRequestHandler for Never {
        fn handle<C: amphi_core::serve::Connection>(&mut self, _: &mut C) -> Result<(), C::Error> {
            unreachable!()
        }
    }
    let mut selector = DefaultSelector::<Key>::new().expect("a selector");
    let waker = selector.waker().expect("a waker");
    let listener = Host.tcp_listen(any(), 5).expect("a listener");
    let address = listener.local().expect("an address");
    let never = |_: &SocketAddr| Never;
    drop(ThreadingServer::with_process(
        listener,
        never,
        Threads::new(waker, 2),
    ));
    Host.tcp_listen(address, 5).expect("the address is free");
}

/// A signal sets a flag and writes into a pair of sockets; one end is watched
/// beside the server, so the loop sees the flag.
#[test]
fn shutdown_by_a_signal() {
    let flag = Arc::new(AtomicBool::new(false));
    let (seen, told) = UnixStream::pair().expect("a pair");
    signal_hook::flag::register(SIGUSR1, Arc::clone(&flag)).expect("a handler");
    signal_hook::low_level::pipe::register(SIGUSR1, told).expect("a handler");

    let mut selector = DefaultSelector::new().expect("a selector");
    // No part has this number.
    let foreign = Key::new(u32::MAX, 0);
    selector
        .register(&seen, Interest::READ, foreign)
        .expect("registered");
    let listener = Host.tcp_listen(any(), 5).expect("a listener");
    let mut slots = [const { Slot::new() }; 1];
    let mut buffer = [0; 64];
    let make = |_: &SocketAddr| StreamEcho;
    let mut server = StreamServer::new(listener, make, &mut slots, &mut buffer);
    let mut parts: [&mut dyn Part<_>; 1] = [&mut server];
    let mut events = [Event::new(Key::default(), Ready::NONE); 4];
    let mut scratch = [0; 64];
    let mut service = Service::new(Host, &mut selector, &mut parts, &mut events, &mut scratch);
    let raiser = std::thread::spawn(|| signal_hook::low_level::raise(SIGUSR1));
    service.serve_forever(&flag, DRAIN).expect("it serves");
    raiser.join().expect("no panic").expect("a signal");
}

/// Two loops share a port; each connection is one loop's, and both get some.
#[test]
fn two_loops_on_one_port() {
    const CLIENTS: usize = 200;
    let stop = Stop::new();
    let first = listen_shared(any(), 256).expect("a listener");
    let address = first.local().expect("an address");
    let second = listen_shared(address, 256).expect("the same port");
    let loops = [first, second].map(|listener| {
        let stop = stop.clone();
        std::thread::spawn(move || serve(listener, &stop))
    });
    for number in 0..CLIENTS {
        let word = number.to_be_bytes();
        let patience = Some(Duration::from_secs(20));
        let mut client = Blocking::connect(Host, address, patience).expect("a connection");
        client.write(&word).expect("room");
        let mut answer = [0; 8];
        embedded_io::Read::read_exact(&mut client, &mut answer).expect("an answer");
        assert_eq!(answer, word);
    }
    stop.request();
    let tallies = loops.map(|thread| thread.join().expect("no panic"));
    let accepted = tallies.map(|tally| tally.accepted);
    assert_eq!(accepted.iter().sum::<u64>(), CLIENTS as u64);
    assert!(accepted.iter().all(|count| *count > 0), "{accepted:?}");
}
