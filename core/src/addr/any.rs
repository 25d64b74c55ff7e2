//! Networks and interfaces of either family, and functions on `IpAddr`.

use core::fmt;
use core::net::IpAddr;
use core::str::FromStr;

use super::error::{NetworkError, ParseError};
use super::interface::{Ipv4Interface, Ipv6Interface};
use super::network::{Ipv4Network, Ipv6Network};
use super::text::Text;

/// `match` with the same arm for both families.
macro_rules! either {
    ($value:expr, $x:ident => $arm:expr) => {
        match $value {
            Self::V4($x) => $arm,
            Self::V6($x) => $arm,
        }
    };
}

macro_rules! any {
    ($Any:ident, $V4:ident, $V6:ident, $noun:literal, $function:literal, $example:literal) => {
        #[doc = concat!("An IPv4 or IPv6 ", $noun, "; [`parse`](Self::parse) is Python's `", $function, "`.")]
        ///
        /// IPv4 comes before IPv6 in the order.
        ///
        /// ```
        #[doc = concat!("use amphi_core::addr::", stringify!($Any), ";")]
        ///
        #[doc = concat!("let it = ", stringify!($Any), "::parse(\"", $example, "\").unwrap();")]
        #[doc = concat!("assert!(matches!(it, ", stringify!($Any), "::V6(_)));")]
        #[doc = concat!("assert_eq!(it.to_string(), \"", $example, "\");")]
        /// ```
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $Any {
            /// IPv4.
            V4($V4),
            /// IPv6.
            V6($V6),
        }

        impl $Any {
            /// Reads a text of either family; one with a colon is taken for IPv6,
            /// so that a fault is named in the terms of the right family.
            ///
            /// # Errors
            ///
            /// As the family's own `parse`.
            pub const fn parse(text: &str) -> Result<Self, ParseError> {
                Self::parse_ascii(text.as_bytes())
            }

            /// [`parse`](Self::parse) for a text in octets.
            ///
            /// # Errors
            ///
            /// As for [`parse`](Self::parse).
            pub const fn parse_ascii(text: &[u8]) -> Result<Self, ParseError> {
                if super::ip::looks_like_ipv6(text) {
                    return match $V6::parse_ascii(text) {
                        Ok(value) => Ok(Self::V6(value)),
                        Err(error) => Err(error),
                    };
                }
                match $V4::parse_ascii(text) {
                    Ok(value) => Ok(Self::V4(value)),
                    Err(error) => Err(error),
                }
            }

            #[doc = concat!("The ", $noun, " of a literal; in a constant, a fault stops the compiler.")]
            ///
            /// # Panics
            ///
            /// When [`parse`](Self::parse) fails.
            #[must_use]
            pub const fn literal(text: &str) -> Self {
                match Self::parse(text) {
                    Ok(value) => value,
                    Err(error) => error.fail(text),
                }
            }

            /// The number of leading bits that all addresses of the network share.
            #[must_use]
            pub const fn prefix_len(self) -> u8 {
                either!(self, it => it.prefix_len())
            }

            /// Ones where the prefix is.
            #[must_use]
            pub const fn netmask(self) -> IpAddr {
                match self {
                    Self::V4(it) => IpAddr::V4(it.netmask()),
                    Self::V6(it) => IpAddr::V6(it.netmask()),
                }
            }

            /// Ones where the hosts are.
            #[must_use]
            pub const fn hostmask(self) -> IpAddr {
                match self {
                    Self::V4(it) => IpAddr::V4(it.hostmask()),
                    Self::V6(it) => IpAddr::V6(it.hostmask()),
                }
            }

            /// The text with the netmask.
            #[must_use]
            pub const fn with_netmask(self) -> Text<80> {
                let mut text = Text::EMPTY;
                either!(self, it => text.push(it.with_netmask().as_bytes()));
                text
            }

            /// The text with the hostmask.
            #[must_use]
            pub const fn with_hostmask(self) -> Text<80> {
                let mut text = Text::EMPTY;
                either!(self, it => text.push(it.with_hostmask().as_bytes()));
                text
            }

            /// The long text.
            #[must_use]
            pub const fn exploded(self) -> Text<64> {
                either!(self, it => it.exploded())
            }

            /// The IP version, 4 or 6.
            #[must_use]
            pub const fn version(self) -> u8 {
                match self {
                    Self::V4(_) => 4,
                    Self::V6(_) => 6,
                }
            }
        }

        impl fmt::Display for $Any {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                either!(self, it => fmt::Display::fmt(it, f))
            }
        }

        impl fmt::Debug for $Any {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        /// [`parse`](Self::parse).
        impl FromStr for $Any {
            type Err = ParseError;

            fn from_str(text: &str) -> Result<Self, ParseError> {
                Self::parse(text)
            }
        }

        /// [`parse`](Self::parse).
        impl TryFrom<&str> for $Any {
            type Error = ParseError;

            fn try_from(text: &str) -> Result<Self, ParseError> {
                Self::parse(text)
            }
        }

        impl From<$V4> for $Any {
            fn from(value: $V4) -> Self {
                Self::V4(value)
            }
        }

        impl From<$V6> for $Any {
            fn from(value: $V6) -> Self {
                Self::V6(value)
            }
        }
    };
}

any! { IpNetwork, Ipv4Network, Ipv6Network, "network", "ip_network", "2001:db8::/32" }
any! { IpInterface, Ipv4Interface, Ipv6Interface, "interface", "ip_interface", "2001:db8::1/32" }

macro_rules! both_ends {
    ($($(#[$doc:meta])* $name:ident;)*) => {
        impl IpNetwork {
            $(
                $(#[$doc])*
                #[must_use]
                pub const fn $name(self) -> bool {
                    either!(self, it => it.$name())
                }
            )*
        }
    };
}

both_ends! {
    /// Whether one private block of the registry holds the network.
    is_private;
    /// Whether the network is not private; see the family's own method.
    is_global;
    /// Whether both ends are multicast addresses.
    is_multicast;
    /// Whether both ends are reserved.
    is_reserved;
    /// Whether both ends are loopback addresses.
    is_loopback;
    /// Whether both ends are link-local.
    is_link_local;
    /// Whether the network is the unspecified address alone.
    is_unspecified;
}

impl IpNetwork {
    /// The network of an address whose bits behind the prefix are zero.
    ///
    /// # Errors
    ///
    /// [`NetworkError::PrefixLength`], [`NetworkError::HostBits`].
    pub const fn new(address: IpAddr, prefix_len: u8) -> Result<Self, NetworkError> {
        match address {
            IpAddr::V4(address) => match Ipv4Network::new(address, prefix_len) {
                Ok(network) => Ok(Self::V4(network)),
                Err(error) => Err(error),
            },
            IpAddr::V6(address) => match Ipv6Network::new(address, prefix_len) {
                Ok(network) => Ok(Self::V6(network)),
                Err(error) => Err(error),
            },
        }
    }

    /// The network that holds the address.
    ///
    /// # Errors
    ///
    /// [`NetworkError::PrefixLength`].
    pub const fn truncating(address: IpAddr, prefix_len: u8) -> Result<Self, NetworkError> {
        match address {
            IpAddr::V4(address) => match Ipv4Network::truncating(address, prefix_len) {
                Ok(network) => Ok(Self::V4(network)),
                Err(error) => Err(error),
            },
            IpAddr::V6(address) => match Ipv6Network::truncating(address, prefix_len) {
                Ok(network) => Ok(Self::V6(network)),
                Err(error) => Err(error),
            },
        }
    }

    /// Reads a text of either family, bits behind the prefix cut off.
    ///
    /// # Errors
    ///
    /// As for [`parse`](Self::parse), without
    /// [`ParseErrorKind::HostBits`](super::ParseErrorKind::HostBits).
    pub const fn parse_lenient(text: &str) -> Result<Self, ParseError> {
        if super::ip::looks_like_ipv6(text.as_bytes()) {
            return match Ipv6Network::parse_lenient(text) {
                Ok(network) => Ok(Self::V6(network)),
                Err(error) => Err(error),
            };
        }
        match Ipv4Network::parse_lenient(text) {
            Ok(network) => Ok(Self::V4(network)),
            Err(error) => Err(error),
        }
    }

    /// The first address.
    #[must_use]
    pub const fn network_address(self) -> IpAddr {
        match self {
            Self::V4(network) => IpAddr::V4(network.network_address()),
            Self::V6(network) => IpAddr::V6(network.network_address()),
        }
    }

    /// The last address.
    #[must_use]
    pub const fn broadcast_address(self) -> IpAddr {
        match self {
            Self::V4(network) => IpAddr::V4(network.broadcast_address()),
            Self::V6(network) => IpAddr::V6(network.broadcast_address()),
        }
    }

    /// Whether the network holds the address; never one of the other family.
    #[must_use]
    pub const fn contains(self, address: IpAddr) -> bool {
        match (self, address) {
            (Self::V4(network), IpAddr::V4(address)) => network.contains(address),
            (Self::V6(network), IpAddr::V6(address)) => network.contains(address),
            _ => false,
        }
    }

    /// Whether the two have an address in common; never across families.
    #[must_use]
    pub const fn overlaps(self, other: Self) -> bool {
        match (self, other) {
            (Self::V4(a), Self::V4(b)) => a.overlaps(b),
            (Self::V6(a), Self::V6(b)) => a.overlaps(b),
            _ => false,
        }
    }

    /// Whether `other` holds all of this network.
    ///
    /// # Errors
    ///
    /// [`NetworkError::MixedVersions`] across families, where Python raises
    /// `TypeError`.
    pub const fn subnet_of(self, other: Self) -> Result<bool, NetworkError> {
        match (self, other) {
            (Self::V4(a), Self::V4(b)) => Ok(a.subnet_of(b)),
            (Self::V6(a), Self::V6(b)) => Ok(a.subnet_of(b)),
            _ => Err(NetworkError::MixedVersions),
        }
    }

    /// Whether this network holds all of `other`.
    ///
    /// # Errors
    ///
    /// [`NetworkError::MixedVersions`] across families.
    pub const fn supernet_of(self, other: Self) -> Result<bool, NetworkError> {
        other.subnet_of(self)
    }

    /// The network with `fewer` bits of prefix around this one.
    ///
    /// # Errors
    ///
    /// [`NetworkError::PrefixLength`] when the prefix has not so many bits.
    pub const fn supernet(self, fewer: u8) -> Result<Self, NetworkError> {
        match self {
            Self::V4(network) => match network.supernet(fewer) {
                Ok(network) => Ok(Self::V4(network)),
                Err(error) => Err(error),
            },
            Self::V6(network) => match network.supernet(fewer) {
                Ok(network) => Ok(Self::V6(network)),
                Err(error) => Err(error),
            },
        }
    }
}

/// The network of one address.
impl From<IpAddr> for IpNetwork {
    fn from(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(address) => Self::V4(Ipv4Network::host(address)),
            IpAddr::V6(address) => Self::V6(Ipv6Network::host(address)),
        }
    }
}

impl IpInterface {
    /// An address in the network of this prefix length.
    ///
    /// # Errors
    ///
    /// [`NetworkError::PrefixLength`] when an address has not so many bits.
    pub const fn new(address: IpAddr, prefix_len: u8) -> Result<Self, NetworkError> {
        match address {
            IpAddr::V4(address) => match Ipv4Interface::new(address, prefix_len) {
                Ok(interface) => Ok(Self::V4(interface)),
                Err(error) => Err(error),
            },
            IpAddr::V6(address) => match Ipv6Interface::new(address, prefix_len) {
                Ok(interface) => Ok(Self::V6(interface)),
                Err(error) => Err(error),
            },
        }
    }

    /// The address.
    #[must_use]
    pub const fn ip(self) -> IpAddr {
        match self {
            Self::V4(interface) => IpAddr::V4(interface.ip()),
            Self::V6(interface) => IpAddr::V6(interface.ip()),
        }
    }

    /// The network that the address stands in.
    #[must_use]
    pub const fn network(self) -> IpNetwork {
        match self {
            Self::V4(interface) => IpNetwork::V4(interface.network()),
            Self::V6(interface) => IpNetwork::V6(interface.network()),
        }
    }
}
