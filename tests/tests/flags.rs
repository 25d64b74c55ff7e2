//! poll(2), select(2) and epoll(7) as they are: each flag by what brings it about.
#![cfg(all(feature = "host", target_os = "linux"))]

use core::time::Duration;
use std::fs::File;
use std::io::{Write as _, pipe};
use std::net::{TcpListener, TcpStream};
use std::os::fd::{AsFd, AsRawFd};
use std::time::Instant;

use amphi_core::{Error, ErrorKind};
use amphi_std::low::{Epoll, EpollEvent, EpollFlags, PollFd, PollFlags, poll, select};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::sys::socket::{MsgFlags, send};

const NOW: Option<Duration> = Some(Duration::ZERO);
const PATIENCE: Option<Duration> = Some(Duration::from_secs(60));

/// What a poll reports of `fd`.
fn reported(fd: &impl AsFd, flags: PollFlags) -> PollFlags {
    let mut fds = [PollFd::new(fd, flags)];
    let count = poll(&mut fds, NOW).expect("a poll");
    assert_eq!(count, usize::from(!fds[0].reported().is_empty()));
    fds[0].reported()
}

fn connection() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
    let near = TcpStream::connect(listener.local_addr().expect("its address")).expect("a peer");
    let (far, _) = listener.accept().expect("a connection");
    (near, far)
}

fn send_urgent(from: &TcpStream) {
    send(from.as_raw_fd(), b"!", MsgFlags::MSG_OOB).expect("urgent data");
}

#[test]
fn poll_has_all_flags() {
    let (near, mut far) = connection();
    let all = PollFlags::IN | PollFlags::OUT | PollFlags::PRI;
    assert_eq!(reported(&near, all), PollFlags::OUT);
    far.write_all(b"hello").expect("it leaves");
    let mut fds = [PollFd::new(&near, PollFlags::IN)];
    assert_eq!(poll(&mut fds, PATIENCE).expect("a poll"), 1);
    assert_eq!(fds[0].reported(), PollFlags::IN);
    send_urgent(&far);
    fds[0].set_flags(PollFlags::PRI);
    assert_eq!(poll(&mut fds, PATIENCE).expect("a poll"), 1);
    assert_eq!(fds[0].reported(), PollFlags::PRI);

    let (reader, writer) = pipe().expect("a pipe");
    assert_eq!(reported(&writer, PollFlags::OUT), PollFlags::OUT);
    drop(reader);
    assert!(reported(&writer, PollFlags::NONE).contains(PollFlags::ERR));
    let (reader, writer) = pipe().expect("a pipe");
    drop(writer);
    assert_eq!(reported(&reader, PollFlags::IN), PollFlags::HUP);
}

#[test]
fn a_poll_of_nothing_waits() {
    let before = Instant::now();
    assert_eq!(
        poll(&mut [], Some(Duration::from_millis(30))).expect("a poll"),
        0
    );
    assert!(
        before.elapsed() >= Duration::from_millis(30),
        "never shorter"
    );
}

#[test]
fn select_has_three_lists() {
    let (near, mut far) = connection();
    let found = select(&[&near], &[&near, &far], &[&near], NOW).expect("a select");
    assert_eq!((found.readable.len(), found.writable), (0, vec![0, 1]));
    far.write_all(b"hello").expect("it leaves");
    let found = select(&[&far, &near], &[], &[], PATIENCE).expect("a select");
    assert_eq!(found.readable, [1]);
    send_urgent(&far);
    let found = select(&[], &[], &[&far, &near], PATIENCE).expect("a select");
    assert_eq!(found.exceptional, [1]);
    assert!(select(&[&far], &[], &[], NOW).expect("a select").is_empty());
}

#[test]
fn select_refuses_what_it_cannot_watch() {
    let limit = Resource::RLIMIT_NOFILE;
    let (_, most) = getrlimit(limit).expect("a limit");
    if most < 2048 || setrlimit(limit, most, most).is_err() {
        println!("skipped: this process may not have 2048 descriptors");
        return;
    }
    let files = (0..1025).map(|_| File::open("/dev/null").expect("a file"));
    let files: Vec<_> = files.collect();
    let high = files.last().expect("there are some");
    let error = select(&[high], &[], &[], NOW).expect_err("it is too high");
    assert_eq!(error.reason(), ErrorKind::InvalidInput);
}

#[test]
fn epoll_has_edges_and_single_shots() {
    let (near, mut far) = connection();
    let (mut edge, mut once) = (Epoll::new().unwrap(), Epoll::new().unwrap());
    edge.add(&near, EpollFlags::IN | EpollFlags::ET, 1).unwrap();
    once.add(&near, EpollFlags::IN | EpollFlags::ONESHOT, 2)
        .unwrap();
    let mut events = [EpollEvent::EMPTY; 2];
    for round in 0..2 {
        far.write_all(b"hello").expect("it leaves");
        assert_eq!(
            edge.wait(&mut events, PATIENCE).unwrap(),
            1,
            "news in round {round}"
        );
        assert_eq!((events[0].data(), events[0].flags()), (1, EpollFlags::IN));
        assert_eq!(edge.wait(&mut events, NOW).unwrap(), 0, "no news");
        let count = once.wait(&mut events, NOW).unwrap();
        assert_eq!(count, usize::from(round == 0), "one shot");
    }
    once.modify(&near, EpollFlags::IN | EpollFlags::ONESHOT, 3)
        .unwrap();
    assert_eq!(once.wait(&mut events, NOW).unwrap(), 1, "armed again");
    assert_eq!(events[0].data(), 3);
}

#[test]
fn epoll_tells_hang_ups_and_urgent_data() {
    let (near, far) = connection();
    let mut epoll = Epoll::new().unwrap();
    epoll
        .add(&near, EpollFlags::PRI | EpollFlags::RDHUP, 0)
        .unwrap();
    let mut events = [EpollEvent::EMPTY; 1];
    send_urgent(&far);
    assert_eq!(epoll.wait(&mut events, PATIENCE).unwrap(), 1);
    assert!(events[0].flags().contains(EpollFlags::PRI));
    epoll.modify(&near, EpollFlags::RDHUP, 0).unwrap();
    far.shutdown(std::net::Shutdown::Write).unwrap();
    assert_eq!(epoll.wait(&mut events, PATIENCE).unwrap(), 1);
    assert!(events[0].flags().contains(EpollFlags::RDHUP));
    assert_eq!(format!("{:?}", EpollFlags::IN | EpollFlags::ET), "{IN, ET}");
}

#[test]
fn epoll_errors_have_their_kinds() {
    let (near, _far) = connection();
    let mut epoll = Epoll::new().unwrap();
    let kind = |error: amphi_std::HostError| error.reason();
    epoll.add(&near, EpollFlags::IN, 0).unwrap();
    assert_eq!(
        epoll.add(&near, EpollFlags::IN, 0).map_err(kind),
        Err(ErrorKind::AlreadyExists)
    );
    epoll.delete(&near).unwrap();
    assert_eq!(epoll.delete(&near).map_err(kind), Err(ErrorKind::NotFound));
    assert_eq!(
        epoll.modify(&near, EpollFlags::IN, 0).map_err(kind),
        Err(ErrorKind::NotFound)
    );
    let file = tempfile::tempfile().unwrap();
    assert_eq!(
        epoll.add(&file, EpollFlags::IN, 0).map_err(kind),
        Err(ErrorKind::PermissionDenied)
    );
    assert_eq!(
        epoll.wait(&mut [], NOW).map_err(kind),
        Err(ErrorKind::InvalidInput)
    );
}
