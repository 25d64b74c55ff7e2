//! smoltcp as the client of the kernel, over a TUN device, in the network namespace
//! that `.ci/run tap` makes; elsewhere it is skipped with a line.
#![cfg(all(feature = "host", target_os = "linux"))]

use core::net::{Ipv4Addr, SocketAddr};
use std::io::{Read, Write};
use std::net::{TcpListener, UdpSocket};
use std::process::Command;
use std::thread;

use amphi_core::ErrorKind;
use amphi_core::select::{Interest, Register};
use amphi_core::socket::{Blocking, Multicast, Net, Shutdown, Stream};
use amphi_core::time::Duration;
use amphi_smoltcp::link::Tunnel;
use amphi_smoltcp::smoltcp::phy::Medium;
use amphi_smoltcp::smoltcp::wire::HardwareAddress;
use amphi_smoltcp::{Config, Pool, SelectPlatform, Slot, Stack, TcpPlace, UdpPlace};
use amphi_std::{Host, PollSelector, TunTap};

const KERNEL: Ipv4Addr = Ipv4Addr::new(198, 51, 100, 1);
const OURS: Ipv4Addr = Ipv4Addr::new(198, 51, 100, 2);
const GROUP: Ipv4Addr = Ipv4Addr::new(224, 3, 29, 71);
const PATIENCE: Option<Duration> = Some(Duration::from_secs(30));
const TRANSFERS: usize = 100;

type TunStack<'a> = Stack<'a, Tunnel<TunTap, 1500>, SelectPlatform<Host, PollSelector<()>>>;

/// Runs `test` on a stack behind a TUN device whose other end is the kernel.
fn on_tun(test: impl FnOnce(&TunStack<'_>)) {
    if std::env::var_os("AMPHI_NAMESPACE").is_none() {
        println!("skipped: AMPHI_NAMESPACE does not say that this namespace may get a device");
        return;
    }
    let device = TunTap::tun("tun%d").expect("a TUN device");
    let name = device.name();
    let (name, address) = (name.as_str(), format!("{KERNEL}/24"));
    for words in [
        &["address", "add", &address, "dev", name][..],
        &["link", "set", name, "up"],
    ] {
        let status = Command::new("ip").args(words).status().expect("ip runs");
        assert!(status.success(), "ip {words:?}");
    }
    let mut selector = PollSelector::new().expect("a selector");
    selector
        .register(&device, Interest::READ, ())
        .expect("a registration");
    let peer = device.name();
    let mut tcp = [const { TcpPlace::<8192, 8192>::new() }; 4];
    let mut udp = [const { UdpPlace::<4096, 8>::new() }; 2];
    let mut slots = [const { Slot::new() }; 8];
    let pool = Pool {
        tcp: &mut tcp,
        udp: &mut udp,
        slots: &mut slots,
    };
    let stack = Stack::new(
        Tunnel::new(device, peer, Medium::Ip),
        SelectPlatform::new(Host, selector),
        Config::new(HardwareAddress::Ip),
        pool,
    )
    .expect("a stack");
    stack.add_address(OURS.into(), 24).expect("an address");
    test(&stack);
}

/// Octets that tell their place.
fn octets(len: usize) -> Vec<u8> {
    (0..len).map(|place| (place ^ (place >> 8)) as u8).collect()
}

/// The kernel reads to the end and sends it all back; a hundred times.
#[test]
fn transfers_are_byte_exact() {
    on_tun(|stack| {
        let listener = TcpListener::bind((KERNEL, 0)).expect("a listener");
        let to = listener.local_addr().expect("its address");
        let server = thread::spawn(move || {
            for _ in 0..TRANSFERS {
                let (mut stream, from) = listener.accept().expect("a connection");
                assert_eq!(from.ip(), OURS);
                let mut all = Vec::new();
                stream.read_to_end(&mut all).expect("all octets");
                stream.write_all(&all).expect("they take it");
            }
        });
        let mut longest = Duration::ZERO;
        for round in 0..TRANSFERS {
            let sent = octets(17 + 997 * round);
            let start = stack.now();
            let mut client = Blocking::connect(stack, to, PATIENCE).expect("a connection");
            longest = longest.max(stack.now() - start);
            client.set_timeout(PATIENCE);
            let mut rest = &sent[..];
            while !rest.is_empty() {
                let count = client.write(rest).expect("the kernel takes it");
                rest = &rest[count..];
            }
            client.get_mut().shutdown(Shutdown::Write).expect("an end");
            let (mut received, mut buf) = (Vec::new(), [0; 4096]);
            while let count @ 1.. = client.read(&mut buf).expect("octets or the end") {
                received.extend_from_slice(&buf[..count]);
            }
            assert!(received == sent, "round {round}");
        }
        println!("{TRANSFERS} transfers; the longest connect took {longest:?}");
        server.join().expect("the kernel's side is content");
    });
}

#[test]
fn refused_connect_is_told() {
    on_tun(|stack| {
        let nobody = TcpListener::bind((KERNEL, 0)).expect("a listener");
        let to = nobody.local_addr().expect("its address");
        drop(nobody);
        let refused = Blocking::connect(stack, to, PATIENCE).map(drop);
        assert_eq!(refused, Err(ErrorKind::Refused));
    });
}

/// Datagrams to the kernel, and to a group that one of its sockets joined, and back.
#[test]
fn datagrams_and_groups_reach_the_kernel() {
    on_tun(|stack| {
        let member = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).expect("a socket");
        member.join_multicast_v4(&GROUP, &KERNEL).expect("a member");
        let port = member.local_addr().expect("its address").port();
        let server = thread::spawn(move || {
            let mut buf = [0; 2048];
            for _ in 0..4 {
                let (len, from) = member.recv_from(&mut buf).expect("a datagram");
                member.send_to(&buf[..len], from).expect("it leaves");
            }
        });
        let mut socket = stack.udp_bind((OURS, 0).into()).expect("a socket");
        socket
            .set_multicast_interface(OURS.into())
            .expect("the interface");
        let mut socket = Blocking::new(socket).with_timeout(PATIENCE);
        let mut buf = [0; 2048];
        for (ip, len) in [(KERNEL, 0), (KERNEL, 1472), (GROUP, 5), (GROUP, 1472)] {
            let sent = octets(len);
            socket
                .send_to(&sent, &SocketAddr::from((ip, port)))
                .expect("room");
            let received = socket.recv_from(&mut buf).expect("an answer");
            assert_eq!(received.from, SocketAddr::from((KERNEL, port)));
            assert_eq!(&buf[..received.len], sent);
        }
        server.join().expect("the kernel's side is content");
    });
}
