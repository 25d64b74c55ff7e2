use std::os::fd::{AsRawFd, BorrowedFd};

use amphi_core::time::Duration;
use libc::{c_int, socklen_t};

use super::cvt::cvt;
use crate::HostError;

/// setsockopt(2) with a plain C value; `call` names the option for the error.
pub(super) fn set<T: Copy>(
    fd: BorrowedFd<'_>,
    call: &'static str,
    level: c_int,
    name: c_int,
    value: T,
) -> Result<(), HostError> {
    let pointer = core::ptr::from_ref(&value).cast();
    let len = size_of::<T>() as socklen_t;
    // SAFETY: the kernel reads at most the `len` octets of `value`, which lives for the call.
    let returned = unsafe { libc::setsockopt(fd.as_raw_fd(), level, name, pointer, len) };
    cvt(call, returned).map(drop)
}

/// getsockopt(2) of a plain C value of integers, which zero is a value of.
pub(super) fn get<T: Copy>(
    fd: BorrowedFd<'_>,
    call: &'static str,
    level: c_int,
    name: c_int,
) -> Result<T, HostError> {
    // SAFETY: the callers ask for integers and structs of them; zero is a value of each.
    let mut value: T = unsafe { core::mem::zeroed() };
    let mut len = size_of::<T>() as socklen_t;
    let pointer = core::ptr::from_mut(&mut value).cast();
    // SAFETY: the kernel writes at most `len` octets to `value`; both live for the call.
    let returned = unsafe { libc::getsockopt(fd.as_raw_fd(), level, name, pointer, &raw mut len) };
    cvt(call, returned)?;
    Ok(value)
}

/// The pending error of the socket, which is cleared by asking; 0 is none.
pub(crate) fn take_error(fd: BorrowedFd<'_>) -> Result<i32, HostError> {
    let mut value: c_int = 0;
    let mut len = size_of::<c_int>() as socklen_t;
    // SAFETY: the kernel writes at most `len` octets to `value`; both live for the call.
    let returned = unsafe {
        libc::getsockopt(
            fd.as_raw_fd(),
            libc::SOL_SOCKET,
            libc::SO_ERROR,
            core::ptr::from_mut(&mut value).cast(),
            &raw mut len,
        )
    };
    cvt("getsockopt SO_ERROR", returned)?;
    Ok(value)
}

/// Whether small segments leave at once (tcp(7)).
pub(crate) fn set_nodelay(fd: BorrowedFd<'_>, on: bool) -> Result<(), HostError> {
    let (level, name) = (libc::IPPROTO_TCP, libc::TCP_NODELAY);
    set(fd, "setsockopt TCP_NODELAY", level, name, c_int::from(on))
}

/// Whether a local address in TIME-WAIT, or shared for multicast, can be bound.
pub(crate) fn set_reuse_address(fd: BorrowedFd<'_>) -> Result<(), HostError> {
    let (level, name) = (libc::SOL_SOCKET, libc::SO_REUSEADDR);
    set::<c_int>(fd, "setsockopt SO_REUSEADDR", level, name, 1)
}

/// Keeps IPv4 off an IPv6 socket (ipv6(7)).
pub(crate) fn set_v6_only(fd: BorrowedFd<'_>) -> Result<(), HostError> {
    let (level, name) = (libc::IPPROTO_IPV6, libc::IPV6_V6ONLY);
    set::<c_int>(fd, "setsockopt IPV6_V6ONLY", level, name, 1)
}

/// Makes the next close drop what was not sent and reset the connection (socket(7)).
pub(crate) fn set_abortive_close(fd: BorrowedFd<'_>) -> Result<(), HostError> {
    let linger = libc::linger {
        l_onoff: 1,
        l_linger: 0,
    };
    let (level, name) = (libc::SOL_SOCKET, libc::SO_LINGER);
    set(fd, "setsockopt SO_LINGER", level, name, linger)
}

/// Octets of the send buffer, as a hint (socket(7)).
pub(crate) fn set_send_buffer_size(fd: BorrowedFd<'_>, size: usize) -> Result<(), HostError> {
    let (level, name) = (libc::SOL_SOCKET, libc::SO_SNDBUF);
    set(fd, "setsockopt SO_SNDBUF", level, name, to_int(size))
}

/// Octets of the receive buffer, as a hint (socket(7)).
pub(crate) fn set_recv_buffer_size(fd: BorrowedFd<'_>, size: usize) -> Result<(), HostError> {
    let (level, name) = (libc::SOL_SOCKET, libc::SO_RCVBUF);
    set(fd, "setsockopt SO_RCVBUF", level, name, to_int(size))
}

/// How long a blocking call may wait to send (socket(7)); more than zero.
pub(crate) fn set_send_timeout(fd: BorrowedFd<'_>, timeout: Duration) -> Result<(), HostError> {
    let (level, name) = (libc::SOL_SOCKET, libc::SO_SNDTIMEO);
    let timeout = super::time::to_timeval(timeout);
    set(fd, "setsockopt SO_SNDTIMEO", level, name, timeout)
}

/// Turns a write to a closed connection into EPIPE without a signal.
#[cfg(target_vendor = "apple")]
pub(super) fn set_no_sigpipe(fd: BorrowedFd<'_>) -> Result<(), HostError> {
    let (level, name) = (libc::SOL_SOCKET, libc::SO_NOSIGPIPE);
    set::<c_int>(fd, "setsockopt SO_NOSIGPIPE", level, name, 1)
}

/// `size` as the kernel's int, which caps it anyway.
pub(super) fn to_int(size: usize) -> c_int {
    c_int::try_from(size).unwrap_or(c_int::MAX)
}
