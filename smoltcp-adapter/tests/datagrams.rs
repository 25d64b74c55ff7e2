//! UDP sockets beyond the contracts: connected ones, reports, broadcast, ports.

mod support;

use core::net::{Ipv4Addr, SocketAddr};

use amphi_core::ErrorKind;
use amphi_core::select::Interest;
use amphi_core::socket::{Datagram, Net, Socket};
use amphi_core::time::Duration;
use amphi_smoltcp::link::{End, Pair};
use amphi_smoltcp::smoltcp::phy::Medium;
use amphi_smoltcp::smoltcp::wire::HardwareAddress;
use amphi_smoltcp::{Config, Stack, VirtualClock};
use support::{CLIENT, Inject, SERVER, pass, with_stack};

const SOON: Duration = Duration::from_millis(20);

type TestStack<'l, 'a, 'c> = Stack<'a, Inject<End<'l, 1500, 16>>, &'c VirtualClock>;

/// Two stacks with two sockets each on a link.
fn on_link(test: impl FnOnce(&TestStack<'_, '_, '_>, &TestStack<'_, '_, '_>, &dyn Fn())) {
    let clock = VirtualClock::new();
    let config = Config::new(HardwareAddress::Ip);
    let mut pair = Pair::<1500, 16>::new(Medium::Ip);
    let (near, far) = pair.split();
    with_stack::<0, _, _>(Inject::new(near), &clock, SERVER, config, |server| {
        with_stack::<0, _, _>(Inject::new(far), &clock, CLIENT, config, |client| {
            test(server, client, &|| pass(&clock, server, client, SOON));
        });
    });
}

fn any(address: Ipv4Addr) -> SocketAddr {
    (address, 0).into()
}

/// A connected socket hears its peer only, and one that is not hears the rest.
#[test]
fn connected_socket_hears_its_peer_only() {
    on_link(|server, client, pass| {
        let mut asker = server.udp_bind(any(SERVER)).expect("a socket");
        let to = asker.local().expect("an address");
        let mut friend = client.udp_bind(any(CLIENT)).expect("a socket");
        let mut stranger = client.udp_bind(any(CLIENT)).expect("a socket");
        assert_eq!(asker.remote(), Err(ErrorKind::NotConnected));
        assert_eq!(asker.send(b"to whom?"), Err(ErrorKind::NotConnected));
        asker
            .connect(friend.local().expect("an address"))
            .expect("a peer");
        assert_eq!(asker.remote(), friend.local());

        stranger.send_to(b"spam", &to).expect("room");
        friend.send_to(b"hello", &to).expect("room");
        asker.send(b"question").expect("room");
        pass();
        let mut buf = [0; 16];
        assert_eq!(asker.recv(&mut buf), Ok(5));
        assert_eq!(asker.recv(&mut buf), Err(ErrorKind::WouldBlock));
        assert_eq!(friend.recv(&mut buf), Ok(8));

        asker.disconnect().expect("no peer");
        stranger.send_to(b"spam", &to).expect("room");
        pass();
        assert_eq!(asker.recv(&mut buf), Ok(4));
        let wrong = asker.connect("[::1]:9".parse().expect("an address"));
        assert_eq!(wrong, Err(ErrorKind::InvalidInput));
        assert_eq!(
            asker.connect((CLIENT, 0).into()),
            Err(ErrorKind::InvalidInput)
        );
    });
}

/// That nobody is at the peer's port is told once to a connected socket, by the operation
/// that follows, and never to one that is not connected.
#[test]
fn refused_datagram_is_told_to_a_connected_socket() {
    on_link(|server, _client, pass| {
        let nobody = SocketAddr::from((CLIENT, 9));
        let mut socket = server.udp_bind(any(SERVER)).expect("a socket");
        let mut buf = [0; 8];
        socket.send_to(b"hello?", &nobody).expect("room");
        pass();
        assert_eq!(socket.recv(&mut buf), Err(ErrorKind::WouldBlock));

        socket.connect(nobody).expect("a peer");
        socket.send(b"hello?").expect("room");
        pass();
        assert_eq!(socket.recv(&mut buf), Err(ErrorKind::Refused));
        assert_eq!(socket.recv(&mut buf), Err(ErrorKind::WouldBlock));
        socket.send(b"hello?").expect("room");
        pass();
        assert_eq!(socket.send(b"again"), Err(ErrorKind::Refused));
        assert_eq!(socket.send(b"again"), Ok(()));
    });
}

/// A broadcast, of the network or of all, reaches each socket at the port; and says what
/// it was sent to.
#[test]
fn broadcast_reaches_all_at_the_port() {
    on_link(|server, client, pass| {
        let port = 4_000;
        let mut sockets = [Ipv4Addr::UNSPECIFIED, SERVER]
            .map(|at| server.udp_bind((at, port + u16::from(at == SERVER)).into()))
            .map(|socket| socket.expect("a socket"));
        let mut sender = client.udp_bind(any(CLIENT)).expect("a socket");
        for everybody in [Ipv4Addr::BROADCAST, Ipv4Addr::new(10, 0, 0, 255)] {
            sender
                .send_to(b"all", &(everybody, port).into())
                .expect("room");
            sender
                .send_to(b"all", &(everybody, port + 1).into())
                .expect("room");
            pass();
            let received = sockets[0].recv_from(&mut [0; 8]).expect("a datagram");
            assert_eq!(received.to, Some(everybody.into()));
            assert_eq!(received.from, sender.local().expect("an address"));
            // Bound to one address is not bound to the others' either (as on Linux).
            assert!(sockets[1].recv_from(&mut [0; 8]).is_err());
        }
    });
}

/// Ports that the stack chooses go round, so that one is not used again at once.
#[test]
fn ephemeral_ports_rotate() {
    on_link(|server, _client, _pass| {
        let mut seen = std::collections::BTreeSet::new();
        for _ in 0..16_384 {
            let socket = server.udp_bind(any(SERVER)).expect("a socket");
            let port = socket.local().expect("an address").port();
            assert!(port >= 49_152);
            assert!(seen.insert(port), "{port} came twice");
        }
        let socket = server.udp_bind(any(SERVER)).expect("a socket");
        let port = socket.local().expect("an address").port();
        assert!(seen.contains(&port), "all have been used by now");
        let taken = server.udp_bind((SERVER, port).into()).map(drop);
        assert_eq!(taken, Err(ErrorKind::AddrInUse));
        let taken = server
            .udp_bind((Ipv4Addr::UNSPECIFIED, port).into())
            .map(drop);
        assert_eq!(taken, Err(ErrorKind::AddrInUse));
    });
}

/// Datagrams without octets are queued as others are: a socket whose queue they fill has no
/// room until they have left, and they leave with the hop limit of their time.
#[test]
fn datagrams_without_octets_are_queued() {
    on_link(|server, client, pass| {
        let blocked = server.with_device(|device| device.blocked());
        let hearer = client.udp_bind(any(CLIENT)).expect("a socket");
        let to = hearer.local().expect("an address");
        let mut sender = server.udp_bind(any(SERVER)).expect("a socket");
        sender.set_hop_limit(9).expect("a limit");
        blocked.set(true);
        for _ in 0..4 {
            sender.send_to(b"", &to).expect("room");
        }
        assert_eq!(sender.send_to(b"", &to), Err(ErrorKind::WouldBlock));
        let has_room = sender.wait(Interest::WRITE, Some(Duration::ZERO));
        assert_eq!(has_room, Ok(false));
        blocked.set(false);
        sender.set_hop_limit(10).expect("a limit");
        sender.send_to(b"", &to).expect("room");
        pass();
        let sent = server.with_device(|device| device.sent().take());
        let hops: Vec<_> = sent.iter().map(|packet| packet[8]).collect();
        assert_eq!(hops, [9, 9, 9, 9, 10]);
    });
}
