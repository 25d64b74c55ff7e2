//! Sockets of other crates in our selectors, and ours in their loops: mio, polling, tokio.
#![cfg(all(feature = "host", target_os = "linux"))]

use core::net::{Ipv4Addr, SocketAddr};
use core::time::Duration;
use std::io::{Read, Write};

use amphi_core::select::{Event, Interest, Ready, Register, Selector};
use amphi_core::socket::{Blocking, Socket};
use amphi_std::{DefaultSelector, Host, HostError, PollSelector, SelectSelector, TcpStream};

/// Far longer than anything here takes: a test that fails does not hang.
const PATIENCE: Option<Duration> = Some(Duration::from_secs(60));

fn any() -> SocketAddr {
    (Ipv4Addr::LOCALHOST, 0).into()
}

/// A connection whose near end is ours, and whose far end has said "hello".
fn greeted() -> (TcpStream, std::net::TcpStream) {
    let listener = std::net::TcpListener::bind(any()).expect("a listener");
    let at = listener.local_addr().expect("its address");
    let near = Blocking::connect(Host, at, PATIENCE).expect("a connection");
    let (mut far, _) = listener.accept().expect("one waits");
    far.write_all(b"hello").expect("room");
    (near.into_inner(), far)
}

/// Watches sockets of mio until both have something.
fn watch<S>(mut selector: S)
where
    S: Selector<Key = u8, Error = HostError>
        + Register<mio::net::UdpSocket>
        + Register<mio::net::TcpListener>,
{
    let socket = mio::net::UdpSocket::bind(any()).expect("a socket");
    let listener = mio::net::TcpListener::bind(any()).expect("a listener");
    selector
        .register(&socket, Interest::READ, 1)
        .expect("a registration");
    selector
        .register(&listener, Interest::READ, 2)
        .expect("a registration");
    let mut events = [Event::new(0, Ready::NONE); 4];
    let now = Some(Duration::ZERO);
    assert_eq!(selector.select(&mut events, now), Ok(0));
    let own = socket.local_addr().expect("its address");
    socket.send_to(b"x", own).expect("it is sent");
    assert_eq!(selector.select(&mut events, PATIENCE), Ok(1));
    assert_eq!(events[0], Event::new(1, Ready::READABLE));
    socket.recv(&mut [0]).expect("a datagram");
    let at = listener.local_addr().expect("its address");
    let _client = Blocking::connect(Host, at, PATIENCE).expect("a connection");
    assert_eq!(selector.select(&mut events, PATIENCE), Ok(1));
    assert_eq!(events[0], Event::new(2, Ready::READABLE));
}

#[test]
fn sockets_of_mio_are_watched() {
    watch(DefaultSelector::new().expect("a selector"));
    watch(PollSelector::new().expect("a selector"));
    watch(SelectSelector::new().expect("a selector"));
}

#[test]
fn our_sockets_are_watched_by_mio() {
    let (near, _far) = greeted();
    let mut near = mio::net::TcpStream::from_std(near.into());
    let mut poll = mio::Poll::new().expect("a loop");
    let token = mio::Token(7);
    poll.registry()
        .register(&mut near, token, mio::Interest::READABLE)
        .expect("a registration");
    let mut events = mio::Events::with_capacity(4);
    poll.poll(&mut events, PATIENCE).expect("a wait");
    assert!(
        events
            .iter()
            .any(|it| it.token() == token && it.is_readable())
    );
    let mut buf = [0; 8];
    assert_eq!(near.read(&mut buf).expect("octets"), 5);
}

/// As it is, without a change of type.
#[test]
#[expect(
    unsafe_code,
    reason = "`polling` wants to be promised what closing does here"
)]
fn our_sockets_are_watched_by_polling() {
    let (near, _far) = greeted();
    let poller = polling::Poller::new().expect("a loop");
    // SAFETY: it is deleted before it is dropped.
    unsafe { poller.add(&near, polling::Event::readable(7)) }.expect("a registration");
    let mut events = polling::Events::new();
    assert_eq!(poller.wait(&mut events, PATIENCE).expect("a wait"), 1);
    assert!(events.iter().all(|it| it.key == 7 && it.readable));
    poller.delete(&near).expect("it was there");
    assert_eq!((&near).read(&mut [0; 8]).expect("octets"), 5);
}

#[test]
fn our_sockets_are_tokios_and_back() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let (near, mut far) = greeted();
    let address = near.local().expect("an address");
    let runtime = tokio::runtime::Builder::new_current_thread();
    let near = { runtime }
        .enable_io()
        .build()
        .expect("a runtime")
        .block_on(async {
            let mut near = tokio::net::TcpStream::from_std(near.into()).expect("a stream");
            let mut buf = [0; 5];
            near.read_exact(&mut buf).await.expect("octets");
            near.write_all(&buf).await.expect("room");
            near.into_std().expect("a stream")
        });
    let near = TcpStream::try_from(near).expect("ours again");
    assert_eq!(near.local(), Ok(address));
    let mut echo = [0; 5];
    far.read_exact(&mut echo).expect("the echo");
    assert_eq!(&echo, b"hello");
}
