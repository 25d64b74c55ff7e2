//! The interface of a flat stack: its addresses and its routes.

use core::net::IpAddr;

use amphi_core::ErrorKind;
use amphi_core::addr::IpNetwork;
use smoltcp::iface::Route;
use smoltcp::phy::Device;
use smoltcp::wire::{IpAddress, IpCidr};

use super::FlatStack;
use super::inner::Inner;
use crate::network::{ALL_V4, ALL_V6};
use crate::{Platform, convert};

impl<D: Device, P: Platform> FlatStack<'_, D, P> {
    /// Gives the interface one more address with the length of its network's prefix in bits.
    ///
    /// # Errors
    ///
    /// `Exhausted` above smoltcp's `IFACE_MAX_ADDR_COUNT` (2 unless its
    /// environment variable says otherwise); `AlreadyExists` when it has it; `InvalidInput`
    /// for a group, the unspecified address or too long a prefix; `Unsupported` for IPv6
    /// without the feature.
    pub fn add_address(&self, address: IpAddr, prefix_len: u8) -> Result<(), ErrorKind> {
        let ip = convert::address(address).ok_or(ErrorKind::Unsupported)?;
        let longest = if address.is_ipv4() { 32 } else { 128 };
        if prefix_len > longest || address.is_multicast() || address.is_unspecified() {
            return Err(ErrorKind::InvalidInput);
        }
        let mut inner = self.inner();
        if inner.iface.has_ip_addr(ip) {
            return Err(ErrorKind::AlreadyExists);
        }
        let mut result = Ok(());
        inner.iface.update_ip_addrs(|addresses| {
            result = addresses
                .push(IpCidr::new(ip, prefix_len))
                .map_err(|_| ErrorKind::Exhausted);
        });
        result
    }

    /// Sends what is for `network` to `router`, in the place of the router that it had
    /// before, if any. The longest prefix counts. The networks of the interface's own
    /// addresses need no route.
    ///
    /// # Errors
    ///
    /// `Exhausted` above smoltcp's `IFACE_MAX_ROUTE_COUNT` (2 unless its environment
    /// variable says otherwise); `InvalidInput` for a router that is no single host or
    /// of the other family; `Unsupported` for IPv6 without the feature.
    pub fn add_route(&self, network: IpNetwork, router: IpAddr) -> Result<(), ErrorKind> {
        let address = network.network_address();
        let to = convert::address(address).ok_or(ErrorKind::Unsupported)?;
        let via_router = convert::address(router).ok_or(ErrorKind::Unsupported)?;
        let mut inner = self.inner();
        if address.is_ipv4() != router.is_ipv4() || !inner.is_one(via_router) {
            return Err(ErrorKind::InvalidInput);
        }
        let route = Route {
            cidr: IpCidr::new(to, network.prefix_len()),
            via_router,
            preferred_until: None,
            expires_at: None,
        };
        let mut result = Ok(());
        inner.iface.routes_mut().update(|routes| {
            match routes.iter_mut().find(|known| known.cidr == route.cidr) {
                Some(known) => *known = route,
                None => result = routes.push(route).map_err(|_| ErrorKind::Exhausted),
            }
        });
        result
    }

    /// Sets the router to all networks of its family that no route is for.
    ///
    /// # Errors
    ///
    /// As [`add_route`](Self::add_route).
    pub fn set_gateway(&self, router: impl Into<IpAddr>) -> Result<(), ErrorKind> {
        let router = router.into();
        let everything = if router.is_ipv4() { ALL_V4 } else { ALL_V6 };
        self.add_route(everything, router)
    }
}

impl<D: Device> Inner<'_, D> {
    /// Whether it is the address of one host.
    pub(super) fn is_one(&self, ip: IpAddress) -> bool {
        let own = self.iface.ip_addrs();
        let is_broadcast = own.iter().any(|cidr| match cidr {
            IpCidr::Ipv4(cidr) => cidr.broadcast().map(IpAddress::Ipv4) == Some(ip),
            #[cfg(feature = "ipv6")]
            IpCidr::Ipv6(_) => false,
        });
        !ip.is_unspecified() && !ip.is_multicast() && !ip.is_broadcast() && !is_broadcast
    }
}
