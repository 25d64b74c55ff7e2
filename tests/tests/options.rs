//! Options of sockets: what is set is what is told, and what is wrong has its kind.
#![cfg(all(feature = "host", target_os = "linux"))]

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use core::time::Duration;
use std::os::fd::AsFd;

use amphi_core::select::Interest;
use amphi_core::socket::{Blocking, Datagram, Interface, Net, Socket};
use amphi_core::{Error, ErrorKind};
use amphi_std::options::{DatagramOptions, KeepAlive, Options, ServerOptions, create_server};
use amphi_std::{Host, HostError, interfaces};

/// Far longer than anything here takes: a test that fails does not hang.
const PATIENCE: Duration = Duration::from_secs(60);

fn at(text: &str) -> SocketAddr {
    text.parse().expect("an address")
}

fn kind<T>(result: Result<T, HostError>) -> Result<T, ErrorKind> {
    result.map_err(|error| error.reason())
}

#[test]
fn switches_are_what_they_were_set_to() {
    let tcp = Host.tcp_listen(at("127.0.0.1:0"), 1).unwrap();
    let udp = Host.udp_bind(at("127.0.0.1:0")).unwrap();
    let (tcp, udp) = (Options::of(&tcp), Options::of(&udp));
    for on in [true, false] {
        tcp.set_nodelay(on).unwrap();
        assert_eq!(tcp.nodelay(), Ok(on));
        tcp.set_reuse_address(on).unwrap();
        assert_eq!(tcp.reuse_address(), Ok(on));
        udp.set_broadcast(on).unwrap();
        assert_eq!(udp.broadcast(), Ok(on));
        udp.set_reuse_port(on).unwrap();
        assert_eq!(udp.reuse_port(), Ok(on));
        udp.set_multicast_all(on).unwrap();
        assert_eq!(udp.multicast_all(), Ok(on));
    }
    assert!(udp.set_nodelay(true).is_err(), "not of UDP");
}

#[test]
fn sizes_and_times_are_told() {
    let socket = Host.tcp_listen(at("127.0.0.1:0"), 1).unwrap();
    let options = Options::of(&socket);
    options.set_send_buffer_size(16_384).unwrap();
    options.set_recv_buffer_size(32_768).unwrap();
    // Linux takes the double (socket(7)).
    assert_eq!(options.send_buffer_size(), Ok(32_768));
    assert_eq!(options.recv_buffer_size(), Ok(65_536));

    assert_eq!(options.keep_alive(), Ok(None));
    let keep_alive = |idle| KeepAlive {
        idle,
        interval: Duration::from_secs(7),
        count: 4,
    };
    // A part of a second counts as one.
    options
        .set_keep_alive(Some(keep_alive(Duration::from_millis(29_001))))
        .unwrap();
    assert_eq!(
        options.keep_alive(),
        Ok(Some(keep_alive(Duration::from_secs(30))))
    );
    let wrong = options.set_keep_alive(Some(keep_alive(Duration::ZERO)));
    assert_eq!(kind(wrong), Err(ErrorKind::InvalidInput));
    options.set_keep_alive(None).unwrap();
    assert_eq!(options.keep_alive(), Ok(None));

    for linger in [Some(Duration::from_secs(3)), Some(Duration::ZERO), None] {
        options.set_linger(linger).unwrap();
        assert_eq!(options.linger(), Ok(linger));
    }
    assert_eq!(options.take_error(), Ok(None));
}

#[test]
fn both_families_have_hops_and_classes() {
    for address in ["127.0.0.1:0", "[::1]:0"] {
        let socket = Host.udp_bind(at(address)).unwrap();
        let options = Options::of(&socket);
        options.set_hop_limit(3).unwrap();
        assert_eq!(options.hop_limit(), Ok(3), "{address}");
        options.set_traffic_class(0xB8).unwrap();
        assert_eq!(options.traffic_class(), Ok(0xB8), "{address}");
    }
}

/// A datagram for one sender's group alone, and one of another sender.
#[test]
fn one_sender_of_a_group_is_heard() {
    let (group, sender) = (Ipv4Addr::new(232, 1, 2, 3), Ipv4Addr::new(127, 0, 0, 2));
    let member = Host.udp_bind(at("0.0.0.0:0")).unwrap();
    let port = member.local().unwrap().port();
    let local = Ipv4Addr::LOCALHOST;
    let options = Options::of(&member);
    assert_eq!(options.multicast_all(), Ok(false));
    let (these, lo) = ((group.into(), sender.into()), local.into());
    options.join_source(these.0, these.1, lo).unwrap();
    let again = options.join_source(these.0, these.1, lo);
    assert_eq!(kind(again), Err(ErrorKind::AddrNotAvailable));

    let send = |from: &str, text: &[u8]| {
        use amphi_core::socket::Multicast;
        let mut socket = Host.udp_bind(at(from)).unwrap();
        socket.set_multicast_interface(local.into()).unwrap();
        Blocking::new(socket)
            .send_to(text, &(group, port).into())
            .unwrap();
    };
    send("127.0.0.3:0", b"a stranger");
    send("127.0.0.2:0", b"the sender");
    options.leave_source(these.0, these.1, lo).unwrap();
    send("127.0.0.2:0", b"too late");
    let again = options.leave_source(these.0, these.1, lo);
    assert!(again.is_err());

    let mut member = Blocking::new(member).with_timeout(Some(Duration::from_secs(60)));
    let mut buf = [0; 32];
    let received = member.recv_from(&mut buf).unwrap();
    assert_eq!(&buf[..received.len], b"the sender");
    member.set_blocking(false);
    assert!(member.recv_from(&mut buf).is_err(), "nobody else is heard");
}

#[test]
fn groups_have_options_in_both_families() {
    for address in ["127.0.0.1:0", "[::1]:0"] {
        let socket = Host.udp_bind(at(address)).unwrap();
        let options = Options::of(&socket);
        assert_eq!(options.multicast_hop_limit(), Ok(1), "{address}");
        assert_eq!(options.multicast_loop(), Ok(true), "{address}");
        options.set_multicast_hop_limit(200).unwrap();
        options.set_multicast_loop(false).unwrap();
        assert_eq!(options.multicast_hop_limit(), Ok(200), "{address}");
        assert_eq!(options.multicast_loop(), Ok(false), "{address}");
        assert_eq!(
            options.multicast_interface(),
            Ok(Interface::Any),
            "{address}"
        );
        for on in [true, false] {
            options.set_multicast_all(on).unwrap();
            assert_eq!(options.multicast_all(), Ok(on), "{address}");
        }
    }
}

#[test]
fn the_interface_for_groups_is_told() {
    use amphi_core::socket::Multicast;
    let by_index = Interface::Index(amphi_std::interface_index("lo").unwrap());
    let by_address = Interface::Address(Ipv4Addr::LOCALHOST);
    for (address, interface) in [("127.0.0.1:0", by_address), ("[::1]:0", by_index)] {
        let mut socket = Host.udp_bind(at(address)).unwrap();
        socket.set_multicast_interface(interface).unwrap();
        let told = Options::of(&socket).multicast_interface();
        assert_eq!(told, Ok(interface), "{address}");
    }
}

#[test]
fn one_sender_is_joined_by_index_in_both_families() {
    let lo = Interface::Index(amphi_std::interface_index("lo").unwrap());
    for (address, group, source) in [
        ("127.0.0.1:0", "232.1.2.4", "127.0.0.2"),
        ("[::1]:0", "ff31::4d04", "::1"),
    ] {
        let socket = Host.udp_bind(at(address)).unwrap();
        let options = Options::of(&socket);
        let (group, source) = (group.parse().unwrap(), source.parse().unwrap());
        options.join_source(group, source, lo).unwrap();
        let again = options.join_source(group, source, lo);
        assert_eq!(kind(again), Err(ErrorKind::AddrNotAvailable), "{address}");
        options.leave_source(group, source, lo).unwrap();
        let again = options.leave_source(group, source, lo);
        assert!(again.is_err(), "{address}");
        // What makes no sense is refused before the kernel sees it.
        let other_family = match source {
            IpAddr::V4(_) => IpAddr::from(Ipv6Addr::LOCALHOST),
            IpAddr::V6(_) => Ipv4Addr::LOCALHOST.into(),
        };
        for wrong in [
            options.join_source(source, source, lo),
            options.join_source(group, other_family, lo),
        ] {
            assert_eq!(kind(wrong), Err(ErrorKind::InvalidInput), "{address}");
        }
    }
}

#[test]
fn a_device_is_named() {
    let socket = Host.udp_bind(at("127.0.0.1:0")).unwrap();
    let options = Options::of(&socket);
    // Without the right it is refused; then there is nothing more to see.
    if kind(options.bind_to_device("lo")) != Err(ErrorKind::PermissionDenied) {
        assert!(options.bind_to_device("no such one").is_err());
        options.bind_to_device("").unwrap();
    }
    let long = kind(options.bind_to_device("much longer than any name"));
    assert_eq!(long, Err(ErrorKind::InvalidInput));
}

#[test]
fn a_server_takes_one_family_or_both() {
    let one = create_server(at("[::]:0")).unwrap();
    assert_eq!(Options::of(&one).v6_only(), Ok(true));
    assert_eq!(Options::of(&one).reuse_port(), Ok(false));
    assert_eq!(Options::of(&one).reuse_address(), Ok(true));
    let both = ServerOptions::new()
        .dualstack_ipv6(true)
        .backlog(2)
        .create(at("[::]:0"))
        .unwrap();
    assert_eq!(Options::of(&both).v6_only(), Ok(false));
    let port = both.local().unwrap().port();
    for address in [format!("127.0.0.1:{port}"), format!("[::1]:{port}")] {
        Blocking::connect(Host, at(&address), Some(Duration::from_secs(60))).expect("it listens");
    }
    let wrong = ServerOptions::new()
        .dualstack_ipv6(true)
        .create(at("127.0.0.1:0"));
    assert_eq!(kind(wrong).map(drop), Err(ErrorKind::InvalidInput));
    let taken = create_server(both.local().unwrap());
    assert_eq!(kind(taken).map(drop), Err(ErrorKind::AddrInUse));
}

#[test]
fn ports_are_shared_by_those_who_ask() {
    let shared = ServerOptions::new().reuse_port(true);
    let first = shared.create(at("127.0.0.1:0")).unwrap();
    let second = shared.create(first.local().unwrap()).unwrap();
    assert_eq!(first.local(), second.local());
    assert!(second.as_fd().try_clone_to_owned().is_ok());
}

#[test]
fn datagrams_come_to_those_who_share_a_port() {
    let shared = DatagramOptions::new().reuse_port(true);
    let first = shared.bind(at("127.0.0.1:0")).unwrap();
    let to = first.local().unwrap();
    let mut sockets = [first, shared.bind(to).unwrap()];
    assert_eq!(
        kind(Host.udp_bind(to)).map(drop),
        Err(ErrorKind::AddrInUse),
        "who does not ask"
    );
    // Each sender's go to one of them, so of many senders' both get some.
    const SENDERS: usize = 200;
    for _ in 0..SENDERS {
        let mut sender = Host.udp_bind(at("127.0.0.1:0")).unwrap();
        sender.send_to(b"x", &to).unwrap();
    }
    let mut heard = [0; 2];
    let end = Host.now() + PATIENCE;
    while heard[0] + heard[1] < SENDERS {
        assert!(Host.now() < end, "only {heard:?}");
        for (socket, count) in sockets.iter_mut().zip(&mut heard) {
            *count += usize::from(socket.recv_from(&mut [0; 4]).is_ok());
        }
    }
    assert!(heard.iter().all(|count| *count > 0), "{heard:?}");

    let reused = DatagramOptions::new().reuse_address(true);
    let first = reused.bind(at("127.0.0.1:0")).unwrap();
    let second = reused.bind(first.local().unwrap()).unwrap();
    assert_eq!(first.local(), second.local());
}

#[test]
fn a_datagram_socket_takes_one_family_or_both() {
    let both = DatagramOptions::new().dualstack_ipv6(true);
    let wrong = both.bind(at("127.0.0.1:0"));
    assert_eq!(kind(wrong).map(drop), Err(ErrorKind::InvalidInput));
    let mut socket = both.bind(at("[::]:0")).unwrap();
    socket.set_packet_info(true).unwrap();
    let port = socket.local().unwrap().port();
    for (to, mapped) in [("127.0.0.1", "::ffff:127.0.0.1"), ("[::1]", "::1")] {
        let to = at(&format!("{to}:{port}"));
        let from = SocketAddr::new(to.ip(), 0);
        let mut sender = Host.udp_bind(from).unwrap();
        sender.send_to(b"x", &to).unwrap();
        assert_eq!(socket.wait(Interest::READ, Some(PATIENCE)), Ok(true));
        let received = socket.recv_from(&mut [0; 4]).unwrap();
        let mapped: IpAddr = mapped.parse().unwrap();
        assert_eq!((received.from.ip(), received.to), (mapped, Some(mapped)));
        let back = received.from;
        socket.send_to(b"y", &back).unwrap();
        assert_eq!(sender.wait(Interest::READ, Some(PATIENCE)), Ok(true));
        assert_eq!(sender.recv_from(&mut [0; 4]).unwrap().from, to);
    }
}

#[test]
fn the_loopback_interface_is_known() {
    let names = interfaces::names().unwrap();
    let (index, _) = names
        .iter()
        .find(|(_, name)| name == "lo")
        .expect("it is there");
    assert_eq!(amphi_std::interface_index("lo"), Ok(*index));
    let addresses = interfaces::addresses().unwrap();
    let lo = addresses
        .iter()
        .find(|at| at.address == Ipv4Addr::LOCALHOST)
        .expect("its address");
    assert_eq!((lo.name.as_str(), lo.prefix_len()), ("lo", Some(8)));
}
