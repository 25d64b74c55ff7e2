//! Sockets as code for `std::io` and std's sockets uses them: vectored I/O, looks at what
//! waits, connected UDP, and `std::io`'s own functions over our streams.

use core::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::io::{self, IoSlice, IoSliceMut, Read, Write};
use std::os::fd::{AsFd, OwnedFd};

use amphi_core::select::Interest;
use amphi_core::socket::{Datagram, Listener, Net, Shutdown, Socket, Stream};
use amphi_core::time::Duration;
use amphi_core::{Error, ErrorKind};
use amphi_std::{Host, HostError, TcpStream, UdpSocket, UnixStream, socketpair};

/// Far longer than anything here takes: a test that fails does not hang.
const LIMIT: Option<Duration> = Some(Duration::from_secs(10));

#[track_caller]
fn wait(socket: &impl Socket<Error = HostError>) {
    assert!(socket.wait(Interest::READ, LIMIT).unwrap());
}

#[track_caller]
fn kind<T: core::fmt::Debug>(result: Result<T, HostError>) -> ErrorKind {
    result.unwrap_err().reason()
}

fn tcp_pair() -> (TcpStream, TcpStream) {
    let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let near = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (far, _) = listener.accept().unwrap();
    (near.try_into().unwrap(), far.try_into().unwrap())
}

/// What is asked of both stream types.
trait Vectored: Stream<Error = HostError> + Read + Write {
    fn gather(&mut self, bufs: &[IoSlice<'_>]) -> Result<usize, HostError>;
    fn scatter(&mut self, bufs: &mut [IoSliceMut<'_>]) -> Result<usize, HostError>;
    fn look(&self, buf: &mut [u8]) -> Result<usize, HostError>;
}

macro_rules! vectored {
    ($($Stream:ident)*) => { $(
        impl Vectored for $Stream {
            fn gather(&mut self, bufs: &[IoSlice<'_>]) -> Result<usize, HostError> {
                self.write_vectored(bufs)
            }
            fn scatter(&mut self, bufs: &mut [IoSliceMut<'_>]) -> Result<usize, HostError> {
                self.read_vectored(bufs)
            }
            fn look(&self, buf: &mut [u8]) -> Result<usize, HostError> {
                self.peek(buf)
            }
        }
    )* };
}

vectored!(TcpStream UnixStream);

fn several_buffers<S: Vectored>(mut near: S, mut far: S) {
    let (mut one, mut two) = ([0; 3], [0; 8]);
    let mut bufs = [IoSliceMut::new(&mut one), IoSliceMut::new(&mut two)];
    assert_eq!(kind(far.scatter(&mut bufs)), ErrorKind::WouldBlock);
    let parts = [
        IoSlice::new(b"one"),
        IoSlice::new(b""),
        IoSlice::new(b"two"),
    ];
    assert_eq!(near.gather(&parts), Ok(6));
    wait(&far);
    let mut seen = [0; 8];
    assert_eq!(far.look(&mut seen), Ok(6), "a look takes nothing");
    assert_eq!(far.scatter(&mut bufs), Ok(6));
    assert_eq!(
        (&one, &two[..3], &seen[..6]),
        (b"one", &b"two"[..], &b"onetwo"[..])
    );

    // More buffers than the kernel takes at once: some are left for the next call.
    let many = vec![IoSlice::new(b"x"); 3_000];
    let taken = near.gather(&many).unwrap();
    assert!((1..=3_000).contains(&taken));
    near.shutdown(Shutdown::Write).unwrap();
    let (mut total, mut buf) = (0, [0; 4_096]);
    loop {
        wait(&far);
        match Stream::read(&mut far, &mut buf).unwrap() {
            0 => break,
            count => total += count,
        }
    }
    assert_eq!(total, taken);
    assert_eq!(far.look(&mut buf), Ok(0), "an end of file");
    // A signal would end the test's process.
    assert_eq!(kind(near.gather(&parts)), ErrorKind::BrokenPipe);
}

#[test]
fn several_buffers_are_one_message_of_tcp() {
    let (near, far) = tcp_pair();
    several_buffers(near, far);
}

#[test]
fn several_buffers_are_one_message_of_unix() {
    let (near, far) = socketpair().unwrap();
    several_buffers(near, far);
}

/// `std::io`'s functions, on a socket and on a reference to it.
fn functions_of_std<S: Vectored>(mut near: S, mut far: S)
where
    for<'a> &'a S: Read + Write,
{
    let nothing = Read::read(&mut far, &mut [0]).unwrap_err();
    assert_eq!(nothing.kind(), io::ErrorKind::WouldBlock);
    writeln!(&near, "one {}", 1).unwrap();
    near.write_all(b"two\n").unwrap();
    Write::flush(&mut near).unwrap();
    near.shutdown(Shutdown::Write).unwrap();
    let mut text = String::new();
    // As std's sockets that do not block, it is to be read when it is readable.
    while !text.ends_with("two\n") {
        wait(&far);
        match (&far).read_to_string(&mut text) {
            Ok(_) => break,
            Err(error) => assert_eq!(error.kind(), io::ErrorKind::WouldBlock),
        }
    }
    assert_eq!(text, "one 1\ntwo\n");
    assert!(Write::write_vectored(&mut far, &[IoSlice::new(b"back")]).unwrap() == 4);
    wait(&near);
    let mut back = [0; 8];
    let count = Read::read_vectored(&mut near, &mut [IoSliceMut::new(&mut back)]).unwrap();
    assert_eq!(&back[..count], b"back");
}

#[test]
fn streams_are_those_of_std_io() {
    let (near, far) = tcp_pair();
    functions_of_std(near, far);
    let (near, far) = socketpair().unwrap();
    functions_of_std(near, far);
}

/// Python's `testDup`, `testFromFd` and `testDetach`.
#[test]
fn a_duplicate_is_the_same_connection() {
    let (near, mut far) = tcp_pair();
    let mut duplicate = TcpStream::from(near.as_fd().try_clone_to_owned().unwrap());
    let descriptor = OwnedFd::from(near);
    assert_eq!(Stream::write(&mut duplicate, b"one"), Ok(3));
    let mut again = TcpStream::from(descriptor);
    assert_eq!(Stream::write(&mut again, b"two"), Ok(3));
    drop(duplicate);
    let mut heard = Vec::new();
    while heard.len() < 6 {
        wait(&far);
        let mut buf = [0; 8];
        let count = Stream::read(&mut far, &mut buf).unwrap();
        heard.extend_from_slice(&buf[..count]);
    }
    assert_eq!(heard, b"onetwo");
    assert_eq!(
        kind(Stream::read(&mut far, &mut [0])),
        ErrorKind::WouldBlock,
        "one is open"
    );
    drop(again);
    wait(&far);
    assert_eq!(Stream::read(&mut far, &mut [0]), Ok(0));
}

/// Python's `testRecvFromIntoEmptyBuffer`: there is nothing to wait for.
#[test]
fn an_empty_buffer_takes_nothing() {
    let (mut near, mut far) = socketpair().unwrap();
    Stream::write(&mut near, b"x").unwrap();
    assert_eq!(Stream::read(&mut far, &mut []), Ok(0));
    assert_eq!(Stream::write(&mut near, b""), Ok(0));
    assert_eq!(
        Stream::read(&mut far, &mut [0; 4]),
        Ok(1),
        "it is still there"
    );
}

/// Python's `source_address`.
#[test]
fn a_client_has_the_address_that_it_asks_for() {
    let mut listener = Host.tcp_listen((Ipv4Addr::LOCALHOST, 0).into(), 4).unwrap();
    let to = listener.local().unwrap();
    // Linux has all of 127.0.0.0/8.
    let octet = if cfg!(target_os = "linux") { 3 } else { 1 };
    let from = SocketAddr::from(([127, 0, 0, octet], 0));
    let client = Host.tcp_connect_from(from, to).unwrap();
    wait(&listener);
    let (_server, seen) = listener.accept().unwrap();
    assert_eq!((seen.ip(), Ok(seen)), (from.ip(), client.local()));

    let foreign = SocketAddr::from(([192, 0, 2, 1], 0));
    assert_eq!(
        kind(Host.tcp_connect_from(foreign, to)),
        ErrorKind::AddrNotAvailable
    );
    assert_eq!(kind(Host.tcp_connect_from(to, to)), ErrorKind::AddrInUse);
}

fn udp(local: impl Into<core::net::IpAddr>) -> UdpSocket {
    Host.udp_bind(SocketAddr::new(local.into(), 0)).unwrap()
}

#[test]
fn connected_udp_hears_its_peer_alone() {
    let (mut one, mut peer) = (udp(Ipv4Addr::LOCALHOST), udp(Ipv4Addr::LOCALHOST));
    let mut stranger = udp(Ipv4Addr::LOCALHOST);
    let own = one.local().unwrap();
    assert_eq!(kind(one.remote()), ErrorKind::NotConnected);
    assert_eq!(kind(one.send(b"x")), ErrorKind::NotConnected);

    one.connect(peer.local().unwrap()).unwrap();
    assert_eq!(one.remote(), peer.local());
    stranger.send_to(b"a stranger", &own).unwrap();
    one.send(b"hello").unwrap();
    wait(&peer);
    let mut buf = [0; 16];
    let received = peer.recv_from(&mut buf).unwrap();
    assert_eq!((received.len, received.from), (5, own));
    peer.send_to(b"and back", &own).unwrap();
    wait(&one);
    assert_eq!(one.recv(&mut buf), Ok(8));
    assert_eq!(kind(one.recv(&mut buf)), ErrorKind::WouldBlock);

    one.disconnect().unwrap();
    assert_eq!(one.local(), Ok(own), "it keeps its address");
    stranger.send_to(b"a stranger", &own).unwrap();
    wait(&one);
    assert_eq!(
        one.recv_from(&mut buf).unwrap().from,
        stranger.local().unwrap()
    );
}

#[test]
fn connected_udp_tells_that_nobody_is_there() {
    let nobody = udp(Ipv4Addr::LOCALHOST).local().unwrap();
    let mut unconnected = udp(Ipv4Addr::LOCALHOST);
    unconnected.send_to(b"x", &nobody).unwrap();
    let mut socket = udp(Ipv4Addr::LOCALHOST);
    socket.connect(nobody).unwrap();
    socket.send(b"x").unwrap();
    wait(&socket);
    assert_eq!(kind(socket.recv(&mut [0])), ErrorKind::Refused);
    assert_eq!(
        kind(socket.recv(&mut [0])),
        ErrorKind::WouldBlock,
        "told once"
    );
    // Unconnected, it is never told.
    assert_eq!(kind(unconnected.recv(&mut [0])), ErrorKind::WouldBlock);
    assert!(
        udp(Ipv6Addr::LOCALHOST).connect(nobody).is_err(),
        "of another family"
    );
}

#[test]
fn packet_info_tells_the_interface() {
    let lo = amphi_std::interface_index(if cfg!(target_os = "linux") {
        "lo"
    } else {
        "lo0"
    });
    for mut socket in [udp(Ipv4Addr::LOCALHOST), udp(Ipv6Addr::LOCALHOST)] {
        let own = socket.local().unwrap();
        socket.send_to(b"x", &own).unwrap();
        wait(&socket);
        assert_eq!(socket.recv_from(&mut [0]).unwrap().interface, None);
        socket.set_packet_info(true).unwrap();
        socket.send_to(b"x", &own).unwrap();
        wait(&socket);
        let received = socket.recv_from(&mut [0]).unwrap();
        assert_eq!(received.to, Some(own.ip()));
        if own.is_ipv6() || !cfg!(target_os = "freebsd") {
            assert_eq!(received.interface.ok_or(()), lo.map_err(drop));
        }
    }
}
