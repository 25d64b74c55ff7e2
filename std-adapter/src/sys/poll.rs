use std::os::fd::RawFd;

use amphi_core::select::{Interest, Ready};
use amphi_core::time::Duration;
use libc::{c_short, nfds_t, pollfd};

use super::cvt::cvt;
use crate::HostError;

/// One source of poll(2). The kernel passes over negative numbers, so a paused
/// one keeps its descriptor's complement.
#[repr(transparent)]
#[derive(Debug, Clone, Copy)]
pub(crate) struct PollFd(pollfd);

impl PollFd {
    /// A place that watches nothing.
    pub(crate) const UNUSED: Self = Self(pollfd {
        fd: -1,
        events: 0,
        revents: 0,
    });

    /// Watches `fd` for `interest`, for nothing at all if that is none.
    pub(crate) const fn new(fd: RawFd, interest: Interest) -> Self {
        let mut events = 0;
        if interest.is_readable() {
            events |= libc::POLLIN;
        }
        if interest.is_writable() {
            events |= libc::POLLOUT;
        }
        Self(pollfd {
            fd: if interest.is_none() { !fd } else { fd },
            events,
            revents: 0,
        })
    }

    /// The descriptor, paused or not.
    pub(crate) const fn fd(&self) -> RawFd {
        if self.0.fd < 0 { !self.0.fd } else { self.0.fd }
    }

    /// Watches it no longer.
    pub(crate) const fn pause(&mut self) {
        if self.0.fd >= 0 {
            self.0.fd = !self.0.fd;
        }
    }

    /// Whether the last call had something to say of it.
    pub(crate) const fn is_reported(&self) -> bool {
        self.0.revents != 0
    }

    /// Whether the last call found no such descriptor open.
    pub(crate) const fn is_closed(&self) -> bool {
        self.has(libc::POLLNVAL)
    }

    /// What the last call reported.
    pub(crate) fn ready(&self) -> Ready {
        let mut ready = Ready::NONE;
        for (bit, meaning) in [
            (libc::POLLIN, Ready::READABLE),
            (libc::POLLOUT, Ready::WRITABLE),
            (libc::POLLERR, Ready::ERROR),
            (libc::POLLHUP, Ready::HANGUP),
        ] {
            if self.has(bit) {
                ready |= meaning;
            }
        }
        ready
    }

    const fn has(&self, bit: c_short) -> bool {
        self.0.revents & bit != 0
    }
}

/// One poll: how many of `fds` are reported. A signal is an error here.
#[cfg(not(target_vendor = "apple"))]
pub(crate) fn poll(fds: &mut [PollFd], timeout: Option<Duration>) -> Result<usize, HostError> {
    let timeout = timeout.map(super::time::to_timespec);
    let timeout = timeout
        .as_ref()
        .map_or(core::ptr::null(), core::ptr::from_ref);
    let len = fds.len() as nfds_t;
    // SAFETY: `PollFd` is a transparent `pollfd`, `len` of them are at the pointer; the timeout
    // is null or a live `timespec`; a null mask changes no signals.
    let returned = unsafe { libc::ppoll(fds.as_mut_ptr().cast(), len, timeout, core::ptr::null()) };
    cvt("ppoll", returned).map(|count| count.cast_unsigned() as usize)
}

/// One poll: how many of `fds` are reported. A signal is an error here.
#[cfg(target_vendor = "apple")]
pub(crate) fn poll(fds: &mut [PollFd], timeout: Option<Duration>) -> Result<usize, HostError> {
    let timeout_ms = super::time::to_millis(timeout);
    let len = fds.len() as nfds_t;
    // SAFETY: `PollFd` is a transparent `pollfd`, and `len` of them are at the pointer.
    let returned = unsafe { libc::poll(fds.as_mut_ptr().cast(), len, timeout_ms) };
    cvt("poll", returned).map(|count| count.cast_unsigned() as usize)
}
