//! The interface of a flat stack: its addresses and its routes.

use core::net::IpAddr;

use amphi_core::ErrorKind;
use amphi_core::addr::IpNetwork;
use smoltcp::phy::Device;

use super::FlatStack;
use crate::network::{ALL_V4, ALL_V6};
use crate::{Platform, interface};

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
        interface::add_address(&mut self.inner().iface, address, prefix_len)
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
        interface::add_route(&mut self.inner().iface, network, router)
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
