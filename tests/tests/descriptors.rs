//! A server whose process has no descriptor left. Alone in its file, and one test at
//! a time, as the limit is the whole process's.
#![cfg(feature = "host")]

use core::net::{Ipv4Addr, SocketAddr};
use core::time::Duration;
use std::sync::{Mutex, MutexGuard, PoisonError};

use amphi_core::select::{Event, Ready, Selects};
use amphi_core::serve::{Connection, Key, Part, Service, Slot, StreamRequestHandler, StreamServer};
use amphi_core::socket::{Net, Socket, Stream};
use amphi_examples::echo::StreamEcho;
use amphi_std::serve::{ThreadingServer, Threads};
use amphi_std::{DefaultSelector, Host, TcpStream};
#[cfg(target_os = "linux")]
use amphi_std::{Uring, UringSelector};
use nix::sys::resource::{Resource, getrlimit, setrlimit};

const CLIENTS: usize = 200;
/// How many connections the server can have at a time, by descriptors.
const SPARE: [u64; 2] = [64, 8];

/// Connections for which there is no descriptor wait: the listener neither spins
/// nor loses one, and each is served when another has gone.
#[test]
fn connections_wait_for_descriptors() {
    let _alone = alone();
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE).expect("the limit");
    for spare in SPARE {
        let selector = DefaultSelector::new().expect("a selector");
        with_spare(Host, selector, spare);
        setrlimit(Resource::RLIMIT_NOFILE, soft, hard).expect("the old limit");
    }
    #[cfg(target_os = "linux")]
    for spare in SPARE {
        match Uring::new() {
            Ok(uring) => with_spare(&uring, UringSelector::new(&uring), spare),
            Err(refused) => println!("skipped: no io_uring here: {refused}"),
        }
        setrlimit(Resource::RLIMIT_NOFILE, soft, hard).expect("the old limit");
    }
}

/// A connection that was accepted with the last descriptor cannot be cut off when the
/// server closes: it does not hold that up.
#[test]
fn closing_leaves_alone_what_cannot_be_cut_off() {
    let _alone = alone();
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE).expect("the limit");
    for is_pool in [false, true] {
        let mut selector = DefaultSelector::new().expect("a selector");
        let waker = selector.waker().expect("a waker");
        let threads = if is_pool {
            Threads::pool(waker, 1, 1).expect("a thread")
        } else {
            Threads::new(waker, 2)
        };
        let any = (Ipv4Addr::LOCALHOST, 0).into();
        let listener = Host.tcp_listen(any, 1).expect("a listener");
        let address = listener.local().expect("its address");
        let silent = Host.tcp_connect(address).expect("a connection");
        let (ended, seen) = std::sync::mpsc::channel::<()>();
        // At last it goes, so that a server that waits for it fails the test.
        let client = std::thread::spawn(move || {
            let _ = seen.recv_timeout(Duration::from_secs(20));
            drop(silent);
        });
        let mut server = ThreadingServer::with_process(listener, |_: &SocketAddr| Listens, threads);
        let mut events = [Event::new(Key::default(), Ready::NONE); 4];
        let mut parts: [&mut dyn Part<_>; 1] = [&mut server];
        let mut service = Service::new(Host, &mut selector, &mut parts, &mut events, &mut []);
        service.start().expect("it starts");
        leave_descriptors(1);
        service.handle_request(None).expect("it accepts");
        setrlimit(Resource::RLIMIT_NOFILE, soft, hard).expect("the old limit");
        service.finish(Duration::from_millis(20)).expect("it ends");
        assert!(!client.is_finished(), "it waited for the client");
        assert_eq!(server.tally().accepted, 1);
        drop(ended);
        client.join().expect("no panic");
    }
}

/// Waits for the end of what its client says.
struct Listens;

impl StreamRequestHandler for Listens {
    fn handle<C: Connection>(&mut self, connection: &mut C) -> Result<(), C::Error> {
        while connection.read(&mut [0; 16])? > 0 {}
        Ok(())
    }
}

fn alone() -> MutexGuard<'static, ()> {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    // Another test that failed is no reason to fail.
    ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner)
}

fn with_spare<N: Net>(net: N, mut selector: impl Selects<N, Key = Key>, spare: u64) {
    let listener = net
        .tcp_listen((Ipv4Addr::LOCALHOST, 0).into(), CLIENTS)
        .expect("a listener");
    let address = listener.local().expect("its address");
    let mut clients: Vec<TcpStream> = (0..CLIENTS)
        .map(|_| Host.tcp_connect(address).expect("a connection"))
        .collect();
    let mut slots: Box<[Slot<_, _>]> = (0..CLIENTS).map(|_| Slot::new()).collect();
    let mut buffers = [0; CLIENTS * 64];
    let mut server = StreamServer::new(
        listener,
        |_: &SocketAddr| StreamEcho,
        &mut slots,
        &mut buffers,
    );
    leave_descriptors(spare);

    let mut events = [Event::new(Key::default(), Ready::NONE); 16];
    let mut scratch = [0; 64];
    {
        let mut parts: [&mut dyn Part<_>; 1] = [&mut server];
        let mut service = Service::new(net, &mut selector, &mut parts, &mut events, &mut scratch);
        service.start().expect("it starts");
        let wakes = turns_within(&mut service, Duration::from_millis(300));
        assert!(
            wakes < 20,
            "{wakes} turns within 300 ms: the listener spins"
        );

        for client in &mut clients {
            assert_eq!(client.write(b"x").expect("room"), 1);
        }
        let mut waiting = clients;
        let end = Host.now() + Duration::from_secs(20);
        while !waiting.is_empty() {
            assert!(
                Host.now() < end,
                "{} clients are never served",
                waiting.len()
            );
            service
                .turn(Some(Duration::from_millis(1)))
                .expect("a turn");
            // A client that has its answer goes, and so gives its descriptor back.
            waiting.retain_mut(|client| !matches!(client.read(&mut [0; 8]), Ok(1)));
        }
        service.finish(Duration::from_secs(1)).expect("it ends");
    }
    assert_eq!(server.tally().accepted, CLIENTS as u64);
    assert_eq!(
        (server.tally().received, server.live()),
        (CLIENTS as u64, 0)
    );
}

/// Lowers the limit so that `spare` more descriptors can be had.
fn leave_descriptors(spare: u64) {
    let next = std::fs::File::open("/dev/null").expect("a descriptor");
    let highest = u64::try_from(std::os::fd::AsRawFd::as_raw_fd(&next)).expect("a number");
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE).expect("the limit");
    setrlimit(Resource::RLIMIT_NOFILE, highest + spare, hard).expect("a lower limit");
}

fn turns_within<N: Net, S: Selects<N, Key = Key>>(
    service: &mut Service<'_, '_, N, S>,
    time: Duration,
) -> usize {
    let end = Host.now() + time;
    let mut turns = 0;
    while Host.now() < end {
        service.turn(Some(end - Host.now())).expect("a turn");
        turns += 1;
    }
    turns
}
