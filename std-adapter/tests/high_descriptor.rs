//! Alone in its file, hence its process: it raises the limit of descriptors.

use core::net::{Ipv4Addr, SocketAddr};
use std::os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd};

use amphi_core::select::{Event, Interest, Ready, Register, Selector};
use amphi_core::socket::{Datagram, Net, Socket};
use amphi_core::time::Duration;
use amphi_core::{Error, ErrorKind};
use amphi_std::{DefaultSelector, Host, PollSelector, SelectSelector, UdpSocket};

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
