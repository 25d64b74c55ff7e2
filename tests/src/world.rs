use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use amphi_core::select::Selects;
use amphi_core::serve::Key;
use amphi_core::socket::{Interface, Net};

/// The stack under test, the stack of its peers, and what a contract must know
/// of them. Often one stack is both and talks to itself; in a world with two, the
/// peers are on the far one.
pub trait World {
    /// The stack.
    type Net: Net;
    /// The selector that is to be proven.
    type Selector: Selects<Self::Net, Key = Key>;

    /// The stack.
    fn net(&self) -> Self::Net;

    /// A new selector.
    fn selector(&self) -> Self::Selector;

    /// The stack of the peers. Its clock is that of [`net`](Self::net).
    fn far(&self) -> Self::Net {
        self.net()
    }

    /// A new selector for the far stack.
    fn far_selector(&self) -> Self::Selector {
        self.selector()
    }

    /// The far stack's IPv4 address.
    fn far_address(&self) -> IpAddr {
        self.address()
    }

    /// The far stack's interface for IPv4 groups.
    fn far_interface(&self) -> Interface {
        self.interface()
    }

    /// The far stack's IPv6 address from which groups can be reached, and their interface.
    fn far_groups_v6(&self) -> Option<(IpAddr, Interface)> {
        self.groups_v6()
    }

    /// The stack's own IPv4 address; the loopback's unless told.
    fn address(&self) -> IpAddr {
        Ipv4Addr::LOCALHOST.into()
    }

    /// The stack's own IPv6 address, if it has one; the loopback's unless told.
    fn address_v6(&self) -> Option<IpAddr> {
        Some(Ipv6Addr::LOCALHOST.into())
    }

    /// The interface for IPv4 groups; the loopback's unless told.
    fn interface(&self) -> Interface {
        Ipv4Addr::LOCALHOST.into()
    }

    /// An IPv6 address of the stack's from which groups can be reached, and their
    /// interface; if there is such a thing. The only one of a loopback unless told.
    fn groups_v6(&self) -> Option<(IpAddr, Interface)> {
        Some((Ipv6Addr::LOCALHOST.into(), Interface::Index(1)))
    }

    /// The longest datagram that the link carries over IPv4, in octets.
    fn largest_datagram(&self) -> usize;

    /// How many connections to itself the stack has room for, both ends counted once.
    fn connections(&self) -> usize;

    /// How many times longer things may take than on a prompt link, where all is
    /// over within milliseconds: what is lost is sent again after a second or more.
    fn pace(&self) -> u32 {
        1
    }

    /// The stack's own IPv4 address with a port that it shall choose.
    fn any_port(&self) -> SocketAddr {
        SocketAddr::new(self.address(), 0)
    }
}
