//! What the kernel does beside moving octets: descriptors through sockets, peers'
//! credentials, times of arrival, offloads of UDP, files into sockets.
#![cfg(target_os = "linux")]

use core::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use core::sync::atomic::{AtomicUsize, Ordering};
use std::fs::File;
use std::io::{self, Seek, SeekFrom};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::time::SystemTime;

use amphi_core::select::Interest;
use amphi_core::socket::{Batch, Datagram, Listener, Net, Outgoing, Shutdown, Socket, Stream};
use amphi_core::time::Duration;
use amphi_core::{Error, ErrorKind};
use amphi_std::{
    Host, HostError, SplicePipe, TcpStream, UdpSocket, UnixAddr, UnixDatagram, UnixStream,
};

/// Far longer than anything here takes: a test that fails does not hang.
const LIMIT: Option<Duration> = Some(Duration::from_secs(30));

fn v4() -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, 0))
}

#[track_caller]
fn wait(socket: &impl Socket<Error = HostError>, interest: Interest) {
    assert!(socket.wait(interest, LIMIT).unwrap(), "nothing happened");
}

#[track_caller]
fn kind<T: core::fmt::Debug>(result: Result<T, HostError>) -> ErrorKind {
    result.unwrap_err().reason()
}

fn tcp_pair() -> (TcpStream, TcpStream) {
    let mut listener = Host.tcp_listen(v4(), 1).unwrap();
    let mut client = Host.tcp_connect(listener.local().unwrap()).unwrap();
    wait(&client, Interest::WRITE);
    client.finish_connect().unwrap();
    wait(&listener, Interest::READ);
    (client, listener.accept().unwrap().0)
}

fn udp_pair() -> (UdpSocket, UdpSocket, SocketAddr) {
    let (one, other) = (Host.udp_bind(v4()).unwrap(), Host.udp_bind(v4()).unwrap());
    let to = other.local().unwrap();
    (one, other, to)
}

/// Octets that tell their place.
fn pattern(len: usize) -> Vec<u8> {
    (0..len).map(|at| (at ^ at >> 8 ^ at >> 16) as u8).collect()
}

fn file_of(octets: &[u8]) -> File {
    let path = std::env::temp_dir().join(format!(
        "amphi-kernel-{}-{:?}",
        std::process::id(),
        std::thread::current().id()
    ));
    let mut file = File::options()
        .create(true)
        .truncate(true)
        .read(true)
        .write(true)
        .open(&path)
        .unwrap();
    std::fs::remove_file(path).unwrap();
    io::Write::write_all(&mut file, octets).unwrap();
    file.seek(SeekFrom::Start(3)).unwrap();
    file
}

/// What is left of it, until all who could write to it are gone.
fn text_of(file: &mut File) -> String {
    io::read_to_string(file).unwrap()
}

/// Both ends of a pipe; when all ends to write to are closed, reading it ends.
fn pipe() -> (File, OwnedFd) {
    let (read, write) = io::pipe().unwrap();
    (OwnedFd::from(read).into(), write.into())
}

#[test]
fn descriptors_pass_through_a_stream() {
    let (mut one, mut other) = UnixStream::pair().unwrap();
    assert_eq!(kind(other.recv_fds(&mut [0; 8], 2)), ErrorKind::WouldBlock);
    let (mut read, write) = pipe();
    let mut file = file_of(b"of the file");
    one.write(b"plain").unwrap();
    let fds = [write.as_fd(), file.as_fd()];
    assert_eq!(one.send_fds(b"with two", &fds).unwrap(), 8);
    one.write(b"plain again").unwrap();

    let mut buf = [0; 64];
    let came = other.recv_fds(&mut buf[..3], 2).unwrap();
    assert_eq!((came.len, came.fds.len(), came.is_cut), (3, 0, false));
    // What was sent before may come with them, what was sent behind does not.
    let came = other.recv_fds(&mut buf, 2).unwrap();
    assert_eq!((&buf[..came.len], came.is_cut), (&b"inwith two"[..], false));
    let [same_write, same_file] = <[OwnedFd; 2]>::try_from(came.fds).unwrap();
    for fd in [&same_write, &same_file] {
        // SAFETY: F_GETFD reads flags of an open descriptor.
        let flags = unsafe { libc::fcntl(fd.as_raw_fd(), libc::F_GETFD) };
        assert_ne!(flags & libc::FD_CLOEXEC, 0);
    }
    // The same files: one offset, one pipe.
    assert_eq!(text_of(&mut File::from(same_file)), "the file");
    assert_eq!(text_of(&mut file), "");
    drop(write);
    io::Write::write_all(&mut File::from(same_write), b"by the other").unwrap();
    assert_eq!(text_of(&mut read), "by the other");
    assert_eq!(other.recv_fds(&mut buf, 0).unwrap().len, 11);

    drop(one);
    assert_eq!(other.recv_fds(&mut buf, 1).unwrap().len, 0);
    assert_eq!(
        kind(other.send_fds(b"x", &[read.as_fd()])),
        ErrorKind::BrokenPipe
    );
}

#[test]
fn descriptors_that_are_not_wanted_are_closed() {
    let (mut one, mut other) = UnixDatagram::pair().unwrap();
    let (mut read, write) = pipe();
    let fds = [write.as_fd(); 4];
    one.send_fds(b"", &fds).unwrap();
    one.send_fds(b"", &fds).unwrap();
    one.send_fds(b"", &fds).unwrap();
    drop(write);
    let came = other.recv_fds(&mut [], 1).unwrap();
    assert_eq!((came.len, came.fds.len(), came.is_cut), (0, 1, true));
    let none = other.recv_fds(&mut [], 0).unwrap();
    assert_eq!((none.fds.len(), none.is_cut), (0, true));
    // Read as any datagram, they are closed, too.
    assert_eq!(other.recv_from(&mut [0; 8]).unwrap().len, 0);
    drop(came);
    assert_eq!(text_of(&mut read), "");
}

#[test]
fn as_many_descriptors_as_the_kernel_takes() {
    let (mut one, mut other) = UnixStream::pair().unwrap();
    let (_read, write) = pipe();
    assert_eq!(
        kind(one.send_fds(b"x", &[write.as_fd(); 254])),
        ErrorKind::InvalidInput
    );
    assert_eq!(one.send_fds(b"x", &[write.as_fd(); 253]).unwrap(), 1);
    let came = other.recv_fds(&mut [0; 8], 253).unwrap();
    assert_eq!((came.len, came.fds.len(), came.is_cut), (1, 253, false));
}

#[test]
fn the_peer_of_a_stream_is_known() {
    let name =
        UnixAddr::from_abstract_name(format!("amphi-peer-{}", std::process::id()).as_bytes());
    let mut listener = Host.unix_listen(&name.unwrap(), 1).unwrap();
    let client = Host.unix_connect(&listener.local().unwrap()).unwrap();
    let (server, _) = listener.accept().unwrap();
    // SAFETY: neither call takes an argument or fails.
    let user = unsafe { libc::geteuid() };
    // SAFETY: as above.
    let group = unsafe { libc::getegid() };
    for stream in [&client, &server, &UnixStream::pair().unwrap().0] {
        let peer = stream.peer_credentials().unwrap();
        assert_eq!((peer.user, peer.group), (user, group));
        assert_eq!(peer.process, Some(std::process::id().cast_signed()));
    }
    // SAFETY: the call takes no pointer.
    let raw = unsafe { libc::socket(libc::AF_UNIX, libc::SOCK_STREAM | libc::SOCK_CLOEXEC, 0) };
    // SAFETY: the kernel has just made it.
    let alone = unsafe { <OwnedFd as std::os::fd::FromRawFd>::from_raw_fd(raw) };
    let alone = UnixStream::from(alone);
    assert_eq!(kind(alone.peer_credentials()), ErrorKind::NotConnected);
}

#[test]
fn times_of_arrival_are_told_when_asked_for() {
    const MARGIN: Duration = Duration::from_secs(3_600);
    let (mut one, mut other, to) = udp_pair();
    one.send_to(b"before", &to).unwrap();
    other.set_receive_timestamps(true).unwrap();
    other.set_packet_info(true).unwrap();
    let mut buf = [0; 16];
    assert_eq!(other.recv_message(&mut buf).unwrap().received.len, 6);
    for text in [&b"first"[..], b"second, which is cut"] {
        one.send_to(text, &to).unwrap();
        let message = other.recv_message(&mut buf).unwrap();
        assert_eq!(message.received.len, text.len());
        assert_eq!(
            (message.received.to, message.segment),
            (Some(to.ip()), None)
        );
        let time = message.time.expect("it was asked for");
        let now = SystemTime::now();
        assert!(now - MARGIN < time && time < now + MARGIN, "{time:?}");
    }
    other.set_receive_timestamps(false).unwrap();
    one.send_to(b"after", &to).unwrap();
    assert_eq!(other.recv_message(&mut buf).unwrap().time, None);
}

#[test]
fn segments_are_datagrams() {
    for local in [v4(), SocketAddr::from((Ipv6Addr::LOCALHOST, 0))] {
        let Ok(mut one) = Host.udp_bind(local) else {
            continue;
        };
        let mut other = Host.udp_bind(local).unwrap();
        let to = other.local().unwrap();
        let octets = pattern(2_500);
        one.send_segments(&octets, 1_000, &to).unwrap();
        let mut buf = [0; 4_096];
        for expected in octets.chunks(1_000) {
            let received = other.recv_from(&mut buf).unwrap();
            assert_eq!(
                (&buf[..received.len], received.from),
                (expected, one.local().unwrap())
            );
        }
        // As long as one datagram is, it is one.
        one.send_segments(b"short", 1_000, &to).unwrap();
        assert_eq!(other.recv_from(&mut buf).unwrap().len, 5);
        assert_eq!(kind(other.recv_from(&mut buf)), ErrorKind::WouldBlock);
    }
}

#[test]
fn segments_have_their_limits() {
    let (mut one, mut other, to) = udp_pair();
    let octets = pattern(70_000);
    assert_eq!(
        kind(one.send_segments(&octets, 0, &to)),
        ErrorKind::InvalidInput
    );
    assert_eq!(
        kind(one.send_segments(&octets[..200], 1, &to)),
        ErrorKind::InvalidInput
    );
    assert_eq!(
        kind(one.send_segments(&octets, 1_400, &to)),
        ErrorKind::MessageTooLong
    );
    assert_eq!(kind(other.recv_from(&mut [0; 8])), ErrorKind::WouldBlock);
}

#[test]
fn datagrams_are_put_together_and_taken_apart() {
    let (mut one, mut other, to) = udp_pair();
    other.set_receive_offload(true).unwrap();
    let octets = pattern(4_900);
    one.send_segments(&octets, 1_000, &to).unwrap();
    let mut buf = vec![0; 65_535];
    let message = other.recv_message(&mut buf).unwrap();
    assert_eq!(
        (message.received.len, message.segment),
        (4_900, Some(1_000))
    );
    assert!(message.datagrams(&buf).eq(octets.chunks(1_000)));
    // What was cut is cut in the last.
    one.send_segments(&octets, 1_000, &to).unwrap();
    let message = other.recv_message(&mut buf[..2_100]).unwrap();
    let lengths: Vec<_> = message.datagrams(&buf[..2_100]).map(<[u8]>::len).collect();
    assert_eq!(
        (message.received.len, &*lengths),
        (4_900, &[1_000, 1_000, 100][..])
    );
    // A single one is told to be one, whether empty or not.
    for text in ["", "single"] {
        one.send_to(text.as_bytes(), &to).unwrap();
        let message = other.recv_message(&mut buf).unwrap();
        assert!(message.datagrams(&buf).eq([text.as_bytes()]));
    }
}

#[test]
fn batches_tell_where_each_datagram_was_sent_to() {
    let (mut one, mut other, to) = udp_pair();
    other.set_packet_info(true).unwrap();
    let all: Vec<_> = (0..100_u8).map(|number| [number]).collect();
    let batch: Vec<_> = all
        .iter()
        .map(|octets| Outgoing::new(octets, &to))
        .collect();
    assert_eq!(one.send_batch(&batch).unwrap(), 100);
    let (mut octets, mut received) = ([0; 200], [const { None }; 100]);
    let mut batch = Batch::new(&mut octets, &mut received);
    assert_eq!(other.recv_batch(&mut batch).unwrap(), 100);
    for (number, (octets, received)) in (0..).zip(batch.iter()) {
        assert_eq!((octets, received.to), (&[number][..], Some(to.ip())));
        assert_eq!(received.from, one.local().unwrap());
    }
}

#[test]
fn batches_of_unix_datagrams_wait_for_room() {
    let (one, mut other) = UnixDatagram::pair().unwrap();
    let name =
        UnixAddr::from_abstract_name(format!("amphi-batch-{}", std::process::id()).as_bytes());
    let name = name.unwrap();
    let mut server = Host.unix_bind(&name).unwrap();
    let octets = pattern(10_000);
    let batch: Vec<_> = octets
        .chunks(1)
        .map(|octet| Outgoing::new(octet, &name))
        .collect();
    let mut client = Host.unix_bind_any().unwrap();
    let mut sent = client.send_batch(&batch).unwrap();
    assert!(sent > 0 && sent < batch.len(), "{sent} fit into the queue");
    assert_eq!(
        kind(client.send_batch(&batch[sent..])),
        ErrorKind::WouldBlock
    );
    let (mut room, mut received) = ([0; 128], [const { None }; 64]);
    let mut got = Vec::new();
    while got.len() < octets.len() {
        let mut came = Batch::new(&mut room, &mut received);
        server.recv_batch(&mut came).unwrap();
        got.extend(came.iter().map(|(octets, _)| octets[0]));
        sent += client.send_batch(&batch[sent..]).unwrap_or(0);
    }
    assert_eq!(got, octets);
    // The server goes away in the middle.
    client.send_batch(&batch[..2]).unwrap();
    drop(server);
    assert_eq!(kind(client.send_batch(&batch[2..])), ErrorKind::Refused);
    drop(one);
    let mut came = Batch::new(&mut room, &mut received);
    assert_eq!(kind(other.recv_batch(&mut came)), ErrorKind::WouldBlock);
}

/// The process's SIGPIPEs.
static SIGNALS: AtomicUsize = AtomicUsize::new(0);

extern "C" fn count(_: libc::c_int) {
    SIGNALS.fetch_add(1, Ordering::Relaxed);
}

/// Lets SIGPIPE be seen: the runtime ignores it otherwise.
fn count_signals() {
    let handler = count as extern "C" fn(libc::c_int);
    // SAFETY: the handler only adds to an atomic number.
    unsafe { libc::signal(libc::SIGPIPE, handler as libc::sighandler_t) };
}

#[test]
fn a_file_leaves_piece_by_piece() {
    let octets = pattern(3_000_000);
    let mut file = file_of(&octets);
    let (mut one, mut other) = tcp_pair();
    one.set_send_buffer_size(16_384).unwrap();
    other.set_recv_buffer_size(16_384).unwrap();
    let (mut offset, mut got) = (100, Vec::new());
    let mut buf = vec![0; 65_536];
    let mut blocked = 0;
    loop {
        match one.send_file(&file, offset, 1_000_000) {
            Ok(0) => break,
            Ok(count) => offset += count as u64,
            Err(error) => {
                assert_eq!(error.reason(), ErrorKind::WouldBlock);
                blocked += 1;
                wait(&other, Interest::READ);
                let count = other.read(&mut buf).unwrap();
                got.extend_from_slice(&buf[..count]);
            }
        }
    }
    assert!(blocked > 0, "it all fit into the sockets");
    one.shutdown(Shutdown::Write).unwrap();
    loop {
        wait(&other, Interest::READ);
        match other.read(&mut buf).unwrap() {
            0 => break,
            count => got.extend_from_slice(&buf[..count]),
        }
    }
    assert!(got == octets[100..], "other octets");
    assert_eq!(file.stream_position().unwrap(), 3);
    assert_eq!(kind(one.send_file(&file, 0, 1)), ErrorKind::BrokenPipe);
}

#[test]
fn a_file_for_a_peer_that_is_gone_raises_no_signal() {
    count_signals();
    let file = file_of(&pattern(1_000));
    let (mut one, other) = UnixStream::pair().unwrap();
    assert_eq!(one.send_file(&file, 0, 10).unwrap(), 10);
    drop(other);
    assert_eq!(kind(one.send_file(&file, 0, 10)), ErrorKind::BrokenPipe);
    let mut pipe = SplicePipe::new().unwrap();
    assert_eq!(pipe.fill_from(&file, 500).unwrap(), 500);
    assert_eq!(kind(pipe.drain_to(&one)), ErrorKind::BrokenPipe);
    assert_eq!((pipe.held(), SIGNALS.load(Ordering::Relaxed)), (500, 0));
    // The thread blocks nothing of its own afterwards: a signal raised is a signal seen.
    // SAFETY: the signal has a handler.
    unsafe { libc::raise(libc::SIGPIPE) };
    assert_eq!(SIGNALS.load(Ordering::Relaxed), 1);
}

#[test]
fn what_cannot_be_sent_as_a_file_is_told() {
    let (mut one, _other) = tcp_pair();
    let (read, _write) = pipe();
    assert_eq!(kind(one.send_file(&read, 0, 10)), ErrorKind::InvalidInput);
    assert_eq!(
        kind(one.send_file(&read, u64::MAX, 10)),
        ErrorKind::InvalidInput
    );
}

#[test]
fn a_proxy_moves_octets_without_seeing_them() {
    let octets = pattern(1_000_000);
    let ((mut client, inner), (outer, mut server)) = (tcp_pair(), tcp_pair());
    let mut pipe = SplicePipe::new().unwrap();
    assert_eq!(kind(pipe.fill_from(&inner, 10)), ErrorKind::WouldBlock);
    assert_eq!(pipe.drain_to(&outer).unwrap(), 0);
    let (mut said, mut got) = (0, Vec::new());
    let mut buf = vec![0; 65_536];
    let mut ended = false;
    while got.len() < octets.len() || !ended {
        if said < octets.len() {
            said += client.write(&octets[said..]).unwrap_or(0);
            if said == octets.len() {
                client.shutdown(Shutdown::Write).unwrap();
            }
        }
        if pipe.held() == 0 {
            wait(&inner, Interest::READ);
            ended |= matches!(pipe.fill_from(&inner, 65_536), Ok(0));
        }
        // Without room in the sink, the reader makes some.
        let _ = pipe.drain_to(&outer);
        let count = server.read(&mut buf).unwrap_or(0);
        got.extend_from_slice(&buf[..count]);
    }
    assert!(got == octets, "other octets");
    assert_eq!(pipe.held(), 0);
}
