use core::ptr;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};

use amphi_core::select::Ready;
use amphi_core::time::Duration;
use libc::{c_int, kevent};

use super::cvt::cvt;
use super::fd;
use super::time::to_timespec;
use crate::HostError;

/// What kqueue(2) watches a descriptor for; each is a registration of its own there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Filter {
    /// `EVFILT_READ`.
    Read,
    /// `EVFILT_WRITE`.
    Write,
}

/// What to do with a filter of a descriptor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    /// Makes it, if there is none, and lets it report.
    Add,
    /// Makes it, if there is none, and keeps it silent.
    AddSilent,
    /// Lets it report; ENOENT when there is none.
    Enable,
    /// Silences it; ENOENT when there is none.
    Disable,
    /// Takes it out; ENOENT when there is none.
    Delete,
}

/// One event of kqueue(2), or one change of what it watches.
#[repr(transparent)]
#[derive(Clone, Copy)]
pub(crate) struct KqueueEvent(kevent);

impl core::fmt::Debug for KqueueEvent {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "KqueueEvent({}, {:?})", self.fd(), self.ready())
    }
}

impl KqueueEvent {
    /// What fills a new buffer.
    pub(crate) const EMPTY: Self = {
        // SAFETY: a `kevent` is integers and a pointer; zero is a value of each.
        Self(unsafe { core::mem::zeroed() })
    };

    /// The change `action` to a filter of the descriptor `raw`.
    pub(crate) fn change(raw: RawFd, filter: Filter, action: Action) -> Self {
        let Self(mut event) = Self::EMPTY;
        event.ident = raw as _;
        event.filter = match filter {
            Filter::Read => libc::EVFILT_READ,
            Filter::Write => libc::EVFILT_WRITE,
        };
        event.flags = match action {
            Action::Add => libc::EV_ADD | libc::EV_ENABLE,
            Action::AddSilent => libc::EV_ADD | libc::EV_DISABLE,
            Action::Enable => libc::EV_ENABLE,
            Action::Disable => libc::EV_DISABLE,
            Action::Delete => libc::EV_DELETE,
        };
        Self(event)
    }

    /// The descriptor that it is about.
    pub(crate) const fn fd(&self) -> RawFd {
        self.0.ident as RawFd
    }

    /// What the filter says: the one direction that it watches.
    pub(crate) const fn ready(&self) -> Ready {
        match self.0.filter {
            libc::EVFILT_READ => Ready::READABLE,
            libc::EVFILT_WRITE => Ready::WRITABLE,
            _ => Ready::NONE,
        }
    }

    /// Whether this direction has ended, or the filter failed.
    pub(crate) const fn is_at_end(&self) -> bool {
        self.0.flags & (libc::EV_EOF | libc::EV_ERROR) != 0
    }
}

/// A new queue, which no child inherits.
pub(crate) fn kqueue_create() -> Result<OwnedFd, HostError> {
    // SAFETY: the call takes nothing.
    let queue = fd::own("kqueue", unsafe { libc::kqueue() })?;
    fd::set_close_on_exec(queue.as_fd())?;
    Ok(queue)
}

/// Makes all of `changes` in order, up to the first that fails: without room for
/// events the kernel stops there and reports that one's error (kevent(2)).
pub(crate) fn kqueue_change(
    queue: BorrowedFd<'_>,
    changes: &[KqueueEvent],
) -> Result<(), HostError> {
    let len = c_int::try_from(changes.len()).unwrap_or(c_int::MAX);
    let (pointer, none) = (changes.as_ptr().cast(), ptr::null_mut());
    // SAFETY: `KqueueEvent` is a transparent `kevent`, and the kernel reads `len` of them; it
    // has room for no events, and without that it does not wait.
    let returned = unsafe { libc::kevent(queue.as_raw_fd(), pointer, len, none, 0, ptr::null()) };
    cvt("kevent", returned).map(drop)
}

/// One wait: how many of `buffer`, which must not be empty, are filled. A signal
/// is an error here.
pub(crate) fn kqueue_wait(
    queue: BorrowedFd<'_>,
    buffer: &mut [KqueueEvent],
    timeout: Option<Duration>,
) -> Result<usize, HostError> {
    let timeout = timeout.map(to_timespec);
    let timeout = timeout.as_ref().map_or(ptr::null(), ptr::from_ref);
    let len = c_int::try_from(buffer.len()).unwrap_or(c_int::MAX);
    let (pointer, none) = (buffer.as_mut_ptr().cast(), ptr::null());
    // SAFETY: `KqueueEvent` is a transparent `kevent`; the kernel writes at most `len` of them
    // to the buffer and reads no changes; the timeout is null or a live `timespec`.
    let returned = unsafe { libc::kevent(queue.as_raw_fd(), none, 0, pointer, len, timeout) };
    cvt("kevent", returned).map(|count| count.cast_unsigned() as usize)
}
