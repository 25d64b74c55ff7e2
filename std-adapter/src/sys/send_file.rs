//! From a file into a socket inside the kernel: sendfile(2), and splice(2) of Linux.

use std::os::fd::{AsRawFd, BorrowedFd};

use amphi_core::ErrorKind;
use libc::off_t;

#[cfg(target_os = "linux")]
use super::cvt::retry;
use super::sigpipe::without_sigpipe;
use crate::HostError;

/// One sendfile(2): how many of the `count` octets of `file` from `offset` left into
/// `socket`; zero at the end of the file.
pub(crate) fn send_file(
    socket: BorrowedFd<'_>,
    file: BorrowedFd<'_>,
    offset: u64,
    count: usize,
) -> Result<usize, HostError> {
    let offset = off_t::try_from(offset)
        .map_err(|_| HostError::refused("sendfile", ErrorKind::InvalidInput))?;
    without_sigpipe(|| platform(socket, file, offset, count))
}

#[cfg(target_os = "linux")]
fn platform(
    socket: BorrowedFd<'_>,
    file: BorrowedFd<'_>,
    mut offset: off_t,
    count: usize,
) -> Result<usize, HostError> {
    let (to, from) = (socket.as_raw_fd(), file.as_raw_fd());
    let sent = retry("sendfile", || {
        // SAFETY: the kernel reads and writes the live `offset`.
        unsafe { libc::sendfile(to, from, &raw mut offset, count) }
    })?;
    Ok(sent.cast_unsigned())
}

/// The BSDs tell how much left besides failing for the rest. Zero octets would mean
/// all there are.
#[cfg(any(target_os = "freebsd", target_vendor = "apple"))]
fn platform(
    socket: BorrowedFd<'_>,
    file: BorrowedFd<'_>,
    offset: off_t,
    count: usize,
) -> Result<usize, HostError> {
    if count == 0 {
        return Ok(0);
    }
    let (to, from) = (socket.as_raw_fd(), file.as_raw_fd());
    loop {
        let mut sent: off_t = off_t::try_from(count).unwrap_or(off_t::MAX);
        #[cfg(target_vendor = "apple")]
        // SAFETY: the kernel reads and writes the live `sent`; there are no headers.
        let returned =
            unsafe { libc::sendfile(from, to, offset, &raw mut sent, core::ptr::null_mut(), 0) };
        #[cfg(target_os = "freebsd")]
        // SAFETY: the kernel writes the live `sent`; there are no headers.
        let returned = unsafe {
            let none = core::ptr::null_mut();
            libc::sendfile(from, to, offset, count, none, &raw mut sent, 0)
        };
        let done = super::cvt::cvt("sendfile", returned);
        return match done {
            Err(error) if error.is_interrupted() && sent == 0 => continue,
            Err(error) if sent == 0 => Err(error),
            _ => Ok(usize::try_from(sent).unwrap_or(0)),
        };
    }
}

/// A pipe of the kernel's for `splice`: its end to read from, and that to write to.
#[cfg(target_os = "linux")]
pub(crate) fn pipe() -> Result<[std::os::fd::OwnedFd; 2], HostError> {
    let mut raw = [0; 2];
    // SAFETY: the kernel writes two numbers to `raw`.
    let returned = unsafe { libc::pipe2(raw.as_mut_ptr(), libc::O_CLOEXEC | libc::O_NONBLOCK) };
    super::cvt::cvt("pipe2", returned)?;
    let [read, write] = raw;
    Ok([
        super::fd::own("pipe2", read)?,
        super::fd::own("pipe2", write)?,
    ])
}

/// One splice(2) that does not wait: how many of at most `count` octets moved from
/// `from` to `to`, of which one is a pipe; zero at the end of what there is.
#[cfg(target_os = "linux")]
pub(crate) fn splice(
    from: BorrowedFd<'_>,
    to: BorrowedFd<'_>,
    count: usize,
) -> Result<usize, HostError> {
    let (from, to) = (from.as_raw_fd(), to.as_raw_fd());
    let none = core::ptr::null_mut::<libc::loff_t>();
    let flags = libc::SPLICE_F_MOVE | libc::SPLICE_F_NONBLOCK;
    without_sigpipe(|| {
        let moved = retry("splice", || {
            // SAFETY: both descriptors are open; without offsets nothing is written here.
            unsafe { libc::splice(from, none, to, none, count, flags) }
        })?;
        Ok(moved.cast_unsigned())
    })
}
