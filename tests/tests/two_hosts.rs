//! The contracts between two hosts: two network namespaces of Linux, joined by a pair of
//! Ethernet interfaces, so that streams, datagrams and groups of both families pass a link and
//! two kernels' stacks. Each test has its own two, which are gone with it.
//!
//! A namespace is a thread's: sockets belong to the one in which their thread was when it made
//! them. So one thread plays both hosts. Without the right to make namespaces, or without
//! iproute2, each test says so and passes.
#![cfg(all(feature = "host", target_os = "linux"))]

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::process::{Command, Output};
use std::sync::{PoisonError, RwLock};

use amphi_conformance::World;
use amphi_core::select::Interest;
use amphi_core::serve::Key;
use amphi_core::socket::{Datagram, Interface, Multicast, Net, Socket};
use amphi_core::time::{Duration, Instant};
use amphi_core::{Error, ErrorKind};
use amphi_std::options::Options;
use amphi_std::{EpollSelector, Host, HostError, TcpListener, TcpStream, UdpSocket};
use nix::sched::{CloneFlags, setns, unshare};

/// The interfaces, the near one first.
const LINKS: [&str; 2] = ["v0", "v1"];

/// How long a link may take to be up.
const PATIENCE: Duration = Duration::from_secs(30);

/// A process that is made has this one's sockets until its program begins, and with them their
/// ports: none is made while a contract runs.
static QUIET: RwLock<()> = RwLock::new(());

/// A network namespace as a stack.
#[derive(Clone, Copy)]
struct Place<'ns> {
    namespace: BorrowedFd<'ns>,
    number: usize,
}

impl Place<'_> {
    /// Moves this thread there.
    fn enter(self) {
        setns(self.namespace, CloneFlags::CLONE_NEWNET).expect("the namespace");
    }

    fn v4(self) -> Ipv4Addr {
        Ipv4Addr::new(10, 77, 0, 1 + self.number as u8)
    }

    fn v6(self) -> Ipv6Addr {
        Ipv6Addr::new(0xfd00, 0x77, 0, 0, 0, 0, 0, 1 + self.number as u16)
    }

    /// The interface by index, and an address on it.
    fn groups_v6(self) -> (IpAddr, Interface) {
        self.enter();
        let index = amphi_std::interface_index(LINKS[self.number]).expect("an interface");
        (self.v6().into(), Interface::Index(index))
    }
}

impl Net for Place<'_> {
    type Error = HostError;
    type Stream = TcpStream;
    type Listener = TcpListener;
    type Datagram = UdpSocket;

    fn now(&self) -> Instant {
        Host.now()
    }

    fn tcp_listen(&self, local: SocketAddr, backlog: usize) -> Result<TcpListener, HostError> {
        self.enter();
        Host.tcp_listen(local, backlog)
    }

    fn tcp_connect(&self, remote: SocketAddr) -> Result<TcpStream, HostError> {
        self.enter();
        Host.tcp_connect(remote)
    }

    fn udp_bind(&self, local: SocketAddr) -> Result<UdpSocket, HostError> {
        self.enter();
        Host.udp_bind(local)
    }

    fn drain(&self, deadline: Instant) -> Result<bool, HostError> {
        Host.drain(deadline)
    }
}

struct TwoHosts<'ns>([Place<'ns>; 2]);

impl<'ns> World for TwoHosts<'ns> {
    type Net = Place<'ns>;
    type Selector = EpollSelector<Key>;

    fn net(&self) -> Place<'ns> {
        self.0[0]
    }

    fn far(&self) -> Place<'ns> {
        self.0[1]
    }

    fn selector(&self) -> EpollSelector<Key> {
        EpollSelector::new().expect("a selector")
    }

    fn address(&self) -> IpAddr {
        self.net().v4().into()
    }

    fn far_address(&self) -> IpAddr {
        self.far().v4().into()
    }

    fn address_v6(&self) -> Option<IpAddr> {
        await_link(self.net());
        Some(self.net().v6().into())
    }

    fn interface(&self) -> Interface {
        self.net().v4().into()
    }

    fn far_interface(&self) -> Interface {
        self.far().v4().into()
    }

    fn groups_v6(&self) -> Option<(IpAddr, Interface)> {
        await_link(self.net());
        Some(self.net().groups_v6())
    }

    fn far_groups_v6(&self) -> Option<(IpAddr, Interface)> {
        await_link(self.far());
        Some(self.far().groups_v6())
    }

    fn largest_datagram(&self) -> usize {
        // In fragments.
        65_507
    }

    fn connections(&self) -> usize {
        1_000
    }
}

/// Lends two hosts to `test`, where they can be had.
fn between(test: impl FnOnce(&mut TwoHosts<'_>)) {
    let namespaces = match make() {
        Ok(namespaces) => namespaces,
        Err(why) => return println!("skipped: {why}"),
    };
    let [near, far] = &namespaces;
    let places = [(near, 0), (far, 1)].map(|(file, number)| Place {
        namespace: file.as_fd(),
        number,
    });
    if let Err(why) = connect(places) {
        return println!("skipped: no pair of interfaces: {why}");
    }
    test(&mut TwoHosts(places));
}

/// Two namespaces; this thread is in the second one.
fn make() -> Result<[File; 2], String> {
    let version = run_ip("-V");
    version.map_err(|error| format!("no ip of iproute2: {error}"))?;
    let make = || {
        unshare(CloneFlags::CLONE_NEWNET).map_err(|error| format!("no namespaces: {error}"))?;
        File::open("/proc/thread-self/ns/net").map_err(|error| error.to_string())
    };
    Ok([make()?, make()?])
}

fn run_ip(words: &str) -> io::Result<Output> {
    let _alone = QUIET.write().unwrap_or_else(PoisonError::into_inner);
    Command::new("ip").args(words.split(' ')).output()
}

/// Joins them by a pair of interfaces, which not every kernel has.
fn connect([near, far]: [Place<'_>; 2]) -> Result<(), String> {
    near.enter();
    let there = format!(
        "/proc/{}/fd/{}",
        std::process::id(),
        far.namespace.as_raw_fd()
    );
    try_ip(&format!(
        "link add {} type veth peer name {} netns {there}",
        LINKS[0], LINKS[1]
    ))?;
    for place in [near, far] {
        place.enter();
        let link = LINKS[place.number];
        ip("link set lo up");
        ip(&format!("address add {}/24 dev {link}", place.v4()));
        ip(&format!("address add {}/64 dev {link} nodad", place.v6()));
        ip(&format!("link set {link} up"));
    }
    await_datagrams(near, far);
    await_datagrams(far, near);
    Ok(())
}

/// What is sent before the kernel has taken notice of a link is lost.
fn await_datagrams(from: Place<'_>, to: Place<'_>) {
    let bind = |place: Place<'_>| place.udp_bind((place.v4(), 0).into()).expect("a socket");
    let (mut sender, mut receiver) = (bind(from), bind(to));
    let address = receiver.local().expect("its address");
    await_success(|| {
        sender.send_to(b"are you there", &address)?;
        receiver.recv_from(&mut [0; 16]).map(drop)
    });
}

/// The kernel takes notice of a link that is up by and by: after a second, or more where much
/// else is to do, there are routes to groups of IPv6, and what a host sends to itself arrives.
fn await_link(place: Place<'_>) {
    let (address, interface) = place.groups_v6();
    let mut socket = place.udp_bind((address, 0).into()).expect("a socket");
    socket
        .set_multicast_interface(interface)
        .expect("an interface");
    let all_nodes = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 1);
    await_success(|| socket.connect((all_nodes, 9).into()));

    let mut socket = place.udp_bind((address, 0).into()).expect("a socket");
    let own = socket.local().expect("its address");
    await_success(|| {
        socket.send_to(b"to myself", &own)?;
        socket.recv_from(&mut [0; 16]).map(drop)
    });
}

/// Tries until it succeeds.
#[track_caller]
fn await_success(mut attempt: impl FnMut() -> Result<(), HostError>) {
    let end = Host.now() + PATIENCE;
    while let Err(error) = attempt() {
        assert!(Host.now() < end, "the link is never up: {error}");
        std::thread::yield_now();
    }
}

/// One command of iproute2, in this thread's namespace.
fn try_ip(words: &str) -> Result<(), String> {
    let output = run_ip(words);
    let output = output.map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("ip {words}: {}", said.trim()))
}

/// One command that does not fail.
#[track_caller]
fn ip(words: &str) {
    try_ip(words).expect("addresses and links");
}

/// Source-specific membership in both families: of two addresses of the far host one is heard.
#[test]
fn one_sender_of_a_group_is_heard() {
    between(|world| {
        let ([near, far], extra) = (world.0, 9);
        far.enter();
        ip(&format!("address add 10.77.0.{extra}/24 dev {}", LINKS[1]));
        ip(&format!(
            "address add fd00:77::{extra}/64 dev {} nodad",
            LINKS[1]
        ));
        await_link(far);
        await_link(near);
        let (_, through) = near.groups_v6();
        for (group, source, stranger) in [
            ("232.9.8.7", IpAddr::from(far.v4()), "10.77.0.9"),
            ("ff35::4d07", far.v6().into(), "fd00:77::9"),
        ] {
            let group: IpAddr = group.parse().expect("a group");
            let any = match group {
                IpAddr::V4(_) => IpAddr::from(Ipv4Addr::UNSPECIFIED),
                IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
            };
            let mut member = near.udp_bind((any, 0).into()).expect("a socket");
            let to = SocketAddr::new(group, member.local().expect("an address").port());
            let options = Options::of(&member);
            options
                .join_source(group, source, through)
                .expect("a member");

            let outgoing = far.groups_v6().1;
            let senders = [stranger.parse().expect("an address"), source];
            for (from, text) in senders.into_iter().zip(["a stranger", "the sender"]) {
                let mut sender = far.udp_bind((from, 0).into()).expect("a socket");
                sender
                    .set_multicast_interface(outgoing)
                    .expect("an interface");
                sender.send_to(text.as_bytes(), &to).expect("it is sent");
            }
            let mut buf = [0; 32];
            assert!(
                member.wait(Interest::READ, Some(PATIENCE)).expect("a wait"),
                "{group}"
            );
            let received = member.recv_from(&mut buf).expect("a datagram");
            assert_eq!(received.from.ip(), source);
            assert_eq!(&buf[..received.len], b"the sender");
            let more = member.recv_from(&mut buf).map_err(|error| error.reason());
            assert_eq!(more, Err(ErrorKind::WouldBlock), "{group}");
            let options = Options::of(&member);
            options
                .leave_source(group, source, through)
                .expect("it was a member");
        }
    });
}

/// One of the contracts.
fn contract(keep: impl FnOnce(&mut TwoHosts<'_>)) {
    between(|world| {
        let _quiet = QUIET.read().unwrap_or_else(PoisonError::into_inner);
        keep(world);
    });
}

macro_rules! between_two_hosts {
    ($($module:ident { $($name:ident)* })*) => { $(
        mod $module { $(
            #[test]
            fn $name() {
                crate::contract(|world| amphi_conformance::contracts::$module::$name(world));
            }
        )* }
    )* };
}

amphi_conformance::contracts!(between_two_hosts);
