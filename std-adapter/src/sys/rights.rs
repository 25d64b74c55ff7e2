//! Descriptors through a Unix socket (unix(7)), and who is at its other end.

use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

use amphi_core::ErrorKind;
use libc::c_int;

use super::ancillary::{Control, Told, told};
use super::cvt::retry;
use super::message::header;
use super::socket::NO_SIGNAL;
use crate::HostError;

/// The most descriptors of one message: Linux's `SCM_MAX_FD`.
pub(crate) const MOST_FDS: usize = 253;
/// Room for them with their header.
const ROOM: usize = 1_056;

/// One sendmsg(2): how many of `octets` left, with duplicates of all `fds`.
pub(crate) fn send_fds(
    fd: BorrowedFd<'_>,
    octets: &[u8],
    fds: &[BorrowedFd<'_>],
) -> Result<usize, HostError> {
    let mut raw = [0; MOST_FDS];
    let Some(numbers) = raw.get_mut(..fds.len()) else {
        return Err(HostError::refused("sendmsg", ErrorKind::InvalidInput));
    };
    for (number, fd) in numbers.iter_mut().zip(fds) {
        *number = fd.as_raw_fd();
    }
    let mut control = Control::<ROOM>::EMPTY;
    let mut part = libc::iovec {
        // The kernel only reads what is sent.
        iov_base: octets.as_ptr().cast_mut().cast(),
        iov_len: octets.len(),
    };
    let mut message = header(&mut part);
    if !fds.is_empty() {
        control.put(&mut message, (libc::SOL_SOCKET, libc::SCM_RIGHTS), numbers);
    }
    let sent = retry("sendmsg", || {
        // SAFETY: each pointer in `message` is to a live buffer of the length beside it.
        unsafe { libc::sendmsg(fd.as_raw_fd(), &raw const message, NO_SIGNAL) }
    })?;
    Ok(sent.cast_unsigned())
}

/// What came with a message.
pub(crate) struct Rights {
    /// Octets.
    pub(crate) len: usize,
    /// The descriptors, all closed on exec.
    pub(crate) fds: Vec<OwnedFd>,
    /// Whether there were more than could be taken.
    pub(crate) cut: bool,
}

/// One recvmsg(2) that takes at most `most` descriptors; the kernel closes the others.
pub(crate) fn recv_fds(
    fd: BorrowedFd<'_>,
    buf: &mut [u8],
    most: usize,
) -> Result<Rights, HostError> {
    let mut control = Control::<ROOM>::EMPTY;
    let mut part = libc::iovec {
        iov_base: buf.as_mut_ptr().cast(),
        iov_len: buf.len(),
    };
    let mut message = header(&mut part);
    control.tie(&mut message);
    let len = retry("recvmsg", || {
        // SAFETY: each pointer in `message` is to a live buffer of the length beside it.
        unsafe { libc::recvmsg(fd.as_raw_fd(), &raw mut message, FLAGS) }
    })?;
    // All are owned before anything else is done, so that none is leaked.
    let mut fds: Vec<OwnedFd> = told(&message).flat_map(owned).collect();
    #[cfg(target_vendor = "apple")]
    for fd in &fds {
        super::fd::set_close_on_exec(std::os::fd::AsFd::as_fd(fd))?;
    }
    let cut = message.msg_flags & libc::MSG_CTRUNC != 0 || fds.len() > most;
    fds.truncate(most);
    Ok(Rights {
        len: len.cast_unsigned(),
        fds,
        cut,
    })
}

/// A call can open what comes as closed on exec, except on macOS.
#[cfg(not(target_vendor = "apple"))]
const FLAGS: c_int = libc::MSG_CMSG_CLOEXEC;
#[cfg(target_vendor = "apple")]
const FLAGS: c_int = 0;

/// The descriptors in one control message.
fn owned(told: Told) -> impl Iterator<Item = OwnedFd> {
    let is_rights = told.kind() == (libc::SOL_SOCKET, libc::SCM_RIGHTS);
    let numbers = (0..).map_while(move |index| told.value::<c_int>(index).filter(|_| is_rights));
    numbers.map(|raw| {
        // SAFETY: the kernel has just made this descriptor for this message, and nobody else
        // knows it.
        unsafe { OwnedFd::from_raw_fd(raw) }
    })
}

/// User, group and process at the other end, as of the time that it connected.
#[cfg(target_os = "linux")]
pub(crate) fn peer_credentials(fd: BorrowedFd<'_>) -> Result<(u32, u32, Option<i32>), HostError> {
    let (level, name) = (libc::SOL_SOCKET, libc::SO_PEERCRED);
    let peer: libc::ucred = super::option::get(fd, "getsockopt SO_PEERCRED", level, name)?;
    // Without a peer the kernel says process 0 and nobody.
    if peer.pid == 0 {
        return Err(HostError::refused(
            "getsockopt SO_PEERCRED",
            ErrorKind::NotConnected,
        ));
    }
    Ok((peer.uid, peer.gid, Some(peer.pid)))
}

/// User and group at the other end, as of the time that it connected.
#[cfg(not(target_os = "linux"))]
pub(crate) fn peer_credentials(fd: BorrowedFd<'_>) -> Result<(u32, u32, Option<i32>), HostError> {
    let (mut user, mut group) = (0, 0);
    // SAFETY: the call writes one number to each pointer.
    let returned = unsafe { libc::getpeereid(fd.as_raw_fd(), &raw mut user, &raw mut group) };
    super::cvt::cvt("getpeereid", returned)?;
    Ok((user, group, None))
}
