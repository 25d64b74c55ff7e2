//! The servers of Python's `UnixStreamServer` and `UnixDatagramServer`, in both
//! styles, beside one of TCP in one loop: the same types as elsewhere.
#![cfg(all(feature = "host", target_os = "linux"))]

use core::net::{Ipv4Addr, SocketAddr};
use core::time::Duration;

use amphi_conformance::Peer;
use amphi_core::select::{Event, Ready};
use amphi_core::serve::{
    Connection, DatagramRequestHandler, DatagramServer, Key, Packet, Packets, Part, RequestServer,
    Service, Slot, StreamRequestHandler, StreamServer,
};
use amphi_core::socket::{Datagram, Net, Shutdown, Socket, Stream};
use amphi_core::{Error, ErrorKind};
use amphi_examples::echo::{DatagramEcho, StreamEcho};
use amphi_std::{DefaultSelector, Host, UnixAddr};
use embedded_io::Write;

/// Answers in capitals.
struct Shout;

impl StreamRequestHandler for Shout {
    fn handle<C: Connection>(&mut self, connection: &mut C) -> Result<(), C::Error> {
        let mut buf = [0; 64];
        loop {
            let count = connection.read(&mut buf)?;
            if count == 0 {
                return Ok(());
            }
            buf[..count].make_ascii_uppercase();
            connection.write_all(&buf[..count])?;
        }
    }
}

impl DatagramRequestHandler for Shout {
    fn handle(&mut self, rfile: &mut &[u8], wfile: &mut Packet<'_>) -> Result<(), ErrorKind> {
        let mut octets = rfile.to_vec();
        octets.make_ascii_uppercase();
        wfile.write_all(&octets)
    }
}

fn name(text: &str) -> UnixAddr {
    let name = format!("amphi-{text}-{}", std::process::id());
    UnixAddr::from_abstract_name(name).expect("a name")
}

#[test]
fn all_of_them_in_one_loop() {
    let any: SocketAddr = (Ipv4Addr::LOCALHOST, 0).into();
    let tcp = Host.tcp_listen(any, 4).expect("a listener");
    let to_tcp = tcp.local().expect("an address");
    let [to_echo, to_shout, to_echo_packets, to_shout_packets] =
        ["echo", "shout", "echo-packets", "shout-packets"].map(name);
    let mut slots = [const { Slot::new() }; 2];
    let mut tcp_slots = [const { Slot::new() }; 2];
    let (mut buffers, mut tcp_buffers) = ([0; 128], [0; 128]);
    let (mut room, mut kept, mut more_kept) = ([0; 64], [0; 64], [0; 64]);

    let make = |_: &SocketAddr| StreamEcho;
    let mut tcp = StreamServer::new(tcp, make, &mut tcp_slots, &mut tcp_buffers);
    let listener = Host.unix_listen(&to_echo, 4).expect("a listener");
    let make = |_: &UnixAddr| StreamEcho;
    let mut echo = StreamServer::new(listener, make, &mut slots, &mut buffers);
    assert_eq!(echo.server_address().expect("an address"), to_echo);
    let listener = Host.unix_listen(&to_shout, 4).expect("a listener");
    let mut shout = RequestServer::new(listener, |_: &UnixAddr| Shout);
    let socket = Host.unix_bind(&to_echo_packets).expect("a socket");
    let mut echo_packets = DatagramServer::new(socket, DatagramEcho, &mut kept);
    let socket = Host.unix_bind(&to_shout_packets).expect("a socket");
    let handlers = Packets::new(|_: &UnixAddr| Shout, &mut room);
    let mut shout_packets = DatagramServer::new(socket, handlers, &mut more_kept);

    let mut selector = DefaultSelector::new().expect("a selector");
    let mut parts: [&mut dyn Part<_>; 5] = [
        &mut tcp,
        &mut echo,
        &mut shout,
        &mut echo_packets,
        &mut shout_packets,
    ];
    let mut events = [Event::new(Key::default(), Ready::NONE); 4];
    let mut scratch = [0; 64];
    let mut service = Service::new(Host, &mut selector, &mut parts, &mut events, &mut scratch);
    service.start().expect("it starts");
    // Who is served in the loop itself has said all before the loop has its turn.
    let mut sequential = Host.unix_connect(&to_shout).expect("a connection");
    sequential.write(b"loud").expect("room");
    sequential.shutdown(Shutdown::Write).expect("half a close");

    let mut turn = |time| {
        service.turn(Some(time)).expect("a turn");
    };
    let mut peer = Peer::new(Host, &mut turn);
    peer.expect(&mut sequential, b"LOUD");
    peer.expect_end(&mut sequential);
    let mut over_tcp = peer.connect(to_tcp);
    let mut over_unix = Host.unix_connect(&to_echo).expect("a connection");
    peer.send(&mut over_tcp, b"tcp");
    peer.send(&mut over_unix, b"unix");
    peer.expect(&mut over_tcp, b"tcp");
    peer.expect(&mut over_unix, b"unix");
    let mut client = Host.unix_bind_any().expect("a socket");
    for (to, answer) in [(to_echo_packets, b"packet"), (to_shout_packets, b"PACKET")] {
        peer.send_to(&mut client, b"packet", to);
        let mut buf = [0; 8];
        let received = peer.receive_from(&mut client, &mut buf);
        assert_eq!((received.from, &buf[..received.len]), (to, &answer[..]));
    }
    service.finish(Duration::from_secs(20)).expect("it ends");
    assert_eq!((echo.tally().received, shout.tally().sent), (4, 4));
}

/// Of a client that sends and never reads, the answers are given up one after the other; the
/// loop rests in between, and others are served.
#[test]
fn a_deaf_client_keeps_only_itself_from_an_answer() {
    let [to_server, to_deaf, to_other] = ["deaf-server", "deaf", "deaf-other"].map(name);
    let socket = Host.unix_bind(&to_server).expect("a socket");
    let mut deaf = Host.unix_bind(&to_deaf).expect("a socket");
    let mut other = Host.unix_bind(&to_other).expect("a socket");
    let mut kept = [0; 16];
    let mut server = DatagramServer::new(socket, DatagramEcho, &mut kept);

    let mut selector = DefaultSelector::new().expect("a selector");
    let mut parts: [&mut dyn Part<_>; 1] = [&mut server];
    let mut events = [Event::new(Key::default(), Ready::NONE); 4];
    let mut scratch = [0; 16];
    let mut service = Service::new(Host, &mut selector, &mut parts, &mut events, &mut scratch);
    service.start().expect("it starts");
    let mut turn = |time| service.turn(Some(time)).expect("a turn");
    let mut buf = [0; 8];
    // Until its queue is full: then one more answer waits, and the other's behind it.
    loop {
        deaf.send_to(b"x", &to_server).expect("room");
        other.send_to(b"heard", &to_server).expect("room");
        turn(Duration::ZERO);
        match other.recv_from(&mut buf) {
            Ok(received) => assert_eq!(&buf[..received.len], b"heard"),
            Err(error) => break assert_eq!(error.reason(), ErrorKind::WouldBlock),
        }
    }
    let (mut turns, mut waits) = (0, true);
    while waits {
        turn(Duration::from_secs(1));
        turns += 1;
        assert!(turns < 1_000, "it spins");
        waits = other.recv_from(&mut buf).is_err();
    }
    assert_eq!(&buf[..5], b"heard");
    assert_eq!(server.tally().errors.of(ErrorKind::TimedOut), 1);
}
