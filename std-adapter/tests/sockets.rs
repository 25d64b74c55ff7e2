//! What is special about the host's sockets; the contracts are tested across stacks.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};

use amphi_core::select::Interest;
use amphi_core::socket::{
    Blocking, Datagram, Interface, Listener, Multicast, Net, Shutdown, Socket, Stream,
};
use amphi_core::time::Duration;
use amphi_core::{Error, ErrorKind};
use amphi_std::{Host, HostError, TcpListener, TcpStream, UdpSocket};

/// Far longer than anything here takes: a test that fails does not hang.
const LIMIT: Option<Duration> = Some(Duration::from_secs(10));

fn v4() -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, 0))
}

fn v6() -> SocketAddr {
    SocketAddr::from((Ipv6Addr::LOCALHOST, 0))
}

#[track_caller]
fn wait(socket: &impl Socket<Error = HostError>, interest: Interest) {
    assert!(socket.wait(interest, LIMIT).unwrap(), "nothing happened");
}

#[track_caller]
fn pair(local: SocketAddr) -> (TcpStream, TcpStream) {
    let mut listener = Host.tcp_listen(local, 1).unwrap();
    let mut client = Host.tcp_connect(listener.local().unwrap()).unwrap();
    wait(&client, Interest::WRITE);
    client.finish_connect().unwrap();
    wait(&listener, Interest::READ);
    let (server, from) = listener.accept().unwrap();
    assert_eq!(from, client.local().unwrap());
    assert_eq!(server.remote().unwrap(), from);
    (client, server)
}

#[track_caller]
fn kind<T: core::fmt::Debug>(result: Result<T, HostError>) -> ErrorKind {
    result.unwrap_err().reason()
}

/// The flags of a descriptor, by fcntl(2).
fn flags(fd: &impl AsFd, command: i32) -> i32 {
    let raw = fd.as_fd().as_raw_fd();
    // SAFETY: F_GETFL and F_GETFD read flags of an open descriptor.
    unsafe { libc::fcntl(raw, command) }
}

#[track_caller]
fn assert_flags(socket: &impl AsFd) {
    assert_ne!(flags(socket, libc::F_GETFL) & libc::O_NONBLOCK, 0);
    assert_ne!(flags(socket, libc::F_GETFD) & libc::FD_CLOEXEC, 0);
}

#[test]
fn all_sockets_are_non_blocking_and_close_on_exec() {
    for local in [v4(), v6()] {
        assert_flags(&Host.tcp_listen(local, 1).unwrap());
        assert_flags(&Host.udp_bind(local).unwrap());
        let (client, server) = pair(local);
        assert_flags(&client);
        assert_flags(&server);
    }
}

#[test]
fn both_ends_have_nodelay() {
    let (client, server) = pair(v4());
    for stream in [client, server] {
        let std = std::net::TcpStream::from(stream);
        assert!(std.nodelay().unwrap());
        let stream = TcpStream::from(OwnedFd::from(std));
        stream.set_nodelay(false).unwrap();
        assert!(!std::net::TcpStream::from(stream).nodelay().unwrap());
    }
}

#[test]
fn sockets_of_std_become_ours_and_non_blocking() {
    let listener = std::net::TcpListener::bind(v4()).unwrap();
    let mut listener = TcpListener::try_from(listener).unwrap();
    assert_eq!(kind(listener.accept()), ErrorKind::WouldBlock);

    let stream = std::net::TcpStream::connect(listener.local().unwrap()).unwrap();
    let mut stream = TcpStream::try_from(stream).unwrap();
    assert_eq!(kind(stream.read(&mut [0])), ErrorKind::WouldBlock);

    for local in [v4(), v6()] {
        let socket = std::net::UdpSocket::bind(local).unwrap();
        let mut socket = UdpSocket::try_from(socket).unwrap();
        assert_eq!(kind(socket.recv_from(&mut [0])), ErrorKind::WouldBlock);
        assert_eq!(socket.local().unwrap().is_ipv6(), local.is_ipv6());
    }
}

#[test]
fn an_address_is_taken_once() {
    for local in [v4(), v6()] {
        let udp = Host.udp_bind(local).unwrap();
        let taken = udp.local().unwrap();
        assert_eq!(kind(Host.udp_bind(taken)), ErrorKind::AddrInUse);
        let tcp = Host.tcp_listen(local, 1).unwrap();
        let taken = tcp.local().unwrap();
        assert_eq!(kind(Host.tcp_listen(taken, 1)), ErrorKind::AddrInUse);
    }
}

#[test]
fn the_wildcards_of_both_families_are_two_addresses() {
    let any_v6 = SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0));
    let first = Host.tcp_listen(any_v6, 1).unwrap();
    let port = first.local().unwrap().port();
    let any_v4 = SocketAddr::from((Ipv4Addr::UNSPECIFIED, port));
    // Another process may have the port over IPv4; then there is nothing to see.
    match Host.tcp_listen(any_v4, 1) {
        Ok(second) => assert_eq!(second.local().unwrap().port(), port),
        Err(error) => assert_eq!(error.reason(), ErrorKind::AddrInUse),
    }
}

#[test]
fn a_refused_connection_is_told_once_and_is_never_pending_again() {
    let address = Host.tcp_listen(v4(), 1).unwrap().local().unwrap();
    let mut stream = Host.tcp_connect(address).unwrap();
    wait(&stream, Interest::WRITE);
    assert_eq!(kind(stream.finish_connect()), ErrorKind::Refused);
    assert_eq!(kind(stream.finish_connect()), ErrorKind::NotConnected);
    assert_eq!(kind(stream.remote()), ErrorKind::NotConnected);
    assert_eq!(
        kind(stream.shutdown(Shutdown::Both)),
        ErrorKind::NotConnected
    );
}

#[test]
fn a_refused_connection_tells_a_reader_too() {
    let address = Host.tcp_listen(v4(), 1).unwrap().local().unwrap();
    let mut stream = Host.tcp_connect(address).unwrap();
    wait(&stream, Interest::READ);
    assert_eq!(kind(stream.read(&mut [0])), ErrorKind::Refused);
}

#[test]
fn a_full_backlog_leaves_a_connection_pending() {
    let listener = Host.tcp_listen(v4(), 0).unwrap();
    let address = listener.local().unwrap();
    let mut streams: Vec<_> = (0..8).map(|_| Host.tcp_connect(address).unwrap()).collect();
    let pending = streams.last_mut().unwrap();
    assert_eq!(kind(pending.finish_connect()), ErrorKind::WouldBlock);
    assert_eq!(kind(pending.read(&mut [0])), ErrorKind::WouldBlock);
    assert_eq!(kind(pending.write(&[0])), ErrorKind::WouldBlock);
    assert_eq!(kind(pending.remote()), ErrorKind::NotConnected);
}

#[test]
fn abort_resets_the_peer() {
    let (client, mut server) = pair(v4());
    client.abort();
    wait(&server, Interest::READ);
    assert_eq!(kind(server.read(&mut [0])), ErrorKind::Reset);
    // A signal would end the test's process.
    assert_eq!(kind(server.write(b"x")), ErrorKind::BrokenPipe);
}

#[test]
fn a_write_after_shutdown_is_a_broken_pipe_and_no_signal() {
    let (mut client, mut server) = pair(v6());
    client.shutdown(Shutdown::Write).unwrap();
    assert_eq!(kind(client.write(b"x")), ErrorKind::BrokenPipe);
    wait(&server, Interest::READ);
    assert_eq!(server.read(&mut [0; 4]).unwrap(), 0);
    assert_eq!(server.write(b"still").unwrap(), 5);
    wait(&client, Interest::READ);
    assert_eq!(client.read(&mut [0; 8]).unwrap(), 5);
}

#[test]
fn small_buffers_fill_and_then_block() {
    let (mut client, server) = pair(v4());
    client.set_send_buffer_size(4_096).unwrap();
    server.set_recv_buffer_size(4_096).unwrap();
    let refused = (0..100_000).find_map(|_| client.write(&[7; 4_096]).err());
    assert_eq!(refused.unwrap().reason(), ErrorKind::WouldBlock);
}

#[test]
fn a_wait_for_nothing_lasts_its_time() {
    let (client, _server) = pair(v4());
    let start = client.now();
    let timeout = Duration::from_micros(1_500);
    assert!(!client.wait(Interest::NONE, Some(timeout)).unwrap());
    assert!(!client.wait(Interest::READ, Some(timeout)).unwrap());
    assert!(client.now() - start >= timeout * 2);
    assert!(!client.wait(Interest::READ, Some(Duration::ZERO)).unwrap());
}

#[test]
fn datagrams_tell_their_length_and_may_be_empty() {
    for local in [v4(), v6()] {
        let mut socket = Host.udp_bind(local).unwrap();
        let own = socket.local().unwrap();
        for len in [0, 3, 4, 5, 1_000] {
            socket.send_to(&vec![7; len], &own).unwrap();
            wait(&socket, Interest::READ);
            let mut buf = [0; 4];
            let received = socket.recv_from(&mut buf).unwrap();
            let expected = if cfg!(target_os = "linux") {
                len
            } else {
                len.min(5)
            };
            assert_eq!(
                (received.len, received.from, received.to),
                (expected, own, None)
            );
            assert_eq!(received.is_truncated(buf.len()), len > 4);
            assert!(buf.iter().take(len).all(|&octet| octet == 7));
        }
    }
}

#[test]
fn a_datagram_that_never_fits_is_too_long() {
    let mut socket = Host.udp_bind(v4()).unwrap();
    let own = socket.local().unwrap();
    let octets = vec![0; 65_508];
    assert_eq!(
        kind(socket.send_to(&octets, &own)),
        ErrorKind::MessageTooLong
    );
    socket.send_to(&octets[1..], &own).unwrap();
}

#[test]
fn packet_info_tells_the_destination() {
    for local in [v4(), v6()] {
        let mut socket = Host.udp_bind(local).unwrap();
        let own = socket.local().unwrap();
        socket.set_packet_info(true).unwrap();
        socket.send_to(b"hello", &own).unwrap();
        wait(&socket, Interest::READ);
        let mut buf = [0; 2];
        let received = socket.recv_from(&mut buf).unwrap();
        assert_eq!((received.from, received.to), (own, Some(own.ip())));
        assert!(received.is_truncated(buf.len()));
        socket.set_packet_info(false).unwrap();
        assert_eq!(kind(socket.recv_from(&mut buf)), ErrorKind::WouldBlock);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_socket_hears_only_groups_that_it_joined() {
    let group = Ipv4Addr::new(239, 255, 77, 2);
    let lo = Interface::from(Ipv4Addr::LOCALHOST);
    let mut member = Host.udp_bind((group, 0).into()).unwrap();
    let mut stranger = Host.udp_bind(member.local().unwrap()).unwrap();
    member.join(group.into(), lo).unwrap();

    let mut sender = Host.udp_bind(v4()).unwrap();
    sender.set_multicast_interface(lo).unwrap();
    sender.send_to(b"x", &member.local().unwrap()).unwrap();
    wait(&member, Interest::READ);
    assert_eq!(member.recv_from(&mut [0]).unwrap().len, 1);
    assert_eq!(kind(member.recv_from(&mut [0])), ErrorKind::WouldBlock);
    assert_eq!(kind(stranger.recv_from(&mut [0])), ErrorKind::WouldBlock);

    assert_eq!(kind(member.join(group.into(), lo)), ErrorKind::AddrInUse);
    member.leave(group.into(), lo).unwrap();
    assert_eq!(
        kind(member.leave(group.into(), lo)),
        ErrorKind::AddrNotAvailable
    );
}

#[cfg(target_os = "linux")]
#[test]
fn groups_of_ipv6_go_by_index() {
    let lo = Interface::Index(amphi_std::interface_index("lo").unwrap());
    let group: Ipv6Addr = "ff01::4d02".parse().unwrap();
    let mut member = Host.udp_bind(v6()).unwrap();
    member.join(group.into(), lo).unwrap();
    assert_eq!(kind(member.join(group.into(), lo)), ErrorKind::AddrInUse);
    member.set_multicast_interface(lo).unwrap();
    member.set_multicast_hop_limit(3).unwrap();
    member.set_multicast_loop(true).unwrap();
    member.leave(group.into(), lo).unwrap();
    let nowhere = Interface::Index(u32::MAX);
    assert_eq!(
        kind(member.join(group.into(), nowhere)),
        ErrorKind::NotFound
    );
}

#[test]
fn what_is_no_group_or_no_interface_is_refused() {
    let lo = Interface::from(Ipv4Addr::LOCALHOST);
    let group_v4 = IpAddr::from(Ipv4Addr::new(239, 255, 77, 3));
    let group_v6: IpAddr = "ff01::4d03".parse().unwrap();
    let mut udp_v4 = Host.udp_bind(v4()).unwrap();
    let mut udp_v6 = Host.udp_bind(v6()).unwrap();
    let unicast = IpAddr::from(Ipv4Addr::LOCALHOST);
    for refused in [
        udp_v4.join(unicast, lo),
        udp_v4.leave(unicast, lo),
        udp_v4.join(group_v6, Interface::Any),
        udp_v6.join(group_v4, Interface::Any),
        udp_v6.join(group_v6, lo),
        udp_v6.set_multicast_interface(lo),
    ] {
        let error = refused.unwrap_err();
        assert_eq!(
            (error.reason(), error.errno()),
            (ErrorKind::InvalidInput, None)
        );
    }
    let foreign = Interface::from(Ipv4Addr::new(192, 0, 2, 1));
    for missing in [
        udp_v4.join(group_v4, foreign),
        udp_v4.set_multicast_interface(foreign),
        udp_v4.join(group_v4, Interface::Index(1 << 30)),
    ] {
        let kind = kind(missing);
        assert!(matches!(
            kind,
            ErrorKind::NotFound | ErrorKind::AddrNotAvailable
        ));
    }
}

#[test]
fn errors_print_their_call_and_become_ios() {
    let error = kind_error(Host.tcp_listen(SocketAddr::from(([192, 0, 2, 1], 0)), 1));
    assert_eq!(
        error.to_string(),
        "bind: address not available (EADDRNOTAVAIL)"
    );
    assert_eq!(error.call(), "bind");
    let io = std::io::Error::from(error);
    assert_eq!(io.raw_os_error(), Some(libc::EADDRNOTAVAIL));

    let error = HostError::from(ErrorKind::TimedOut);
    assert_eq!(
        (error.to_string(), error.errno()),
        ("timed out".into(), None)
    );
    let io = std::io::Error::from(error);
    assert_eq!(io.kind(), std::io::ErrorKind::TimedOut);
}

#[track_caller]
fn kind_error<T: core::fmt::Debug>(result: Result<T, HostError>) -> HostError {
    result.unwrap_err()
}

#[test]
fn blocking_sockets_time_out() {
    let mut socket = Blocking::new(Host.udp_bind(v4()).unwrap());
    socket.set_timeout(Some(Duration::from_micros(100)));
    assert_eq!(kind(socket.recv_from(&mut [0])), ErrorKind::TimedOut);
    socket.set_blocking(false);
    assert_eq!(kind(socket.recv_from(&mut [0])), ErrorKind::WouldBlock);
}
