//! poll(2), select(2) and epoll(7) as they are, for [`crate::low`].

use core::marker::PhantomData;
use core::ptr;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};

use amphi_core::time::Duration;
use libc::{nfds_t, pollfd};

use super::cvt::cvt;
use super::select::{FD_LIMIT, FdSet};
use super::time::to_timeval;
use crate::HostError;
use crate::low::PollFlags;

/// A descriptor for [`poll`](crate::low::poll): what it is watched for, and what the last
/// call reported.
///
/// ```
/// use amphi_core::socket::Stream;
/// use amphi_std::low::{PollFd, PollFlags, poll};
///
/// let (mut one, other) = amphi_std::socketpair()?;
/// one.write(b"hello")?;
/// let mut fds = [PollFd::new(&one, PollFlags::IN), PollFd::new(&other, PollFlags::IN)];
/// assert_eq!(poll(&mut fds, None)?, 1);
/// assert_eq!(fds[1].reported(), PollFlags::IN);
/// assert!(fds[0].reported().is_empty() && fds[0].is_of(&one));
/// # Ok::<(), amphi_std::HostError>(())
/// ```
#[repr(transparent)]
#[derive(Debug, Clone, Copy)]
pub struct PollFd<'fd>(pollfd, PhantomData<BorrowedFd<'fd>>);

impl<'fd> PollFd<'fd> {
    /// Watches `fd` for `flags`; errors, hang-ups and closed descriptors are reported in
    /// any case.
    #[must_use]
    pub fn new(fd: &'fd impl AsFd, flags: PollFlags) -> Self {
        let pollfd = pollfd {
            fd: fd.as_fd().as_raw_fd(),
            events: flags.bits(),
            revents: 0,
        };
        Self(pollfd, PhantomData)
    }

    /// Watches for something else from now on: Python's `modify`.
    pub fn set_flags(&mut self, flags: PollFlags) {
        self.0.events = flags.bits();
    }

    /// What it is watched for.
    #[must_use]
    pub const fn flags(&self) -> PollFlags {
        PollFlags::from_bits(self.0.events)
    }

    /// What the last call reported.
    #[must_use]
    pub const fn reported(&self) -> PollFlags {
        PollFlags::from_bits(self.0.revents)
    }

    /// Whether it watches `fd`.
    #[must_use]
    pub fn is_of(&self, fd: &impl AsFd) -> bool {
        self.0.fd == fd.as_fd().as_raw_fd()
    }
}

/// One poll; a signal is an error here.
#[cfg(not(target_vendor = "apple"))]
pub(crate) fn poll_flags(
    fds: &mut [PollFd<'_>],
    timeout: Option<Duration>,
) -> Result<usize, HostError> {
    let timeout = timeout.map(super::time::to_timespec);
    let timeout = timeout.as_ref().map_or(ptr::null(), ptr::from_ref);
    let len = fds.len() as nfds_t;
    // SAFETY: `PollFd` is a transparent `pollfd`, `len` of them are at the pointer; the timeout
    // is null or live; a null mask changes no signals.
    let returned = unsafe { libc::ppoll(fds.as_mut_ptr().cast(), len, timeout, ptr::null()) };
    cvt("ppoll", returned).map(|count| count.cast_unsigned() as usize)
}

/// One poll; a signal is an error here.
#[cfg(target_vendor = "apple")]
pub(crate) fn poll_flags(
    fds: &mut [PollFd<'_>],
    timeout: Option<Duration>,
) -> Result<usize, HostError> {
    let timeout = super::time::to_millis(timeout);
    let len = fds.len() as nfds_t;
    // SAFETY: `PollFd` is a transparent `pollfd`, and `len` of them are at the pointer.
    let returned = unsafe { libc::poll(fds.as_mut_ptr().cast(), len, timeout) };
    cvt("poll", returned).map(|count| count.cast_unsigned() as usize)
}

/// The bits of poll(2).
pub(crate) mod poll_bits {
    pub(crate) use libc::{POLLERR, POLLHUP, POLLIN, POLLNVAL, POLLOUT, POLLPRI};
}

/// One select over three sets; the sets keep what is ready. A signal is an error here.
pub(crate) fn select_three(
    sets: &mut [FdSet; 3],
    limit: RawFd,
    timeout: Option<Duration>,
) -> Result<usize, HostError> {
    let mut timeout = timeout.map(to_timeval);
    let timeout = timeout.as_mut().map_or(ptr::null_mut(), ptr::from_mut);
    let [read, write, except] = sets.each_mut().map(FdSet::as_mut_ptr);
    // SAFETY: the sets are live and hold no number above their size, the timeout is null or
    // live, and `limit` is at most the sets' size.
    let returned = unsafe { libc::select(limit.clamp(0, FD_LIMIT), read, write, except, timeout) };
    cvt("select", returned).map(|count| count.cast_unsigned() as usize)
}
