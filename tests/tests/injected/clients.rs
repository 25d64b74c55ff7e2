//! Clients that compare every octet.

use core::net::SocketAddr;
use core::time::Duration;
use std::io::{ErrorKind, Read, Write};
use std::net::{TcpStream, UdpSocket};

use amphi_std::options::Options;

/// At the same time.
pub(crate) const CLIENTS: usize = 6;
/// Octets of the first; the others have more, each by as much.
const SHARE: usize = 8 * 1_024;
/// Octets of one that comes later.
pub(crate) const LITTLE: usize = 1_000;
/// How long to wait for what must come.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs the clients, and tells how many were cut off; what they had heard was right.
pub(crate) fn streams(address: SocketAddr) -> usize {
    let start = |number| std::thread::spawn(move || stream(address, (number + 1) * SHARE));
    let clients: Vec<_> = (0..CLIENTS).map(start).collect();
    let ends = clients
        .into_iter()
        .map(|it| it.join().expect("right octets"));
    ends.filter(|whole| !whole).count()
}

/// Whether all of so many octets came back.
pub(crate) fn stream(address: SocketAddr, total: usize) -> bool {
    let octets: Vec<u8> = (0..total).map(|at| (at ^ at >> 7) as u8).collect();
    let Ok(mut reader) = TcpStream::connect(address) else {
        return false;
    };
    Options::of(&reader)
        .set_recv_buffer_size(4_096)
        .expect("a small buffer");
    reader.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    let mut writer = reader.try_clone().expect("a duplicate");
    std::thread::scope(|scope| {
        scope.spawn(|| {
            // Who is cut off is told by the reader.
            let _ = writer.write_all(&octets);
            let _ = writer.shutdown(std::net::Shutdown::Write);
        });
        let mut heard = 0;
        let mut buf = [0; 1_000];
        loop {
            match reader.read(&mut buf) {
                Ok(0) => break,
                Ok(count) => {
                    assert!(octets[heard..].starts_with(&buf[..count]), "other octets");
                    heard += count;
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => panic!("no answer"),
                Err(_) => break,
            }
        }
        // Lets the writer go, too, whatever it waits for.
        let _ = reader.shutdown(std::net::Shutdown::Both);
        heard == total
    })
}

/// Datagrams that are sent again until they come back.
pub(crate) fn datagrams(address: SocketAddr) {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    socket.connect(address).expect("a peer");
    socket
        .set_read_timeout(Some(Duration::from_millis(100)))
        .expect("a timeout");
    for number in 0..50_u32 {
        let datagram = [
            number.to_be_bytes().as_slice(),
            &vec![number as u8; number as usize * 20],
        ]
        .concat();
        let mut buf = [0; 2_048];
        let answered = (0..600).any(|_| {
            socket.send(&datagram).expect("it is sent");
            // Late answers to what was sent twice are those before.
            while let Ok(count) = socket.recv(&mut buf) {
                let its = u32::from_be_bytes(buf[..4].try_into().expect("a number"));
                assert_eq!(
                    buf[4..count],
                    vec![its as u8; its as usize * 20],
                    "other octets"
                );
                if its == number {
                    return true;
                }
            }
            false
        });
        assert!(answered, "datagram {number} was never answered");
    }
}
