//! New sockets, and what foreign ones need to become ours. A platform either
//! opens a socket with all its flags or sets them one by one.

use core::net::SocketAddr;
use std::os::fd::{BorrowedFd, OwnedFd};

use libc::c_int;

use super::{addr, fd, multicast};
use crate::HostError;

/// A TCP socket of `address`'s family.
pub(crate) fn stream_socket(address: &SocketAddr) -> Result<OwnedFd, HostError> {
    open(addr::family(address), libc::SOCK_STREAM)
}

/// A UDP socket of `address`'s family, deaf to groups that it does not join.
pub(crate) fn datagram_socket(address: &SocketAddr) -> Result<OwnedFd, HostError> {
    use std::os::fd::AsFd;
    let socket = open(addr::family(address), libc::SOCK_DGRAM)?;
    multicast::hear_only_joined(socket.as_fd(), address.is_ipv6())?;
    Ok(socket)
}

/// A Unix stream socket (unix(7)).
pub(crate) fn unix_stream_socket() -> Result<OwnedFd, HostError> {
    open(libc::AF_UNIX, libc::SOCK_STREAM)
}

/// A Unix datagram socket.
pub(crate) fn unix_datagram_socket() -> Result<OwnedFd, HostError> {
    open(libc::AF_UNIX, libc::SOCK_DGRAM)
}

/// Two Unix stream sockets, connected with each other.
pub(crate) fn unix_stream_pair() -> Result<[OwnedFd; 2], HostError> {
    pair(libc::SOCK_STREAM)
}

/// Two Unix datagram sockets, connected with each other.
pub(crate) fn unix_datagram_pair() -> Result<[OwnedFd; 2], HostError> {
    pair(libc::SOCK_DGRAM)
}

/// Makes a foreign stream or listener non-blocking and free of SIGPIPE.
pub(crate) fn adopt_stream(socket: BorrowedFd<'_>) -> Result<(), HostError> {
    fd::set_nonblocking(socket, true)?;
    #[cfg(target_vendor = "apple")]
    super::option::set_no_sigpipe(socket)?;
    Ok(())
}

/// Makes a foreign UDP socket non-blocking and deaf to groups that it does not join.
pub(crate) fn adopt_datagram(socket: BorrowedFd<'_>) -> Result<(), HostError> {
    adopt_stream(socket)?;
    let is_v6 = super::local::<SocketAddr>(socket)?.is_ipv6();
    multicast::hear_only_joined(socket, is_v6)
}

#[cfg(not(target_vendor = "apple"))]
fn open(family: c_int, kind: c_int) -> Result<OwnedFd, HostError> {
    let kind = kind | libc::SOCK_NONBLOCK | libc::SOCK_CLOEXEC;
    // SAFETY: the call takes no pointer.
    fd::own("socket", unsafe { libc::socket(family, kind, 0) })
}

#[cfg(target_vendor = "apple")]
fn open(family: c_int, kind: c_int) -> Result<OwnedFd, HostError> {
    use std::os::fd::AsFd;
    // SAFETY: the call takes no pointer.
    let socket = fd::own("socket", unsafe { libc::socket(family, kind, 0) })?;
    fd::set_close_on_exec(socket.as_fd())?;
    adopt_stream(socket.as_fd())?;
    Ok(socket)
}

#[cfg(not(target_vendor = "apple"))]
fn pair(kind: c_int) -> Result<[OwnedFd; 2], HostError> {
    socketpair(kind | libc::SOCK_NONBLOCK | libc::SOCK_CLOEXEC)
}

#[cfg(target_vendor = "apple")]
fn pair(kind: c_int) -> Result<[OwnedFd; 2], HostError> {
    use std::os::fd::AsFd;
    let ends = socketpair(kind)?;
    for end in &ends {
        fd::set_close_on_exec(end.as_fd())?;
        adopt_stream(end.as_fd())?;
    }
    Ok(ends)
}

fn socketpair(kind: c_int) -> Result<[OwnedFd; 2], HostError> {
    let mut ends = [-1; 2];
    // SAFETY: the kernel writes two numbers to `ends`.
    let returned = unsafe { libc::socketpair(libc::AF_UNIX, kind, 0, ends.as_mut_ptr()) };
    super::cvt::cvt("socketpair", returned)?;
    let [one, other] = ends;
    Ok([fd::own("socketpair", one)?, fd::own("socketpair", other)?])
}
