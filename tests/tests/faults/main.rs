//! Each call of a socket or a selector fails once, in turn, with each kind of
//! error. Whatever fails: nothing panics or spins, no slot, socket or registration
//! is left, and whom the call was not about is served to the last octet.

mod fake;

use core::cell::RefCell;
use core::net::SocketAddr;
use core::time::Duration;
use std::rc::Rc;

use amphi_core::ErrorKind;
use amphi_core::select::{Event, Ready};
use amphi_core::serve::{
    Connection, DatagramServer, Envelope, Key, Next, Part, Reply, RequestServer, Service, Slot,
    StreamHandler, StreamRequestHandler, StreamServer,
};
use amphi_core::socket::Net;
use amphi_examples::echo::DatagramEcho;

use fake::{Client, Fake, FakeSelector, Script, Who, address};

/// A turn more than this is a spin: no script needs a third of them.
const TURNS: usize = 150;
/// Enough for what is left when the last was received.
const MORE_TURNS: usize = 8;
/// The last octet of a client that wants the server to close first.
const CLOSE: u8 = 255;

/// Echoes, and closes after [`CLOSE`].
struct Echo;

impl StreamHandler for Echo {
    fn handle(&mut self, input: &[u8], reply: &mut Reply<'_>) -> Next {
        reply.send(input);
        if input.ends_with(&[CLOSE]) {
            Next::Close
        } else {
            Next::Keep
        }
    }
}

impl StreamRequestHandler for Echo {
    fn handle<C: Connection>(&mut self, connection: &mut C) -> Result<(), C::Error> {
        let mut buf = [0; 16];
        loop {
            let count = connection.read(&mut buf)?;
            connection.write_all(&buf[..count])?;
            if count == 0 || buf[..count].ends_with(&[CLOSE]) {
                return Ok(());
            }
        }
    }
}

fn script(fault: Option<(usize, ErrorKind)>) -> Rc<RefCell<Script>> {
    let clients = [40, 33, 26].map(|len| Client {
        says: (0..len).map(|at| len + at).collect(),
        ..Client::default()
    });
    let mut script = Script {
        clients: clients.into(),
        inbox: (0..6).map(|len| vec![len; usize::from(len)]).collect(),
        fault,
        ..Script::default()
    };
    script.clients[2].says.push(CLOSE);
    Rc::new(RefCell::new(script))
}

/// Runs `part` until the script is over, and checks that nothing is left; tells
/// whether it could start.
fn run(script: &Rc<RefCell<Script>>, part: &mut dyn Part<FakeSelector>, told: &str) -> bool {
    let mut selector = FakeSelector(Rc::clone(script));
    let mut parts = [part];
    let mut events = [Event::new(Key::default(), Ready::NONE); 4];
    let mut scratch = [0; 64];
    let net = Fake(script);
    let mut service = Service::new(net, &mut selector, &mut parts, &mut events, &mut scratch);
    let started = service.start().is_ok();
    let mut turns = 0;
    while started && !is_over(&script.borrow()) {
        // A failing wait is the caller's business, who tries again.
        let _ = service.turn(Some(Duration::from_millis(10)));
        turns += 1;
        assert!(turns < TURNS, "{told}: it spins, or waits for ever");
    }
    // What was taken in, and waits to leave, has some turns more.
    for _ in 0..if started { MORE_TURNS } else { 0 } {
        let _ = service.turn(Some(Duration::from_millis(100)));
    }
    // What the selector reports in the end is nobody's loss.
    let _ = service.finish(Duration::from_secs(10));
    started
}

/// Whether all clients were served, and all datagrams.
fn is_over(script: &Script) -> bool {
    let served = |client: &Client| client.accepted && !client.open;
    script.clients.iter().all(served) && script.inbox.is_empty()
}

/// Runs the server that `serve` makes without a fault, then once for each call and kind.
fn each_fault(serve: impl Fn(&Rc<RefCell<Script>>, &str) -> bool) {
    let whole = script(None);
    assert!(serve(&whole, "no fault"));
    let calls = whole.borrow().calls;
    assert!(calls > 15, "{calls} calls are no script");
    check(&whole.borrow(), "no fault", None);
    for at in 0..calls {
        for &kind in ErrorKind::ALL {
            let told = format!("call {at}: {kind}");
            let script = script(Some((at, kind)));
            let started = serve(&script, &told);
            let script = script.borrow();
            let hit = script.hit.expect("the call is reached");
            let told = format!("{told}, {hit:?}");
            assert_eq!(script.registered(), 0, "{told}: still registered");
            assert!(!script.listening, "{told}: still listening");
            let open = script.clients.iter().any(|client| client.open);
            assert!(!open, "{told}: a connection is leaked");
            if started {
                check(&script, &told, Some((hit, kind)));
            }
        }
    }
}

/// Everybody but whom the fault was about has heard all.
fn check(script: &Script, told: &str, fault: Option<((&str, Who), ErrorKind)>) {
    for (number, client) in script.clients.iter().enumerate() {
        let heard_all = client.hears == client.says;
        let heard_some = client.says.starts_with(&client.hears);
        assert!(heard_some, "{told}: client {number} heard other octets");
        let its_own = matches!(fault, Some(((call, Who::Client(hit)), kind))
            if hit == number && !is_passing(call, kind));
        assert!(heard_all || its_own, "{told}: client {number} lost octets");
    }
}

/// Whether the same call may go well the next time.
fn is_passing(call: &str, kind: ErrorKind) -> bool {
    let of_octets = matches!(call, "read" | "write" | "send_to");
    of_octets && matches!(kind, ErrorKind::WouldBlock | ErrorKind::Interrupted)
}

/// Three connections, two slots.
#[test]
fn slots() {
    each_fault(|script, told| {
        script.borrow_mut().inbox.clear();
        let mut slots = [const { Slot::new() }; 2];
        let mut buffers = [0; 2 * 12];
        let listener = Fake(script).tcp_listen(address(7), 3).expect("a listener");
        let make = |_: &SocketAddr| Echo;
        let mut server = StreamServer::new(listener, make, &mut slots, &mut buffers);
        let started = run(script, &mut server, told);
        assert_eq!(server.live(), 0, "{told}: a slot is leaked");
        started
    });
}

/// Three connections, one after the other.
#[test]
fn requests() {
    each_fault(|script, told| {
        script.borrow_mut().inbox.clear();
        let listener = Fake(script).tcp_listen(address(7), 3).expect("a listener");
        let mut server = RequestServer::new(listener, |_: &SocketAddr| Echo);
        run(script, &mut server, told)
    });
}

/// Checks the six answers: one may be lost, that which could not be sent.
fn check_answers(script: &Script, told: &str, started: bool) {
    let answers = &script.outbox;
    assert!(answers.is_sorted(), "{told}: out of order, or twice");
    let may_lose = matches!((script.hit, script.fault), (Some((call @ "send_to", _)), Some((_, kind)))
        if !is_passing(call, kind));
    let least = 6 - usize::from(may_lose);
    assert!(!started || answers.len() >= least, "{told}: {answers:?}");
}

/// Six datagrams.
#[test]
fn datagrams() {
    each_fault(|script, told| {
        script.borrow_mut().clients.clear();
        let socket = Fake(script).udp_bind(address(7)).expect("a socket");
        let mut kept = [0; 8];
        let mut server = DatagramServer::new(socket, DatagramEcho, &mut kept);
        let started = run(script, &mut server, told);
        drop(server);
        check_answers(&script.borrow(), told, started);
        started
    });
}

/// The same in batches of four, with room for three answers of 16 octets in all; the
/// socket takes one at a time.
#[test]
fn batches() {
    each_fault(|script, told| {
        script.borrow_mut().clients.clear();
        let socket = Fake(script).udp_bind(address(7)).expect("a socket");
        let (mut octets, mut kept) = ([0; 4 * 8], [0; 16]);
        let mut received = [const { None }; 4];
        let mut replies = [const { Envelope::new() }; 3];
        let mut server = DatagramServer::new(socket, DatagramEcho, &mut kept).with_batches(
            &mut octets,
            &mut received,
            &mut replies,
        );
        let started = run(script, &mut server, told);
        let tally = server.tally();
        drop(server);
        let script = script.borrow();
        check_answers(&script, told, started);
        let sent = script.outbox.len() as u64;
        assert_eq!(tally.sent, sent, "{told}: what left is what is counted");
        started
    });
}
