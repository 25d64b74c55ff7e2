//! Sockets that wait: `setblocking` and `settimeout`.

use amphi_core::socket::{Blocking, Net, Socket};
use amphi_core::time::Duration;
use amphi_core::{Error, ErrorKind};

use super::stream::pair;
use crate::World;
use crate::service::listen;

/// How long what comes in the end may take.
const PATIENCE: Option<Duration> = Some(Duration::from_secs(60));

/// A read gives up after its timeout, not before.
pub fn timeout_ends_a_read<W: World>(world: &mut W) {
    const TIMEOUT: Duration = Duration::from_millis(30);
    let (_client, server) = pair(world);
    let mut server = Blocking::new(server).with_timeout(Some(TIMEOUT));
    let start = world.net().now();
    let read = server.read(&mut [0; 8]).map_err(|error| error.reason());
    assert_eq!(read, Err(ErrorKind::TimedOut));
    assert!(world.net().now() - start >= TIMEOUT);
    assert_eq!(server.timeout(), Some(TIMEOUT));
}

/// `setblocking(False)`: nothing waits.
pub fn zero_timeout_would_block<W: World>(world: &mut W) {
    let (client, server) = pair(world);
    let (mut client, mut server) = (Blocking::new(client), Blocking::new(server));
    server.set_blocking(false);
    let read = server.read(&mut [0; 8]).map_err(|error| error.reason());
    assert_eq!(read, Err(ErrorKind::WouldBlock));
    client.write(b"now").expect("room");
    server.set_blocking(true);
    let mut buf = [0; 8];
    assert_eq!(server.read(&mut buf).expect("octets"), 3);
}

/// Code written for `embedded_io` runs on every stack.
pub fn embedded_io_works<W: World>(world: &mut W) {
    fn exchange<S>(from: &mut S, to: &mut S)
    where
        S: embedded_io::Read
            + embedded_io::Write
            + embedded_io::ReadReady
            + embedded_io::WriteReady,
    {
        assert!(from.write_ready().expect("an answer"));
        assert!(!to.read_ready().expect("an answer"));
        from.write_all(b"through traits").expect("room");
        from.flush().expect("a flush");
        let mut buf = [0; 14];
        to.read_exact(&mut buf).expect("octets");
        assert_eq!(&buf, b"through traits");
    }
    let (client, server) = pair(world);
    let (mut client, mut server) = (Blocking::new(client), Blocking::new(server));
    exchange(&mut client, &mut server);
    exchange(&mut server, &mut client);
}

/// Connecting, accepting, and datagrams wait as well.
pub fn accept_and_datagrams_wait<W: World>(world: &mut W) {
    let timeout = Some(Duration::from_millis(20));
    let (listener, address) = listen(world, 1);
    let mut listener = Blocking::new(listener).with_timeout(timeout);
    let none = listener.accept().map(drop).map_err(|error| error.reason());
    assert_eq!(none, Err(ErrorKind::TimedOut));
    let client = Blocking::connect(world.far(), address, PATIENCE);
    listener.set_timeout(PATIENCE);
    let (_, from) = listener.accept().expect("one");
    assert_eq!(
        from,
        client
            .expect("a connection")
            .get_ref()
            .local()
            .expect("an address")
    );

    let socket = world.net().udp_bind(world.any_port()).expect("a socket");
    let to = socket.local().expect("an address");
    let mut socket = Blocking::new(socket).with_timeout(timeout);
    let none = socket
        .recv_from(&mut [0; 8])
        .map_err(|error| error.reason());
    assert_eq!(none.map(|received| received.len), Err(ErrorKind::TimedOut));
    socket.send_to(b"to myself", &to).expect("room");
    assert_eq!(socket.recv_from(&mut [0; 16]).expect("a datagram").len, 9);
}
