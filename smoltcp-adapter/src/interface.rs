//! Addresses and routes of smoltcp's interface, the same for both stacks.

use core::net::IpAddr;

use amphi_core::ErrorKind;
use amphi_core::addr::IpNetwork;
use smoltcp::iface::{Interface, Route};
use smoltcp::wire::{IpAddress, IpCidr};

use crate::convert;

/// As [`Stack::add_address`](crate::Stack::add_address).
pub(crate) fn add_address(
    iface: &mut Interface,
    ip: IpAddr,
    prefix_len: u8,
) -> Result<(), ErrorKind> {
    let address = convert::address(ip).ok_or(ErrorKind::Unsupported)?;
    let longest = if ip.is_ipv4() { 32 } else { 128 };
    if prefix_len > longest || ip.is_multicast() || ip.is_unspecified() {
        return Err(ErrorKind::InvalidInput);
    }
    if iface.has_ip_addr(address) {
        return Err(ErrorKind::AlreadyExists);
    }
    let mut result = Ok(());
    iface.update_ip_addrs(|addresses| {
        result = addresses
            .push(IpCidr::new(address, prefix_len))
            .map_err(|_| ErrorKind::Exhausted);
    });
    result
}

/// As [`Stack::add_route`](crate::Stack::add_route).
pub(crate) fn add_route(
    iface: &mut Interface,
    network: IpNetwork,
    router: IpAddr,
) -> Result<(), ErrorKind> {
    let cidr = cidr(network)?;
    let via_router = convert::address(router).ok_or(ErrorKind::Unsupported)?;
    if network.network_address().is_ipv4() != router.is_ipv4() || !is_for_one(iface, via_router) {
        return Err(ErrorKind::InvalidInput);
    }
    let route = Route {
        cidr,
        via_router,
        preferred_until: None,
        expires_at: None,
    };
    let mut result = Ok(());
    iface.routes_mut().update(
        |routes| match routes.iter_mut().find(|known| known.cidr == cidr) {
            Some(known) => *known = route,
            None => result = routes.push(route).map_err(|_| ErrorKind::Exhausted),
        },
    );
    result
}

/// smoltcp's form of a network.
pub(crate) fn cidr(network: IpNetwork) -> Result<IpCidr, ErrorKind> {
    let address = convert::address(network.network_address()).ok_or(ErrorKind::Unsupported)?;
    Ok(IpCidr::new(address, network.prefix_len()))
}

/// Who takes what is for one host: itself in the interface's own networks, else the
/// router of the longest prefix.
#[inline(always)] // less code on a Cortex-M3
pub(crate) fn next_hop(iface: &mut Interface, to: IpAddress) -> Option<IpAddress> {
    let holds_it = |cidr: &IpCidr| cidr.contains_addr(&to);
    if iface.ip_addrs().iter().any(holds_it) {
        return Some(to);
    }
    let mut router = None;
    iface.routes_mut().update(|routes| {
        let holding = routes.iter().filter(|route| holds_it(&route.cidr));
        router = holding
            .max_by_key(|route| route.cidr.prefix_len())
            .map(|route| route.via_router);
    });
    router
}

/// Whether it is the address of one host.
pub(crate) fn is_for_one(iface: &Interface, ip: IpAddress) -> bool {
    !ip.is_unspecified() && !is_for_many(iface, ip)
}

/// Whether it is the address of a group, or of all on a network.
pub(crate) fn is_for_many(iface: &Interface, ip: IpAddress) -> bool {
    ip.is_multicast() || is_broadcast(iface, ip)
}

fn is_broadcast(iface: &Interface, ip: IpAddress) -> bool {
    #[allow(
        irrefutable_let_patterns,
        reason = "there is only IPv4 without the feature"
    )]
    let IpAddress::Ipv4(ip) = ip else {
        return false;
    };
    ip.is_broadcast()
        || iface.ip_addrs().iter().any(|cidr| match cidr {
            IpCidr::Ipv4(cidr) => cidr.broadcast() == Some(ip),
            #[allow(
                unreachable_patterns,
                reason = "there is only IPv4 without the feature"
            )]
            _ => false,
        })
}
