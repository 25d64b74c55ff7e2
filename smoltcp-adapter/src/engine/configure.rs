//! Addresses, routes and the link, as they change at run time.

use core::net::IpAddr;

use amphi_core::ErrorKind;
use amphi_core::addr::{IpInterface, IpNetwork};
use heapless::Vec;
use smoltcp::config::IFACE_MAX_ADDR_COUNT;
use smoltcp::wire::{IpAddress, IpCidr};

use super::role::Stage;
use super::state::Inner;
use crate::{convert, interface};

/// How often sockets are looked at while the link is down, as their time may be up.
pub(super) const LINK_STEP_MICROS: u64 = 100_000;

impl Inner<'_> {
    pub(crate) fn add_address(&mut self, ip: IpAddr, prefix_len: u8) -> Result<(), ErrorKind> {
        let result = interface::add_address(&mut self.iface, ip, prefix_len);
        // An IPv6 address has a group of its own, for those who ask for its neighbour.
        if ip.is_ipv6() {
            self.pay_attention();
        }
        result
    }

    pub(crate) fn remove_address(&mut self, ip: IpAddr) -> Result<(), ErrorKind> {
        let address = convert::address(ip).ok_or(ErrorKind::Unsupported)?;
        if !self.iface.has_ip_addr(address) {
            return Err(ErrorKind::AddrNotAvailable);
        }
        self.iface.update_ip_addrs(|addresses| {
            addresses.retain(|cidr| cidr.address() != address);
        });
        if ip.is_ipv6() {
            self.pay_attention();
        }
        for index in 0..self.tcp {
            self.end_connection_of(index, address);
        }
        Ok(())
    }

    /// Ends a connection without a word when this side's address is gone: whatever it
    /// said would come from somebody else.
    fn end_connection_of(&mut self, index: u16, ip: IpAddress) {
        let Some(stream) = self.stream(index) else {
            return;
        };
        if stream.tuple.local().addr != ip {
            return;
        }
        if stream.stage == Stage::Used {
            self.empty_socket(index);
            self.fail(index, Some(ErrorKind::Aborted));
        } else {
            self.forget_connection(index);
        }
    }

    /// Whether frames to `to` go anywhere: to its network, or to a router. A link without
    /// addresses of its own takes them all.
    pub(super) fn is_reachable(&mut self, to: IpAddress) -> bool {
        convert::takes_all(self.capabilities.medium)
            || self.is_for_many(to)
            || self.next_hop(to).is_some()
    }

    /// Who takes what is for one host: itself in the interface's own networks, else the
    /// router of the longest prefix.
    pub(super) fn next_hop(&mut self, to: IpAddress) -> Option<IpAddress> {
        interface::next_hop(&mut self.iface, to)
    }

    /// The address of this number.
    pub(crate) fn address(&self, number: usize) -> Option<IpInterface> {
        let cidr = self.iface.ip_addrs().get(number)?;
        IpInterface::new(cidr.address().into(), cidr.prefix_len()).ok()
    }

    pub(crate) fn add_route(
        &mut self,
        network: IpNetwork,
        router: IpAddr,
    ) -> Result<(), ErrorKind> {
        interface::add_route(&mut self.iface, network, router)
    }

    pub(crate) fn remove_route(&mut self, network: IpNetwork) -> Result<(), ErrorKind> {
        let cidr = interface::cidr(network)?;
        let mut result = Err(ErrorKind::NotFound);
        self.iface.routes_mut().update(|routes| {
            if let Some(number) = routes.iter().position(|known| known.cidr == cidr) {
                routes.remove(number);
                result = Ok(());
            }
        });
        result
    }

    #[inline]
    pub(crate) const fn is_link_down(&self) -> bool {
        self.link_down
    }

    /// Tells all groups on the link, as nobody there knows of them: those of sockets, and those
    /// of the interface's own IPv6 addresses. Neighbours are forgotten, and asked for again.
    pub(super) fn announce(&mut self) {
        let mut addresses = Vec::new();
        self.exchange_addresses(&mut addresses);
        #[cfg(feature = "multicast")]
        self.forget_groups();
        self.exchange_addresses(&mut addresses);
        #[cfg(feature = "multicast")]
        self.join_groups();
        self.pay_attention();
    }

    fn exchange_addresses(&mut self, with: &mut Vec<IpCidr, IFACE_MAX_ADDR_COUNT>) {
        self.iface
            .update_ip_addrs(|addresses| core::mem::swap(addresses, with));
    }

    /// Follows the link: while it is down, nothing leaves and nothing is taken in. When
    /// it comes up, it may lead to others than before.
    pub(crate) fn set_link(&mut self, up: bool) {
        let comes_up = up && self.link_down;
        self.link_down = !up;
        if comes_up {
            self.announce();
            #[cfg(feature = "dhcp")]
            self.confirm_leases();
            #[cfg(feature = "slaac")]
            self.solicit_routers();
        }
    }
}
