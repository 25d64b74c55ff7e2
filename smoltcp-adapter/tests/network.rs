//! Addresses, routes and the link of a stack, as they change while it runs.

mod support;

use core::net::{IpAddr, Ipv4Addr, SocketAddr};

use amphi_core::ErrorKind;
use amphi_core::addr::{IpInterface, IpNetwork};
use amphi_core::socket::{Datagram, Interface, Listener, Multicast, Net, Socket, Stream};
use amphi_core::time::Duration;
use amphi_smoltcp::link::{End, Pair};
use amphi_smoltcp::smoltcp::phy::Medium;
use amphi_smoltcp::smoltcp::wire::{EthernetAddress, EthernetFrame, HardwareAddress};
use amphi_smoltcp::{Config, Platform, Stack, VirtualClock};
use support::{CLIENT, Inject, SERVER, pass, with_stack};

const PORT: u16 = 7;
const SOON: Duration = Duration::from_millis(50);
/// A second network on the same link.
const SERVER_TOO: Ipv4Addr = Ipv4Addr::new(10, 0, 1, 1);
const CLIENT_TOO: Ipv4Addr = Ipv4Addr::new(10, 0, 1, 2);
const GROUP: Ipv4Addr = Ipv4Addr::new(224, 3, 29, 71);
const ROUTER: EthernetAddress = EthernetAddress([2, 0, 0, 0, 0, 1]);

type TestStack<'l, 'a, 'c> = Stack<'a, Inject<End<'l, 1514, 32>>, &'c VirtualClock>;

/// Two stacks with three TCP sockets each on an Ethernet.
fn on_ethernet(test: impl FnOnce(&VirtualClock, &TestStack<'_, '_, '_>, &TestStack<'_, '_, '_>)) {
    let clock = VirtualClock::new();
    let config = |last| {
        let mut config = Config::new(HardwareAddress::Ethernet(EthernetAddress([
            2, 0, 0, 0, 0, last,
        ])));
        config.peer_timeout = Duration::from_secs(30);
        config
    };
    let mut pair = Pair::<1514, 32>::new(Medium::Ethernet);
    let (near, far) = pair.split();
    with_stack::<3, _, _>(Inject::new(near), &clock, SERVER, config(1), |server| {
        with_stack::<3, _, _>(Inject::new(far), &clock, CLIENT, config(2), |client| {
            test(&clock, server, client);
        });
    });
}

/// The frames that a stack has sent since the last call.
fn sent(stack: &TestStack<'_, '_, '_>) -> Vec<Vec<u8>> {
    stack.with_device(|device| device.sent().take())
}

fn network(text: &str) -> IpNetwork {
    text.parse().expect("a network")
}

/// Two addresses in two networks serve side by side; who connects comes from the address in the
/// same network, and a third address finds no room.
#[test]
fn each_address_is_in_its_own_network() {
    on_ethernet(|clock, server, client| {
        server.add_address(SERVER_TOO.into(), 24).expect("room");
        client.add_address(CLIENT_TOO.into(), 24).expect("room");
        let more = server.add_address(Ipv4Addr::new(10, 0, 2, 1).into(), 24);
        assert_eq!(more, Err(ErrorKind::Exhausted));
        let again = server.add_address(SERVER_TOO.into(), 8);
        assert_eq!(again, Err(ErrorKind::AlreadyExists));
        let known: Vec<_> = server.addresses().map(IpInterface::ip).collect();
        assert_eq!(known, [IpAddr::V4(SERVER), SERVER_TOO.into()]);
        assert!(server.addresses().all(|address| address.prefix_len() == 24));

        let mut one = server.tcp_listen((SERVER, PORT).into(), 1).expect("one");
        let mut too = server
            .tcp_listen((SERVER_TOO, PORT).into(), 1)
            .expect("the same port at the other address");
        for (listener, to, from) in [
            (&mut too, SERVER_TOO, CLIENT_TOO),
            (&mut one, SERVER, CLIENT),
        ] {
            let mut stream = client.tcp_connect((to, PORT).into()).expect("an attempt");
            pass(clock, server, client, SOON);
            assert_eq!(stream.finish_connect(), Ok(()));
            let (accepted, peer) = listener.accept().expect("one waits");
            assert_eq!(peer.ip(), IpAddr::V4(from));
            assert_eq!(accepted.local(), Ok((to, PORT).into()));
        }
    });
}

/// Without its address a connection ends at once, and without a word to the peer; listeners
/// and sockets at the address hear again when it comes back.
#[test]
fn removed_address_takes_its_connections_along() {
    on_ethernet(|clock, server, client| {
        server.add_address(SERVER_TOO.into(), 24).expect("room");
        let mut listener = server.tcp_listen((SERVER, PORT).into(), 2).expect("one");
        let mut near = client.tcp_connect((SERVER, PORT).into()).expect("one");
        let mut pending = client.tcp_connect((SERVER, PORT).into()).expect("one");
        pass(clock, server, client, SOON);
        let (mut accepted, _) = listener.accept().expect("one waits");
        let mut socket = server.udp_bind((SERVER, 9).into()).expect("a socket");

        sent(server);
        assert_eq!(server.remove_address(SERVER.into()), Ok(()));
        let gone = server.remove_address(SERVER.into());
        assert_eq!(gone, Err(ErrorKind::AddrNotAvailable));
        assert_eq!(accepted.read(&mut [0; 8]), Err(ErrorKind::Aborted));
        assert_eq!(accepted.write(b"x"), Err(ErrorKind::Aborted));
        assert_eq!(listener.accept().map(drop), Err(ErrorKind::WouldBlock));
        let to = SocketAddr::from((Ipv4Addr::new(10, 0, 1, 2), 9));
        let foreign = socket.send_to(b"who am I?", &to);
        assert_eq!(foreign, Err(ErrorKind::AddrNotAvailable));
        near.write(b"anybody there?").expect("room");
        pass(clock, server, client, SOON);
        assert!(sent(server).is_empty(), "it speaks for another");
        assert_eq!(pending.finish_connect(), Ok(()), "it does not know yet");
        drop((near, pending, accepted));

        server.add_address(SERVER.into(), 24).expect("room");
        let mut again = client.tcp_connect((SERVER, PORT).into()).expect("one");
        pass(clock, server, client, SOON);
        assert_eq!(again.finish_connect(), Ok(()));
        assert!(listener.accept().is_ok());
        let to = SocketAddr::from((CLIENT, 9));
        assert_eq!(socket.send_to(b"back", &to), Ok(()));
    });
}

/// What has no route is unreachable at once; what has one goes to its router, and the
/// longest prefix counts.
#[test]
fn routes_lead_to_their_routers() {
    on_ethernet(|clock, server, client| {
        let far = SocketAddr::from((Ipv4Addr::new(192, 0, 2, 9), PORT));
        let mut socket = client.udp_bind((CLIENT, 0).into()).expect("a socket");
        let attempt = client.tcp_connect(far).map(drop);
        assert_eq!(attempt, Err(ErrorKind::Unreachable));
        assert_eq!(socket.send_to(b"x", &far), Err(ErrorKind::Unreachable));

        // Nobody is at the first; the second is the server.
        client
            .set_gateway(Ipv4Addr::new(10, 0, 0, 77))
            .expect("room");
        let near = network("192.0.2.0/24");
        client.add_route(near, SERVER.into()).expect("room");
        let full = client.add_route(network("198.51.100.0/24"), SERVER.into());
        assert_eq!(full, Err(ErrorKind::Exhausted));
        socket.send_to(b"x", &far).expect("room");
        pass(clock, server, client, SOON);
        let frames = sent(client);
        let to_far = frames
            .iter()
            .map(|frame| EthernetFrame::new_unchecked(&frame[..]));
        let routed = to_far.filter(|frame| frame.payload()[16..20] == [192, 0, 2, 9]);
        let routers: Vec<_> = routed.map(|frame| frame.dst_addr()).collect();
        assert_eq!(routers, [ROUTER]);

        assert_eq!(client.remove_route(near), Ok(()));
        assert_eq!(client.remove_route(near), Err(ErrorKind::NotFound));
        assert_eq!(client.remove_route(network("0.0.0.0/0")), Ok(()));
        assert_eq!(socket.send_to(b"x", &far), Err(ErrorKind::Unreachable));
        for router in ["::1", "224.0.0.1", "0.0.0.0", "255.255.255.255"] {
            let wrong = client.add_route(near, router.parse().expect("an address"));
            assert_eq!(wrong, Err(ErrorKind::InvalidInput), "{router}");
        }
    });
}

/// While the link is down nothing is sent and new attempts fail at once; what was written
/// leaves when it is back, groups are reported and neighbours asked for again.
#[test]
fn link_that_comes_back_goes_on() {
    on_ethernet(|clock, server, client| {
        let mut listener = server.tcp_listen((SERVER, PORT).into(), 2).expect("one");
        let mut near = client.tcp_connect((SERVER, PORT).into()).expect("one");
        let mut member = client.udp_bind((GROUP, 9).into()).expect("a socket");
        member.join(GROUP.into(), Interface::Any).expect("a member");
        pass(clock, server, client, SOON);
        let (mut accepted, _) = listener.accept().expect("one waits");
        assert!(client.is_link_up());

        client.set_link_up(false);
        sent(client);
        assert!(!client.is_link_up());
        assert_eq!(near.write(b"patience"), Ok(8));
        let to = SocketAddr::from((SERVER, PORT));
        assert_eq!(
            client.tcp_connect(to).map(drop),
            Err(ErrorKind::Unreachable)
        );
        assert_eq!(member.send_to(b"x", &to), Err(ErrorKind::Unreachable));
        let begin = clock.now();
        let mut turns = 0;
        while clock.now() < begin + Duration::from_secs(5) {
            server.drive();
            clock.wait(client.drive());
            turns += 1;
        }
        assert!(turns <= 51, "{turns} turns in 5 s");
        assert!(sent(client).is_empty());

        client.set_link_up(true);
        pass(clock, server, client, SOON);
        let mut buf = [0; 16];
        assert_eq!(accepted.read(&mut buf), Ok(8));
        let frames = sent(client);
        let igmp = frames
            .iter()
            .filter(|frame| frame[12..14] == [8, 0] && frame[23] == 2);
        // RFC 2236, section 2.1: a report, and nobody is told that anything was left.
        assert_eq!(igmp.map(|frame| frame[34]).collect::<Vec<_>>(), [0x16]);
        let arp = frames.iter().filter(|frame| frame[12..14] == [8, 6]);
        assert_eq!(arp.count(), 1, "the neighbour is asked for again");
        member.send_to(b"x", &to).expect("room");
    });
}

/// A connection outlives a link that is down for as long as a silent peer, and no longer.
#[test]
fn link_that_stays_down_times_out() {
    on_ethernet(|clock, server, client| {
        let _listener = server.tcp_listen((SERVER, PORT).into(), 2).expect("one");
        let mut near = client.tcp_connect((SERVER, PORT).into()).expect("one");
        pass(clock, server, client, SOON);
        client.set_link_up(false);
        pass(clock, server, client, Duration::from_secs(29));
        assert_eq!(near.read(&mut [0; 8]), Err(ErrorKind::WouldBlock));
        pass(clock, server, client, Duration::from_secs(12));
        assert_eq!(near.read(&mut [0; 8]), Err(ErrorKind::TimedOut));
    });
}

/// An address tells its network.
#[test]
fn addresses_tell_their_networks() {
    on_ethernet(|_, server, _| {
        let mine: IpInterface = "10.0.0.1/24".parse().expect("an interface");
        assert!(server.addresses().eq([mine]));
        assert_eq!(mine.network(), network("10.0.0.0/24"));
    });
}

/// The requests for `neighbour` among frames: ARP (RFC 826), or a solicitation
/// (RFC 4861, section 4.3).
fn requests(frames: &[Vec<u8>], neighbour: IpAddr) -> usize {
    let asks = |frame: &&Vec<u8>| match neighbour {
        IpAddr::V4(ip) => frame[12..14] == [8, 6] && frame[38..42] == ip.octets(),
        IpAddr::V6(ip) => {
            frame[12..14] == [0x86, 0xdd] && frame[54] == 135 && frame[62..78] == ip.octets()
        }
    };
    frames.iter().filter(asks).count()
}

/// Several neighbours are asked for at once, by connections as by datagrams: none waits for
/// the second that smoltcp leaves between its questions. The next does not ask again.
#[test]
fn neighbours_do_not_wait_for_each_other() {
    for (servers, own) in [
        (
            [[10, 0, 0, 1], [10, 0, 0, 3]].map(IpAddr::from),
            IpAddr::V4(CLIENT),
        ),
        (
            [1, 3].map(|last| IpAddr::from([0xfd00, 0, 0, 0, 0, 0, 0, last])),
            [0xfd00, 0, 0, 0, 0, 0, 0, 2].into(),
        ),
    ] {
        on_ethernet(|clock, server, client| {
            server.remove_address(SERVER.into()).expect("it was there");
            client.remove_address(CLIENT.into()).expect("it was there");
            client.add_address(own, 24).expect("room");
            for address in servers {
                server.add_address(address, 24).expect("room");
            }
            let any = |like: IpAddr, port| match like {
                IpAddr::V4(_) => SocketAddr::from((Ipv4Addr::UNSPECIFIED, port)),
                IpAddr::V6(_) => SocketAddr::from(([0_u16; 8], port)),
            };
            let _listener = server.tcp_listen(any(own, PORT), 2).expect("a listener");
            let mut ear = server.udp_bind(any(own, 9)).expect("a socket");
            let mut mouth = client.udp_bind(any(own, 0)).expect("a socket");

            let mut streams = servers.map(|at| client.tcp_connect((at, PORT).into()).expect("one"));
            pass(clock, server, client, SOON);
            for stream in &mut streams {
                assert_eq!(stream.finish_connect(), Ok(()), "{stream:?}");
            }
            let frames = sent(client);
            assert_eq!(servers.map(|at| requests(&frames, at)), [1, 1]);
            drop(streams);
            // All is forgotten.
            pass(clock, server, client, Duration::from_secs(120));
            sent(client);
            for at in servers {
                mouth.send_to(b"hello", &(at, 9).into()).expect("room");
                pass(clock, server, client, Duration::from_millis(5));
                let heard = ear.recv_from(&mut [0; 8]).map(|received| received.len);
                assert_eq!(heard, Ok(5), "{at}");
            }
            let frames = sent(client);
            assert_eq!(servers.map(|at| requests(&frames, at)), [1, 1]);
        });
    }
}

/// A neighbour that is not there is asked for once a second, however many want it.
#[test]
fn absent_neighbour_is_asked_for_in_moderation() {
    on_ethernet(|clock, server, client| {
        let absent = [77, 78].map(|last| Ipv4Addr::new(10, 0, 0, last));
        let mut streams = [absent[0], absent[0], absent[1]]
            .map(|at| client.tcp_connect((at, PORT).into()).expect("an attempt"));
        pass(clock, server, client, Duration::from_millis(5_500));
        let frames = sent(client);
        for at in absent {
            let count = requests(&frames, at.into());
            assert!((3..=7).contains(&count), "{at}: {count} in 5.5 s");
        }
        for stream in &mut streams {
            assert_eq!(stream.finish_connect(), Err(ErrorKind::WouldBlock));
        }
    });
}
