//! What is the flat stack's own, and what the contracts show with datagrams only.

use core::cell::Cell;
use core::net::SocketAddr;

use amphi_core::ErrorKind;
use amphi_core::select::{Event, Interest, Ready, Register, Registration, Selector};
use amphi_core::socket::{Blocking, Listener, Net, Shutdown, Socket, Stream};
use amphi_core::time::{Duration, Instant};
use amphi_smoltcp::flat::{
    FlatListener, FlatPool, FlatSelector, FlatSlot, FlatStack, FlatStream, SocketStorage,
};
use amphi_smoltcp::link::{Faults, Faulty};
use amphi_smoltcp::smoltcp::phy::Medium;
use amphi_smoltcp::smoltcp::wire::{EthernetAddress, HardwareAddress};
use amphi_smoltcp::{Config, Loopback, Platform, VirtualClock};

const SOCKETS: usize = 8;
const SLOTS: usize = SOCKETS + 3;
const SOON: Option<Duration> = Some(Duration::from_millis(10));
const LONG: Option<Duration> = Some(Duration::from_secs(300));

type Link = Loopback<1514, 16>;
type Flat<'a, P> = FlatStack<'a, Link, P>;
type Selection<'net, 'a, P> = FlatSelector<'net, 'a, Link, P, u8, SLOTS>;

fn at(port: u16) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], port))
}

struct Room<'a> {
    buffers: [([u8; 512], [u8; 512]); SOCKETS],
    sockets: [SocketStorage<'a>; SOCKETS],
    slots: [FlatSlot; SLOTS],
}

impl Room<'_> {
    const fn new() -> Self {
        Self {
            buffers: [([0; 512], [0; 512]); SOCKETS],
            sockets: [const { SocketStorage::EMPTY }; SOCKETS],
            slots: [const { FlatSlot::new() }; SLOTS],
        }
    }
}

fn stack<'a, P: Platform>(room: &'a mut Room<'a>, medium: Medium, platform: P) -> Flat<'a, P> {
    let pool = FlatPool {
        buffers: &mut room.buffers,
        sockets: &mut room.sockets,
        slots: &mut room.slots,
    };
    let config = Config::new(match medium {
        Medium::Ethernet => EthernetAddress([2, 0, 0, 0, 0, 1]).into(),
        Medium::Ip => HardwareAddress::Ip,
    });
    let stack = FlatStack::new(Link::new(medium), platform, config, pool).expect("a stack");
    stack.add_address(at(0).ip(), 8).expect("an address");
    stack
}

fn with_stack_on<P: Platform>(medium: Medium, platform: P, test: impl FnOnce(&Flat<'_, P>)) {
    let mut room = Room::new();
    test(&stack(&mut room, medium, platform));
}

fn with_stack(test: impl FnOnce(&Flat<'_, VirtualClock>)) {
    with_stack_on(Medium::Ip, VirtualClock::new(), test);
}

type Server<'net, 'a> = FlatListener<'net, 'a, Link, VirtualClock>;
type Connection<'net, 'a> = FlatStream<'net, 'a, Link, VirtualClock>;

/// A connection through `listener`: the side that connected, and the side that accepted.
fn pair<'net, 'a>(
    net: &'net Flat<'a, VirtualClock>,
    listener: &mut Server<'net, 'a>,
) -> (Connection<'net, 'a>, Connection<'net, 'a>) {
    let mut client = net
        .tcp_connect(listener.local().expect("an address"))
        .expect("an attempt");
    assert_eq!(client.wait(Interest::WRITE, LONG), Ok(true));
    client.finish_connect().expect("it stands");
    assert_eq!(listener.wait(Interest::READ, LONG), Ok(true));
    let (server, _) = listener.accept().expect("one");
    (client, server)
}

fn kind<T>(result: Result<T, ErrorKind>) -> Option<ErrorKind> {
    result.err()
}

/// The keys and readiness that one `select` tells.
fn select<P: Platform>(
    selector: &mut Selection<'_, '_, P>,
    timeout: Option<Duration>,
) -> Vec<(u8, Ready)> {
    let mut events = [Event::new(0, Ready::NONE); 4];
    let count = selector.select(&mut events, timeout).expect("a selection");
    let events = &events[..count];
    events
        .iter()
        .map(|event| (event.key, event.ready))
        .collect()
}

#[test]
fn a_registration_lives_until_it_is_taken_back() {
    with_stack(|net| {
        let mut listener = net.tcp_listen(at(7), 2).expect("a listener");
        let (_client, server) = pair(net, &mut listener);
        let mut selector = Selection::new(net);
        let both = Interest::READ | Interest::WRITE;
        assert!(selector.is_empty());
        assert_eq!(selector.registration(&server), None);
        let unknown = Some(ErrorKind::NotFound);
        assert_eq!(kind(selector.modify(&server, both, 1)), unknown);
        assert_eq!(kind(selector.unregister(&server)), unknown);
        selector.register(&server, Interest::READ, 1).expect("room");
        let again = selector.register(&server, Interest::READ, 2);
        assert_eq!(kind(again), Some(ErrorKind::AlreadyExists));
        selector.modify(&server, both, 3).expect("it is known");
        let expected = Registration {
            key: 3,
            interest: both,
        };
        assert_eq!(selector.registration(&server), Some(expected));
        assert_eq!((selector.len(), selector.registrations().count()), (1, 1));
        let nowhere = selector.select(&mut [], None);
        assert_eq!(nowhere, Err(ErrorKind::InvalidInput));
        selector.unregister(&server).expect("it is known");
        assert!(selector.is_empty());
        selector.register(&server, both, 4).expect("once more");
    });
}

#[test]
fn a_source_is_in_one_selector_at_a_time() {
    with_stack(|net| {
        let listener = net.tcp_listen(at(7), 2).expect("a listener");
        let mut first = Selection::new(net);
        first.register(&listener, Interest::READ, 1).expect("room");
        let mut second = Selection::new(net);
        let twice = second.register(&listener, Interest::READ, 2);
        assert_eq!(kind(twice), Some(ErrorKind::AlreadyExists));
        assert_eq!(second.registration(&listener), None);
        drop(first);
        second.register(&listener, Interest::READ, 2).expect("room");
        let mut small = FlatSelector::<'_, '_, _, _, u8, SOCKETS>::new(net);
        let another = net.tcp_listen(at(8), 1).expect("a listener");
        let full = small.register(&another, Interest::READ, 4);
        assert_eq!(kind(full), Some(ErrorKind::Exhausted));
    });
}

#[test]
fn a_source_of_another_stack_is_refused() {
    let (mut here, mut there) = (Room::new(), Room::new());
    let here = stack(&mut here, Medium::Ip, VirtualClock::new());
    let there = stack(&mut there, Medium::Ip, VirtualClock::new());
    let listener = (&there).tcp_listen(at(7), 2).expect("a listener");
    let mut selector = Selection::new(&here);
    let foreign = selector.register(&listener, Interest::READ, 1);
    assert_eq!(kind(foreign), Some(ErrorKind::InvalidInput));
    assert_eq!(selector.registration(&listener), None);
}

#[test]
fn each_select_tells_of_a_ready_connection_until_it_is_read() {
    with_stack(|net| {
        let mut listener = net.tcp_listen(at(7), 2).expect("a listener");
        let (mut client, mut server) = pair(net, &mut listener);
        let mut selector = Selection::new(net);
        selector.register(&server, Interest::READ, 1).expect("room");
        assert_eq!(select(&mut selector, SOON), []);
        client.write(b"two octets, and more").expect("room");
        for _ in 0..3 {
            assert_eq!(select(&mut selector, None), [(1, Ready::READABLE)]);
        }
        assert_eq!(server.read(&mut [0; 2]), Ok(2));
        let zero = Some(Duration::ZERO);
        assert_eq!(select(&mut selector, zero), [(1, Ready::READABLE)]);
        let both = Interest::READ | Interest::WRITE;
        selector.modify(&server, both, 2).expect("it is known");
        let ready = Ready::READABLE | Ready::WRITABLE;
        assert_eq!(select(&mut selector, None), [(2, ready)]);
        selector.unregister(&server).expect("it is known");
        assert_eq!(select(&mut selector, SOON), []);
        selector.register(&server, Interest::READ, 3).expect("room");
        assert_eq!(select(&mut selector, None), [(3, Ready::READABLE)]);
    });
}

#[test]
fn with_room_for_one_event_each_connection_has_its_turn() {
    with_stack(|net| {
        let mut listener = net.tcp_listen(at(7), 3).expect("a listener");
        let pairs = [(); 3].map(|()| pair(net, &mut listener));
        let mut selector = Selection::new(net);
        for ((_, server), key) in pairs.iter().zip(0..) {
            selector
                .register(server, Interest::WRITE, key)
                .expect("room");
        }
        let mut seen = [0; 3];
        for _ in 0..9 {
            let mut one = [Event::new(9, Ready::NONE)];
            assert_eq!(selector.select(&mut one, LONG), Ok(1));
            seen[usize::from(one[0].key)] += 1;
        }
        assert_eq!(seen, [3; 3]);
    });
}

#[test]
fn a_dropped_source_is_forgotten() {
    with_stack(|net| {
        let mut listener = net.tcp_listen(at(7), 1).expect("a listener");
        let (_client, server) = pair(net, &mut listener);
        let mut selector = Selection::new(net);
        selector
            .register(&server, Interest::WRITE, 1)
            .expect("room");
        drop(server);
        assert!(selector.is_empty());
        assert_eq!(select(&mut selector, SOON), []);
        let doomed = net.tcp_listen(at(8), 1).expect("a listener");
        selector.register(&doomed, Interest::READ, 2).expect("room");
        drop(doomed);
        assert!(selector.is_empty());
    });
}

#[test]
fn a_timeout_is_waited_for_in_full() {
    with_stack(|net| {
        let listener = net.tcp_listen(at(7), 1).expect("a listener");
        let mut selector = Selection::new(net);
        selector
            .register(&listener, Interest::READ, 1)
            .expect("room");
        for timeout in [Duration::from_micros(1), Duration::from_micros(2_500)] {
            let start = net.now();
            assert_eq!(select(&mut selector, Some(timeout)), []);
            assert_eq!(net.now() - start, timeout);
        }
    });
}

#[test]
fn a_wake_up_ends_a_select() {
    struct Woken(Cell<bool>);
    impl Platform for Woken {
        fn now(&self) -> Instant {
            Instant::ORIGIN
        }
        fn wait(&self, _: Instant) {
            self.0.set(true);
        }
        fn take_wakeup(&self) -> bool {
            self.0.take()
        }
    }
    with_stack_on(Medium::Ip, Woken(Cell::new(false)), |net| {
        assert_eq!(select(&mut Selection::new(net), None), []);
    });
}

#[test]
fn listeners_have_ports_of_their_own() {
    with_stack(|net| {
        net.add_address([10, 0, 0, 1].into(), 8).expect("another");
        let refused = |address: &str, backlog| {
            let address = address.parse().expect("an address");
            kind(net.tcp_listen(address, backlog)).expect("a refusal")
        };
        assert_eq!(refused("192.0.2.1:7", 1), ErrorKind::AddrNotAvailable);
        let _first = net.tcp_listen(at(7), 2).expect("a listener");
        assert_eq!(refused("127.0.0.1:7", 1), ErrorKind::AddrInUse);
        assert_eq!(refused("0.0.0.0:7", 1), ErrorKind::AddrInUse);
        let other = "10.0.0.1:7".parse().expect("an address");
        let _second = net.tcp_listen(other, 2).expect("at another address");
        // It takes what is left, and nothing is left.
        let third = net.tcp_listen(at(0), 100).expect("a listener");
        assert!(third.local().expect("an address").port() >= 49_152);
        assert_eq!(refused("127.0.0.1:8", 1), ErrorKind::Exhausted);
        assert_eq!(kind(net.tcp_connect(at(7))), Some(ErrorKind::Exhausted));
        drop(third);
        let _fourth = net.tcp_listen(at(9), 3).expect("there is room again");
        let datagrams = kind(net.udp_bind(at(9)));
        assert_eq!(datagrams, Some(ErrorKind::Unsupported));
    });
}

#[test]
fn attempts_that_cannot_succeed_fail_for_their_reason() {
    with_stack_on(Medium::Ethernet, VirtualClock::new(), |net| {
        let fails = |address: &str| {
            let address = address.parse().expect("an address");
            kind(Blocking::connect(net, address, None)).expect("a failure")
        };
        assert_eq!(fails("127.0.0.1:9"), ErrorKind::Refused);
        assert_eq!(fails("127.0.0.1:0"), ErrorKind::InvalidInput);
        assert_eq!(fails("0.0.0.0:9"), ErrorKind::InvalidInput);
        assert_eq!(fails("127.255.255.255:9"), ErrorKind::InvalidInput);
        assert_eq!(fails("224.0.0.1:9"), ErrorKind::InvalidInput);
        assert_eq!(fails("192.0.2.1:9"), ErrorKind::Unreachable);
        // Nobody on the link answers for it.
        let start = net.now();
        assert_eq!(fails("127.0.0.2:9"), ErrorKind::TimedOut);
        assert!(net.now() - start >= Duration::from_secs(10));
        net.set_gateway([127, 0, 0, 3]).expect("a router");
        assert_eq!(fails("192.0.2.1:9"), ErrorKind::TimedOut);
    });
}

#[test]
fn whose_peer_neither_reads_nor_closes_ends_all_the_same() {
    with_stack(|net| {
        let mut listener = net.tcp_listen(at(7), 1).expect("a listener");
        // Nothing is owed, octets are, and more than the peer takes.
        for octets in [0, 100, 1024] {
            let (mut client, mut server) = pair(net, &mut listener);
            let mut left = octets;
            while left > 0 {
                assert_eq!(server.wait(Interest::WRITE, LONG), Ok(true));
                left -= server.write(&[7; 1024][..left]).expect("room");
            }
            let start = net.now();
            drop(server);
            assert_eq!(net.drain(start + Duration::from_secs(1)), Ok(octets <= 512));
            while listener.wait(Interest::READ, SOON) == Ok(false)
                && client.shutdown(Shutdown::Read) == Ok(())
            {
                assert!(net.now() - start < Duration::from_secs(91), "it never ends");
            }
            assert!(net.now() - start >= Duration::from_secs(30), "too early");
            assert_eq!(client.write(b"x"), Err(ErrorKind::Reset));
        }
    });
}

#[test]
fn who_sends_to_a_dropped_connection_is_reset_and_has_got_all() {
    with_stack(|net| {
        let mut listener = net.tcp_listen(at(7), 1).expect("a listener");
        let (mut client, mut server) = pair(net, &mut listener);
        server.write(b"the last").expect("room");
        drop(server);
        client.write(b"more").expect("room");
        assert_eq!(net.drain(net.now() + Duration::from_secs(1)), Ok(true));
        let mut buf = [0; 16];
        assert_eq!(client.read(&mut buf), Ok(8));
        assert_eq!(client.wait(Interest::READ, SOON), Ok(true));
        net.drive();
        assert!(net.now() < Instant::from_micros(1_000_000));
        let (_client, _server) = pair(net, &mut listener);
    });
}

#[test]
fn who_closes_first_has_room_for_the_next_at_once() {
    with_stack(|net| {
        let mut listener = net.tcp_listen(at(7), 1).expect("a listener");
        let start = net.now();
        for _ in 0..20 {
            let (client, mut server) = pair(net, &mut listener);
            server.shutdown(Shutdown::Write).expect("half a close");
            let mut client = Blocking::new(client);
            assert_eq!(client.read(&mut [0; 8]), Ok(0));
            drop(client);
            assert_eq!(server.wait(Interest::READ, LONG), Ok(true));
            assert_eq!(server.read(&mut [0; 8]), Ok(0));
            drop(server);
            net.drive();
        }
        assert!(net.now() - start < Duration::from_secs(5));
    });
}

#[test]
fn time_wait_is_kept_while_there_is_room() {
    with_stack(|net| {
        let mut listener = net.tcp_listen(at(7), 2).expect("a listener");
        let (client, mut server) = pair(net, &mut listener);
        server.shutdown(Shutdown::Write).expect("half a close");
        let mut client = Blocking::new(client);
        assert_eq!(client.read(&mut [0; 8]), Ok(0));
        drop(client);
        assert_eq!(server.wait(Interest::READ, LONG), Ok(true));
        drop(server);
        for (seconds, stands) in [(0, true), (9, true), (2, false)] {
            net.platform().advance(Duration::from_secs(seconds));
            assert_eq!(
                net.drive() != Instant::NEVER,
                stands,
                "after {seconds} s more"
            );
        }
    });
}

#[test]
fn connections_are_accepted_in_the_order_of_their_coming() {
    with_stack(|net| {
        let mut listener = net.tcp_listen(at(7), 3).expect("a listener");
        let mut first = pair(net, &mut listener);
        let clients = [(); 2].map(|()| {
            net.platform().advance(Duration::from_millis(1));
            let client = net.tcp_connect(at(7)).expect("an attempt");
            client.wait(Interest::WRITE, LONG).expect("a wait");
            client
        });
        // The first socket is free again, and taken last.
        drop(first.1);
        first.0.read(&mut [0; 8]).ok();
        drop(first.0);
        net.drain(net.now() + Duration::from_secs(1))
            .expect("a wait");
        net.platform().advance(Duration::from_secs(1));
        let last = net.tcp_connect(at(7)).expect("an attempt");
        last.wait(Interest::WRITE, LONG).expect("a wait");
        for client in clients.iter().chain([&last]) {
            let (_, peer) = listener.accept().expect("one");
            assert_eq!(client.local(), Ok(peer));
        }
    });
}

#[test]
fn who_waits_long_to_be_accepted_still_stands() {
    with_stack(|net| {
        let mut listener = net.tcp_listen(at(7), 1).expect("a listener");
        let mut client = net.tcp_connect(at(7)).expect("an attempt");
        assert_eq!(client.wait(Interest::READ, LONG), Ok(false));
        let (mut server, _) = listener.accept().expect("it still waits");
        client.write(b"here").expect("room");
        assert_eq!(server.wait(Interest::READ, LONG), Ok(true));
        assert_eq!(server.read(&mut [0; 8]), Ok(4));
    });
}

/// smoltcp leads a request that is sent once more to the first socket that listens, though
/// another has the connection: which ended both.
#[test]
fn a_request_that_comes_twice_is_one_connection() {
    let clock = VirtualClock::new();
    let faults = Faults {
        duplication: 1_000_000,
        late: Duration::from_micros(100),
        ..Faults::NONE
    };
    let link = Faulty::<_, 1514, 64>::new(Link::new(Medium::Ip), &clock, faults, 1);
    let mut room = Room::new();
    let pool = FlatPool {
        buffers: &mut room.buffers,
        sockets: &mut room.sockets,
        slots: &mut room.slots,
    };
    let config = Config::new(HardwareAddress::Ip);
    let net = &FlatStack::new(link, &clock, config, pool).expect("a stack");
    net.add_address(at(0).ip(), 8).expect("an address");
    let mut listener = net.tcp_listen(at(7), 4).expect("a listener");
    for _ in 0..20 {
        let mut client = Blocking::connect(net, at(7), LONG).expect("a connection");
        assert_eq!(listener.wait(Interest::READ, LONG), Ok(true));
        let (server, _) = listener.accept().expect("one");
        assert_eq!(
            kind(listener.accept().map(drop)),
            Some(ErrorKind::WouldBlock)
        );
        client.write(b"once").expect("room");
        let mut server = Blocking::new(server);
        assert_eq!(server.read(&mut [0; 8]), Ok(4));
    }
}
