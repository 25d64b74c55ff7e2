//! Several buffers in one call, and looks at what waits.

use std::io::{IoSlice, IoSliceMut};
use std::os::fd::{AsRawFd, BorrowedFd};

use libc::{c_int, iovec, msghdr};

use super::cvt::retry;
use super::socket::NO_SIGNAL;
use crate::HostError;

/// How many buffers the kernel takes in one call; more are left for the next
/// (`IOV_MAX`, which is no less on any platform here).
const MOST: usize = 1_024;

/// One readv(2).
pub(crate) fn recv_vectored(
    fd: BorrowedFd<'_>,
    bufs: &mut [IoSliceMut<'_>],
) -> Result<usize, HostError> {
    let len = bufs.len().min(MOST) as c_int;
    let pointer = bufs.as_mut_ptr().cast::<iovec>();
    let returned = retry("readv", || {
        // SAFETY: an `IoSliceMut` has the layout of an `iovec` on Unix, by its documentation;
        // there are at least `len`, whose octets the kernel writes within their lengths.
        unsafe { libc::readv(fd.as_raw_fd(), pointer, len) }
    })?;
    Ok(returned.cast_unsigned())
}

/// One sendmsg(2) that raises no signal, as writev(2) would.
pub(crate) fn send_vectored(fd: BorrowedFd<'_>, bufs: &[IoSlice<'_>]) -> Result<usize, HostError> {
    // SAFETY: a `msghdr` is pointers and integers; zero is a value of each.
    let mut message: msghdr = unsafe { core::mem::zeroed() };
    message.msg_iov = bufs.as_ptr().cast::<iovec>().cast_mut();
    message.msg_iovlen = bufs.len().min(MOST) as _;
    let returned = retry("sendmsg", || {
        // SAFETY: an `IoSlice` has the layout of an `iovec` on Unix, by its documentation; there
        // are at least as many as the length says, and the kernel only reads them.
        unsafe { libc::sendmsg(fd.as_raw_fd(), &raw const message, NO_SIGNAL) }
    })?;
    Ok(returned.cast_unsigned())
}

/// One recv(2) that leaves what it reads where it is.
pub(crate) fn peek(fd: BorrowedFd<'_>, buf: &mut [u8]) -> Result<usize, HostError> {
    let (raw, pointer, len) = (fd.as_raw_fd(), buf.as_mut_ptr().cast(), buf.len());
    let returned = retry("recv", || {
        // SAFETY: the kernel writes at most `len` octets to `buf`.
        unsafe { libc::recv(raw, pointer, len, libc::MSG_PEEK) }
    })?;
    Ok(returned.cast_unsigned())
}
