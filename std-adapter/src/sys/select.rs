use std::os::fd::RawFd;

use amphi_core::time::Duration;

use super::cvt::cvt;
use super::time::to_timeval;
use crate::HostError;

/// The first descriptor that select(2) cannot watch: 1024.
pub(crate) const FD_LIMIT: RawFd = libc::FD_SETSIZE as RawFd;

/// A set of descriptors below [`FD_LIMIT`]; others are never in it.
#[derive(Clone, Copy)]
pub(crate) struct FdSet(libc::fd_set);

impl FdSet {
    /// The empty set.
    pub(crate) const fn new() -> Self {
        // SAFETY: an `fd_set` is an array of integers; zero is the empty set.
        Self(unsafe { core::mem::zeroed() })
    }

    /// Puts `fd` in or takes it out.
    pub(crate) fn put(&mut self, fd: RawFd, member: bool) {
        if !(0..FD_LIMIT).contains(&fd) {
            return;
        }
        if member {
            // SAFETY: the set is live, and the number within its size.
            unsafe { libc::FD_SET(fd, &raw mut self.0) };
        } else {
            // SAFETY: the set is live, and the number within its size.
            unsafe { libc::FD_CLR(fd, &raw mut self.0) };
        }
    }

    /// The set itself, for the call.
    pub(super) const fn as_mut_ptr(&mut self) -> *mut libc::fd_set {
        &raw mut self.0
    }

    /// Whether `fd` is in it.
    pub(crate) fn contains(&self, fd: RawFd) -> bool {
        if !(0..FD_LIMIT).contains(&fd) {
            return false;
        }
        // SAFETY: the set is live, and the number within its size.
        unsafe { libc::FD_ISSET(fd, &raw const self.0) }
    }
}

/// One select over descriptors below `limit`: how many are ready; the sets keep
/// those only. A signal is an error here.
pub(crate) fn select(
    limit: RawFd,
    read: &mut FdSet,
    write: &mut FdSet,
    timeout: Option<Duration>,
) -> Result<usize, HostError> {
    let mut timeout = timeout.map(to_timeval);
    let timeout = timeout
        .as_mut()
        .map_or(core::ptr::null_mut(), core::ptr::from_mut);
    // SAFETY: the sets are live and hold no number above their size, the timeout is null or
    // live, and `limit` is at most the sets' size.
    let returned = unsafe {
        libc::select(
            limit.clamp(0, FD_LIMIT),
            &raw mut read.0,
            &raw mut write.0,
            core::ptr::null_mut(),
            timeout,
        )
    };
    cvt("select", returned).map(|count| count.cast_unsigned() as usize)
}
