//! Descriptors that are closed, by number. Alone in its file, hence its process, as another
//! test could open the number.

use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};

use amphi_core::time::Duration;
use amphi_core::{Error, ErrorKind};
use amphi_std::low::{PollFd, PollFlags, poll, select};

const NOW: Option<Duration> = Some(Duration::ZERO);

/// A number that was a descriptor.
struct Closed(RawFd);

impl AsFd for Closed {
    fn as_fd(&self) -> BorrowedFd<'_> {
        // SAFETY: it breaks the promise that it is open, on purpose: all that is done with it is
        // to ask the kernel, which says EBADF or POLLNVAL.
        unsafe { BorrowedFd::borrow_raw(self.0) }
    }
}

/// Python's `test_errno`, and what `test_poll_unit_tests` says of a closed descriptor.
#[test]
fn a_closed_descriptor_is_told() {
    // First of all, lest it gets the number that is to stay closed.
    #[cfg(target_os = "linux")]
    let mut epoll = amphi_std::low::Epoll::new().unwrap();
    let (one, other) = amphi_std::socketpair().unwrap();
    let closed = Closed(one.as_raw_fd());
    drop(one);
    let mut fds = [
        PollFd::new(&closed, PollFlags::IN),
        PollFd::new(&other, PollFlags::OUT),
    ];
    assert_eq!(poll(&mut fds, NOW), Ok(2));
    assert_eq!(fds[0].reported(), PollFlags::NVAL);
    assert!(fds[1].reported().contains(PollFlags::OUT));

    let error = select(&[&closed], &[], &[], NOW).unwrap_err();
    assert_eq!(
        (error.reason(), error.errno()),
        (ErrorKind::Closed, Some(libc::EBADF))
    );

    #[cfg(target_os = "linux")]
    {
        use amphi_std::low::{EpollEvent, EpollFlags};
        let error = epoll.add(&closed, EpollFlags::IN, 0).unwrap_err();
        assert_eq!(error.reason(), ErrorKind::Closed);
        // The kernel forgets what is closed: Python's `test_unregister_closed`.
        epoll.add(&other, EpollFlags::OUT, 1).unwrap();
        let closed = Closed(other.as_raw_fd());
        drop(other);
        assert_eq!(epoll.wait(&mut [EpollEvent::EMPTY], NOW), Ok(0));
        assert_eq!(
            epoll.delete(&closed).unwrap_err().reason(),
            ErrorKind::Closed
        );
    }
}
