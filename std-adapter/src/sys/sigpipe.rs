//! Calls that write to a socket and have no flag against SIGPIPE.

use crate::HostError;

/// Calls `write` so that a closed connection is EPIPE and no signal: the thread
/// blocks it, and takes back what the call raised (signal(7)).
#[cfg(not(target_vendor = "apple"))]
pub(super) fn without_sigpipe<T>(
    write: impl FnOnce() -> Result<T, HostError>,
) -> Result<T, HostError> {
    let pipe = only_sigpipe();
    let was_pending = is_pending();
    let old = change_mask(libc::SIG_BLOCK, &pipe)?;
    let written = write();
    let is_raised = matches!(&written, Err(error) if error.errno() == Some(libc::EPIPE));
    // One that somebody else raised before is left for them.
    if is_raised && !was_pending {
        take(&pipe);
    }
    change_mask(libc::SIG_SETMASK, &old)?;
    written
}

/// On macOS the sockets have `SO_NOSIGPIPE`.
#[cfg(target_vendor = "apple")]
pub(super) fn without_sigpipe<T>(
    write: impl FnOnce() -> Result<T, HostError>,
) -> Result<T, HostError> {
    write()
}

#[cfg(not(target_vendor = "apple"))]
use ours::{change_mask, is_pending, only_sigpipe, take};

#[cfg(not(target_vendor = "apple"))]
mod ours {
    use core::ptr;

    use libc::{c_int, sigset_t, timespec};

    use crate::HostError;

    fn empty() -> sigset_t {
        // SAFETY: a set of signals is integers; zero is a value of each.
        let mut set: sigset_t = unsafe { core::mem::zeroed() };
        // SAFETY: the set is live.
        unsafe { libc::sigemptyset(&raw mut set) };
        set
    }

    pub(super) fn only_sigpipe() -> sigset_t {
        let mut set = empty();
        // SAFETY: the set is live, and the signal exists.
        unsafe { libc::sigaddset(&raw mut set, libc::SIGPIPE) };
        set
    }

    pub(super) fn is_pending() -> bool {
        let mut set = empty();
        // SAFETY: the set is live.
        unsafe { libc::sigpending(&raw mut set) };
        // SAFETY: as above, and the signal exists.
        unsafe { libc::sigismember(&raw const set, libc::SIGPIPE) == 1 }
    }

    /// Changes what this thread blocks, and gives what it blocked before.
    pub(super) fn change_mask(how: c_int, set: &sigset_t) -> Result<sigset_t, HostError> {
        let mut old = empty();
        // SAFETY: both sets are live for the call.
        let errno = unsafe { libc::pthread_sigmask(how, set, &raw mut old) };
        if errno == 0 {
            Ok(old)
        } else {
            Err(HostError::from_errno("pthread_sigmask", errno))
        }
    }

    /// Takes a pending signal of `set` away, without waiting for one.
    pub(super) fn take(set: &sigset_t) {
        let now = timespec {
            tv_sec: 0,
            tv_nsec: 0,
        };
        loop {
            // SAFETY: the set and the time are live; no information is asked for.
            let signal = unsafe { libc::sigtimedwait(set, ptr::null_mut(), &raw const now) };
            let error = std::io::Error::last_os_error();
            if signal != -1 || error.kind() != std::io::ErrorKind::Interrupted {
                return;
            }
        }
    }
}
