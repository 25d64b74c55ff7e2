use core::fmt;
use core::net::{IpAddr, Ipv4Addr};

use super::Datagram;

/// A network interface, by one of the names that the sockets API knows.
///
/// ```
/// use amphi_core::socket::Interface;
/// use core::net::Ipv4Addr;
///
/// assert_eq!(Interface::from(Ipv4Addr::LOCALHOST).to_string(), "127.0.0.1");
/// assert_eq!(Interface::Index(2).to_string(), "interface 2");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Interface {
    /// Whatever the routing table says.
    #[default]
    Any,
    /// The interface that has this IPv4 address. For IPv4 groups only.
    Address(Ipv4Addr),
    /// The interface of this index, counted from 1. For both families.
    Index(u32),
}

impl From<Ipv4Addr> for Interface {
    fn from(address: Ipv4Addr) -> Self {
        if address.is_unspecified() {
            Self::Any
        } else {
            Self::Address(address)
        }
    }
}

impl fmt::Display for Interface {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.pad("any interface"),
            Self::Address(address) => address.fmt(f),
            Self::Index(index) => write!(f, "interface {index}"),
        }
    }
}

/// Group membership and the options of sending to groups (RFC 1112, RFC 3493).
///
/// The behaviour is the same on every stack: a socket hears a group only after
/// *it* joined, and one datagram sent is received once by each socket that did.
/// A socket that shall hear nothing but the group binds to the group's own address.
///
/// ```
/// use amphi_core::select::Interest;
/// use amphi_core::socket::{Datagram, Multicast, Net, Socket};
/// use amphi_std::Host;
/// use core::net::Ipv4Addr;
///
/// let here = Ipv4Addr::LOCALHOST.into(); // the loopback interface
/// let group = Ipv4Addr::new(224, 3, 29, 71).into();
/// let mut member = Host.udp_bind("0.0.0.0:0".parse().unwrap())?;
/// member.join(group, here)?;
///
/// let mut sender = Host.udp_bind("127.0.0.1:0".parse().unwrap())?;
/// sender.set_multicast_interface(here)?;
/// let port = member.local()?.port();
/// sender.send_to(b"to all", &(group, port).into())?;
/// member.wait(Interest::READ, None)?;
/// assert_eq!(member.recv_from(&mut [0; 16])?.len, 6);
/// member.leave(group, here)?;
/// # Ok::<(), amphi_std::HostError>(())
/// ```
pub trait Multicast: Datagram {
    /// Joins `group` on `interface`.
    ///
    /// # Errors
    ///
    /// `InvalidInput` when `group` is no multicast address or of another family
    /// than the socket; `AddrInUse` when this socket joined already;
    /// `AddrNotAvailable` or `NotFound` when there is no such interface;
    /// `Exhausted` when the stack cannot join more groups.
    fn join(&mut self, group: IpAddr, interface: Interface) -> Result<(), Self::Error>;

    /// Leaves `group` on `interface`. Dropping the socket leaves them all.
    ///
    /// # Errors
    ///
    /// `AddrNotAvailable` when this socket has not joined; else as [`Multicast::join`].
    fn leave(&mut self, group: IpAddr, interface: Interface) -> Result<(), Self::Error>;

    /// Sets how many routers a datagram to a group may pass, plus one: 0 to 255,
    /// 1 (this link only) unless set.
    ///
    /// # Errors
    ///
    /// What the stack reports.
    fn set_multicast_hop_limit(&mut self, hops: u8) -> Result<(), Self::Error>;

    /// Sets whether this machine's own members hear what this socket sends to a
    /// group; on unless set. A loopback interface delivers in any case.
    ///
    /// # Errors
    ///
    /// What the stack reports.
    fn set_multicast_loop(&mut self, on: bool) -> Result<(), Self::Error>;

    /// Sets the interface through which datagrams to groups leave.
    ///
    /// # Errors
    ///
    /// `AddrNotAvailable` or `NotFound` when there is no such interface;
    /// `InvalidInput` for an IPv4 address on an IPv6 socket.
    fn set_multicast_interface(&mut self, interface: Interface) -> Result<(), Self::Error>;
}
