use core::mem::MaybeUninit;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};

use libc::c_int;

use super::cvt::cvt;
use crate::HostError;

/// Which file a descriptor stands for: device and inode. Sockets and pipes each
/// have their own; on Linux all eventfds, timerfds and epolls share one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FileId(libc::dev_t, libc::ino_t);

/// Takes ownership of the descriptor that `call` has just returned.
pub(super) fn own(call: &'static str, returned: c_int) -> Result<OwnedFd, HostError> {
    let raw = cvt(call, returned)?;
    // SAFETY: the kernel has just made this descriptor for the caller, and nobody else knows it.
    Ok(unsafe { OwnedFd::from_raw_fd(raw) })
}

/// Which file `fd` stands for.
pub(crate) fn file_id(fd: BorrowedFd<'_>) -> Result<FileId, HostError> {
    let mut stat = MaybeUninit::<libc::stat>::uninit();
    // SAFETY: the pointer is to room for one `stat`, which the kernel only writes.
    let returned = unsafe { libc::fstat(fd.as_raw_fd(), stat.as_mut_ptr()) };
    cvt("fstat", returned)?;
    // SAFETY: fstat succeeded, so it has filled the structure.
    let stat = unsafe { stat.assume_init() };
    Ok(FileId(stat.st_dev, stat.st_ino))
}

/// Whether `raw` is the number of an open descriptor.
pub(crate) fn is_open(raw: RawFd) -> bool {
    // SAFETY: F_GETFD reads a flag; a number that is not open is EBADF.
    unsafe { libc::fcntl(raw, libc::F_GETFD) != -1 }
}

/// Makes `fd` non-blocking, or blocking (one call to look, one to set if need be).
pub(crate) fn set_nonblocking(fd: BorrowedFd<'_>, on: bool) -> Result<(), HostError> {
    // SAFETY: F_GETFL reads flags of an open descriptor and takes no pointer.
    let flags = unsafe { libc::fcntl(fd.as_raw_fd(), libc::F_GETFL) };
    let flags = cvt("fcntl F_GETFL", flags)?;
    if (flags & libc::O_NONBLOCK != 0) == on {
        return Ok(());
    }
    // SAFETY: F_SETFL takes an integer.
    let returned = unsafe { libc::fcntl(fd.as_raw_fd(), libc::F_SETFL, flags ^ libc::O_NONBLOCK) };
    cvt("fcntl F_SETFL", returned).map(drop)
}

/// Gives the node that `fd` will be bound to the permissions `mode`, less the umask.
#[cfg(target_os = "linux")]
pub(crate) fn set_mode(fd: BorrowedFd<'_>, mode: u32) -> Result<(), HostError> {
    // SAFETY: the call takes no pointer.
    let returned = unsafe { libc::fchmod(fd.as_raw_fd(), mode as libc::mode_t) };
    cvt("fchmod", returned).map(drop)
}

/// Makes `fd` close on exec, where a call cannot open it so.
#[cfg(not(target_os = "linux"))]
pub(super) fn set_close_on_exec(fd: BorrowedFd<'_>) -> Result<(), HostError> {
    // SAFETY: F_SETFD takes an integer.
    let returned = unsafe { libc::fcntl(fd.as_raw_fd(), libc::F_SETFD, libc::FD_CLOEXEC) };
    cvt("fcntl F_SETFD", returned).map(drop)
}
