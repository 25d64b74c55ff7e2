use core::net::{IpAddr, SocketAddr};

use amphi_core::select::Selects;
use amphi_core::serve::Key;
use amphi_core::socket::{Interface, Net};

/// A stack that talks to itself, and what a contract must know of it.
pub trait World {
    /// The stack.
    type Net: Net;
    /// The selector that is to be proven.
    type Selector: Selects<Self::Net, Key = Key>;

    /// The stack.
    fn net(&self) -> Self::Net;

    /// A new selector.
    fn selector(&self) -> Self::Selector;

    /// The stack's own IPv4 address.
    fn address(&self) -> IpAddr;

    /// The stack's own IPv6 address, if it has one.
    fn address_v6(&self) -> Option<IpAddr>;

    /// The interface for IPv4 groups.
    fn interface(&self) -> Interface;

    /// An IPv6 address of the stack's from which groups can be reached, and their
    /// interface; if there is such a thing.
    fn groups_v6(&self) -> Option<(IpAddr, Interface)>;

    /// The longest datagram that the link carries over IPv4, in octets.
    fn largest_datagram(&self) -> usize;

    /// How many connections to itself the stack has room for, both ends counted once.
    fn connections(&self) -> usize;

    /// The stack's own IPv4 address with a port that it shall choose.
    fn any_port(&self) -> SocketAddr {
        SocketAddr::new(self.address(), 0)
    }
}
