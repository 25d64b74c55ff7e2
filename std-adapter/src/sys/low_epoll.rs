//! epoll(7) as it is, for [`crate::low`].

use std::os::fd::{AsRawFd, BorrowedFd};

use amphi_core::time::Duration;
use libc::{c_int, epoll_event};

use super::cvt::cvt;
use super::time::to_millis;
use crate::HostError;
use crate::low::EpollFlags;

/// What [`Epoll::wait`](crate::low::Epoll::wait) reports.
///
/// ```
/// use amphi_std::low::{Epoll, EpollEvent, EpollFlags};
///
/// let (one, other) = amphi_std::socketpair()?;
/// let mut epoll = Epoll::new()?;
/// epoll.add(&other, EpollFlags::IN | EpollFlags::RDHUP, 7)?;
/// drop(one);
/// let mut events = [EpollEvent::EMPTY; 4];
/// assert_eq!(epoll.wait(&mut events, None)?, 1);
/// assert_eq!(events[0].data(), 7);
/// assert!(events[0].flags().contains(EpollFlags::HUP));
/// # Ok::<(), amphi_std::HostError>(())
/// ```
#[repr(transparent)]
#[derive(Clone, Copy)]
pub struct EpollEvent(epoll_event);

impl EpollEvent {
    /// An event of nothing, to fill a buffer with.
    pub const EMPTY: Self = Self(epoll_event { events: 0, u64: 0 });

    /// What happened.
    #[must_use]
    pub const fn flags(&self) -> EpollFlags {
        EpollFlags::from_bits(self.0.events)
    }

    /// What the descriptor was added with.
    #[must_use]
    pub const fn data(&self) -> u64 {
        self.0.u64
    }
}

impl core::fmt::Debug for EpollEvent {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let mut shown = f.debug_struct("EpollEvent");
        let shown = shown.field("flags", &self.flags());
        shown.field("data", &self.data()).finish()
    }
}

/// What to do with a descriptor.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Control {
    Add,
    Modify,
    Delete,
}

pub(crate) fn epoll_control(
    epoll: BorrowedFd<'_>,
    control: Control,
    fd: BorrowedFd<'_>,
    flags: EpollFlags,
    data: u64,
) -> Result<(), HostError> {
    let operation = match control {
        Control::Add => libc::EPOLL_CTL_ADD,
        Control::Modify => libc::EPOLL_CTL_MOD,
        Control::Delete => libc::EPOLL_CTL_DEL,
    };
    let mut event = epoll_event {
        events: flags.bits(),
        u64: data,
    };
    let (epoll, fd) = (epoll.as_raw_fd(), fd.as_raw_fd());
    // SAFETY: both descriptors are open, and the kernel reads the live `event`.
    let returned = unsafe { libc::epoll_ctl(epoll, operation, fd, &raw mut event) };
    cvt("epoll_ctl", returned).map(drop)
}

/// One wait: how many of `events`, which is not empty, are filled. A signal is an error here.
pub(crate) fn epoll_wait_flags(
    epoll: BorrowedFd<'_>,
    events: &mut [EpollEvent],
    timeout: Option<Duration>,
) -> Result<usize, HostError> {
    let timeout = to_millis(timeout);
    let len = c_int::try_from(events.len()).unwrap_or(c_int::MAX);
    let pointer = events.as_mut_ptr().cast();
    // SAFETY: `EpollEvent` is a transparent `epoll_event`; the kernel writes at most `len`.
    let returned = unsafe { libc::epoll_wait(epoll.as_raw_fd(), pointer, len, timeout) };
    cvt("epoll_wait", returned).map(|count| count.cast_unsigned() as usize)
}

/// The bits of epoll(7).
pub(crate) mod epoll_bits {
    pub(crate) use libc::{
        EPOLLERR, EPOLLET, EPOLLEXCLUSIVE, EPOLLHUP, EPOLLIN, EPOLLONESHOT, EPOLLOUT, EPOLLPRI,
        EPOLLRDHUP,
    };
}
