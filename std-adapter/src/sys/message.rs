//! Datagrams with what the kernel tells of them, by recvmsg(2), and with what it is
//! told of them, by sendmsg(2).

use core::time::Duration;
use std::os::fd::{AsRawFd, BorrowedFd};

use libc::{c_int, msghdr};

use super::addr::{RawAddress, SocketAddress};
use super::ancillary::{Control, Told, told};
use super::cvt::retry;
use super::option::set;
use super::packet_info::{Destination, destination};
use super::socket::decode;
use crate::HostError;

/// What the kernel tells of a datagram, where it was asked to.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Notes {
    /// Where it was sent to.
    pub(crate) to: Option<Destination>,
    /// When it arrived, since 1970.
    pub(crate) time: Option<Duration>,
    /// The length of the datagrams that it was put together from.
    pub(crate) segment: Option<usize>,
}

impl Notes {
    /// What control messages tell.
    pub(super) fn of(message: &msghdr) -> Self {
        let mut notes = Self::default();
        for told in told(message) {
            notes.to = notes.to.or_else(|| destination(&told));
            notes.time = notes.time.or_else(|| time(&told));
            notes.segment = notes.segment.or_else(|| segment(&told));
        }
        notes
    }
}

/// A header for one datagram of `part`.
pub(super) fn header(part: &mut libc::iovec) -> msghdr {
    // SAFETY: a `msghdr` is pointers and integers; zero is a value of each.
    let mut message: msghdr = unsafe { core::mem::zeroed() };
    message.msg_iov = part;
    message.msg_iovlen = 1;
    message
}

/// One recvmsg(2): the datagram's length before it was cut (on systems that do
/// not tell: one more than the buffer's), its sender, and what else is known of it.
pub(crate) fn recv_message<A: SocketAddress>(
    fd: BorrowedFd<'_>,
    buf: &mut [u8],
) -> Result<(usize, A, Notes), HostError> {
    let mut raw = A::Raw::empty();
    let mut control: Control = Control::EMPTY;
    let mut part = libc::iovec {
        iov_base: buf.as_mut_ptr().cast(),
        iov_len: buf.len(),
    };
    let mut message = header(&mut part);
    message.msg_name = raw.as_mut_ptr().cast();
    message.msg_namelen = A::Raw::CAPACITY;
    control.tie(&mut message);
    let len = retry("recvmsg", || {
        // SAFETY: each pointer in `message` is to a live buffer of the length beside it.
        unsafe { libc::recvmsg(fd.as_raw_fd(), &raw mut message, FLAGS) }
    })?;
    let mut len = len.cast_unsigned();
    if message.msg_flags & libc::MSG_TRUNC != 0 && len <= buf.len() {
        len = buf.len() + 1;
    }
    let from = decode("recvmsg", &raw, message.msg_namelen)?;
    Ok((len, from, Notes::of(&message)))
}

/// `MSG_TRUNC` as an argument asks Linux for the real length.
#[cfg(target_os = "linux")]
const FLAGS: c_int = libc::MSG_TRUNC;
#[cfg(not(target_os = "linux"))]
const FLAGS: c_int = 0;

/// Asks the kernel to tell when each datagram arrived: in nanoseconds on Linux, in
/// microseconds elsewhere.
pub(crate) fn set_timestamps(fd: BorrowedFd<'_>, on: bool) -> Result<(), HostError> {
    #[cfg(target_os = "linux")]
    let (call, name) = ("setsockopt SO_TIMESTAMPNS", libc::SO_TIMESTAMPNS);
    #[cfg(not(target_os = "linux"))]
    let (call, name) = ("setsockopt SO_TIMESTAMP", libc::SO_TIMESTAMP);
    set(fd, call, libc::SOL_SOCKET, name, c_int::from(on))
}

#[cfg(target_os = "linux")]
fn time(told: &Told) -> Option<Duration> {
    if told.kind() != (libc::SOL_SOCKET, libc::SCM_TIMESTAMPNS) {
        return None;
    }
    let time: libc::timespec = told.value(0)?;
    let nanos = u32::try_from(time.tv_nsec).ok()?;
    Some(Duration::new(u64::try_from(time.tv_sec).ok()?, nanos))
}

#[cfg(not(target_os = "linux"))]
fn time(told: &Told) -> Option<Duration> {
    if told.kind() != (libc::SOL_SOCKET, libc::SCM_TIMESTAMP) {
        return None;
    }
    let time: libc::timeval = told.value(0)?;
    let micros = u32::try_from(time.tv_usec).ok()?;
    Some(Duration::new(
        u64::try_from(time.tv_sec).ok()?,
        micros * 1_000,
    ))
}

#[cfg(target_os = "linux")]
fn segment(told: &Told) -> Option<usize> {
    if told.kind() != (libc::SOL_UDP, libc::UDP_GRO) {
        return None;
    }
    usize::try_from(told.value::<c_int>(0)?).ok()
}

#[cfg(not(target_os = "linux"))]
const fn segment(_: &Told) -> Option<usize> {
    None
}

/// Whether the kernel puts datagrams of one sender together (udp(7)).
#[cfg(target_os = "linux")]
pub(crate) fn set_receive_offload(fd: BorrowedFd<'_>, on: bool) -> Result<(), HostError> {
    let (level, name) = (libc::SOL_UDP, libc::UDP_GRO);
    set(fd, "setsockopt UDP_GRO", level, name, c_int::from(on))
}

/// One sendmsg(2): `octets` leave as datagrams of `segment` octets, the last one as
/// long as what remains.
#[cfg(target_os = "linux")]
pub(crate) fn send_segments<A: SocketAddress>(
    fd: BorrowedFd<'_>,
    octets: &[u8],
    segment: u16,
    to: &A,
) -> Result<(), HostError> {
    let (mut raw, len) = to.encode();
    let mut control: Control = Control::EMPTY;
    let mut part = libc::iovec {
        // The kernel only reads what is sent.
        iov_base: octets.as_ptr().cast_mut().cast(),
        iov_len: octets.len(),
    };
    let mut message = header(&mut part);
    message.msg_name = raw.as_mut_ptr().cast();
    message.msg_namelen = len;
    control.put(&mut message, (libc::SOL_UDP, libc::UDP_SEGMENT), &[segment]);
    retry("sendmsg", || {
        // SAFETY: each pointer in `message` is to a live buffer of the length beside it.
        unsafe { libc::sendmsg(fd.as_raw_fd(), &raw const message, super::socket::NO_SIGNAL) }
    })
    .map(drop)
}
