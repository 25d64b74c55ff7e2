//! What can be watched: anything with a descriptor, of this crate, of std and of others, over
//! each back end; and many of them at once.

#[macro_use]
mod subject;

use std::io::{ErrorKind as IoKind, Read, Write, pipe};
use std::os::fd::AsFd;
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::process::{Command, Stdio};

use amphi_core::ErrorKind;
use amphi_core::select::{Interest, Ready};
use amphi_core::socket::Net;
use amphi_core::time::Duration;
use amphi_std::Host;

use crate::subject::Subject;

const READ: Interest = Interest::READ;
const WRITE: Interest = Interest::WRITE;
/// Far longer than anything here takes: a test that fails does not hang.
const LIMIT: Option<Duration> = Some(Duration::from_secs(60));
const NOW: Option<Duration> = Some(Duration::ZERO);

over_each_selector! {
    nothing_is_waited_for_in_full
    pipes_and_sockets_of_std_are_sources
    a_child_is_heard_to_its_end
    many_pairs_talk
    a_file_is_refused_or_always_ready
    a_failed_registration_leaves_nothing
}

fn nothing_is_waited_for_in_full<S: Subject>() {
    let mut selector = S::make();
    assert_eq!(selector.turn(NOW), []);
    let start = Host.now();
    let timeout = Duration::from_micros(2_500);
    assert_eq!(selector.turn(Some(timeout)), []);
    assert!(Host.now() - start >= timeout);
}

fn pipes_and_sockets_of_std_are_sources<S: Subject>() {
    let mut selector = S::make();
    let (mut reader, mut writer) = pipe().unwrap();
    let (one, other) = UnixStream::pair().unwrap();
    let (datagram, peer) = UnixDatagram::pair().unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    selector.add(&reader, READ, 1).unwrap();
    selector.add(&one, READ, 2).unwrap();
    selector.add(&datagram, READ, 3).unwrap();
    selector.add(&listener, READ, 4).unwrap();
    assert_eq!(selector.turn(NOW), []);
    selector.add(&writer, WRITE, 5).unwrap();
    assert_eq!(selector.turn(LIMIT), [(5, Ready::WRITABLE)]);

    selector.remove(&writer).unwrap();
    writer.write_all(b"x").unwrap();
    assert_eq!(selector.turn(LIMIT), [(1, Ready::READABLE)]);
    reader.read_exact(&mut [0]).unwrap();
    (&other).write_all(b"x").unwrap();
    assert_eq!(selector.turn(LIMIT), [(2, Ready::READABLE)]);
    (&one).read_exact(&mut [0]).unwrap();
    peer.send(b"").unwrap();
    assert_eq!(
        selector.turn(LIMIT),
        [(3, Ready::READABLE)],
        "an empty datagram"
    );
    datagram.recv(&mut [0]).unwrap();
    let client = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    assert_eq!(selector.turn(LIMIT), [(4, Ready::READABLE)]);
    listener.accept().unwrap();
    assert_eq!(selector.turn(NOW), []);
    drop(client);
    drop(writer);
    let events = selector.turn(LIMIT);
    assert!(
        matches!(events[..], [(1, ready)] if ready.is_readable()),
        "{events:?}"
    );
}

fn a_child_is_heard_to_its_end<S: Subject>() {
    let mut selector = S::make();
    let mut child = Command::new("sh")
        .args(["-c", "for i in 1 2 3 4 5; do echo testing; done"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut output = child.stdout.take().unwrap();
    selector.add(&output, READ, 1).unwrap();
    let mut heard = Vec::new();
    loop {
        let events = selector.turn(LIMIT);
        assert!(
            matches!(events[..], [(1, ready)] if ready.is_readable()),
            "{events:?}"
        );
        let mut buf = [0; 16];
        match output.read(&mut buf).unwrap() {
            0 => break,
            count => heard.extend_from_slice(&buf[..count]),
        }
    }
    assert_eq!(heard, b"testing\n".repeat(5));
    assert!(child.wait().unwrap().success());
}

/// Writers and readers together, each pair until its message has arrived: Python's
/// `test_selector`.
fn many_pairs_talk<S: Subject>() {
    const PAIRS: u32 = 12;
    const MESSAGE: &[u8] = b" This is a test.";
    let mut selector = S::make();
    let pairs: Vec<_> = (0..PAIRS).map(|_| UnixStream::pair().unwrap()).collect();
    for (key, (reader, writer)) in (0..).zip(&pairs) {
        reader.set_nonblocking(true).unwrap();
        selector.add(reader, READ, key).unwrap();
        selector.add(writer, WRITE, key + PAIRS).unwrap();
    }
    let mut heard = vec![Vec::new(); PAIRS as usize];
    let mut done = 0;
    while done < PAIRS {
        let events = selector.turn(LIMIT);
        assert!(!events.is_empty(), "{done} pairs were done");
        for (key, ready) in events {
            let (reader, writer) = &pairs[(key % PAIRS) as usize];
            if key >= PAIRS {
                assert_eq!(ready, Ready::WRITABLE);
                let mut writer = writer;
                writer.write_all(MESSAGE).unwrap();
                selector.remove(&writer).unwrap();
                continue;
            }
            let mut buf = [0; 5];
            let mut reader = reader;
            match reader.read(&mut buf) {
                Ok(count) => heard[key as usize].extend_from_slice(&buf[..count]),
                Err(error) => assert_eq!(error.kind(), IoKind::WouldBlock),
            }
            if heard[key as usize].len() == MESSAGE.len() {
                selector.remove(&reader).unwrap();
                done += 1;
            }
        }
    }
    assert!(selector.is_empty());
    assert!(heard.iter().all(|octets| octets == MESSAGE));
}

/// epoll refuses what is always ready; poll and select report it.
fn a_file_is_refused_or_always_ready<S: Subject>() {
    let mut selector = S::make();
    let path = std::env::temp_dir().join(format!("amphi-file-{}", std::process::id()));
    let file = std::fs::File::create(&path).unwrap();
    // The file lives on; another selector's test may have taken the name away already.
    let _ = std::fs::remove_file(path);
    match selector.add(&file, READ | WRITE, 1) {
        Ok(()) => {
            let events = selector.turn(LIMIT);
            // For kqueue there is nothing to read at the end of a file.
            assert!(
                matches!(events[..], [(1, ready)] if ready.is_writable()),
                "{events:?}"
            );
            assert!(events[0].1.is_readable() || !cfg!(target_os = "linux"));
            selector.remove(&file).unwrap();
        }
        Err(kind) => assert_eq!(kind, ErrorKind::PermissionDenied),
    }
    assert!(selector.is_empty());
    assert_eq!(selector.turn(NOW), []);
}

/// The registration that stands is kept by one that is refused.
fn a_failed_registration_leaves_nothing<S: Subject>() {
    let mut selector = S::make();
    let (one, _other) = UnixStream::pair().unwrap();
    selector.add(&one, WRITE, 1).unwrap();
    assert_eq!(selector.add(&one, READ, 2), Err(ErrorKind::AlreadyExists));
    assert_eq!(selector.turn(LIMIT), [(1, Ready::WRITABLE)]);
    let duplicate = one.as_fd().try_clone_to_owned().unwrap();
    assert_eq!(
        selector.change(&duplicate, READ, 3),
        Err(ErrorKind::NotFound)
    );
    selector.add(&duplicate, WRITE, 3).unwrap();
    let both = [(1, Ready::WRITABLE), (3, Ready::WRITABLE)];
    assert_eq!(
        selector.turn(LIMIT),
        both,
        "two descriptors are two sources"
    );
}

/// A selector with something ready is itself readable in another.
#[cfg(target_os = "linux")]
#[test]
fn a_selector_is_a_source_of_another() {
    use amphi_core::select::{Event, Register, Selector};
    use amphi_std::{EpollSelector, PollSelector};
    let (one, other) = UnixStream::pair().unwrap();
    let mut inner = EpollSelector::new().unwrap();
    inner.register(&one, READ, 'i').unwrap();
    let mut outer = PollSelector::new().unwrap();
    outer.register(&inner, READ, 'o').unwrap();
    let mut events = [Event::new(' ', Ready::NONE); 2];
    assert_eq!(outer.select(&mut events, NOW), Ok(0));
    (&other).write_all(b"x").unwrap();
    assert_eq!(outer.select(&mut events, LIMIT), Ok(1));
    assert_eq!(events[0], Event::new('o', Ready::READABLE));
    assert_eq!(inner.select(&mut events, NOW), Ok(1));
}
