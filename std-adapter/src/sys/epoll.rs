use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd, RawFd};

use amphi_core::select::{Interest, Ready};
use amphi_core::time::Duration;
use libc::{c_int, epoll_event};

use super::cvt::cvt;
use super::fd;
use super::time::to_millis;
use crate::HostError;

/// One event of epoll(7): the mark that the source was added with, and its readiness.
#[repr(transparent)]
#[derive(Debug, Clone, Copy)]
pub(crate) struct EpollEvent(epoll_event);

impl EpollEvent {
    /// What fills a new buffer.
    pub(crate) const EMPTY: Self = Self(epoll_event { events: 0, u64: 0 });

    /// The mark that the source was added with.
    pub(crate) const fn mark(&self) -> u64 {
        self.0.u64
    }

    /// Whether the source has an error, or its peer has sent its end.
    #[inline]
    pub(crate) const fn is_end(&self) -> bool {
        let ends = libc::EPOLLERR | libc::EPOLLHUP | libc::EPOLLRDHUP;
        self.0.events & ends.cast_unsigned() != 0
    }

    /// What the kernel reports.
    #[inline]
    pub(crate) fn ready(&self) -> Ready {
        let events = self.0.events;
        let mut ready = Ready::NONE;
        for (bit, meaning) in [
            (libc::EPOLLIN, Ready::READABLE),
            (libc::EPOLLOUT, Ready::WRITABLE),
            (libc::EPOLLERR, Ready::ERROR),
            (libc::EPOLLHUP, Ready::HANGUP),
        ] {
            if events & bit.cast_unsigned() != 0 {
                ready |= meaning;
            }
        }
        ready
    }
}

pub(crate) fn epoll_create() -> Result<OwnedFd, HostError> {
    // SAFETY: the call takes no pointer.
    let returned = unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) };
    fd::own("epoll_create1", returned)
}

/// What a descriptor is watched for, and how.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Watch {
    pub(crate) interest: Interest,
    /// Reported once for each change, and for the end of what the peer sends.
    pub(crate) by_edges: bool,
}

/// Adds the descriptor `raw`; EEXIST when this file is watched by this number.
pub(crate) fn epoll_add(
    epoll: BorrowedFd<'_>,
    raw: RawFd,
    watch: Watch,
    mark: u64,
) -> Result<(), HostError> {
    control(epoll, libc::EPOLL_CTL_ADD, raw, watch, mark)
}

/// Changes what `raw` is watched for; ENOENT when this file is not watched by
/// this number.
pub(crate) fn epoll_modify(
    epoll: BorrowedFd<'_>,
    raw: RawFd,
    watch: Watch,
    mark: u64,
) -> Result<(), HostError> {
    control(epoll, libc::EPOLL_CTL_MOD, raw, watch, mark)
}

/// Takes `raw` out; ENOENT when this file is not watched by this number.
pub(crate) fn epoll_delete(epoll: BorrowedFd<'_>, raw: RawFd) -> Result<(), HostError> {
    let nothing = Watch {
        interest: Interest::NONE,
        by_edges: false,
    };
    control(epoll, libc::EPOLL_CTL_DEL, raw, nothing, 0)
}

/// One `epoll_wait(2)`: how many of `buffer`, which must not be empty, are filled.
/// A signal is an error here.
#[inline]
pub(crate) fn epoll_wait(
    epoll: BorrowedFd<'_>,
    buffer: &mut [EpollEvent],
    timeout: Option<Duration>,
) -> Result<usize, HostError> {
    let timeout_ms = to_millis(timeout);
    let len = c_int::try_from(buffer.len()).unwrap_or(c_int::MAX);
    let pointer = buffer.as_mut_ptr().cast();
    // SAFETY: `EpollEvent` is a transparent `epoll_event`; the kernel writes at most `len` of
    // them to the buffer.
    let returned = unsafe { libc::epoll_wait(epoll.as_raw_fd(), pointer, len, timeout_ms) };
    cvt("epoll_wait", returned).map(|count| count.cast_unsigned() as usize)
}

fn control(
    epoll: BorrowedFd<'_>,
    operation: c_int,
    raw: RawFd,
    watch: Watch,
    mark: u64,
) -> Result<(), HostError> {
    let mut event = epoll_event {
        events: bits(watch),
        u64: mark,
    };
    // SAFETY: the kernel reads the live `event`; a number that is not open is EBADF.
    let returned = unsafe { libc::epoll_ctl(epoll.as_raw_fd(), operation, raw, &raw mut event) };
    cvt("epoll_ctl", returned).map(drop)
}

/// The kernel adds errors and hang-ups by itself. A paused source shall report
/// not even those, and yet stay known to the kernel, which tells a file that is
/// registered from one that only has the same number: one-shot, it is silent
/// after one event, which the selector drops.
const fn bits(watch: Watch) -> u32 {
    let Watch { interest, by_edges } = watch;
    let mut bits = 0;
    // Paused, it shall not report an end either.
    if by_edges && !interest.is_none() {
        bits |= libc::EPOLLET | libc::EPOLLRDHUP;
    }
    if interest.is_readable() {
        bits |= libc::EPOLLIN;
    }
    if interest.is_writable() {
        bits |= libc::EPOLLOUT;
    }
    if interest.is_none() {
        bits |= libc::EPOLLONESHOT;
    }
    bits.cast_unsigned()
}
