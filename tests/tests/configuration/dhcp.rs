//! An interface that gets its address from a server of DHCP.

use core::cell::Cell;
use core::net::{IpAddr, Ipv4Addr};

use amphi_core::ErrorKind;
use amphi_core::addr::IpInterface;
use amphi_core::socket::{Interface, Multicast, Net, Stream};
use amphi_core::time::Duration;
use amphi_smoltcp::link::{Line, Pair, Trace};
use amphi_smoltcp::smoltcp::phy::Medium;
use amphi_smoltcp::{Dhcp, DhcpPlace, Lease, UdpSocket, VirtualClock};

use crate::dhcp_server::{DISCOVER, Given, REQUEST, Server};
use crate::lan::{Lan, Link, Room, on_lan};

const SERVER: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
const FIRST: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 100);
const SECOND: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 101);
const NAMES: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 53);
/// It is renewed after half of it (RFC 2131, section 4.4.5).
const LEASE: Duration = Duration::from_secs(600);
const SOON: Duration = Duration::from_secs(1);

fn gives(address: Ipv4Addr) -> Given {
    Given {
        address,
        router: Some(SERVER),
        name_servers: vec![NAMES, Ipv4Addr::UNSPECIFIED, SERVER],
        lease: 600,
    }
}

/// A server on the far stack that gives `FIRST`.
fn server_on<'n, 'a>(lan: &Lan<'n, 'a>) -> Server<UdpSocket<'n, 'a, Link<'a>, &'a VirtualClock>> {
    lan.far.add_address(SERVER.into(), 24).expect("room");
    let at = (Ipv4Addr::UNSPECIFIED, 67).into();
    Server {
        socket: lan.far.udp_bind(at).expect("a socket"),
        own: SERVER,
        given: Some(gives(FIRST)),
        heard: Vec::new(),
        refuses: false,
        others: 0,
    }
}

fn addresses(lan: &Lan<'_, '_>) -> Vec<IpAddr> {
    lan.near.addresses().map(IpInterface::ip).collect()
}

fn shown(lease: Result<Lease, ErrorKind>) -> Result<Ipv4Addr, ErrorKind> {
    lease.map(|lease| lease.address.ip())
}

/// Address, network, router and name servers come within a second, and are kept by renewals
/// that disturb no connection.
#[test]
fn lease_is_put_on_the_interface_and_renewed() {
    on_lan(|lan, place, another| {
        let mut server = server_on(lan);
        let dhcp = Dhcp::start(lan.near, place).expect("a slot");
        let second = Dhcp::start(lan.near, another).map(drop);
        assert_eq!(second, Err(ErrorKind::AlreadyExists));
        assert_eq!(shown(dhcp.lease()), Err(ErrorKind::WouldBlock));
        lan.pass(SOON, || server.serve());
        let lease = dhcp.lease().expect("a lease");
        assert_eq!(lease.address.to_string(), "192.0.2.100/24");
        assert_eq!(lease.router, Some(SERVER));
        assert_eq!(lease.name_servers, [Some(NAMES), Some(SERVER), None]);
        assert_eq!(lease.server, SERVER);
        assert_eq!(addresses(lan), [IpAddr::V4(FIRST)]);
        assert_eq!(server.heard, [DISCOVER, REQUEST]);
        // The router makes the rest of the world reachable.
        let world = lan.near.tcp_connect(([198, 51, 100, 1], 7).into());
        assert!(world.is_ok());

        let (mut far, mut near) = lan.connect(FIRST);
        lan.pass(3 * LEASE, || server.serve());
        assert!((8..=9).contains(&server.heard.len()), "{:?}", server.heard);
        assert_eq!(addresses(lan), [IpAddr::V4(FIRST)]);
        far.write(b"still here").expect("room");
        lan.pass(SOON, || server.serve());
        assert_eq!(near.read(&mut [0; 16]), Ok(10));
        drop(dhcp);
        assert!(addresses(lan).is_empty());
    });
}

/// Without its server a lease ends in its time, and its connections with it; with it again
/// there is a new one.
#[test]
fn lease_ends_without_its_server() {
    on_lan(|lan, place, _| {
        let mut server = server_on(lan);
        let dhcp = Dhcp::start(lan.near, place).expect("a slot");
        lan.pass(SOON, || server.serve());
        let (_far, mut near) = lan.connect(FIRST);
        server.given = None;
        lan.pass(LEASE - 4 * SOON, || server.serve());
        assert_eq!(addresses(lan), [IpAddr::V4(FIRST)]);
        assert_eq!(near.read(&mut [0; 8]), Err(ErrorKind::WouldBlock));
        lan.pass(4 * SOON, || server.serve());
        assert_eq!(shown(dhcp.lease()), Err(ErrorKind::WouldBlock));
        assert!(addresses(lan).is_empty());
        assert_eq!(near.read(&mut [0; 8]), Err(ErrorKind::Aborted));
        let world = lan.near.tcp_connect(([198, 51, 100, 1], 7).into());
        assert_eq!(world.map(drop), Err(ErrorKind::Unreachable));

        server.given = Some(gives(SECOND));
        lan.pass(5 * SOON, || server.serve());
        assert_eq!(shown(dhcp.lease()), Ok(SECOND));
    });
}

/// A server that says no takes the address away, and the client asks anew; but not without
/// end when the server offers and refuses in turns.
#[test]
fn refused_lease_is_given_up() {
    on_lan(|lan, place, _| {
        let mut server = server_on(lan);
        let dhcp = Dhcp::start(lan.near, place).expect("a slot");
        lan.pass(SOON, || server.serve());
        server.refuses = true;
        lan.pass(LEASE / 2 + SOON, || server.serve());
        assert!(addresses(lan).is_empty());
        server.heard.clear();
        lan.pass(60 * SOON, || server.serve());
        assert!(
            (2..=150).contains(&server.heard.len()),
            "{}",
            server.heard.len()
        );
        server.refuses = false;
        server.given = Some(gives(SECOND));
        lan.pass(10 * SOON, || server.serve());
        assert_eq!(shown(dhcp.lease()), Ok(SECOND));
        assert_eq!(addresses(lan), [IpAddr::V4(SECOND)]);
    });
}

/// A link that was away for a moment costs no connection when the server gives the same again;
/// one that leads elsewhere gives another address; one without a server none.
#[test]
fn link_that_comes_back_is_asked_again() {
    on_lan(|lan, place, _| {
        let mut server = server_on(lan);
        let dhcp = Dhcp::start(lan.near, place).expect("a slot");
        lan.pass(SOON, || server.serve());
        let (mut far, mut near) = lan.connect(FIRST);
        let blink = || {
            lan.near.set_link_up(false);
            lan.pass(SOON, || ());
            lan.near.set_link_up(true);
        };

        blink();
        assert_eq!(shown(dhcp.lease()), Ok(FIRST));
        server.heard.clear();
        lan.pass(2 * SOON, || server.serve());
        assert_eq!(server.heard, [DISCOVER, REQUEST]);
        far.write(b"as before").expect("room");
        lan.pass(SOON, || server.serve());
        assert_eq!(near.read(&mut [0; 16]), Ok(9));

        server.given = Some(gives(SECOND));
        blink();
        lan.pass(2 * SOON, || server.serve());
        assert_eq!(addresses(lan), [IpAddr::V4(SECOND)]);
        assert_eq!(near.read(&mut [0; 8]), Err(ErrorKind::Aborted));

        server.given = None;
        blink();
        lan.pass(29 * SOON, || server.serve());
        assert_eq!(shown(dhcp.lease()), Ok(SECOND));
        lan.pass(5 * SOON, || server.serve());
        assert!(addresses(lan).is_empty());
        assert_eq!(shown(dhcp.lease()), Err(ErrorKind::WouldBlock));
    });
}

/// Where the interface has no room for the address, that is told, and nothing is lost.
#[test]
fn interface_without_room_is_told() {
    on_lan(|lan, place, _| {
        let mut server = server_on(lan);
        let own = [[10, 0, 0, 1], [10, 0, 1, 1]].map(IpAddr::from);
        for address in own {
            lan.near.add_address(address, 24).expect("room");
        }
        let dhcp = Dhcp::start(lan.near, place).expect("a slot");
        lan.pass(SOON, || server.serve());
        assert_eq!(shown(dhcp.lease()), Err(ErrorKind::Exhausted));
        assert_eq!(addresses(lan), own);
    });
}

/// What a busy server broadcasts to others is nothing to this client, and does not use up
/// its patience.
#[test]
fn words_to_others_are_not_heard() {
    on_lan(|lan, place, _| {
        let mut server = server_on(lan);
        server.others = 20;
        let dhcp = Dhcp::start(lan.near, place).expect("a slot");
        lan.pass(SOON, || server.serve());
        assert_eq!(server.heard, [DISCOVER, REQUEST]);
        assert_eq!(shown(dhcp.lease()), Ok(FIRST));
    });
}

/// A group that is joined before there is an address is told when there is one.
#[test]
fn group_is_told_from_the_new_address() {
    let (clock, told) = (VirtualClock::new(), Cell::new(0));
    let (mut place, mut rooms) = (DhcpPlace::new(), [const { Room::new() }; 2]);
    let mut pair = Pair::<1514, 32>::new(Medium::Ethernet);
    let ((near, far), [room, far_room]) = (pair.split(), &mut rooms);
    let near = Trace::new(near, |line: &Line<'_>| {
        let is_report = line.to_string().contains("membership report");
        told.set(told.get() + u32::from(is_report));
    });
    let (near, far) = (room.stack(1, near, &clock), far_room.stack(2, far, &clock));
    far.add_address(SERVER.into(), 24).expect("room");
    let bind = |port| (&far).udp_bind((Ipv4Addr::UNSPECIFIED, port).into());
    let mut server = Server {
        socket: bind(67).expect("a socket"),
        own: SERVER,
        given: Some(gives(FIRST)),
        heard: Vec::new(),
        refuses: false,
        others: 0,
    };
    let any = (Ipv4Addr::UNSPECIFIED, 9).into();
    let mut socket = (&near).udp_bind(any).expect("a socket");
    let group = Ipv4Addr::new(224, 3, 29, 71).into();
    socket.join(group, Interface::Any).expect("a member");
    let pass = |server: &mut Server<_>| {
        for _ in 0..1_000 {
            let _ = (near.drive(), far.drive());
            server.serve();
            clock.advance(Duration::from_millis(1));
        }
    };
    pass(&mut server);
    assert_eq!(told.get(), 0);
    let dhcp = Dhcp::start(&near, &mut place).expect("a slot");
    pass(&mut server);
    assert_eq!(shown(dhcp.lease()), Ok(FIRST));
    assert_eq!(told.get(), 1);
}
