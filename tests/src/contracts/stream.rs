//! Connections and listeners.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use amphi_core::select::Interest;
use amphi_core::socket::{Listener, Net, Shutdown, Socket, Stream};
use amphi_core::time::Duration;
use amphi_core::{Error, ErrorKind};

use crate::peer::{alone, check, fill};
use crate::service::listen;
use crate::{Peer, World};

type StreamOf<W> = <<W as World>::Net as Net>::Stream;

/// A connection of the world with itself: the side that connected, and the side that accepted.
#[track_caller]
pub(super) fn pair<W: World>(world: &W) -> (StreamOf<W>, StreamOf<W>) {
    let (mut listener, address) = listen(world, 4);
    let mut turn = alone;
    let mut peer = Peer::new(world.far(), &mut turn);
    let client = peer.connect(address);
    let (server, _) = peer
        .wait(&mut listener, Interest::READ, Listener::accept)
        .expect("one");
    (client, server)
}

/// Both sides know who they are and who the other is.
pub fn tells_both_addresses<W: World>(world: &mut W) {
    let (mut listener, address) = listen(world, 4);
    assert_ne!(address.port(), 0);
    let mut turn = alone;
    let mut peer = Peer::new(world.far(), &mut turn);
    let client = peer.connect(address);
    let (server, from) = peer
        .wait(&mut listener, Interest::READ, Listener::accept)
        .expect("one");
    assert_eq!(client.remote().expect("a peer"), address);
    assert_eq!(client.local().expect("an address"), from);
    assert_eq!(server.remote().expect("a peer"), from);
    assert_eq!(server.local().expect("an address"), address);
    let again = listener.accept().map(drop).map_err(|error| error.reason());
    assert_eq!(again, Err(ErrorKind::WouldBlock));
}

/// Listeners at several ports, and one for all addresses, each get their own: which the
/// accepted connection's address tells.
pub fn listeners_keep_their_addresses<W: World>(world: &mut W) {
    let (mut first, one) = listen(world, 2);
    let (mut second, two) = listen(world, 2);
    let every = match world.address() {
        IpAddr::V4(_) => IpAddr::from(Ipv4Addr::UNSPECIFIED),
        IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let mut third = world
        .net()
        .tcp_listen(SocketAddr::new(every, 0), 2)
        .expect("a listener for all addresses");
    let port = third.local().expect("an address").port();
    let three = SocketAddr::new(world.address(), port);
    let mut turn = alone;
    let mut peer = Peer::new(world.far(), &mut turn);
    for _ in 0..2 {
        for (listener, address) in [(&mut second, two), (&mut third, three), (&mut first, one)] {
            let client = peer.connect(address);
            let (server, from) = peer
                .wait(listener, Interest::READ, Listener::accept)
                .expect("one");
            assert_eq!(server.local().expect("an address"), address);
            assert_eq!(client.local().expect("an address"), from);
        }
    }
}

/// A connection to a port without a listener is refused.
pub fn refuses_where_nobody_listens<W: World>(world: &mut W) {
    let (listener, address) = listen(world, 4);
    drop(listener);
    let mut turn = alone;
    let refused = Peer::new(world.far(), &mut turn)
        .try_connect(address)
        .map(drop);
    assert_eq!(refused, Err(ErrorKind::Refused));
}

/// As much as all buffers hold, again and again, arrives whole and in order; a
/// full buffer says `WouldBlock`.
pub fn carries_octets_in_order<W: World>(world: &mut W) {
    const MOST: usize = 64 << 20;
    let (mut client, mut server) = pair(world);
    let mut turn = alone;
    let mut peer = Peer::new(world.far(), &mut turn);
    let (mut sent, mut received) = (0, 0);
    let mut buf = [0; 1500];
    for _ in 0..5 {
        let refused = loop {
            fill(&mut buf, sent);
            match client.write(&buf) {
                Ok(count) => sent += count,
                Err(error) => break error.reason(),
            }
            assert!(sent - received < MOST, "no buffer is ever full");
        };
        assert_eq!(refused, ErrorKind::WouldBlock);
        while received < sent {
            let count = peer.try_receive(&mut server, &mut buf).expect("octets");
            check(&buf[..count], received);
            received += count;
        }
    }
}

/// After one side shut its writing half, the other reads what was written, then
/// the end, again and again, and can still answer.
pub fn half_close_is_end_of_file<W: World>(world: &mut W) {
    let (mut client, mut server) = pair(world);
    let mut turn = alone;
    let mut peer = Peer::new(world.far(), &mut turn);
    peer.send(&mut client, b"last words");
    client.shutdown(Shutdown::Write).expect("half a close");
    peer.expect(&mut server, b"last words");
    peer.expect_end(&mut server);
    peer.expect_end(&mut server);
    peer.send(&mut server, b"heard");
    peer.expect(&mut client, b"heard");
    server.shutdown(Shutdown::Write).expect("the other half");
    peer.expect_end(&mut client);
}

/// Who shut its writing half cannot write.
pub fn write_after_shutdown_is_broken_pipe<W: World>(world: &mut W) {
    let (mut client, _server) = pair(world);
    client.shutdown(Shutdown::Write).expect("half a close");
    let result = client.write(b"x").map_err(|error| error.reason());
    assert_eq!(result, Err(ErrorKind::BrokenPipe));
}

/// An aborted connection is a reset on the other side.
pub fn reset_is_told<W: World>(world: &mut W) {
    let (client, mut server) = pair(world);
    client.abort();
    let mut turn = alone;
    let mut peer = Peer::new(world.far(), &mut turn);
    let read = peer.try_receive(&mut server, &mut [0; 8]);
    assert_eq!(read, Err(ErrorKind::Reset));
    let write = server.write(b"x").map_err(|error| error.reason());
    assert!(
        matches!(write, Err(ErrorKind::BrokenPipe | ErrorKind::Reset)),
        "{write:?}"
    );
}

/// Two listeners cannot have one address.
pub fn address_in_use_is_told<W: World>(world: &mut W) {
    let (_listener, address) = listen(world, 4);
    let second = world
        .net()
        .tcp_listen(address, 4)
        .map(drop)
        .map_err(|error| error.reason());
    assert_eq!(second, Err(ErrorKind::AddrInUse));
}

/// An address of another machine (RFC 5737) cannot be listened at.
pub fn foreign_address_is_told<W: World>(world: &mut W) {
    let foreign = SocketAddr::from(([192, 0, 2, 1], 0));
    let tcp = world
        .net()
        .tcp_listen(foreign, 4)
        .map(drop)
        .map_err(|error| error.reason());
    assert_eq!(tcp, Err(ErrorKind::AddrNotAvailable));
    let udp = world
        .net()
        .udp_bind(foreign)
        .map(drop)
        .map_err(|error| error.reason());
    assert_eq!(udp, Err(ErrorKind::AddrNotAvailable));
}

/// The last socket is dropped with octets still queued: the peer gets them, and end of file.
pub fn dropped_stream_delivers_what_it_owes<W: World>(world: &mut W) {
    let (mut client, mut server) = pair(world);
    let mut octets = [0; 3000];
    fill(&mut octets, 0);
    let written = client.write(&octets).expect("room in an empty buffer");
    drop(client);
    let deadline = world.far().now() + Duration::from_secs(60);
    assert!(
        world.far().drain(deadline).expect("a drain"),
        "not all left in time"
    );
    let mut turn = alone;
    let mut peer = Peer::new(world.far(), &mut turn);
    peer.expect(&mut server, &octets[..written]);
    peer.expect_end(&mut server);
}

/// Who waited to be accepted at a listener that goes away is reset or refused.
pub fn dropped_listener_refuses<W: World>(world: &mut W) {
    let (listener, address) = listen(world, 4);
    let mut turn = alone;
    let mut peer = Peer::new(world.far(), &mut turn);
    let mut waiting = peer.connect(address);
    drop(listener);
    let read = peer.try_receive(&mut waiting, &mut [0; 8]);
    assert_eq!(read, Err(ErrorKind::Reset));
    assert_eq!(peer.try_connect(address).map(drop), Err(ErrorKind::Refused));
}

/// Octets, and even the end of file, can be there before the connection is accepted.
pub fn accept_finds_what_was_sent_before<W: World>(world: &mut W) {
    let (mut listener, address) = listen(world, 4);
    let mut turn = alone;
    let mut peer = Peer::new(world.far(), &mut turn);
    let mut client = peer.connect(address);
    peer.send(&mut client, b"early");
    client.shutdown(Shutdown::Write).expect("half a close");
    let (mut server, _) = peer
        .wait(&mut listener, Interest::READ, Listener::accept)
        .expect("one");
    peer.expect(&mut server, b"early");
    peer.expect_end(&mut server);
}

/// The stack chooses another port for each listener and each connection.
pub fn ports_differ<W: World>(world: &mut W) {
    let (_first, a) = listen(world, 1);
    let (_second, b) = listen(world, 1);
    assert_ne!(a.port(), b.port());
    let mut turn = alone;
    let mut peer = Peer::new(world.far(), &mut turn);
    let (one, two) = (peer.connect(a), peer.connect(b));
    assert_ne!(one.local().expect("one"), two.local().expect("another"));
}

/// A connection over IPv6, where the world has it.
pub fn works_over_ipv6<W: World>(world: &mut W) {
    let Some(address) = world.address_v6() else {
        return;
    };
    let mut listener = world
        .net()
        .tcp_listen(SocketAddr::new(address, 0), 1)
        .expect("a listener");
    let to = listener.local().expect("its address");
    let mut turn = alone;
    let mut peer = Peer::new(world.far(), &mut turn);
    let mut client = peer.connect(to);
    let (mut server, from) = peer
        .wait(&mut listener, Interest::READ, Listener::accept)
        .expect("one");
    assert_eq!(from, client.local().expect("an address"));
    peer.send(&mut client, b"over six");
    peer.expect(&mut server, b"over six");
}
