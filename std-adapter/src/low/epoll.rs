use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};

use amphi_core::ErrorKind;
use amphi_core::time::Duration;

use super::{EpollEvent, EpollFlags, resume};
use crate::HostError;
use crate::sys::{self, Control};

/// An epoll instance, with all of its flags (epoll(7)).
///
/// Take a descriptor out before it is closed: the kernel goes by the open file, which
/// may live on in a duplicate.
///
/// ```
/// use amphi_core::socket::Stream;
/// use amphi_std::low::{Epoll, EpollEvent, EpollFlags};
/// use core::time::Duration;
///
/// let (mut one, other) = amphi_std::socketpair()?;
/// let mut epoll = Epoll::new()?;
/// epoll.add(&other, EpollFlags::IN | EpollFlags::ET, 7)?;
/// one.write(b"hello")?;
///
/// let mut events = [EpollEvent::EMPTY; 4];
/// assert_eq!(epoll.wait(&mut events, None)?, 1);
/// assert_eq!((events[0].data(), events[0].flags()), (7, EpollFlags::IN));
/// // It is still readable, but that is no news.
/// assert_eq!(epoll.wait(&mut events, Some(Duration::ZERO))?, 0);
/// # Ok::<(), amphi_std::HostError>(())
/// ```
#[derive(Debug)]
pub struct Epoll(OwnedFd);

impl Epoll {
    /// An instance that watches nothing, and is closed in programs that this one becomes.
    ///
    /// # Errors
    ///
    /// `Exhausted` without free descriptors or memory.
    pub fn new() -> Result<Self, HostError> {
        sys::epoll_create().map(Self)
    }

    /// Watches `fd`, and reports it with `data`: Python's `register`.
    ///
    /// # Errors
    ///
    /// `AlreadyExists` when it is watched; `PermissionDenied` for what cannot be, such as
    /// regular files; `Exhausted` above the user's limit.
    pub fn add(&mut self, fd: &impl AsFd, flags: EpollFlags, data: u64) -> Result<(), HostError> {
        sys::epoll_control(self.0.as_fd(), Control::Add, fd.as_fd(), flags, data)
    }

    /// Watches `fd` for something else, and arms it again after one shot.
    ///
    /// # Errors
    ///
    /// `NotFound` when it is not watched.
    pub fn modify(
        &mut self,
        fd: &impl AsFd,
        flags: EpollFlags,
        data: u64,
    ) -> Result<(), HostError> {
        sys::epoll_control(self.0.as_fd(), Control::Modify, fd.as_fd(), flags, data)
    }

    /// Watches `fd` no longer: Python's `unregister`.
    ///
    /// # Errors
    ///
    /// `NotFound` when it is not watched.
    pub fn delete(&mut self, fd: &impl AsFd) -> Result<(), HostError> {
        let (epoll, none) = (self.0.as_fd(), EpollFlags::NONE);
        sys::epoll_control(epoll, Control::Delete, fd.as_fd(), none, 0)
    }

    /// Waits for events or until `timeout` is over, and tells how many of `events` were
    /// filled: Python's `poll`.
    ///
    /// # Errors
    ///
    /// `InvalidInput` when `events` is empty.
    pub fn wait(
        &mut self,
        events: &mut [EpollEvent],
        timeout: Option<Duration>,
    ) -> Result<usize, HostError> {
        if events.is_empty() {
            return Err(HostError::refused("epoll_wait", ErrorKind::InvalidInput));
        }
        resume(timeout, |left| {
            sys::epoll_wait_flags(self.0.as_fd(), events, left)
        })
    }
}

/// Python's `fromfd`: the descriptor must be an epoll instance.
impl From<OwnedFd> for Epoll {
    fn from(fd: OwnedFd) -> Self {
        Self(fd)
    }
}

impl From<Epoll> for OwnedFd {
    fn from(epoll: Epoll) -> Self {
        epoll.0
    }
}

impl AsRawFd for Epoll {
    fn as_raw_fd(&self) -> RawFd {
        self.0.as_raw_fd()
    }
}

/// It can be watched itself: readable when it has events.
impl AsFd for Epoll {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}
