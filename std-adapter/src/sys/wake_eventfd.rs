use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

use super::fd;
use crate::HostError;

/// eventfd(2): readable from `signal` until `drain`.
#[derive(Debug)]
pub(crate) struct WakeFd(OwnedFd);

impl WakeFd {
    pub(crate) fn new() -> Result<Self, HostError> {
        let flags = libc::EFD_NONBLOCK | libc::EFD_CLOEXEC;
        // SAFETY: the call takes no pointer.
        fd::own("eventfd", unsafe { libc::eventfd(0, flags) }).map(Self)
    }

    /// Makes it readable. Async-signal-safe, errno included. Failure means that
    /// the counter is full, hence readable already.
    pub(crate) fn signal(&self) {
        let one = 1_u64;
        // SAFETY: gives the address of this thread's errno, which lives as long as the thread.
        let errno = unsafe { libc::__errno_location() };
        // SAFETY: the pointer is valid, as above.
        let before = unsafe { errno.read() };
        let pointer = core::ptr::from_ref(&one).cast();
        // SAFETY: the kernel reads the eight octets of `one`.
        unsafe { libc::write(self.0.as_raw_fd(), pointer, size_of::<u64>()) };
        // SAFETY: the pointer is valid, as above.
        unsafe { errno.write(before) };
    }

    /// Makes it unreadable until the next `signal`.
    pub(crate) fn drain(&self) {
        let mut count = 0_u64;
        let pointer = core::ptr::from_mut(&mut count).cast();
        // SAFETY: the kernel writes at most eight octets to `count`.
        unsafe { libc::read(self.0.as_raw_fd(), pointer, size_of::<u64>()) };
    }
}

impl AsFd for WakeFd {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}
