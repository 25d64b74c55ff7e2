//! What an [`IpNetwork`] and an [`IpInterface`] have of their families.

use core::cmp::Ordering;
use core::net::IpAddr;

use super::any::{IpInterface, IpNetwork};
use super::any_iter::{IpAddresses, IpExclude, IpSubnets};
use super::error::NetworkError;
use super::ip;
use super::text::Text;

/// The answer of the network's own family, in the type for both.
macro_rules! each {
    ($value:expr, $Any:ident, $x:ident => $arm:expr) => {
        match $value {
            IpNetwork::V4($x) => $Any::V4($arm),
            IpNetwork::V6($x) => $Any::V6($arm),
        }
    };
}

/// The same for an answer that can be an error.
macro_rules! try_each {
    ($value:expr, $Any:ident, $x:ident => $arm:expr) => {
        match $value {
            IpNetwork::V4($x) => match $arm {
                Ok(value) => Ok($Any::V4(value)),
                Err(error) => Err(error),
            },
            IpNetwork::V6($x) => match $arm {
                Ok(value) => Ok($Any::V6(value)),
                Err(error) => Err(error),
            },
        }
    };
}

impl IpNetwork {
    /// How many addresses there are; none for `::/0`, whose 2^128 are too many.
    #[must_use]
    pub const fn num_addresses(self) -> Option<u128> {
        match self {
            Self::V4(network) => Some(network.num_addresses() as u128),
            Self::V6(network) => network.num_addresses(),
        }
    }

    /// All addresses, from either end; Python's `iter(network)`.
    ///
    /// ```
    /// use amphi_core::addr::{IpNetwork, ip};
    ///
    /// let network = IpNetwork::literal("fd00::/64");
    /// assert_eq!(network.addresses().nth(5), Some(ip::literal("fd00::5")));
    /// ```
    #[must_use]
    pub const fn addresses(self) -> IpAddresses {
        each!(self, IpAddresses, it => it.addresses())
    }

    /// The addresses of hosts: without network and broadcast address in IPv4,
    /// without the routers' anycast address in IPv6.
    ///
    /// ```
    /// use amphi_core::addr::IpNetwork;
    ///
    /// assert_eq!(IpNetwork::literal("192.0.2.0/29").hosts().count(), 6);
    /// ```
    #[must_use]
    pub const fn hosts(self) -> IpAddresses {
        each!(self, IpAddresses, it => it.hosts())
    }

    /// The address at place `n`, from zero; Python's `network[n]`.
    #[must_use]
    pub const fn nth(self, n: u128) -> Option<IpAddr> {
        match self {
            Self::V4(_) if n > u32::MAX as u128 => None,
            Self::V4(network) => match network.nth(n as u32) {
                Some(address) => Some(IpAddr::V4(address)),
                None => None,
            },
            Self::V6(network) => match network.nth(n) {
                Some(address) => Some(IpAddr::V6(address)),
                None => None,
            },
        }
    }

    /// The address at place `n` from the end, from zero; Python's `network[-1 - n]`.
    #[must_use]
    pub const fn nth_back(self, n: u128) -> Option<IpAddr> {
        match self {
            Self::V4(_) if n > u32::MAX as u128 => None,
            Self::V4(network) => match network.nth_back(n as u32) {
                Some(address) => Some(IpAddr::V4(address)),
                None => None,
            },
            Self::V6(network) => match network.nth_back(n) {
                Some(address) => Some(IpAddr::V6(address)),
                None => None,
            },
        }
    }

    /// The networks within this one whose prefix has `more` bits; Python's `prefixlen_diff`.
    ///
    /// # Errors
    ///
    /// [`NetworkError::PrefixLength`] when addresses have not so many bits.
    pub const fn subnets(self, more: u8) -> Result<IpSubnets, NetworkError> {
        try_each!(self, IpSubnets, it => it.subnets(more))
    }

    /// The networks of that prefix length within this one; Python's `new_prefix`.
    ///
    /// # Errors
    ///
    /// [`NetworkError::PrefixLength`] when the prefix is shorter than this one's, or
    /// longer than an address.
    pub const fn subnets_to(self, prefix_len: u8) -> Result<IpSubnets, NetworkError> {
        try_each!(self, IpSubnets, it => it.subnets_to(prefix_len))
    }

    /// The network of that prefix length around this one; Python's `new_prefix`.
    ///
    /// # Errors
    ///
    /// [`NetworkError::PrefixLength`] when the prefix is longer than this one's.
    pub const fn supernet_to(self, prefix_len: u8) -> Result<Self, NetworkError> {
        try_each!(self, Self, it => it.supernet_to(prefix_len))
    }

    /// What is left without `hole`, as the fewest networks, from the largest to the smallest.
    ///
    /// # Errors
    ///
    /// [`NetworkError::MixedVersions`] across families, and what the families' own
    /// method tells when `hole` is not within.
    pub const fn address_exclude(self, hole: Self) -> Result<IpExclude, NetworkError> {
        match (self, hole) {
            (Self::V4(network), Self::V4(hole)) => match network.address_exclude(hole) {
                Ok(left) => Ok(IpExclude::V4(left)),
                Err(error) => Err(error),
            },
            (Self::V6(network), Self::V6(hole)) => match network.address_exclude(hole) {
                Ok(left) => Ok(IpExclude::V6(left)),
                Err(error) => Err(error),
            },
            _ => Err(NetworkError::MixedVersions),
        }
    }

    /// Python's `compare_networks`: the order of two networks of one family.
    ///
    /// # Errors
    ///
    /// [`NetworkError::MixedVersions`] across families, where Python raises `TypeError`.
    pub const fn compare(self, other: Self) -> Result<Ordering, NetworkError> {
        match (self, other) {
            (Self::V4(a), Self::V4(b)) => Ok(a.compare(b)),
            (Self::V6(a), Self::V6(b)) => Ok(a.compare(b)),
            _ => Err(NetworkError::MixedVersions),
        }
    }

    /// The network with its prefix length, which is also its `Display`.
    #[must_use]
    pub const fn with_prefixlen(self) -> Text<64> {
        let mut text = Text::EMPTY;
        match self {
            Self::V4(it) => text.push(it.with_prefixlen().as_bytes()),
            Self::V6(it) => text.push(it.with_prefixlen().as_bytes()),
        }
        text
    }

    /// The name to look the network's address up by in the DNS.
    #[must_use]
    pub const fn reverse_pointer(self) -> Text<80> {
        ip::reverse_pointer(self.network_address())
    }

    /// Whether both ends are site-local (RFC 3879), as only IPv6 has it.
    #[must_use]
    pub const fn is_site_local(self) -> bool {
        match self {
            Self::V4(_) => false,
            Self::V6(network) => network.is_site_local(),
        }
    }
}

impl IpInterface {
    /// Address and prefix length, which is also its `Display`.
    #[must_use]
    pub const fn with_prefixlen(self) -> Text<64> {
        let mut text = Text::EMPTY;
        match self {
            Self::V4(it) => text.push(it.with_prefixlen().as_bytes()),
            Self::V6(it) => text.push(it.with_prefixlen().as_bytes()),
        }
        text
    }

    /// The name to look the address up by in the DNS.
    #[must_use]
    pub const fn reverse_pointer(self) -> Text<80> {
        ip::reverse_pointer(self.ip())
    }
}

macro_rules! predicates {
    ($($(#[$doc:meta])* $name:ident;)*) => {
        impl IpInterface {
            $(
                $(#[$doc])*
                #[must_use]
                pub const fn $name(self) -> bool {
                    match self {
                        Self::V4(it) => it.$name(),
                        Self::V6(it) => it.$name(),
                    }
                }
            )*
        }
    };
}

predicates! {
    /// Whether the address is private.
    is_private;
    /// Whether the address is global.
    is_global;
    /// Whether the address is a multicast group's.
    is_multicast;
    /// Whether the address is reserved.
    is_reserved;
    /// Whether the address is a loopback address.
    is_loopback;
    /// Whether the address is link-local.
    is_link_local;
    /// Whether the address is 0.0.0.0 or `::`.
    is_unspecified;
}
