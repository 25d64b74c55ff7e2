//! The resolver of core against a name server of the test's own, on the host's sockets
//! and on smoltcp; and the tables of names against Python.
#![cfg(feature = "host")]

mod server;
mod tables;

use core::net::{IpAddr, Ipv4Addr, SocketAddr};
use core::time::Duration;
use std::thread;

use amphi_core::names::{DnsError, DnsFault, DnsResolver, Resolver};
use amphi_core::socket::{Net, Socket};
use amphi_smoltcp::link::{ChannelEnd, ChannelPlatform, channel};
use amphi_smoltcp::smoltcp::phy::Medium;
use amphi_smoltcp::smoltcp::wire::HardwareAddress;
use amphi_smoltcp::{Config, Pool, Slot, Stack, TcpPlace, UdpPlace};
use amphi_std::Host;

/// Long enough for a busy machine; only a name that is never answered takes it.
const PATIENCE: Duration = Duration::from_secs(20);
/// For that name, which is asked for three times.
const SHORT: Duration = Duration::from_millis(50);

/// The addresses that a resolver finds, as text.
fn find<N: Net>(resolver: &mut DnsResolver<N>, host: &str) -> Result<Vec<String>, DnsFault> {
    match resolver.resolve(host, 80) {
        Ok(addresses) => Ok(addresses.map(|address| address.to_string()).collect()),
        Err(DnsError::Dns(fault)) => Err(fault),
        Err(DnsError::Socket(error)) => panic!("{host}: {error}"),
    }
}

/// All that a name server can answer.
fn resolves<N: Net>(net: N, server: SocketAddr) {
    let resolver = &mut DnsResolver::new(net, server).with_timeout(PATIENCE);
    let one = ["192.0.2.1:80"];
    let both = ["192.0.2.1:80", "192.0.2.2:80", "[2001:db8::1]:80"];
    for (host, expected) in [
        ("one.test", &one[..]),
        ("ONE.test.", &one),
        ("both.test", &both),
        ("alias.test", &one),
        ("late.test", &one),
    ] {
        let expected = expected.iter().map(ToString::to_string).collect();
        assert_eq!(find(resolver, host), Ok(expected), "{host}");
    }
    for (host, fault) in [
        ("cut.test", DnsFault::Truncated),
        ("empty.test", DnsFault::NoAddress),
        ("absent.test", DnsFault::NoSuchName),
        ("broken.test", DnsFault::Server(2)),
        ("no such name", DnsFault::NotAName),
        ("köln.test", DnsFault::NotAName),
        (&"a.".repeat(200), DnsFault::NotAName),
    ] {
        assert_eq!(find(resolver, host), Err(fault), "{host}");
    }
    let many = find(resolver, "many.test").map(|list| list.len());
    assert_eq!(many, Ok(8), "no more than there is room for");

    let hasty = &mut DnsResolver::new(net, server)
        .with_timeout(SHORT)
        .ipv4_only();
    assert_eq!(find(hasty, "silent.test"), Err(DnsFault::TimedOut));
    let again = &mut DnsResolver::new(net, server).with_timeout(PATIENCE / 20);
    let found = find(again, "deaf.test").map(|list| list.len());
    assert_eq!(found, Ok(1), "a lost question is asked again");
    // The server's sign to end; it answers that there is no such name.
    assert_eq!(find(resolver, server::END), Err(DnsFault::NoSuchName));
}

#[test]
fn over_the_hosts_sockets() {
    let socket = Host
        .udp_bind((Ipv4Addr::LOCALHOST, 0).into())
        .expect("a socket");
    let address = socket.local().expect("its address");
    let served = thread::spawn(move || server::serve(socket));
    resolves(Host, address);
    served.join().expect("the server is content");
}

#[test]
fn over_smoltcp() {
    let (near, far) = channel(Medium::Ip, 1500, 64);
    let server = SocketAddr::from(([192, 0, 2, 53], 53));
    let served = thread::spawn(move || {
        on_stack(near, server.ip(), |net| {
            server::serve(net.udp_bind(server).expect("a socket"));
            let drained = net.drain(net.now() + PATIENCE);
            assert_eq!(drained, Ok(true));
        });
    });
    on_stack(far, Ipv4Addr::new(192, 0, 2, 1).into(), |net| {
        resolves(net, server);
    });
    served.join().expect("the server is content");
}

fn on_stack(
    link: ChannelEnd,
    address: IpAddr,
    program: impl FnOnce(&Stack<'_, ChannelEnd, ChannelPlatform>),
) {
    let mut tcp: [TcpPlace<'_, 64, 64>; 0] = [];
    let mut udp = [const { UdpPlace::<2048, 8>::new() }; 1];
    let mut slots = [const { Slot::new() }; 2];
    let pool = Pool {
        tcp: &mut tcp,
        udp: &mut udp,
        slots: &mut slots,
    };
    let (platform, config) = (link.platform(), Config::new(HardwareAddress::Ip));
    let stack = Stack::new(link, platform, config, pool).expect("a stack");
    stack.add_address(address, 24).expect("an address");
    program(&stack);
}

/// A port where nobody listens: the host tells, and so does the resolver.
#[test]
fn a_server_that_is_not_there_is_told() {
    let socket = Host
        .udp_bind((Ipv4Addr::LOCALHOST, 0).into())
        .expect("a socket");
    let address = socket.local().expect("its address");
    drop(socket);
    let mut resolver = DnsResolver::new(Host, address).with_timeout(SHORT);
    let error = resolver
        .resolve("one.test", 1)
        .map(drop)
        .expect_err("nobody answers");
    assert!(matches!(
        error,
        DnsError::Socket(_) | DnsError::Dns(DnsFault::TimedOut)
    ));
}
