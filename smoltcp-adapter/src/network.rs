//! The interface of a stack: its addresses, its routes and its link.

use core::net::IpAddr;

use amphi_core::ErrorKind;
use amphi_core::addr::{IpInterface, IpNetwork};
use smoltcp::phy::Device;

use crate::{Platform, Stack};

/// The networks of all addresses of a family.
pub(crate) const ALL_V4: IpNetwork = IpNetwork::literal("0.0.0.0/0");
pub(crate) const ALL_V6: IpNetwork = IpNetwork::literal("::/0");

/// The interface. Each of it can change at any time.
impl<D: Device, P: Platform> Stack<'_, D, P> {
    /// Gives the interface one more address with the length of its network's prefix in bits.
    ///
    /// # Errors
    ///
    /// `Exhausted` above smoltcp's `IFACE_MAX_ADDR_COUNT` (2 unless its
    /// environment variable says otherwise); `AlreadyExists` when it has it; `InvalidInput`
    /// for a group, the unspecified address or too long a prefix; `Unsupported` for IPv6
    /// without the feature.
    pub fn add_address(&self, address: IpAddr, prefix_len: u8) -> Result<(), ErrorKind> {
        self.inner_at_now().add_address(address, prefix_len)
    }

    /// Takes an address from the interface. Its connections end at once, here only: they
    /// are `Aborted`, and no reset is sent, as whoever has the address next should not
    /// be spoken for. Listeners and UDP sockets at that address stay, and hear nothing
    /// until it comes back; sending from it is `AddrNotAvailable`.
    ///
    /// # Errors
    ///
    /// `AddrNotAvailable` when the interface does not have it.
    pub fn remove_address(&self, address: IpAddr) -> Result<(), ErrorKind> {
        self.inner_at_now().remove_address(address)
    }

    /// The addresses of the interface with their networks, in the order of their coming.
    pub fn addresses(&self) -> impl Iterator<Item = IpInterface> + '_ {
        (0..).map_while(|number| self.inner().address(number))
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
        self.inner().add_route(network, router)
    }

    /// Takes back [`add_route`](Self::add_route).
    ///
    /// # Errors
    ///
    /// `NotFound` when there is no route for that very network.
    pub fn remove_route(&self, network: IpNetwork) -> Result<(), ErrorKind> {
        self.inner().remove_route(network)
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

    /// Tells the stack whether its link carries anything, as the driver or the
    /// transceiver says; it does unless told.
    ///
    /// While it is down, nothing is sent and nothing taken in; to connect or to send a
    /// datagram is `Unreachable`. Connections stay until their own time is up, and go on
    /// when the link is back. Then neighbours are asked for again, groups are
    /// reported again, and a lease is confirmed, as the link may lead elsewhere.
    pub fn set_link_up(&self, up: bool) {
        self.inner_at_now().set_link(up);
    }

    /// Whether the link carries something, as far as the stack was told.
    pub fn is_link_up(&self) -> bool {
        !self.inner().is_link_down()
    }
}
