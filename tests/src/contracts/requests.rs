//! Handlers that are written straight down, one connection after the other.
//!
//! Who serves in the loop itself waits there, so the clients here have said all
//! they have to say before the server has its turn.

use core::net::SocketAddr;

use amphi_core::ErrorKind;
use amphi_core::serve::{
    Closed, Connection, DatagramRequestHandler, DatagramServer, Hooks, Limits, Packet, Packets,
    RequestServer, StreamRequestHandler, Tally,
};
use amphi_core::socket::{Net, Shutdown, Stream};
use amphi_core::time::Duration;
use embedded_io::Write;

use super::datagram::bind;
use crate::peer::alone;
use crate::service::{listen, run, serve_with};
use crate::{Peer, World};

/// How long a turn may take.
const LONG: Option<Duration> = Some(Duration::from_secs(60));

/// Sends everything back, and fails at an exclamation mark.
struct Echo;

impl StreamRequestHandler for Echo {
    fn handle<C: Connection>(&mut self, connection: &mut C) -> Result<(), C::Error> {
        let mut buf = [0; 100];
        loop {
            match connection.read(&mut buf)? {
                0 => return Ok(()),
                count if buf[..count].contains(&b'!') => return Err(ErrorKind::InvalidInput.into()),
                count => connection.write_all(&buf[..count])?,
            }
        }
    }
}

/// Notes how connections ended.
#[derive(Default)]
struct Ends {
    ends: [Option<Closed>; 4],
    count: usize,
    errors: u32,
    octets: u64,
}

impl Hooks<SocketAddr> for &mut Ends {
    type Handler = Echo;

    fn finish_request(&mut self, _remote: &SocketAddr) -> Echo {
        Echo
    }

    fn handle_error(&mut self, _remote: &SocketAddr, _why: Closed) {
        self.errors += 1;
    }

    fn close_request(&mut self, _remote: &SocketAddr, why: Closed, tally: Tally) {
        self.ends[self.count] = Some(why);
        self.count += 1;
        self.octets += tally.received;
    }
}

/// Connects, sends `octets`, and shuts the sending side if `all`.
#[track_caller]
fn ask<N: Net>(net: N, address: SocketAddr, octets: &[u8], all: bool) -> N::Stream {
    let mut turn = alone;
    let mut peer = Peer::new(net, &mut turn);
    let mut client = peer.connect(address);
    peer.send(&mut client, octets);
    if all {
        client.shutdown(Shutdown::Write).expect("half a close");
    }
    client
}

/// Each connection is served to its end before the next; the others wait and lose nothing.
pub fn one_after_the_other<W: World>(world: &mut W) {
    let (listener, address) = listen(world, 4);
    let mut ends = Ends::default();
    let mut server = RequestServer::new(listener, &mut ends);
    serve_with(world, &mut [&mut server], |_, far, service| {
        service.start().expect("it starts");
        let words = [&b"one"[..], b"two", b"six"];
        let mut clients = words.map(|word| ask(far, address, word, true));
        for _ in &clients {
            assert_eq!(service.handle_request(LONG).ok(), Some(true));
        }
        let mut turn = alone;
        let mut peer = Peer::new(far, &mut turn);
        for (client, word) in clients.iter_mut().zip(words) {
            peer.expect(client, word);
            peer.expect_end(client);
        }
    });
    let tally = server.tally();
    assert_eq!((tally.accepted, tally.failed), (3, 0));
    assert_eq!((tally.received, tally.sent), (9, 9));
    assert_eq!(ends.ends[..3], [Some(Closed::EndOfFile); 3]);
}

/// A handler that fails closes its connection and no other, and the error is told.
pub fn failure_is_one_connections<W: World>(world: &mut W) {
    let (listener, address) = listen(world, 4);
    let mut ends = Ends::default();
    let mut server = RequestServer::new(listener, &mut ends);
    serve_with(world, &mut [&mut server], |_, far, service| {
        service.start().expect("it starts");
        let bad = ask(far, address, b"fail!", true);
        let mut good = ask(far, address, b"go on", true);
        for _ in 0..2 {
            service.handle_request(LONG).expect("a turn");
        }
        let mut turn = alone;
        let mut peer = Peer::new(far, &mut turn);
        peer.expect(&mut good, b"go on");
        peer.expect_end(&mut good);
        drop(bad);
    });
    assert_eq!(server.tally().errors.of(ErrorKind::InvalidInput), 1);
    assert_eq!(server.tally().failed, 1);
    let failed = Closed::Failed(ErrorKind::InvalidInput);
    // Which of them is accepted first is not said.
    for end in [failed, Closed::EndOfFile] {
        assert!(ends.ends[..2].contains(&Some(end)), "{:?}", ends.ends);
    }
    assert_eq!(ends.errors, 1);
}

/// The limits end the waits: idle, in all, and after too much.
pub fn limits_end_the_waits<W: World>(world: &mut W) {
    const SHORT: Option<Duration> = Some(Duration::from_millis(20));
    let none = Limits {
        linger: Duration::from_millis(1),
        ..Limits::DEFAULT
    };
    let (idle, total, octets) = (SHORT, SHORT, Some(3));
    let cases = [
        (Limits { idle, ..none }, Closed::Idle, 5),
        (Limits { total, ..none }, Closed::Expired, 5),
        (Limits { octets, ..none }, Closed::TooMuch, 3),
    ];
    for (limits, why, received) in cases {
        let (listener, address) = listen(world, 4);
        let mut ends = Ends::default();
        let mut server = RequestServer::new(listener, &mut ends).with_limits(limits);
        serve_with(world, &mut [&mut server], |net, far, service| {
            service.start().expect("it starts");
            let start = net.now();
            let mut client = ask(far, address, b"hello", false);
            service.handle_request(LONG).expect("a turn");
            let timed = limits.octets.is_none();
            assert!(!timed || net.now() - start >= Duration::from_millis(20));
            let mut turn = alone;
            let mut peer = Peer::new(far, &mut turn);
            peer.expect(&mut client, &b"hello"[..received]);
            peer.expect_over(&mut client);
        });
        assert_eq!(ends.ends[0], Some(why));
        assert_eq!(ends.octets, received as u64);
    }
}

/// A peer that takes nothing of its reply is reset after the progress time.
pub fn progress_limit<W: World>(world: &mut W) {
    /// Speaks for ever.
    struct Endless;

    impl StreamRequestHandler for Endless {
        fn handle<C: Connection>(&mut self, connection: &mut C) -> Result<(), C::Error> {
            loop {
                connection.write_all(&[b'.'; 1000])?;
            }
        }
    }
    let (listener, address) = listen(world, 4);
    let limits = Limits {
        progress: Some(Duration::from_millis(60)),
        ..Limits::DEFAULT
    };
    let make = |_: &SocketAddr| Endless;
    let mut server = RequestServer::new(listener, make).with_limits(limits);
    serve_with(world, &mut [&mut server], |_, far, service| {
        service.start().expect("it starts");
        let client = ask(far, address, b"go", false);
        service.handle_request(LONG).expect("a turn");
        drop(client);
    });
    let tally = server.tally();
    assert_eq!((tally.accepted, tally.failed), (1, 1));
    assert!(tally.sent > 0);
}

/// Answers with the length, nothing to nothing, and fails at an exclamation mark.
struct Length;

impl DatagramRequestHandler for Length {
    fn handle(&mut self, rfile: &mut &[u8], wfile: &mut Packet<'_>) -> Result<(), ErrorKind> {
        match rfile {
            [b'!', ..] => Err(ErrorKind::InvalidInput),
            [] => Ok(()),
            octets => {
                write!(wfile, "{} octets", octets.len()).map_err(|_| ErrorKind::MessageTooLong)
            }
        }
    }
}

/// Each datagram gets a handler of its own, and one that fails hinders no other.
pub fn datagram_by_datagram<W: World>(world: &mut W) {
    let (socket, address) = bind(world);
    let far = world.far();
    let from = SocketAddr::new(world.far_address(), 0);
    let mut client = far.udp_bind(from).expect("a socket");
    let (mut room, mut kept) = ([0; 12], [0; 12]);
    let handlers = Packets::new(|_: &SocketAddr| Length, &mut room);
    let mut server = DatagramServer::new(socket, handlers, &mut kept);
    run(world, &mut [&mut server], |peer| {
        peer.send_to(&mut client, b"!", address);
        peer.send_to(&mut client, b"", address);
        peer.send_to(&mut client, &[1; 1000], address);
        peer.send_to(&mut client, b"hello", address);
        let mut buf = [0; 16];
        for answer in [&b"1000 octets"[..], b"5 octets"] {
            let received = peer.receive_from(&mut client, &mut buf);
            assert_eq!(&buf[..received.len], answer);
        }
    });
    let tally = server.handler().tally();
    assert_eq!((tally.accepted, tally.failed, tally.refused), (4, 1, 0));
    assert_eq!((tally.received, tally.sent), (1006, 19));
    assert_eq!(tally.errors.of(ErrorKind::InvalidInput), 1);
}
