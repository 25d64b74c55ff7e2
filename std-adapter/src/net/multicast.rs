use core::net::{IpAddr, Ipv4Addr};
use std::os::fd::AsFd;

use amphi_core::ErrorKind;
use amphi_core::socket::{Interface, Multicast};

use super::UdpSocket;
use crate::HostError;
use crate::sys::{self, Membership};

/// By `ip_mreqn` and `ipv6_mreq` (ip(7), ipv6(7)). An interface that is not
/// there is `NotFound`, or `AddrNotAvailable` for
/// [`set_multicast_interface`](Multicast::set_multicast_interface) by address.
impl Multicast for UdpSocket {
    fn join(&mut self, group: IpAddr, interface: Interface) -> Result<(), HostError> {
        self.membership("join", group, interface)?
            .join(self.fd.as_fd())
    }

    fn leave(&mut self, group: IpAddr, interface: Interface) -> Result<(), HostError> {
        self.membership("leave", group, interface)?
            .leave(self.fd.as_fd())
    }

    fn set_multicast_hop_limit(&mut self, hops: u8) -> Result<(), HostError> {
        sys::set_multicast_hop_limit(self.fd.as_fd(), self.is_v6()?, hops)
    }

    fn set_multicast_loop(&mut self, on: bool) -> Result<(), HostError> {
        sys::set_multicast_loop(self.fd.as_fd(), self.is_v6()?, on)
    }

    fn set_multicast_interface(&mut self, interface: Interface) -> Result<(), HostError> {
        const CALL: &str = "set_multicast_interface";
        if self.is_v6()? {
            let index = index_of(interface).ok_or(invalid(CALL))?;
            return sys::set_multicast_index(self.fd.as_fd(), index);
        }
        let (address, index) = split(interface);
        sys::set_multicast_interface_v4(self.fd.as_fd(), address, index)
    }
}

impl UdpSocket {
    /// The kernel's form of a group on an interface, if that makes sense.
    fn membership(
        &self,
        call: &'static str,
        group: IpAddr,
        interface: Interface,
    ) -> Result<Membership, HostError> {
        if !group.is_multicast() || group.is_ipv6() != self.is_v6()? {
            return Err(invalid(call));
        }
        match group {
            IpAddr::V4(group) => {
                let (address, index) = split(interface);
                Ok(Membership::V4(group, address, index))
            }
            IpAddr::V6(group) => {
                let index = index_of(interface).ok_or(invalid(call))?;
                Ok(Membership::V6(group, index))
            }
        }
    }
}

/// Address and index of an interface; zero where it has none.
const fn split(interface: Interface) -> (Ipv4Addr, u32) {
    match interface {
        Interface::Any => (Ipv4Addr::UNSPECIFIED, 0),
        Interface::Address(address) => (address, 0),
        Interface::Index(index) => (Ipv4Addr::UNSPECIFIED, index),
    }
}

/// The index of an interface, zero for any; nothing if it is known by address.
const fn index_of(interface: Interface) -> Option<u32> {
    match interface {
        Interface::Any => Some(0),
        Interface::Address(_) => None,
        Interface::Index(index) => Some(index),
    }
}

const fn invalid(call: &'static str) -> HostError {
    HostError::refused(call, ErrorKind::InvalidInput)
}
