//! Groups of which one sender alone is heard (RFC 3376 and 3810).

use core::net::{IpAddr, Ipv4Addr, SocketAddr};
use core::ptr;
use std::os::fd::BorrowedFd;

use libc::{c_int, group_source_req, sockaddr_storage};

use super::addr::{SocketAddress, encode_in_addr};
use super::option::set;
use crate::HostError;

/// A group, its only sender, and an interface.
#[derive(Clone, Copy)]
pub(crate) enum SourceMembership {
    /// With the interface's address.
    V4(Ipv4Addr, Ipv4Addr, Ipv4Addr),
    /// With the interface's index; 0 for any. Both addresses are of one family.
    ByIndex(IpAddr, IpAddr, u32),
}

impl SourceMembership {
    pub(crate) fn join(self, fd: BorrowedFd<'_>) -> Result<(), HostError> {
        match self {
            Self::V4(group, source, interface) => set(
                fd,
                "setsockopt IP_ADD_SOURCE_MEMBERSHIP",
                libc::IPPROTO_IP,
                libc::IP_ADD_SOURCE_MEMBERSHIP,
                request_v4(group, source, interface),
            ),
            Self::ByIndex(group, source, index) => set(
                fd,
                "setsockopt MCAST_JOIN_SOURCE_GROUP",
                level(group),
                libc::MCAST_JOIN_SOURCE_GROUP,
                request(group, source, index),
            ),
        }
    }

    pub(crate) fn leave(self, fd: BorrowedFd<'_>) -> Result<(), HostError> {
        match self {
            Self::V4(group, source, interface) => set(
                fd,
                "setsockopt IP_DROP_SOURCE_MEMBERSHIP",
                libc::IPPROTO_IP,
                libc::IP_DROP_SOURCE_MEMBERSHIP,
                request_v4(group, source, interface),
            ),
            Self::ByIndex(group, source, index) => set(
                fd,
                "setsockopt MCAST_LEAVE_SOURCE_GROUP",
                level(group),
                libc::MCAST_LEAVE_SOURCE_GROUP,
                request(group, source, index),
            ),
        }
    }
}

const fn request_v4(
    group: Ipv4Addr,
    source: Ipv4Addr,
    interface: Ipv4Addr,
) -> libc::ip_mreq_source {
    libc::ip_mreq_source {
        imr_multiaddr: encode_in_addr(group),
        imr_interface: encode_in_addr(interface),
        imr_sourceaddr: encode_in_addr(source),
    }
}

fn request(group: IpAddr, source: IpAddr, index: u32) -> group_source_req {
    // With zeros between its fields, too, as the kernel reads all of it.
    // SAFETY: all fields are integers and structures of them; zero is a value of each.
    let mut request: group_source_req = unsafe { core::mem::zeroed() };
    request.gsr_interface = index;
    request.gsr_group = storage(group);
    request.gsr_source = storage(source);
    request
}

const fn level(group: IpAddr) -> c_int {
    match group {
        IpAddr::V4(_) => libc::IPPROTO_IP,
        IpAddr::V6(_) => libc::IPPROTO_IPV6,
    }
}

/// The address, without a port, in room for one of any family.
fn storage(address: IpAddr) -> sockaddr_storage {
    let (raw, len) = SocketAddr::new(address, 0).encode();
    // SAFETY: all fields are integers and arrays of them; zero is a value of each.
    let mut room: sockaddr_storage = unsafe { core::mem::zeroed() };
    let to = ptr::from_mut(&mut room).cast::<u8>();
    // SAFETY: `raw` holds an address of `len` octets, and there is room for any address.
    unsafe { ptr::copy_nonoverlapping(ptr::from_ref(&raw).cast(), to, len as usize) };
    room
}
