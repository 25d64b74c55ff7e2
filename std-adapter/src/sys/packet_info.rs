//! Where a datagram was sent to, by recvmsg(2) and its control messages
//! (cmsg(3), ip(7), ipv6(7)).

use core::net::IpAddr;
use std::os::fd::{AsRawFd, BorrowedFd};

use amphi_core::socket::Received;
use libc::{c_int, cmsghdr, msghdr};

use super::addr::{RawAddress, SocketAddress, decode_in_addr};
use super::cvt::retry;
use super::option::set;
use super::socket::decode;
use crate::HostError;

/// Room for control messages, aligned as their headers need it.
#[repr(C, align(8))]
pub(super) struct Control([u8; 128]);

impl Control {
    /// Before the kernel wrote anything.
    pub(super) const EMPTY: Self = Self([0; 128]);

    /// Makes it `message`'s; it must not move before the call is over.
    pub(super) fn tie(&mut self, message: &mut msghdr) {
        message.msg_control = self.0.as_mut_ptr().cast();
        message.msg_controllen = self.0.len() as _;
    }
}

/// Notes where a datagram was sent to.
pub(crate) fn note<A>(received: Received<A>, to: Option<Destination>) -> Received<A> {
    match to {
        Some((to, 0)) => received.sent_to(to),
        Some((to, interface)) => received.sent_to(to).through(interface),
        None => received,
    }
}

/// Asks the kernel to tell each datagram's destination.
pub(crate) fn set_packet_info(fd: BorrowedFd<'_>, is_v6: bool, on: bool) -> Result<(), HostError> {
    let on = c_int::from(on);
    if is_v6 {
        let (level, name) = (libc::IPPROTO_IPV6, libc::IPV6_RECVPKTINFO);
        return set(fd, "setsockopt IPV6_RECVPKTINFO", level, name, on);
    }
    #[cfg(target_os = "freebsd")]
    return set(
        fd,
        "setsockopt IP_RECVDSTADDR",
        libc::IPPROTO_IP,
        libc::IP_RECVDSTADDR,
        on,
    );
    #[cfg(not(target_os = "freebsd"))]
    set(
        fd,
        "setsockopt IP_PKTINFO",
        libc::IPPROTO_IP,
        libc::IP_PKTINFO,
        on,
    )
}

/// Where a datagram was sent to, and the index of the interface where it came in; zero
/// where the system does not tell.
pub(crate) type Destination = (IpAddr, u32);

/// One recvmsg(2): the datagram's length before it was cut (on systems that do
/// not tell: one more than the buffer's), its sender, and where it was sent to.
pub(crate) fn recv_with_destination<A: SocketAddress>(
    fd: BorrowedFd<'_>,
    buf: &mut [u8],
) -> Result<(usize, A, Option<Destination>), HostError> {
    let mut raw = A::Raw::empty();
    let mut control = Control::EMPTY;
    let mut part = libc::iovec {
        iov_base: buf.as_mut_ptr().cast(),
        iov_len: buf.len(),
    };
    // SAFETY: a `msghdr` is pointers and integers; zero is a value of each.
    let mut message: msghdr = unsafe { core::mem::zeroed() };
    message.msg_name = raw.as_mut_ptr().cast();
    message.msg_namelen = A::Raw::CAPACITY;
    message.msg_iov = &raw mut part;
    message.msg_iovlen = 1;
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
    Ok((len, from, destination(&message)))
}

/// `MSG_TRUNC` as an argument asks Linux for the real length.
#[cfg(target_os = "linux")]
const FLAGS: c_int = libc::MSG_TRUNC;
#[cfg(not(target_os = "linux"))]
const FLAGS: c_int = 0;

/// The destination that a control message of `message` tells.
pub(super) fn destination(message: &msghdr) -> Option<Destination> {
    // SAFETY: the kernel filled `message`, whose control buffer is live and aligned.
    let mut header = unsafe { libc::CMSG_FIRSTHDR(message) };
    while !header.is_null() {
        // SAFETY: CMSG_FIRSTHDR and CMSG_NXTHDR give whole headers inside the buffer, or null.
        let current = unsafe { header.read() };
        if let Some(address) = address_of(&current, header) {
            return Some(address);
        }
        // SAFETY: `header` is one of `message`'s.
        header = unsafe { libc::CMSG_NXTHDR(message, header) };
    }
    None
}

/// The address in the control message at `at`, whose header is `header`.
fn address_of(header: &cmsghdr, at: *const cmsghdr) -> Option<Destination> {
    match (header.cmsg_level, header.cmsg_type) {
        #[cfg(not(target_os = "freebsd"))]
        (libc::IPPROTO_IP, libc::IP_PKTINFO) => {
            let info: libc::in_pktinfo = data(header, at)?;
            #[allow(clippy::unnecessary_cast, reason = "an `int` on some platforms")]
            let index = info.ipi_ifindex as u32;
            Some((decode_in_addr(info.ipi_addr).into(), index))
        }
        #[cfg(target_os = "freebsd")]
        (libc::IPPROTO_IP, libc::IP_RECVDSTADDR) => {
            let address: libc::in_addr = data(header, at)?;
            Some((decode_in_addr(address).into(), 0))
        }
        (libc::IPPROTO_IPV6, libc::IPV6_PKTINFO) => {
            let info: libc::in6_pktinfo = data(header, at)?;
            #[allow(clippy::unnecessary_cast, reason = "an `int` on some platforms")]
            let index = info.ipi6_ifindex as u32;
            Some((IpAddr::from(info.ipi6_addr.s6_addr), index))
        }
        _ => None,
    }
}

/// The data of a control message, if it is long enough for a `T`, which must be
/// a structure of integers.
fn data<T: Copy>(header: &cmsghdr, at: *const cmsghdr) -> Option<T> {
    #[allow(clippy::unnecessary_cast, reason = "not `usize` on every platform")]
    let len = header.cmsg_len as usize;
    // SAFETY: CMSG_LEN computes with numbers only.
    let needed = unsafe { libc::CMSG_LEN(size_of::<T>() as _) };
    if len < needed as usize {
        return None;
    }
    // SAFETY: CMSG_DATA computes the address behind the header, inside the buffer.
    let data = unsafe { libc::CMSG_DATA(at) };
    // SAFETY: by the length above, a whole `T` lies there; alignment is not asked for.
    Some(unsafe { data.cast::<T>().read_unaligned() })
}
