//! Servers as parts: several in a loop, stopping, events that come too late; and
//! the servers of datagrams.

use core::net::SocketAddr;

use amphi_core::ErrorKind;
use amphi_core::select::{Event, Ready};
use amphi_core::serve::{DatagramServer, Next, Part, Service, Slot, StreamServer, Turn};
use amphi_core::socket::Net;
use amphi_core::time::Duration;
use amphi_examples::echo::{DatagramEcho, StreamEcho};

use super::datagram::{bind, bind_far};
use super::handler::{Long, OneWord};
use crate::peer::{alone, check, fill};
use crate::service::{LONGEST, SPILL, echo, listen, run};
use crate::{Peer, World};

/// A server that stops delivers what it has begun to say, refuses what comes,
/// and ends every connection.
pub fn stop_delivers_replies<W: World>(world: &mut W) {
    const TOTAL: usize = 20_000;
    let (listener, address) = listen(world, 4);
    let mut slots = [const { Slot::<_, Long>::new() }; 2];
    let mut buffers = [0; 2 * SPILL];
    let make = |_: &SocketAddr| Long {
        said: 0,
        total: TOTAL,
    };
    let mut server = StreamServer::new(listener, make, &mut slots, &mut buffers);
    let far = world.far();
    let mut clients = None;
    run(world, &mut [&mut server], |peer| {
        let mut busy = peer.connect(address);
        let idle = peer.connect(address);
        peer.send(&mut busy, b"go");
        peer.expect(&mut busy, &[0, 1, 2, 3]);
        clients = Some((busy, idle));
    });
    assert_eq!(server.live(), 0);
    let (mut busy, mut idle) = clients.expect("they connected");
    let mut turn = alone;
    let mut peer = Peer::new(far, &mut turn);
    peer.expect_over(&mut idle);
    assert_eq!(peer.try_connect(address).map(drop), Err(ErrorKind::Refused));
    // Nobody read while the server stopped: what was under way arrives in order.
    let mut received = 4;
    let mut buf = [0; 512];
    while let Ok(count @ 1..) = peer.try_receive(&mut busy, &mut buf) {
        check(&buf[..count], received);
        received += count;
    }
    assert!(received > 4);
}

/// An event for a socket that is closed, or never was, does nothing.
pub fn stale_event_does_nothing<W: World>(world: &mut W) {
    let (listener, _) = listen(world, 4);
    let mut slots = [const { Slot::<_, StreamEcho>::new() }; 2];
    let mut buffer = [0; SPILL];
    let mut server = StreamServer::new(
        listener,
        |_: &SocketAddr| StreamEcho,
        &mut slots,
        &mut buffer,
    );
    let mut selector = world.selector();
    let now = world.net().now();
    let mut turn = Turn {
        selector: &mut selector,
        part: 0,
        now,
        scratch: &mut [0; 64],
    };
    server.start(&mut turn).expect("it starts");
    let all = Ready::READABLE | Ready::WRITABLE | Ready::ERROR | Ready::HANGUP;
    for token in [0, 1, 2, 1_000_000, u32::MAX - 1, u32::MAX] {
        server.ready(&mut turn, token, all);
    }
    assert_eq!(server.live(), 0);
    server.close(&mut turn);
}

/// Datagrams of each length come back, the empty and the largest too.
pub fn datagrams_of_every_length<W: World>(world: &mut W) {
    let largest = world.largest_datagram();
    let (mut socket, _) = bind_far(world);
    let report = echo::<W, 1>(
        world,
        |_| {},
        |peer, address| {
            let mut octets = [0; LONGEST];
            fill(&mut octets, 0);
            let mut buf = [0; LONGEST];
            for len in [0, 1, 2, 63, 512, largest - 1, largest] {
                peer.send_to(&mut socket, &octets[..len], address);
                let received = peer.receive_from(&mut socket, &mut buf);
                assert_eq!((received.len, received.from), (len, address));
                check(&buf[..len], 0);
            }
        },
    );
    assert_eq!(
        (
            report.udp.received,
            report.udp.sent,
            report.udp.errors.total()
        ),
        (7, 7, 0)
    );
}

/// A datagram that was cut is counted and not served as if it were whole.
pub fn cut_datagram_is_not_served<W: World>(world: &mut W) {
    let (socket, address) = bind(world);
    let (mut client, _) = bind_far(world);
    let mut kept = [0; 2048];
    let mut server = DatagramServer::new(socket, DatagramEcho, &mut kept);
    run(world, &mut [&mut server], |peer| {
        // The scratch buffer has 1024 octets.
        peer.send_to(&mut client, &[1; 1025], address);
        peer.send_to(&mut client, &[2; 1024], address);
        let mut buf = [0; 2048];
        assert_eq!(peer.receive_from(&mut client, &mut buf).len, 1024);
        assert_eq!(buf[0], 2);
    });
    assert_eq!((server.tally().truncated, server.tally().received), (1, 1));
}

/// Several servers of different kinds share one loop and one selector.
pub fn several_parts_in_one_loop<W: World>(world: &mut W) {
    let (first, to_first) = listen(world, 4);
    let (second, to_second) = listen(world, 4);
    let (socket, to_socket) = bind(world);
    let (mut client, _) = bind_far(world);
    let mut echoes = [const { Slot::<_, StreamEcho>::new() }; 1];
    let mut words = [const { Slot::<_, OneWord>::new() }; 1];
    let (mut buffer, mut other) = ([0; SPILL], [0; SPILL]);
    let mut kept = [0; 64];
    let mut first = StreamServer::new(first, |_: &SocketAddr| StreamEcho, &mut echoes, &mut buffer);
    let make = |_: &SocketAddr| OneWord(Next::Close);
    let mut second = StreamServer::new(second, make, &mut words, &mut other);
    let mut third = DatagramServer::new(socket, DatagramEcho, &mut kept);
    let mut absent: Option<DatagramServer<'_, <W::Net as Net>::Datagram, DatagramEcho>> = None;
    run(
        world,
        &mut [&mut first, &mut absent, &mut second, &mut third],
        |peer| {
            let mut echo = peer.connect(to_first);
            let mut word = peer.connect(to_second);
            peer.send(&mut echo, b"echo");
            peer.send(&mut word, b"word");
            peer.send_to(&mut client, b"datagram", to_socket);
            peer.expect(&mut word, b"bye");
            peer.expect(&mut echo, b"echo");
            assert_eq!(peer.receive_from(&mut client, &mut [0; 16]).len, 8);
        },
    );
}

/// Two services, each with a selector of its own, share a stack.
pub fn two_services_on_one_stack<W: World>(world: &mut W) {
    let (listener, inner) = listen(world, 4);
    let mut selector = world.selector();
    let mut slots = [const { Slot::<_, StreamEcho>::new() }; 1];
    let mut buffer = [0; SPILL];
    let mut server = StreamServer::new(
        listener,
        |_: &SocketAddr| StreamEcho,
        &mut slots,
        &mut buffer,
    );
    let (net, far) = (world.net(), world.far());
    echo::<W, 1>(
        world,
        |_| {},
        |peer, outer| {
            let mut parts: [&mut dyn Part<W::Selector>; 1] = [&mut server];
            let mut events = [Event::new(Default::default(), Ready::NONE); 2];
            let mut scratch = [0; 64];
            let mut service =
                Service::new(net, &mut selector, &mut parts, &mut events, &mut scratch);
            service.start().expect("it starts");
            let mut one = peer.connect(outer);
            let mut turn = |time: Duration| {
                peer.pass(time);
                service.turn(Some(time)).expect("a turn");
            };
            let mut both = Peer::new(far, &mut turn);
            let mut two = both.connect(inner);
            both.send(&mut two, b"inner");
            both.send(&mut one, b"outer");
            both.expect(&mut one, b"outer");
            both.expect(&mut two, b"inner");
            service.finish(Duration::ZERO).expect("it ends");
        },
    );
}
