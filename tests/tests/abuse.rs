//! Clients that mean harm, on the host, against slots and against threads. The
//! others are served to the last octet, nothing spins, and all is given back.
//!
//! One test at a time, as they count the descriptors of the process.
#![cfg(all(feature = "host", target_os = "linux"))]

use core::net::{Ipv4Addr, SocketAddr};
use core::sync::atomic::{AtomicU64, Ordering};
use core::time::Duration;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use amphi_core::serve::{
    Closed, Connection, Hooks, Limits, RequestServer, Slot, StreamRequestHandler, StreamServer,
    StreamTally, Tally,
};
use amphi_core::socket::{Net, Socket, Stream};
use amphi_examples::echo::StreamEcho;
use amphi_std::serve::{Stop, Threads, serve_forever};
use amphi_std::{DefaultSelector, Host, TcpListener};

/// More than any test has clients at a time.
const PLACES: usize = 256;
const DRAIN: Duration = Duration::from_secs(1);
/// How long a client waits for what must come.
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Debug, Clone, Copy)]
enum Kind {
    Slots,
    Threads,
}

const KINDS: [Kind; 2] = [Kind::Slots, Kind::Threads];

/// The sequential echo.
struct Echo;

impl StreamRequestHandler for Echo {
    fn handle<C: Connection>(&mut self, connection: &mut C) -> Result<(), C::Error> {
        let mut buf = [0; 4096];
        loop {
            match connection.read(&mut buf)? {
                0 => return Ok(()),
                count => connection.write_all(&buf[..count])?,
            }
        }
    }
}

/// What the server is seen to do from outside.
#[derive(Debug, Default)]
struct Seen {
    turns: AtomicU64,
    accepted: AtomicU64,
    ended: AtomicU64,
    failed: AtomicU64,
}

/// Makes handlers, and shows what happens.
struct Show<M>(Arc<Seen>, M);

impl<H, M: Fn() -> H> Hooks<SocketAddr> for Show<M> {
    type Handler = H;

    fn finish_request(&mut self, _remote: &SocketAddr) -> H {
        (self.1)()
    }

    fn close_request(&mut self, _remote: &SocketAddr, why: Closed, _tally: Tally) {
        self.0.ended.fetch_add(1, Ordering::AcqRel);
        let failed = u64::from(why.is_failure());
        self.0.failed.fetch_add(failed, Ordering::AcqRel);
    }

    fn service_actions(&mut self, tally: &StreamTally) {
        self.0.turns.fetch_add(1, Ordering::AcqRel);
        self.0.accepted.store(tally.accepted, Ordering::Release);
    }
}

fn serve(
    kind: Kind,
    listener: TcpListener,
    limits: Limits,
    stop: &Stop,
    seen: Arc<Seen>,
) -> StreamTally {
    let mut selector = DefaultSelector::new().expect("a selector");
    match kind {
        Kind::Slots => {
            let mut slots: Vec<_> = (0..PLACES).map(|_| Slot::new()).collect();
            let mut buffers = vec![0; PLACES * 4096];
            let hooks = Show(seen, || StreamEcho);
            let mut server =
                StreamServer::new(listener, hooks, &mut slots, &mut buffers).with_limits(limits);
            serve_forever(&mut selector, &mut [&mut server], stop, DRAIN).expect("it serves");
            assert_eq!(server.live(), 0, "a slot is lost");
            server.tally()
        }
        Kind::Threads => {
            let threads = Threads::new(selector.waker().expect("a waker"), PLACES);
            let hooks = Show(seen, || Echo);
            let mut server =
                RequestServer::with_process(listener, hooks, threads).with_limits(limits);
            serve_forever(&mut selector, &mut [&mut server], stop, DRAIN).expect("it serves");
            server.tally()
        }
    }
}

fn descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").expect("a list").count()
}

fn alone() -> MutexGuard<'static, ()> {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    // Another test that failed is no reason to fail.
    ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Serves while `test` plays the clients; then everything is given back.
#[track_caller]
fn against(kind: Kind, limits: Limits, test: impl FnOnce(SocketAddr, &Seen, &Stop)) -> StreamTally {
    let _alone = alone();
    let before = descriptors();
    let stop = Stop::new();
    let any = (Ipv4Addr::LOCALHOST, 0).into();
    let listener = Host.tcp_listen(any, 1024).expect("a listener");
    let address = listener.local().expect("an address");
    let seen = Arc::new(Seen::default());
    let (shown, remote) = (Arc::clone(&seen), stop.clone());
    let thread = std::thread::spawn(move || serve(kind, listener, limits, &remote, shown));
    test(address, &seen, &stop);
    stop.request();
    let tally = thread.join().expect("the server does not panic");
    drop(stop);
    assert_eq!(descriptors(), before, "{kind:?}: descriptors");
    tally
}

fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).expect("a connection");
    stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    stream.set_write_timeout(Some(PATIENCE)).expect("a timeout");
    stream.set_nodelay(true).expect("no delay");
    stream
}

#[track_caller]
fn exchange(client: &mut TcpStream, round: usize) {
    let message: Vec<u8> = (0..100).map(|at| (at * 7 + round) as u8).collect();
    client.write_all(&message).expect("it is taken");
    let mut answer = [0; 100];
    client.read_exact(&mut answer).expect("an answer");
    assert_eq!(answer[..], message);
}

/// Yields to the server until `done`.
#[track_caller]
fn until(what: &str, mut done: impl FnMut() -> bool) {
    let end = std::time::Instant::now() + PATIENCE;
    while !done() {
        assert!(std::time::Instant::now() < end, "no end of waiting: {what}");
        std::thread::yield_now();
    }
}

/// A hundred peers that say an octet now and then reach the total time; others
/// are served meanwhile.
#[test]
fn slowloris() {
    const SLOW: usize = 100;
    let limits = Limits {
        total: Some(Duration::from_millis(1_500)),
        ..Limits::DEFAULT
    };
    for kind in KINDS {
        let tally = against(kind, limits, |address, seen, _| {
            let mut slow: Vec<_> = (0..SLOW).map(|_| connect(address)).collect();
            let mut round = 0;
            while seen.failed.load(Ordering::Acquire) < SLOW as u64 {
                for client in &mut slow {
                    // Those that were closed meanwhile fail.
                    let _ = client.write_all(b".");
                }
                // A client of a moment, far within the total time.
                exchange(&mut connect(address), round);
                round += 1;
            }
        });
        assert_eq!(tally.failed, SLOW as u64, "{kind:?}: {tally:?}");
    }
}

/// Peers that write and never read are reset after the progress time.
#[test]
fn peers_that_never_read() {
    const DEAF: usize = 20;
    let limits = Limits {
        progress: Some(Duration::from_millis(300)),
        ..Limits::DEFAULT
    };
    for kind in KINDS {
        let tally = against(kind, limits, |address, seen, _| {
            let mut other = connect(address);
            let mut deaf: Vec<_> = (0..DEAF).map(|_| connect(address)).collect();
            let mut round = 0;
            let block = vec![1; 1 << 16];
            deaf.iter()
                .for_each(|peer| peer.set_nonblocking(true).expect("non-blocking"));
            while seen.ended.load(Ordering::Acquire) < DEAF as u64 {
                for peer in &mut deaf {
                    let _ = peer.write(&block);
                }
                exchange(&mut other, round);
                round += 1;
            }
        });
        assert_eq!(tally.failed, DEAF as u64, "{kind:?}: {tally:?}");
    }
}

/// Two thousand resets as fast as they come, far above a thousand a second.
#[test]
fn reset_storm() {
    const RESETS: u64 = 2_000;
    for kind in KINDS {
        let tally = against(kind, Limits::DEFAULT, |address, seen, _| {
            let mut others = [(); 4].map(|()| connect(address));
            for round in 0..RESETS {
                let mut rude = connect(address);
                let _ = rude.write_all(b"soon gone");
                let rude = amphi_std::TcpStream::try_from(rude).expect("a stream");
                rude.abort();
                exchange(&mut others[round as usize % 4], round as usize);
            }
            until("their ends", || {
                seen.ended.load(Ordering::Acquire) >= RESETS
            });
        });
        assert_eq!(tally.accepted, RESETS + 4, "{kind:?}");
    }
}

/// A mebibyte in one go, from peers that read and write as they like.
#[test]
fn pipelined_mebibyte() {
    const TOTAL: usize = 1 << 20;
    for kind in KINDS {
        let tally = against(kind, Limits::DEFAULT, |address, _, _| {
            let clients = [(); 3].map(|()| {
                std::thread::spawn(move || {
                    let octets: Arc<Vec<u8>> =
                        Arc::new((0..TOTAL).map(|at| (at ^ at >> 9) as u8).collect());
                    let mut reader = connect(address);
                    let mut writer = reader.try_clone().expect("a duplicate");
                    let said = Arc::clone(&octets);
                    let speaker = std::thread::spawn(move || {
                        writer.write_all(&said).expect("it is taken");
                        writer
                            .shutdown(std::net::Shutdown::Write)
                            .expect("half a close");
                    });
                    let mut heard = Vec::new();
                    reader.read_to_end(&mut heard).expect("an answer");
                    speaker.join().expect("no panic");
                    assert!(heard == *octets, "other octets came back");
                })
            });
            for client in clients {
                client.join().expect("no panic");
            }
        });
        assert_eq!(tally.sent, 3 * TOTAL as u64, "{kind:?}");
        assert_eq!((tally.accepted, tally.failed), (3, 0), "{kind:?}");
    }
}

/// A stop amid traffic: what each client has heard is what it said, up to where it
/// was cut off, and the server ends.
#[test]
fn shutdown_under_load() {
    for kind in KINDS {
        let tally = against(kind, Limits::DEFAULT, |address, seen, stop| {
            let exchanged = Arc::new(AtomicU64::new(0));
            let clients: Vec<_> = (0..50)
                .map(|_| {
                    let exchanged = Arc::clone(&exchanged);
                    std::thread::spawn(move || {
                        let mut client = connect(address);
                        let mut round = 0_u32;
                        loop {
                            let word = round.to_be_bytes();
                            let mut answer = [0; 4];
                            let heard = client
                                .write_all(&word)
                                .and_then(|()| client.read_exact(&mut answer));
                            match heard {
                                Ok(()) => {
                                    assert_eq!(answer, word);
                                    exchanged.fetch_add(1, Ordering::AcqRel);
                                }
                                Err(_) => return round,
                            }
                            round += 1;
                        }
                    })
                })
                .collect();
            until("all have come", || {
                seen.accepted.load(Ordering::Acquire) == 50
            });
            until("traffic", || exchanged.load(Ordering::Acquire) > 1_000);
            stop.request();
            for client in clients {
                client.join().expect("no other octets");
            }
        });
        assert_eq!(tally.accepted, 50, "{kind:?}");
    }
}

/// With a hundred connections and nothing to do, nothing is done.
#[test]
fn idle_when_idle() {
    for kind in KINDS {
        against(kind, Limits::DEFAULT, |address, seen, _| {
            let mut clients: Vec<_> = (0..100).map(|_| connect(address)).collect();
            for client in &mut clients {
                exchange(client, 0);
            }
            until("all have come", || {
                seen.accepted.load(Ordering::Acquire) == 100
            });
            let turns = seen.turns.load(Ordering::Acquire);
            // A wait that nothing may end early; longer would only be stricter.
            let quiet = Duration::from_millis(300);
            clients[0].set_read_timeout(Some(quiet)).expect("a timeout");
            assert!(clients[0].read(&mut [0]).is_err(), "nobody asked");
            let more = seen.turns.load(Ordering::Acquire) - turns;
            assert!(more <= 2, "{kind:?}: {more} turns with nothing to do");
        });
    }
}
