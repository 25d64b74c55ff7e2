//! UDP.

use core::net::SocketAddr;

use amphi_core::socket::{Datagram, Net, Socket};
use amphi_core::time::Duration;
use amphi_core::{Error, ErrorKind};

use crate::peer::{alone, check, fill};
use crate::service::LONGEST;
use crate::{Peer, World};

type DatagramOf<W> = <<W as World>::Net as Net>::Datagram;

/// A socket at a port of its own, and its address.
#[track_caller]
pub(super) fn bind<W: World>(world: &W) -> (DatagramOf<W>, SocketAddr) {
    let socket = world.net().udp_bind(world.any_port()).expect("a socket");
    let address = socket.local().expect("its address");
    assert_ne!(address.port(), 0);
    (socket, address)
}

/// The same on the far stack.
#[track_caller]
pub(super) fn bind_far<W: World>(world: &W) -> (DatagramOf<W>, SocketAddr) {
    let any = SocketAddr::new(world.far_address(), 0);
    let socket = world.far().udp_bind(any).expect("a socket");
    let address = socket.local().expect("its address");
    (socket, address)
}

/// Two datagrams stay two, with their sender.
pub fn keeps_boundaries<W: World>(world: &mut W) {
    let (mut a, from) = bind_far(world);
    let (mut b, to) = bind(world);
    let mut turn = alone;
    let mut peer = Peer::new(world.far(), &mut turn);
    peer.send_to(&mut a, b"first", to);
    peer.send_to(&mut a, b"second one", to);
    let mut buf = [0; 64];
    for expected in [&b"first"[..], b"second one"] {
        let received = peer.receive_from(&mut b, &mut buf);
        assert_eq!(&buf[..received.len], expected);
        assert_eq!(received.from, from);
    }
    let none = b
        .recv_from(&mut buf)
        .map(|received| received.len)
        .map_err(|error| error.reason());
    assert_eq!(none, Err(ErrorKind::WouldBlock));
}

/// A datagram of no octets is a datagram.
pub fn empty_is_no_end<W: World>(world: &mut W) {
    let (mut a, from) = bind_far(world);
    let (mut b, to) = bind(world);
    let mut turn = alone;
    let mut peer = Peer::new(world.far(), &mut turn);
    peer.send_to(&mut a, b"", to);
    peer.send_to(&mut a, b"x", to);
    let empty = peer.receive_from(&mut b, &mut [0; 8]);
    assert_eq!((empty.len, empty.from), (0, from));
    assert_eq!(peer.receive_from(&mut b, &mut [0; 8]).len, 1);
}

/// What the link carries passes, byte-exact; one octet more is a typed error.
pub fn largest_passes_and_longer_is_refused<W: World>(world: &mut W) {
    let (mut a, _) = bind_far(world);
    let (mut b, to) = bind(world);
    let mut turn = alone;
    let mut peer = Peer::new(world.far(), &mut turn);
    let (mut octets, mut buf) = ([0; LONGEST], [0; LONGEST]);
    fill(&mut octets, 0);
    let largest = world.largest_datagram();
    peer.send_to(&mut a, &octets[..largest], to);
    let received = peer.receive_from(&mut b, &mut buf);
    assert_eq!(received.len, largest);
    check(&buf[..largest], 0);
    let longer = a
        .send_to(&octets[..largest + 1], &to)
        .map_err(|error| error.reason());
    assert_eq!(longer, Err(ErrorKind::MessageTooLong));
}

/// A datagram longer than the buffer is cut, says so, and does not spoil the next.
pub fn cut_datagram_tells_its_length<W: World>(world: &mut W) {
    let (mut a, _) = bind_far(world);
    let (mut b, to) = bind(world);
    let mut turn = alone;
    let mut peer = Peer::new(world.far(), &mut turn);
    peer.send_to(&mut a, b"0123456789", to);
    peer.send_to(&mut a, b"next", to);
    let mut buf = [0; 4];
    let received = peer.receive_from(&mut b, &mut buf);
    assert_eq!(received.len, 10);
    assert!(received.is_truncated(buf.len()));
    assert_eq!(&buf, b"0123");
    assert_eq!(peer.receive_from(&mut b, &mut buf).len, 4);
    assert_eq!(&buf, b"next");
}

/// Two sockets cannot have one address.
pub fn address_in_use_is_told<W: World>(world: &mut W) {
    let (_socket, address) = bind(world);
    let second = world
        .net()
        .udp_bind(address)
        .map(drop)
        .map_err(|error| error.reason());
    assert_eq!(second, Err(ErrorKind::AddrInUse));
}

/// The stack chooses another port for each socket.
pub fn ports_differ<W: World>(world: &mut W) {
    let (_a, first) = bind(world);
    let (_b, second) = bind(world);
    assert_ne!(first.port(), second.port());
}

/// What a dropped socket sent before still arrives, be it nothing, and its port is free at once.
pub fn dropped_socket_delivers<W: World>(world: &mut W) {
    let (mut a, address) = bind_far(world);
    let (mut b, to) = bind(world);
    a.send_to(b"farewell", &to).expect("room in an empty queue");
    a.send_to(b"", &to).expect("room for what takes none");
    drop(a);
    drop(
        world
            .far()
            .udp_bind(address)
            .expect("the port is free again"),
    );
    let deadline = world.far().now() + Duration::from_secs(60);
    assert!(world.far().drain(deadline).expect("a drain"));
    let mut turn = alone;
    let mut peer = Peer::new(world.far(), &mut turn);
    assert_eq!(peer.receive_from(&mut b, &mut [0; 16]).len, 8);
    assert_eq!(peer.receive_from(&mut b, &mut [0; 16]).len, 0);
}

/// A datagram over IPv6, where the world has it.
pub fn works_over_ipv6<W: World>(world: &mut W) {
    let Some(address) = world.address_v6() else {
        return;
    };
    let mut socket = world
        .net()
        .udp_bind(SocketAddr::new(address, 0))
        .expect("a socket");
    let own = socket.local().expect("its address");
    let mut turn = alone;
    let mut peer = Peer::new(world.far(), &mut turn);
    peer.send_to(&mut socket, b"over six", own);
    let received = peer.receive_from(&mut socket, &mut [0; 16]);
    assert_eq!((received.len, received.from), (8, own));
}
