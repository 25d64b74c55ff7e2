//! What only a selector with edges does: it tells once.
#![cfg(target_os = "linux")]

use core::net::{Ipv4Addr, SocketAddr};
use std::os::unix::net::UnixStream;

use amphi_core::select::{Event, Interest, Ready, Register, Selector};
use amphi_core::socket::{Datagram, Net, Socket};
use amphi_core::time::Duration;
use amphi_std::{EpollSelector, Host};

const NOW: Option<Duration> = Some(Duration::ZERO);

/// How many events there are now.
fn count(selector: &mut EpollSelector<u8>) -> usize {
    let mut events = [Event::new(0, Ready::NONE); 4];
    selector.select(&mut events, NOW).unwrap()
}

/// One end of a pair, watched by edges for what the other sends.
fn watched() -> (EpollSelector<u8>, UnixStream, UnixStream) {
    let (source, peer) = UnixStream::pair().unwrap();
    let mut selector = EpollSelector::new().unwrap();
    selector
        .register_by_edges(&source, Interest::READ, 1)
        .unwrap();
    (selector, source, peer)
}

#[test]
fn an_edge_is_told_once_and_again_when_asked() {
    let mut socket = Host
        .udp_bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
        .unwrap();
    let mut selector = EpollSelector::new().unwrap();
    selector
        .register_by_edges(&socket, Interest::READ, 1)
        .unwrap();
    let own = socket.local().unwrap();
    socket.send_to(b"x", &own).unwrap();
    assert_eq!(count(&mut selector), 1);
    assert_eq!(count(&mut selector), 0);
    selector.again(&socket).unwrap();
    assert_eq!(count(&mut selector), 1);
    assert_eq!(count(&mut selector), 0);
    socket.send_to(b"y", &own).unwrap();
    assert_eq!(count(&mut selector), 1);
    selector.modify(&socket, Interest::READ, 2).unwrap();
    assert_eq!(count(&mut selector), 1);
}

#[test]
fn asking_again_changes_nothing_for_the_others() {
    let (source, mut peer) = UnixStream::pair().unwrap();
    let mut selector = EpollSelector::new().unwrap();
    assert!(selector.again(&source).is_err());
    selector.register(&source, Interest::READ, 1).unwrap();
    std::io::Write::write_all(&mut peer, b"x").unwrap();
    selector.again(&source).unwrap();
    assert_eq!(count(&mut selector), 1);
    assert_eq!(count(&mut selector), 1);
}

#[test]
fn an_end_is_told_until_it_is_seen_to() {
    let (mut selector, _source, peer) = watched();
    drop(peer);
    for _ in 0..3 {
        assert_eq!(count(&mut selector), 1);
    }
}

#[test]
fn a_paused_source_that_ends_is_silent() {
    let (mut selector, source, peer) = watched();
    selector.modify(&source, Interest::NONE, 1).unwrap();
    drop(peer);
    for _ in 0..3 {
        assert_eq!(count(&mut selector), 0);
    }
    selector.modify(&source, Interest::READ, 1).unwrap();
    for _ in 0..3 {
        assert_eq!(count(&mut selector), 1);
    }
}

#[test]
fn a_source_that_ended_and_was_dropped_does_no_harm() {
    let (mut selector, source, peer) = watched();
    drop(peer);
    assert_eq!(count(&mut selector), 1);
    drop(source);
    assert_eq!(count(&mut selector), 0);
    // The next file has the number of the one that is gone.
    let (next, _peer) = UnixStream::pair().unwrap();
    selector.register(&next, Interest::WRITE, 2).unwrap();
    let mut events = [Event::new(0, Ready::NONE); 4];
    assert_eq!(selector.select(&mut events, NOW).unwrap(), 1);
    assert_eq!(events[0].key, 2);
}
