//! Connections.

use core::cell::RefCell;
use core::net::SocketAddr;
use core::time::Duration;

use amphi_core::ErrorKind;
use amphi_core::serve::{
    Closed, Connection, Hooks, Limits, RequestServer, Slot, StreamRequestHandler, StreamServer,
    Tally, WhenFull,
};
use amphi_core::socket::{Shutdown, Stream};
use amphi_examples::echo::StreamEcho;
use amphi_std::Host;
use amphi_std::serve::Forks;

use crate::setting::{Family, Inet, Selector, Way, belongings, run, run_all};

const DRAIN: Duration = Duration::from_secs(20);

pub(crate) type Make<F> = fn(&mut Selector, usize) -> Way<<F as Family>::Addr>;

/// Sends back line by line; some lines have it end otherwise.
struct Lines;

impl StreamRequestHandler for Lines {
    fn handle<C: Connection>(&mut self, connection: &mut C) -> Result<(), C::Error> {
        let mut buf = [0; 64];
        loop {
            let count = connection.read(&mut buf)?;
            match &buf[..count] {
                b"" => return Ok(()),
                b"fail" => return Err(ErrorKind::InvalidInput.into()),
                b"panic" => panic!("as the client asked"),
                b"crash" => std::process::abort(),
                octets => connection.write_all(octets)?,
            }
        }
    }
}

/// Ends `client`. To drop it is not enough: a child that was forked while it was
/// open has it, too.
fn leave(mut client: impl Stream) {
    client.shutdown(Shutdown::Write).expect("half a close");
}

/// All are open at once, and each is answered.
pub(crate) fn clients_are_served_at_the_same_time<F: Family>(way: Make<F>) {
    let mut selector = Selector::new().expect("a selector");
    let process = way(&mut selector, 8);
    let mut server = RequestServer::with_process(F::listen(), |_: &F::Addr| Lines, process);
    let address = server.server_address().expect("an address");
    run(&mut selector, &mut server, DRAIN, |peer| {
        let mut clients: Vec<_> = (0..8).map(|_| F::connect(&address)).collect();
        for round in 0..3_u8 {
            for (number, client) in (0..).zip(&mut clients) {
                peer.send(client, &[round, number]);
            }
            for (number, client) in (0..).zip(&mut clients) {
                peer.expect(client, &[round, number]);
            }
        }
        clients.into_iter().for_each(leave);
    });
    let tally = server.tally();
    assert_eq!((tally.accepted, tally.refused, tally.failed), (8, 0, 0));
    assert_eq!((tally.received, tally.sent), (48, 48));
}

/// Who comes when all are busy waits, and loses nothing.
pub(crate) fn more_than_the_bound_wait<F: Family>(way: Make<F>) {
    let mut selector = Selector::new().expect("a selector");
    let process = way(&mut selector, 2);
    let mut server = RequestServer::with_process(F::listen(), |_: &F::Addr| Lines, process);
    let address = server.server_address().expect("an address");
    run(&mut selector, &mut server, DRAIN, |peer| {
        let mut clients: Vec<_> = (0..6).map(|_| F::connect(&address)).collect();
        for (number, client) in (0..).zip(&mut clients) {
            peer.send(client, &[number]);
        }
        for (number, mut client) in (0..).zip(clients) {
            peer.expect(&mut client, &[number]);
            leave(client);
        }
    });
    assert_eq!((server.tally().accepted, server.tally().refused), (6, 0));
}

/// By policy, who comes when all are busy is closed.
pub(crate) fn more_than_the_bound_are_refused<F: Family>(way: Make<F>) {
    let mut selector = Selector::new().expect("a selector");
    let process = way(&mut selector, 1);
    let limits = Limits {
        when_full: WhenFull::Refuse,
        ..Limits::DEFAULT
    };
    let mut server =
        RequestServer::with_process(F::listen(), |_: &F::Addr| Lines, process).with_limits(limits);
    let address = server.server_address().expect("an address");
    run(&mut selector, &mut server, DRAIN, |peer| {
        let mut first = F::connect(&address);
        peer.send(&mut first, b"in");
        peer.expect(&mut first, b"in");
        let mut second = F::connect(&address);
        peer.expect_end(&mut second);
        peer.send(&mut first, b"still in");
        peer.expect(&mut first, b"still in");
        leave(first);
    });
    assert_eq!((server.tally().accepted, server.tally().refused), (1, 1));
}

/// One peer gets no more than its share, and has it again when it left.
pub(crate) fn one_peer_has_its_share<F: Family>(way: Make<F>) {
    let mut selector = Selector::new().expect("a selector");
    let process = way(&mut selector, 4);
    let limits = Limits {
        connections_per_peer: Some(1),
        ..Limits::DEFAULT
    };
    let told = RefCell::new(Vec::new());
    let hooks = Noting {
        told: &told,
        make: || Lines,
    };
    let mut server = RequestServer::with_process(F::listen(), hooks, process).with_limits(limits);
    let address = server.server_address().expect("an address");
    run(&mut selector, &mut server, DRAIN, |peer| {
        for round in 1..3 {
            let mut first = F::connect(&address);
            peer.send(&mut first, b"in");
            peer.expect(&mut first, b"in");
            let mut second = F::connect(&address);
            peer.expect_end(&mut second);
            leave(first);
            peer.until("the place is free", |_| {
                let told = told.borrow();
                let closed = told.iter().filter(|hook| hook.ends_with("EndOfFile"));
                closed.count() == round
            });
        }
    });
    assert_eq!((server.tally().accepted, server.tally().refused), (2, 2));
}

/// One client asks for `end`, while another is served before and after.
fn one_ends_badly<F: Family>(way: Make<F>, end: &[u8], why: Closed) {
    let mut selector = Selector::new().expect("a selector");
    let process = way(&mut selector, 2);
    let told = RefCell::new(Vec::new());
    let hooks = Noting {
        told: &told,
        make: || Lines,
    };
    let mut server = RequestServer::with_process(F::listen(), hooks, process);
    let address = server.server_address().expect("an address");
    run(&mut selector, &mut server, DRAIN, |peer| {
        let mut good = F::connect(&address);
        peer.send(&mut good, b"before");
        peer.expect(&mut good, b"before");
        let mut bad = F::connect(&address);
        peer.send(&mut bad, end);
        peer.expect_over(&mut bad);
        peer.send(&mut good, b"after");
        peer.expect(&mut good, b"after");
        leave(good);
    });
    assert_eq!((server.tally().accepted, server.tally().failed), (2, 1));
    let told = told.borrow();
    let close = |why| format!("close_request {why:?}");
    assert!(told.contains(&close(why)), "{told:?}");
    assert!(told.contains(&close(Closed::EndOfFile)), "{told:?}");
    assert!(told.contains(&String::from("handle_error")), "{told:?}");
}

pub(crate) fn a_failure_is_one_connections<F: Family>(way: Make<F>) {
    one_ends_badly::<F>(way, b"fail", Closed::Failed(ErrorKind::InvalidInput));
}

pub(crate) fn a_panic_is_one_connections<F: Family>(way: Make<F>) {
    one_ends_badly::<F>(way, b"panic", Closed::Aborted);
}

pub(crate) fn a_crash_is_one_connections<F: Family>(way: Make<F>) {
    one_ends_badly::<F>(way, b"crash", Closed::Aborted);
}

/// A child has a copy of each socket that was open when it was forked, so to close one does not
/// end the connection.
pub(crate) fn an_end_is_told_while_a_child_lives() {
    let mut selector = Selector::new().expect("a selector");
    let mut slots = [const { Slot::new() }; 1];
    let mut buffers = [0; 64];
    let make = |_: &SocketAddr| StreamEcho;
    let mut events = StreamServer::new(Inet::listen(), make, &mut slots, &mut buffers);
    let make = |_: &SocketAddr| Lines;
    let mut forks = RequestServer::with_process(Inet::listen(), make, Forks::new(1));
    let to_events = events.server_address().expect("an address");
    let to_forks = forks.server_address().expect("an address");
    run_all(
        &mut selector,
        &mut [&mut events, &mut forks],
        DRAIN,
        |peer| {
            let mut client = Inet::connect(&to_events);
            peer.send(&mut client, b"here");
            peer.expect(&mut client, b"here");
            let mut held = Inet::connect(&to_forks);
            peer.send(&mut held, b"a child");
            peer.expect(&mut held, b"a child");
            client.shutdown(Shutdown::Write).expect("half a close");
            peer.expect_end(&mut client);
            leave(held);
        },
    );
}

/// Notes the names of the hooks.
struct Noting<'n, M> {
    told: &'n RefCell<Vec<String>>,
    make: M,
}

impl<A, H, M: Fn() -> H> Hooks<A> for Noting<'_, M> {
    type Handler = H;

    fn verify_request(&mut self, _remote: &A) -> bool {
        self.told.borrow_mut().push("verify_request".into());
        true
    }

    fn process_request(&mut self, _remote: &A) {
        self.told.borrow_mut().push("process_request".into());
    }

    fn finish_request(&mut self, _remote: &A) -> H {
        self.told.borrow_mut().push("finish_request".into());
        (self.make)()
    }

    fn handle_error(&mut self, _remote: &A, _why: Closed) {
        self.told.borrow_mut().push("handle_error".into());
    }

    fn shutdown_request(&mut self, _remote: &A) {
        self.told.borrow_mut().push("shutdown_request".into());
    }

    fn close_request(&mut self, _remote: &A, why: Closed, _tally: Tally) {
        let mut told = self.told.borrow_mut();
        told.push(format!("close_request {why:?}"));
    }
}

/// Tells its steps to the client, as another process shares nothing else.
struct Steps;

impl StreamRequestHandler for Steps {
    fn setup<C: Connection>(&mut self, connection: &mut C) -> Result<(), C::Error> {
        connection.write_all(b"setup ")
    }

    fn handle<C: Connection>(&mut self, connection: &mut C) -> Result<(), C::Error> {
        connection.write_all(b"handle ")
    }

    fn finish<C: Connection>(&mut self, connection: &mut C) -> Result<(), C::Error> {
        connection.write_all(b"finish")
    }
}

pub(crate) fn hooks_come_in_pythons_order<F: Family>(way: Make<F>) {
    let mut selector = Selector::new().expect("a selector");
    let process = way(&mut selector, 2);
    let told = RefCell::new(Vec::new());
    let hooks = Noting {
        told: &told,
        make: || Steps,
    };
    let mut server = RequestServer::with_process(F::listen(), hooks, process);
    let address = server.server_address().expect("an address");
    run(&mut selector, &mut server, DRAIN, |peer| {
        let mut client = F::connect(&address);
        peer.expect(&mut client, b"setup handle finish");
        peer.expect_end(&mut client);
    });
    let expected = [
        "verify_request",
        "process_request",
        "finish_request",
        "shutdown_request",
        "close_request ByHandler",
    ];
    assert_eq!(*told.borrow(), expected);
}

/// The limits hold where the handler runs.
pub(crate) fn limits_end_the_waits<F: Family>(way: Make<F>) {
    const SHORT: Option<Duration> = Some(Duration::from_millis(20));
    let none = Limits {
        linger: Duration::from_millis(1),
        ..Limits::DEFAULT
    };
    let (idle, total, octets) = (SHORT, SHORT, Some(3));
    let cases = [
        (Limits { idle, ..none }, Closed::Idle),
        (Limits { total, ..none }, Closed::Expired),
        (Limits { octets, ..none }, Closed::TooMuch),
    ];
    for (limits, why) in cases {
        let mut selector = Selector::new().expect("a selector");
        let process = way(&mut selector, 2);
        let told = RefCell::new(Vec::new());
        let hooks = Noting {
            told: &told,
            make: || Lines,
        };
        let mut server =
            RequestServer::with_process(F::listen(), hooks, process).with_limits(limits);
        let address = server.server_address().expect("an address");
        run(&mut selector, &mut server, DRAIN, |peer| {
            let mut client = F::connect(&address);
            // A busy machine may take longer to answer than a limit of time allows.
            if limits.octets.is_some() {
                peer.send(&mut client, b"hello");
                peer.expect(&mut client, b"hel");
            }
            peer.expect_over(&mut client);
        });
        let last = told.borrow().last().cloned();
        assert_eq!(last, Some(format!("close_request {why:?}")));
        assert_eq!(server.tally().failed, 1);
    }
}

/// A server that closes does not wait for a client that says nothing.
pub(crate) fn closing_cuts_off_who_idles<F: Family>(way: Make<F>) {
    let mut selector = Selector::new().expect("a selector");
    let process = way(&mut selector, 2);
    let mut server = RequestServer::with_process(F::listen(), |_: &F::Addr| Lines, process);
    let address = server.server_address().expect("an address");
    let mut idle = None;
    run(
        &mut selector,
        &mut server,
        Duration::from_millis(50),
        |peer| {
            let mut client = F::connect(&address);
            peer.send(&mut client, b"in");
            peer.expect(&mut client, b"in");
            idle = Some(client);
        },
    );
    let mut client = idle.expect("it was connected");
    let mut turn = |_| {};
    amphi_conformance::Peer::new(Host, &mut turn).expect_over(&mut client);
}

/// Threads are joined, children reaped, descriptors closed.
pub(crate) fn nothing_is_left_after_many<F: Family>(way: Make<F>) {
    let before = belongings();
    {
        let mut selector = Selector::new().expect("a selector");
        let process = way(&mut selector, 4);
        let mut server = RequestServer::with_process(F::listen(), |_: &F::Addr| Lines, process);
        let address = server.server_address().expect("an address");
        run(&mut selector, &mut server, DRAIN, |peer| {
            for round in 0..100_u8 {
                let mut client = F::connect(&address);
                peer.send(&mut client, &[round]);
                peer.expect(&mut client, &[round]);
                client.shutdown(Shutdown::Write).expect("half a close");
                peer.expect_end(&mut client);
            }
            let (_, threads, children) = belongings();
            assert!(threads <= 1 + 4 && children <= 4, "{threads}, {children}");
        });
        assert_eq!((server.tally().accepted, server.tally().failed), (100, 0));
    }
    assert_eq!(belongings(), before);
}

/// A child would lack the other threads: the request fails, and that is told.
pub(crate) fn no_fork_beside_other_threads() {
    let (keep, wait) = std::sync::mpsc::channel::<()>();
    let other = std::thread::spawn(move || wait.recv().is_err());
    let mut selector = Selector::new().expect("a selector");
    let hooks = |_: &SocketAddr| Lines;
    let mut server = RequestServer::with_process(Inet::listen(), hooks, Forks::new(2));
    let address = server.server_address().expect("an address");
    run(&mut selector, &mut server, DRAIN, |peer| {
        let mut client = Inet::connect(&address);
        peer.expect_over(&mut client);
    });
    assert_eq!(server.tally().errors.of(ErrorKind::Unsupported), 1);
    drop(keep);
    assert!(other.join().expect("no panic"));
}
