//! The hooks of servers are called in Python's order, which
//! `tests/serve/transcript.py` records.

use core::cell::RefCell;
use core::fmt::Write;
use core::net::SocketAddr;

use amphi_core::ErrorKind;
use amphi_core::serve::{
    Closed, Connection, Hooks, Next, Part, Reply, RequestServer, Slot, StreamHandler,
    StreamRequestHandler, StreamServer, Tally,
};
use amphi_core::socket::{Shutdown, Stream};
use amphi_core::time::Duration;

use crate::peer::alone;
use crate::service::{SPILL, listen, serve_with};
use crate::{Peer, World};

/// What Python did, a case a line.
const TRANSCRIPT: &str = include_str!("../../serve/transcript.txt");

/// The line of `case`.
fn expected(case: &str) -> &'static str {
    TRANSCRIPT
        .lines()
        .find(|line| line.split(':').next() == Some(case))
        .expect("a recorded case")
}

/// A line that grows.
struct Line {
    octets: [u8; 256],
    len: usize,
}

impl Write for Line {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        let end = self.len + text.len();
        self.octets[self.len..end].copy_from_slice(text.as_bytes());
        self.len = end;
        Ok(())
    }
}

/// What was called so far.
struct Log(RefCell<Line>);

impl Log {
    fn new(case: &str) -> Self {
        let octets = [0; 256];
        let mut line = Line { octets, len: 0 };
        write!(line, "{case}:").expect("room");
        Self(RefCell::new(line))
    }

    fn note(&self, name: &str) {
        write!(self.0.borrow_mut(), " {name}").expect("room");
    }

    #[track_caller]
    fn check(&self, case: &str) {
        let line = self.0.borrow();
        let line = core::str::from_utf8(&line.octets[..line.len]);
        assert_eq!(line, Ok(expected(case)));
    }
}

/// Hooks and handlers that note their names, and fail in the step `fails`.
#[derive(Clone, Copy)]
struct Steps<'l> {
    log: &'l Log,
    fails: &'static str,
}

impl Steps<'_> {
    fn step(&self, name: &str) -> bool {
        self.log.note(name);
        self.fails != name
    }
}

impl<'l> Hooks<SocketAddr> for Steps<'l> {
    type Handler = Self;

    fn verify_request(&mut self, _remote: &SocketAddr) -> bool {
        self.step("verify_request")
    }

    fn process_request(&mut self, _remote: &SocketAddr) {
        self.log.note("process_request");
    }

    fn finish_request(&mut self, _remote: &SocketAddr) -> Self {
        self.log.note("finish_request");
        *self
    }

    fn handle_error(&mut self, _remote: &SocketAddr, _why: Closed) {
        self.log.note("handle_error");
    }

    fn shutdown_request(&mut self, _remote: &SocketAddr) {
        self.log.note("shutdown_request");
    }

    fn close_request(&mut self, _remote: &SocketAddr, _why: Closed, _tally: Tally) {
        self.log.note("close_request");
    }
}

impl StreamHandler for Steps<'_> {
    fn setup(&mut self, _reply: &mut Reply<'_>) -> Next {
        self.log.note("setup");
        Next::Keep
    }

    fn handle(&mut self, _input: &[u8], _reply: &mut Reply<'_>) -> Next {
        if self.step("handle") {
            Next::Close
        } else {
            Next::Abort
        }
    }

    fn finish(&mut self, _why: Closed) {
        self.log.note("finish");
    }
}

impl StreamRequestHandler for Steps<'_> {
    fn setup<C: Connection>(&mut self, _connection: &mut C) -> Result<(), C::Error> {
        self.answer("setup")
    }

    fn handle<C: Connection>(&mut self, _connection: &mut C) -> Result<(), C::Error> {
        self.answer("handle")
    }

    fn finish<C: Connection>(&mut self, _connection: &mut C) -> Result<(), C::Error> {
        self.answer("finish")
    }
}

impl Steps<'_> {
    fn answer<E: From<ErrorKind>>(&self, name: &str) -> Result<(), E> {
        if self.step(name) {
            Ok(())
        } else {
            Err(ErrorKind::InvalidInput.into())
        }
    }
}

/// Lets `server` at `address` serve one client, and compares what was called.
#[track_caller]
fn one_client<W: World>(
    world: &mut W,
    address: SocketAddr,
    server: &mut dyn Part<W::Selector>,
    (case, log): (&str, &Log),
) {
    serve_with(world, &mut [server], |_, far, service| {
        service.start().expect("it starts");
        let mut turn = alone;
        let mut peer = Peer::new(far, &mut turn);
        let mut client = peer.connect(address);
        peer.send(&mut client, b"x");
        client.shutdown(Shutdown::Write).expect("half a close");
        let long = Some(Duration::from_secs(20));
        for _ in 0..10 {
            service.handle_request(long).expect("a turn");
            if log
                .0
                .borrow()
                .octets
                .windows(5)
                .any(|word| word == b"close")
            {
                break;
            }
        }
    });
    log.check(case);
}

/// In the event style.
pub fn events_in_order<W: World>(world: &mut W) {
    for (case, fails) in [
        ("served", ""),
        ("refused", "verify_request"),
        ("handle fails", "handle"),
    ] {
        let (listener, address) = listen(world, 4);
        let log = Log::new(case);
        let steps = Steps { log: &log, fails };
        let mut slots = [const { Slot::new() }; 1];
        let mut buffer = [0; SPILL];
        let mut server = StreamServer::new(listener, steps, &mut slots, &mut buffer);
        one_client(world, address, &mut server, (case, &log));
    }
}

/// In the sequential style.
pub fn requests_in_order<W: World>(world: &mut W) {
    for (case, fails) in [
        ("served", ""),
        ("refused", "verify_request"),
        ("handle fails", "handle"),
        ("setup fails", "setup"),
    ] {
        let (listener, address) = listen(world, 4);
        let log = Log::new(case);
        let mut server = RequestServer::new(listener, Steps { log: &log, fails });
        one_client(world, address, &mut server, (case, &log));
    }
}
