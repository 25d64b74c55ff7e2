//! Where a datagram was sent to (ip(7), ipv6(7)).

use core::net::IpAddr;
use std::os::fd::BorrowedFd;

use amphi_core::socket::Received;
use libc::c_int;

use super::addr::decode_in_addr;
use super::ancillary::Told;
use super::option::set;
use crate::HostError;

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

/// Notes where a datagram was sent to.
pub(crate) fn note<A>(received: Received<A>, to: Option<Destination>) -> Received<A> {
    match to {
        Some((to, 0)) => received.sent_to(to),
        Some((to, interface)) => received.sent_to(to).through(interface),
        None => received,
    }
}

/// The destination, if that is what `told` tells.
pub(super) fn destination(told: &Told) -> Option<Destination> {
    match told.kind() {
        #[cfg(not(target_os = "freebsd"))]
        (libc::IPPROTO_IP, libc::IP_PKTINFO) => {
            let info: libc::in_pktinfo = told.value(0)?;
            #[allow(clippy::unnecessary_cast, reason = "an `int` on some platforms")]
            let index = info.ipi_ifindex as u32;
            Some((decode_in_addr(info.ipi_addr).into(), index))
        }
        #[cfg(target_os = "freebsd")]
        (libc::IPPROTO_IP, libc::IP_RECVDSTADDR) => {
            let address: libc::in_addr = told.value(0)?;
            Some((decode_in_addr(address).into(), 0))
        }
        (libc::IPPROTO_IPV6, libc::IPV6_PKTINFO) => {
            let info: libc::in6_pktinfo = told.value(0)?;
            #[allow(clippy::unnecessary_cast, reason = "an `int` on some platforms")]
            let index = info.ipi6_ifindex as u32;
            Some((IpAddr::from(info.ipi6_addr.s6_addr), index))
        }
        _ => None,
    }
}
