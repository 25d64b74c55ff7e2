use alloc::ffi::CString;
use core::net::{Ipv4Addr, Ipv6Addr};
use std::os::fd::BorrowedFd;

use amphi_core::ErrorKind;
use libc::c_int;

use super::addr::{decode_in_addr, encode_in_addr};
use super::option::{get, set};
use crate::HostError;

#[cfg(target_os = "linux")]
use libc::{IPV6_ADD_MEMBERSHIP as JOIN_V6, IPV6_DROP_MEMBERSHIP as LEAVE_V6};
#[cfg(not(target_os = "linux"))]
use libc::{IPV6_JOIN_GROUP as JOIN_V6, IPV6_LEAVE_GROUP as LEAVE_V6};

/// A group on an interface; index 0 and address 0.0.0.0 mean any.
#[derive(Clone, Copy)]
pub(crate) enum Membership {
    /// An IPv4 group, with the interface's address or its index.
    V4(Ipv4Addr, Ipv4Addr, u32),
    /// An IPv6 group, with the interface's index.
    V6(Ipv6Addr, u32),
}

impl Membership {
    /// Joins the group.
    pub(crate) fn join(self, fd: BorrowedFd<'_>) -> Result<(), HostError> {
        match self {
            Self::V4(group, address, index) => set(
                fd,
                "setsockopt IP_ADD_MEMBERSHIP",
                libc::IPPROTO_IP,
                libc::IP_ADD_MEMBERSHIP,
                request_v4(group, address, index),
            ),
            Self::V6(group, index) => set(
                fd,
                "setsockopt IPV6_ADD_MEMBERSHIP",
                libc::IPPROTO_IPV6,
                JOIN_V6,
                request_v6(group, index),
            ),
        }
    }

    /// Leaves the group.
    pub(crate) fn leave(self, fd: BorrowedFd<'_>) -> Result<(), HostError> {
        match self {
            Self::V4(group, address, index) => set(
                fd,
                "setsockopt IP_DROP_MEMBERSHIP",
                libc::IPPROTO_IP,
                libc::IP_DROP_MEMBERSHIP,
                request_v4(group, address, index),
            ),
            Self::V6(group, index) => set(
                fd,
                "setsockopt IPV6_DROP_MEMBERSHIP",
                libc::IPPROTO_IPV6,
                LEAVE_V6,
                request_v6(group, index),
            ),
        }
    }
}

/// Routers that a datagram to a group may pass, plus one.
pub(crate) fn set_multicast_hop_limit(
    fd: BorrowedFd<'_>,
    is_v6: bool,
    hops: u8,
) -> Result<(), HostError> {
    let hops = c_int::from(hops);
    if is_v6 {
        let (level, name) = (libc::IPPROTO_IPV6, libc::IPV6_MULTICAST_HOPS);
        return set(fd, "setsockopt IPV6_MULTICAST_HOPS", level, name, hops);
    }
    let (level, name) = (libc::IPPROTO_IP, libc::IP_MULTICAST_TTL);
    set(fd, "setsockopt IP_MULTICAST_TTL", level, name, hops)
}

/// What [`set_multicast_hop_limit`] has set.
pub(crate) fn multicast_hop_limit(fd: BorrowedFd<'_>, is_v6: bool) -> Result<u8, HostError> {
    let hops: c_int = if is_v6 {
        let (level, name) = (libc::IPPROTO_IPV6, libc::IPV6_MULTICAST_HOPS);
        get(fd, "getsockopt IPV6_MULTICAST_HOPS", level, name)?
    } else {
        let (level, name) = (libc::IPPROTO_IP, libc::IP_MULTICAST_TTL);
        // One octet, as the BSDs have it; Linux then tells one, too.
        get::<u8>(fd, "getsockopt IP_MULTICAST_TTL", level, name)?.into()
    };
    Ok(u8::try_from(hops).unwrap_or(u8::MAX))
}

/// What [`set_multicast_loop`] has set.
pub(crate) fn multicast_loop(fd: BorrowedFd<'_>, is_v6: bool) -> Result<bool, HostError> {
    if is_v6 {
        let (level, name) = (libc::IPPROTO_IPV6, libc::IPV6_MULTICAST_LOOP);
        let on: c_int = get(fd, "getsockopt IPV6_MULTICAST_LOOP", level, name)?;
        return Ok(on != 0);
    }
    let (level, name) = (libc::IPPROTO_IP, libc::IP_MULTICAST_LOOP);
    get::<u8>(fd, "getsockopt IP_MULTICAST_LOOP", level, name).map(|on| on != 0)
}

/// Whether this machine's members hear what the socket sends.
pub(crate) fn set_multicast_loop(
    fd: BorrowedFd<'_>,
    is_v6: bool,
    on: bool,
) -> Result<(), HostError> {
    let on = c_int::from(on);
    if is_v6 {
        let (level, name) = (libc::IPPROTO_IPV6, libc::IPV6_MULTICAST_LOOP);
        return set(fd, "setsockopt IPV6_MULTICAST_LOOP", level, name, on);
    }
    let (level, name) = (libc::IPPROTO_IP, libc::IP_MULTICAST_LOOP);
    set(fd, "setsockopt IP_MULTICAST_LOOP", level, name, on)
}

/// The outgoing interface of an IPv4 socket, by address or index.
pub(crate) fn set_multicast_interface_v4(
    fd: BorrowedFd<'_>,
    address: Ipv4Addr,
    index: u32,
) -> Result<(), HostError> {
    let request = request_v4(Ipv4Addr::UNSPECIFIED, address, index);
    let (level, name) = (libc::IPPROTO_IP, libc::IP_MULTICAST_IF);
    set(fd, "setsockopt IP_MULTICAST_IF", level, name, request)
}

/// The address of the outgoing interface of an IPv4 socket; 0.0.0.0 for none in particular, or
/// one that was set by its index alone (BSD).
pub(crate) fn multicast_interface_v4(fd: BorrowedFd<'_>) -> Result<Ipv4Addr, HostError> {
    let (level, name) = (libc::IPPROTO_IP, libc::IP_MULTICAST_IF);
    let address: libc::in_addr = get(fd, "getsockopt IP_MULTICAST_IF", level, name)?;
    Ok(decode_in_addr(address))
}

/// The index of the outgoing interface of an IPv6 socket; 0 for none in particular.
pub(crate) fn multicast_index(fd: BorrowedFd<'_>) -> Result<u32, HostError> {
    let (level, name) = (libc::IPPROTO_IPV6, libc::IPV6_MULTICAST_IF);
    get(fd, "getsockopt IPV6_MULTICAST_IF", level, name)
}

/// The outgoing interface of an IPv6 socket.
pub(crate) fn set_multicast_index(fd: BorrowedFd<'_>, index: u32) -> Result<(), HostError> {
    let (level, name) = (libc::IPPROTO_IPV6, libc::IPV6_MULTICAST_IF);
    set(fd, "setsockopt IPV6_MULTICAST_IF", level, name, index)
}

/// Switches off that a socket hears groups which any other socket of the
/// machine joined (ip(7); IPv6 since Linux 4.20, older kernels are tolerated).
#[cfg(target_os = "linux")]
pub(super) fn hear_only_joined(fd: BorrowedFd<'_>, is_v6: bool) -> Result<(), HostError> {
    /// `linux/in6.h`; libc does not have it on each target.
    const IPV6_MULTICAST_ALL: c_int = 29;
    /// `linux/in.h`.
    const IP_MULTICAST_ALL: c_int = 49;
    let done = if is_v6 {
        let (level, name) = (libc::IPPROTO_IPV6, IPV6_MULTICAST_ALL);
        set::<c_int>(fd, "setsockopt IPV6_MULTICAST_ALL", level, name, 0)
    } else {
        let (level, name) = (libc::IPPROTO_IP, IP_MULTICAST_ALL);
        set::<c_int>(fd, "setsockopt IP_MULTICAST_ALL", level, name, 0)
    };
    match done.map_err(|error| (error, error.errno())) {
        Ok(()) | Err((_, Some(libc::ENOPROTOOPT | libc::EINVAL))) => Ok(()),
        Err((error, _)) => Err(error),
    }
}

/// Other systems have no such switch.
#[cfg(not(target_os = "linux"))]
#[expect(
    clippy::unnecessary_wraps,
    reason = "the name that Linux supplies can fail"
)]
pub(super) fn hear_only_joined(_fd: BorrowedFd<'_>, _is_v6: bool) -> Result<(), HostError> {
    Ok(())
}

/// The index of the interface `name`.
pub(crate) fn interface_index(name: &str) -> Result<u32, HostError> {
    let Ok(name) = CString::new(name) else {
        return Err(HostError::refused(
            "if_nametoindex",
            ErrorKind::InvalidInput,
        ));
    };
    // SAFETY: `name` is a C string that lives for the call.
    match unsafe { libc::if_nametoindex(name.as_ptr()) } {
        0 => Err(HostError::last("if_nametoindex")),
        index => Ok(index),
    }
}

fn request_v4(group: Ipv4Addr, address: Ipv4Addr, index: u32) -> libc::ip_mreqn {
    libc::ip_mreqn {
        imr_multiaddr: encode_in_addr(group),
        imr_address: encode_in_addr(address),
        imr_ifindex: c_int::try_from(index).unwrap_or(c_int::MAX),
    }
}

fn request_v6(group: Ipv6Addr, index: u32) -> libc::ipv6_mreq {
    libc::ipv6_mreq {
        ipv6mr_multiaddr: libc::in6_addr {
            s6_addr: group.octets(),
        },
        ipv6mr_interface: index as _,
    }
}
