//! `low` as Python's `test_select`, `test_poll` and `test_epoll` use the calls: whole
//! conversations. What each flag means is tested across crates.

use std::io::{PipeReader, PipeWriter, Read, Write, pipe};
use std::os::fd::{AsFd, BorrowedFd};
use std::process::{Child, Command, Stdio};

use amphi_core::time::Duration;
use amphi_std::low::{PollFd, PollFlags, poll, select};

/// Far longer than anything here takes: a test that fails does not hang.
const LIMIT: Option<Duration> = Some(Duration::from_secs(60));

fn speaker() -> Child {
    Command::new("sh")
        .args([
            "-c",
            "for i in 1 2 3 4 5 6 7 8 9 10; do echo testing...; done",
        ])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Hears a child out, waiting by `wait`.
fn hear(mut wait: impl FnMut(BorrowedFd<'_>)) {
    let mut child = speaker();
    let mut output = child.stdout.take().unwrap();
    let mut heard = Vec::new();
    loop {
        wait(output.as_fd());
        let mut buf = [0; 16];
        match output.read(&mut buf).unwrap() {
            0 => break,
            count => heard.extend_from_slice(&buf[..count]),
        }
    }
    assert_eq!(heard, b"testing...\n".repeat(10));
    assert!(child.wait().unwrap().success());
}

/// Python's `test_select`, of a child's output.
#[test]
fn select_hears_a_child_out() {
    hear(|output| {
        let found = select(&[&output], &[], &[], LIMIT).unwrap();
        assert_eq!(found.readable, [0]);
    });
}

/// Python's `test_poll2`: the end of a pipe is a hang-up.
#[test]
fn poll_hears_a_child_out() {
    let mut last = PollFlags::NONE;
    hear(|output| {
        let mut fds = [PollFd::new(&output, PollFlags::IN)];
        assert_eq!(poll(&mut fds, LIMIT), Ok(1));
        last = fds[0].reported();
    });
    assert!(last.contains(PollFlags::HUP), "{last:?}");
}

/// Python's `test_poll1`: a message through each of many pipes.
#[test]
fn poll_carries_messages_through_many_pipes() {
    const PIPES: usize = 12;
    const MESSAGE: &[u8] = b" This is a test.";
    let mut pipes: Vec<(PipeReader, PipeWriter)> = (0..PIPES).map(|_| pipe().unwrap()).collect();
    // Another order than that of the descriptors.
    for at in (0..PIPES).map(|step| step * 5 % PIPES) {
        let writers = pipes.iter().map(|(_, it)| PollFd::new(it, PollFlags::OUT));
        let mut fds: Vec<_> = writers.collect();
        assert_eq!(poll(&mut fds, LIMIT), Ok(PIPES), "all have room");
        drop(fds);
        pipes[at].1.write_all(MESSAGE).unwrap();
        let readers = pipes.iter().map(|(it, _)| PollFd::new(it, PollFlags::IN));
        let mut fds: Vec<_> = readers.collect();
        assert_eq!(poll(&mut fds, LIMIT), Ok(1));
        let readable = fds.iter().position(|it| it.reported() == PollFlags::IN);
        assert_eq!(readable, Some(at));
        drop(fds);
        let mut buf = [0; 64];
        let count = pipes[at].0.read(&mut buf).unwrap();
        assert_eq!(&buf[..count], MESSAGE);
    }
}

/// Python's `test_poll_blocks_with_negative_ms`: no timeout is no limit.
#[test]
fn poll_without_a_timeout_waits() {
    let (reader, mut writer) = pipe().unwrap();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| {
            let mut fds = [PollFd::new(&reader, PollFlags::IN)];
            poll(&mut fds, None).map(|count| (count, fds[0].reported()))
        });
        writer.write_all(b"x").unwrap();
        assert_eq!(waiting.join().unwrap(), Ok((1, PollFlags::IN)));
    });
}

#[cfg(target_os = "linux")]
mod epoll {
    use std::os::fd::{AsRawFd, OwnedFd};
    use std::os::unix::net::UnixStream;

    use amphi_std::low::{Epoll, EpollEvent, EpollFlags};

    use super::*;

    const NOW: Option<Duration> = Some(Duration::ZERO);
    const EDGES: EpollFlags = EpollFlags::from_bits(
        EpollFlags::IN.bits() | EpollFlags::OUT.bits() | EpollFlags::ET.bits(),
    );

    /// Data and flags of what is reported, by data, until `count` are there.
    #[track_caller]
    fn reported(epoll: &mut Epoll, count: usize) -> Vec<(u64, EpollFlags)> {
        let mut all = Vec::new();
        while all.len() < count {
            let mut events = [EpollEvent::EMPTY; 4];
            let found = epoll.wait(&mut events, LIMIT).unwrap();
            assert_ne!(found, 0, "only {all:?}");
            all.extend(events[..found].iter().map(|it| (it.data(), it.flags())));
        }
        all.sort_by_key(|it| it.0);
        all
    }

    /// Python's `test_control_and_wait`.
    #[test]
    fn control_and_wait() {
        let (one, other) = UnixStream::pair().unwrap();
        let mut epoll = Epoll::new().unwrap();
        epoll.add(&one, EDGES, 1).unwrap();
        epoll.add(&other, EDGES, 2).unwrap();
        assert_eq!(
            reported(&mut epoll, 2),
            [(1, EpollFlags::OUT), (2, EpollFlags::OUT)]
        );
        assert_eq!(
            epoll.wait(&mut [EpollEvent::EMPTY; 4], NOW),
            Ok(0),
            "no news"
        );
        (&one).write_all(b"Hello!").unwrap();
        (&other).write_all(b"world!!!").unwrap();
        let both = EpollFlags::IN | EpollFlags::OUT;
        assert_eq!(reported(&mut epoll, 2), [(1, both), (2, both)]);
        epoll.delete(&one).unwrap();
        epoll.modify(&other, EpollFlags::OUT, 3).unwrap();
        assert_eq!(reported(&mut epoll, 1), [(3, EpollFlags::OUT)]);
    }

    /// Python's `test_fromfd` and `test_close`: a duplicate is the same instance.
    #[test]
    fn a_duplicate_is_the_same_instance() {
        let (one, _other) = UnixStream::pair().unwrap();
        let first = Epoll::new().unwrap();
        let mut second = Epoll::from(first.as_fd().try_clone_to_owned().unwrap());
        assert_ne!(first.as_raw_fd(), second.as_raw_fd());
        let mut first = Epoll::from(OwnedFd::from(first));
        first.add(&one, EDGES, 7).unwrap();
        assert_eq!(reported(&mut second, 1), [(7, EpollFlags::OUT)]);
        drop(first);
        second.modify(&one, EDGES, 8).unwrap();
        assert_eq!(reported(&mut second, 1), [(8, EpollFlags::OUT)]);
    }

    /// Python's `test_fd_non_inheritable`, of the selector as well.
    #[test]
    fn no_child_inherits_it() {
        let low = Epoll::new().unwrap();
        let selector = amphi_std::EpollSelector::<u8>::new().unwrap();
        for fd in [low.as_fd(), selector.as_fd()] {
            // SAFETY: F_GETFD reads flags of an open descriptor.
            let flags = unsafe { libc::fcntl(fd.as_raw_fd(), libc::F_GETFD) };
            assert_ne!(flags & libc::FD_CLOEXEC, 0);
        }
    }
}
