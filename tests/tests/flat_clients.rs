//! The flat stack at the other end of a link from a `Stack`, in virtual time: more clients than
//! sockets, clients that vanish or reset, and bulk both ways.
#![cfg(feature = "host")]

use core::net::SocketAddr;

use amphi_conformance::Peer;
use amphi_conformance::linked::{Clock, FRAMES, MTU, PairEnd, Storage, address, stack};
use amphi_core::ErrorKind;
use amphi_core::select::{Event, Interest, Ready};
use amphi_core::serve::{Key, Service, Slot, StreamServer};
use amphi_core::socket::{Blocking, Listener, Net, Shutdown, Socket, Stream};
use amphi_core::time::Duration;
use amphi_examples::echo::StreamEcho;
use amphi_smoltcp::flat::{FlatPool, FlatSelector, FlatSlot, FlatStack, SocketStorage};
use amphi_smoltcp::link::Pair;
use amphi_smoltcp::smoltcp::phy::Medium;
use amphi_smoltcp::smoltcp::wire::EthernetAddress;
use amphi_smoltcp::{Config, SharedClock, Stack};

const SOCKETS: usize = 4;
const SLOTS: usize = SOCKETS + 1;

type Flat<'l, 'net, 'a> = FlatStack<'a, PairEnd<'l>, &'net Clock<'net>>;
type Far<'l, 'net, 'a> = Stack<'a, PairEnd<'l>, &'net Clock<'net>>;

/// Calls `test` with a flat stack and the stack at the other end of its link.
fn linked(test: impl for<'l, 'net, 'a> FnOnce(&Flat<'l, 'net, 'a>, &Far<'l, 'net, 'a>)) {
    let clock = SharedClock::new();
    let mut pair = Pair::<MTU, FRAMES>::new(Medium::Ethernet);
    let (left, right) = pair.split();
    let mut buffers = [([0; 1024], [0; 1024]); SOCKETS];
    let mut sockets = [const { SocketStorage::EMPTY }; SOCKETS];
    let mut slots = [const { FlatSlot::new() }; SLOTS];
    let pool = FlatPool {
        buffers: &mut buffers,
        sockets: &mut sockets,
        slots: &mut slots,
    };
    let config = Config::new(EthernetAddress([2, 0, 0, 0, 0, 1]).into());
    let flat = FlatStack::new(left, &clock, config, pool).expect("a stack");
    flat.add_address(address(0).into(), 24).expect("an address");
    let mut storage = Storage::new();
    let far = stack(1, right, &clock, &mut storage);
    clock.join(&flat).expect("room for two");
    clock.join(&far).expect("room for two");
    test(&flat, &far);
}

/// Calls `test` with clients of an echo server on a flat stack.
fn with_server(test: impl for<'l, 'net, 'a> FnOnce(&mut Peer<'_, &Far<'l, 'net, 'a>>, SocketAddr)) {
    linked(|flat, far| {
        let echo = SocketAddr::new(address(0).into(), 7);
        let listener = flat.tcp_listen(echo, SOCKETS).expect("a listener");
        let mut slots = [const { Slot::new() }; SOCKETS];
        let mut octets = [0; 512 * SOCKETS];
        let make = |_: &SocketAddr| StreamEcho;
        let mut server = StreamServer::new(listener, make, &mut slots, &mut octets);
        let mut selector = FlatSelector::<'_, '_, _, _, _, SLOTS>::new(flat);
        let mut events = [Event::new(Key::default(), Ready::NONE); 8];
        let mut scratch = [0; 512];
        let mut parts: [&mut dyn amphi_core::serve::Part<_>; 1] = [&mut server];
        let mut service = Service::new(flat, &mut selector, &mut parts, &mut events, &mut scratch);
        service.start().expect("it starts");
        test(
            &mut Peer::new(far, &mut |time| {
                service.turn(Some(time)).expect("a turn");
            }),
            echo,
        );
        service.finish(Duration::from_secs(1)).expect("it ends");
    });
}

/// Four connections, each of which gets back what it sends.
fn exchange<N: Net>(peer: &mut Peer<'_, N>, echo: SocketAddr, times: usize) {
    let mut clients = [(); SOCKETS].map(|()| peer.connect(echo));
    for round in 0..times {
        let octets = [round as u8; 700];
        for client in &mut clients {
            peer.send(client, &octets);
        }
        for client in &mut clients {
            peer.expect(client, &octets);
        }
    }
    for client in &mut clients {
        client.shutdown(Shutdown::Write).expect("half a close");
        peer.expect_end(client);
    }
}

#[test]
fn echoes_and_half_closes_round_after_round() {
    with_server(|peer, echo| {
        for _ in 0..5 {
            exchange(peer, echo, 100);
        }
    });
}

#[test]
fn more_clients_than_sockets_are_refused_and_come_again() {
    with_server(|peer, echo| {
        let stand = [(); SOCKETS].map(|()| peer.connect(echo));
        for _ in 0..2 {
            let refused = peer.try_connect(echo).map(drop);
            assert_eq!(refused, Err(ErrorKind::Refused));
        }
        drop(stand);
        peer.pass(Duration::from_millis(100));
        exchange(peer, echo, 10);
    });
}

#[test]
fn who_vanishes_makes_room() {
    // In the middle of the handshake, and afterwards.
    for (stand, patience) in [(false, 15), (true, 140)] {
        with_server(|peer, echo| {
            let gone = [(); SOCKETS].map(|()| {
                if stand {
                    peer.connect(echo)
                } else {
                    peer.net().tcp_connect(echo).expect("an attempt")
                }
            });
            peer.net().drive();
            peer.net().set_link_up(false);
            drop(gone);
            peer.pass(Duration::from_secs(patience));
            peer.net().set_link_up(true);
            exchange(peer, echo, 10);
        });
    }
}

#[test]
fn a_reset_makes_room() {
    with_server(|peer, echo| {
        for _ in 0..5 {
            for client in [(); SOCKETS].map(|()| peer.connect(echo)) {
                client.abort();
            }
            peer.pass(Duration::from_millis(100));
        }
        exchange(peer, echo, 1);
    });
}

#[test]
fn a_client_on_the_flat_stack_is_served() {
    linked(|flat, far| {
        let to = SocketAddr::new(address(1).into(), 7);
        let mut listener = far.tcp_listen(to, SOCKETS).expect("a listener");
        for _ in 0..20 {
            let mut client = Blocking::connect(flat, to, None).expect("a connection");
            let long = Some(Duration::from_secs(1));
            assert_eq!(listener.wait(Interest::READ, long), Ok(true));
            let (server, from) = listener.accept().expect("one");
            assert_eq!(client.get_ref().local(), Ok(from));
            client.write(b"to a stack").expect("room");
            let mut server = Blocking::new(server);
            let mut buf = [0; 16];
            assert_eq!(server.read(&mut buf), Ok(10));
            server.write(b"and back").expect("room");
            assert_eq!(client.read(&mut buf), Ok(8));
        }
        let nobody = SocketAddr::new(address(1).into(), 8);
        let refused = Blocking::connect(flat, nobody, None).map(drop);
        assert_eq!(refused.err(), Some(ErrorKind::Refused));
        far.set_link_up(false);
        let start = flat.now();
        let silent = Blocking::connect(flat, to, None).map(drop);
        assert_eq!(silent.err(), Some(ErrorKind::TimedOut));
        assert!(flat.now() - start <= Duration::from_secs(11));
    });
}
