//! Alone in its file, hence its process: it raises the limit of descriptors.

use core::net::{Ipv4Addr, SocketAddr};
use std::os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd};

use amphi_core::select::{Event, Interest, Ready, Register, Selector};
use amphi_core::socket::{Datagram, Net, Socket};
use amphi_core::time::Duration;
use amphi_core::{Error, ErrorKind};
use amphi_std::{DefaultSelector, Host, HostError, PollSelector, SelectSelector, UdpSocket};

/// The same socket by a number of 1024 or above; nothing where that is forbidden.
fn raise(socket: &UdpSocket) -> Option<UdpSocket> {
    // SAFETY: an `rlimit` is two integers; zero is a value of each.
    let mut limit: libc::rlimit = unsafe { core::mem::zeroed() };
    // SAFETY: the kernel writes one `rlimit`.
    let returned = unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &mut limit) };
    assert_eq!(returned, 0);
    limit.rlim_cur = limit.rlim_max.min(4_096);
    // SAFETY: the kernel reads one `rlimit`.
    let returned = unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &limit) };
    assert_eq!(returned, 0);
    let raw = socket.as_fd().as_raw_fd();
    // SAFETY: F_DUPFD_CLOEXEC takes an integer.
    let high = unsafe { libc::fcntl(raw, libc::F_DUPFD_CLOEXEC, 1_024) };
    if high == -1 {
        return None;
    }
    // SAFETY: the kernel has just made this descriptor, and nobody else knows it.
    Some(unsafe { OwnedFd::from_raw_fd(high) }.into())
}

#[test]
fn select_refuses_a_high_descriptor_and_the_others_watch_it() {
    let mut socket = Host
        .udp_bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
        .unwrap();
    let own = socket.local().unwrap();
    socket.send_to(b"x", &own).unwrap();
    let Some(high) = raise(&socket) else {
        eprintln!("skipped: the hard limit of descriptors is below 1025");
        return;
    };

    let mut select = SelectSelector::new().unwrap();
    let error = select.register(&high, Interest::READ, 1).unwrap_err();
    assert_eq!(error.reason(), ErrorKind::InvalidInput);
    assert!(select.is_empty());

    let mut poll = PollSelector::new().unwrap();
    poll.register(&high, Interest::READ, 1).unwrap();
    let mut best = DefaultSelector::new().unwrap();
    best.register(&high, Interest::READ, 1).unwrap();
    let limit = Some(Duration::from_secs(10));
    let mut events = [Event::new(0, Ready::NONE); 2];
    assert_eq!(poll.select(&mut events, limit).unwrap(), 1);
    assert_eq!(events[0], Event::new(1, Ready::READABLE));
    assert_eq!(best.select(&mut events, limit).unwrap(), 1);
    assert_eq!(events[0], Event::new(1, Ready::READABLE));
}

/// Pairs of sockets far beyond what select(2) can watch: all that have room are found.
#[test]
fn more_sources_than_select_can_watch() {
    const PAIRS: usize = 1_000;
    if raise(&Host.udp_bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap()).is_none() {
        eprintln!("skipped: the hard limit of descriptors is below 1025");
        return;
    }
    let pairs: Result<Vec<_>, _> = (0..PAIRS).map(|_| amphi_std::socketpair()).collect();
    let Ok(pairs) = pairs else {
        eprintln!("skipped: the limit of descriptors is below 2000");
        return;
    };
    let mut poll = PollSelector::new().unwrap();
    let mut best = DefaultSelector::new().unwrap();
    for (key, (reader, writer)) in pairs.iter().enumerate() {
        poll.register(reader, Interest::READ, PAIRS + key).unwrap();
        poll.register(writer, Interest::WRITE, key).unwrap();
        best.register(reader, Interest::READ, PAIRS + key).unwrap();
        best.register(writer, Interest::WRITE, key).unwrap();
    }
    all_writers_are_found(&mut poll, PAIRS);
    all_writers_are_found(&mut best, PAIRS);
}

/// With keys below `count`; there are as many readers, who find nothing.
fn all_writers_are_found(
    selector: &mut impl Selector<Key = usize, Error = HostError>,
    count: usize,
) {
    let mut events = vec![Event::new(0, Ready::NONE); 2 * count];
    assert_eq!(selector.select(&mut events, None), Ok(count));
    let mut keys: Vec<_> = events[..count].iter().map(|event| event.key).collect();
    keys.sort_unstable();
    assert!(keys.into_iter().eq(0..count));
}
