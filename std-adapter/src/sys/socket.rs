use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};

use amphi_core::ErrorKind;
use amphi_core::socket::Shutdown;
use libc::{c_int, sockaddr, socklen_t};

use super::addr::{RawAddress, SocketAddress};
use super::cvt::{cvt, retry};
use super::{fd as descriptor, option};
use crate::HostError;

/// Keeps SIGPIPE away where a flag does that (on macOS an option does).
#[cfg(not(target_vendor = "apple"))]
pub(super) const NO_SIGNAL: c_int = libc::MSG_NOSIGNAL;
#[cfg(target_vendor = "apple")]
pub(super) const NO_SIGNAL: c_int = 0;

pub(crate) fn bind<A: SocketAddress>(fd: BorrowedFd<'_>, address: &A) -> Result<(), HostError> {
    let (raw, len) = address.encode();
    // SAFETY: `raw` holds an address of `len` octets, which the kernel only reads.
    let returned = unsafe { libc::bind(fd.as_raw_fd(), raw.as_ptr(), len) };
    cvt("bind", returned).map(drop)
}

pub(crate) fn listen(fd: BorrowedFd<'_>, backlog: usize) -> Result<(), HostError> {
    // SAFETY: the call takes no pointer.
    let returned = unsafe { libc::listen(fd.as_raw_fd(), option::to_int(backlog)) };
    cvt("listen", returned).map(drop)
}

/// One connect(2). EINTR is not repeated: the attempt goes on by itself.
pub(crate) fn connect<A: SocketAddress>(fd: BorrowedFd<'_>, address: &A) -> Result<(), HostError> {
    let (raw, len) = address.encode();
    // SAFETY: `raw` holds an address of `len` octets, which the kernel only reads.
    let returned = unsafe { libc::connect(fd.as_raw_fd(), raw.as_ptr(), len) };
    cvt("connect", returned).map(drop)
}

/// Takes the peer of a datagram socket away, by an address of no family (connect(2)).
pub(crate) fn disconnect(fd: BorrowedFd<'_>) -> Result<(), HostError> {
    // SAFETY: all fields are integers and arrays of them; zero is a value of each.
    let mut nowhere: sockaddr = unsafe { core::mem::zeroed() };
    nowhere.sa_family = libc::AF_UNSPEC as libc::sa_family_t;
    let len = size_of::<sockaddr>() as socklen_t;
    // SAFETY: the kernel reads the `len` octets of the live `nowhere`.
    let returned = unsafe { libc::connect(fd.as_raw_fd(), &raw const nowhere, len) };
    match cvt("connect", returned) {
        // What the BSDs say when they have done it.
        Err(error) if error.errno() == Some(libc::EAFNOSUPPORT) => Ok(()),
        done => done.map(drop),
    }
}

/// Takes a connection off the queue: non-blocking, close-on-exec.
#[cfg(not(target_vendor = "apple"))]
pub(crate) fn accept<A: SocketAddress>(fd: BorrowedFd<'_>) -> Result<(OwnedFd, A), HostError> {
    let flags = libc::SOCK_NONBLOCK | libc::SOCK_CLOEXEC;
    let mut raw = A::Raw::empty();
    let mut len = A::Raw::CAPACITY;
    let returned = retry("accept4", || {
        // SAFETY: the kernel writes at most `len` octets to `raw`; both live for the call.
        unsafe { libc::accept4(fd.as_raw_fd(), raw.as_mut_ptr(), &raw mut len, flags) }
    })?;
    let stream = descriptor::own("accept4", returned)?;
    Ok((stream, decode("accept4", &raw, len)?))
}

/// Takes a connection off the queue: non-blocking, close-on-exec, no SIGPIPE.
#[cfg(target_vendor = "apple")]
pub(crate) fn accept<A: SocketAddress>(fd: BorrowedFd<'_>) -> Result<(OwnedFd, A), HostError> {
    use std::os::fd::AsFd;
    let mut raw = A::Raw::empty();
    let mut len = A::Raw::CAPACITY;
    let returned = retry("accept", || {
        // SAFETY: the kernel writes at most `len` octets to `raw`; both live for the call.
        unsafe { libc::accept(fd.as_raw_fd(), raw.as_mut_ptr(), &raw mut len) }
    })?;
    let stream = descriptor::own("accept", returned)?;
    descriptor::set_close_on_exec(stream.as_fd())?;
    super::open::adopt_stream(stream.as_fd())?;
    Ok((stream, decode("accept", &raw, len)?))
}

pub(crate) fn shutdown(fd: BorrowedFd<'_>, how: Shutdown) -> Result<(), HostError> {
    let how = match how {
        Shutdown::Read => libc::SHUT_RD,
        Shutdown::Write => libc::SHUT_WR,
        Shutdown::Both => libc::SHUT_RDWR,
    };
    // SAFETY: the call takes no pointer.
    let returned = unsafe { libc::shutdown(fd.as_raw_fd(), how) };
    cvt("shutdown", returned).map(drop)
}

/// The socket's own address.
pub(crate) fn local<A: SocketAddress>(fd: BorrowedFd<'_>) -> Result<A, HostError> {
    ask_address("getsockname", fd, libc::getsockname)
}

/// The peer's address.
pub(crate) fn remote<A: SocketAddress>(fd: BorrowedFd<'_>) -> Result<A, HostError> {
    ask_address("getpeername", fd, libc::getpeername)
}

/// One recv(2).
#[inline]
pub(crate) fn recv(fd: BorrowedFd<'_>, buf: &mut [u8]) -> Result<usize, HostError> {
    let returned = retry("recv", || {
        // SAFETY: the kernel writes at most `buf.len()` octets to `buf`.
        unsafe { libc::recv(fd.as_raw_fd(), buf.as_mut_ptr().cast(), buf.len(), 0) }
    })?;
    Ok(returned.cast_unsigned())
}

/// One send(2) that raises no signal.
#[inline]
pub(crate) fn send(fd: BorrowedFd<'_>, buf: &[u8]) -> Result<usize, HostError> {
    let returned = retry("send", || {
        // SAFETY: the kernel reads at most `buf.len()` octets of `buf`.
        unsafe { libc::send(fd.as_raw_fd(), buf.as_ptr().cast(), buf.len(), NO_SIGNAL) }
    })?;
    Ok(returned.cast_unsigned())
}

/// One recvfrom(2): the datagram's length before it was cut, and its sender.
#[cfg(target_os = "linux")]
#[inline]
pub(crate) fn recv_from<A: SocketAddress>(
    fd: BorrowedFd<'_>,
    buf: &mut [u8],
) -> Result<(usize, A), HostError> {
    let mut raw = A::Raw::empty();
    let mut len = A::Raw::CAPACITY;
    let returned = retry("recvfrom", || {
        // SAFETY: the kernel writes at most `buf.len()` octets to `buf` and `len` octets to
        // `raw`; MSG_TRUNC changes only what it returns (recv(2)).
        unsafe {
            libc::recvfrom(
                fd.as_raw_fd(),
                buf.as_mut_ptr().cast(),
                buf.len(),
                libc::MSG_TRUNC,
                raw.as_mut_ptr(),
                &raw mut len,
            )
        }
    })?;
    Ok((returned.cast_unsigned(), decode("recvfrom", &raw, len)?))
}

/// One recvmsg(2): the datagram's length, one more than the buffer's if it was
/// cut, and its sender.
#[cfg(not(target_os = "linux"))]
pub(crate) fn recv_from<A: SocketAddress>(
    fd: BorrowedFd<'_>,
    buf: &mut [u8],
) -> Result<(usize, A), HostError> {
    super::recv_message(fd, buf).map(|(len, from, _)| (len, from))
}

/// One sendto(2) that raises no signal.
#[inline]
pub(crate) fn send_to<A: SocketAddress>(
    fd: BorrowedFd<'_>,
    buf: &[u8],
    to: &A,
) -> Result<usize, HostError> {
    let (raw, len) = to.encode();
    let returned = retry("sendto", || {
        // SAFETY: the kernel reads at most `buf.len()` octets of `buf` and `len` octets of `raw`.
        unsafe {
            libc::sendto(
                fd.as_raw_fd(),
                buf.as_ptr().cast(),
                buf.len(),
                NO_SIGNAL,
                raw.as_ptr(),
                len,
            )
        }
    })?;
    Ok(returned.cast_unsigned())
}

/// The address in `raw`; an error where a foreign socket is of another family.
pub(super) fn decode<A: SocketAddress>(
    call: &'static str,
    raw: &A::Raw,
    len: socklen_t,
) -> Result<A, HostError> {
    A::decode(raw, len).ok_or_else(|| HostError::refused(call, ErrorKind::InvalidInput))
}

type AskAddress = unsafe extern "C" fn(c_int, *mut sockaddr, *mut socklen_t) -> c_int;

fn ask_address<A: SocketAddress>(
    call: &'static str,
    fd: BorrowedFd<'_>,
    ask: AskAddress,
) -> Result<A, HostError> {
    let mut raw = A::Raw::empty();
    let mut len = A::Raw::CAPACITY;
    // SAFETY: getsockname and getpeername write at most `len` octets to `raw`.
    let returned = unsafe { ask(fd.as_raw_fd(), raw.as_mut_ptr(), &raw mut len) };
    cvt(call, returned)?;
    decode(call, &raw, len)
}
