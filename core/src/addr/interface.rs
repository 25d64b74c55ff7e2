//! Interfaces: an address and the network that it stands in.

use core::cmp::Ordering;
use core::fmt;
use core::net::{Ipv4Addr, Ipv6Addr};
use core::str::FromStr;

use super::error::{NetworkError, ParseError};
use super::network::{Ipv4Network, Ipv6Network};
use super::text::Text;
use super::{ipv4, ipv6};

macro_rules! interface {
    (
        $Interface:ident, $Network:ident, $Addr:ident, $module:ident, $version:literal,
        $TEXT:literal, $LONG:literal, $NAME:literal, $example:literal, $network:literal
    ) => {
        #[doc = concat!("An IPv", $version, " address and its network: Python's `IPv", $version, "Interface`.")]
        ///
        /// The order is by network, then by address, as in Python.
        ///
        /// ```
        #[doc = concat!("use amphi_core::addr::", stringify!($Interface), ";")]
        ///
        #[doc = concat!("const HERE: ", stringify!($Interface), " = ", stringify!($Interface), "::literal(\"", $example, "\");")]
        #[doc = concat!("assert_eq!(HERE.network().to_string(), \"", $network, "\");")]
        #[doc = concat!("assert_eq!(HERE.to_string(), \"", $example, "\");")]
        /// ```
        #[derive(Clone, Copy, PartialEq, Eq, Hash)]
        pub struct $Interface {
            address: $Addr,
            prefix_len: u8,
        }

        impl $Interface {
            /// An address in the network of this prefix length.
            ///
            /// # Errors
            ///
            /// [`NetworkError::PrefixLength`] when an address has not so many bits.
            pub const fn new(address: $Addr, prefix_len: u8) -> Result<Self, NetworkError> {
                if prefix_len > $Network::MAX_PREFIX_LEN {
                    return Err(NetworkError::PrefixLength);
                }
                Ok(Self { address, prefix_len })
            }

            /// Reads an address and, after a `/`, what the family allows: Python's
            #[doc = concat!("`IPv", $version, "Interface(text)`.")]
            ///
            /// # Errors
            ///
            /// Any [`ParseErrorKind`](super::ParseErrorKind) that concerns
            /// addresses and masks, with the place of the fault.
            #[inline]
            pub const fn parse(text: &str) -> Result<Self, ParseError> {
                Self::parse_ascii(text.as_bytes())
            }

            /// [`parse`](Self::parse) for a text in octets, which need not be
            /// UTF-8.
            ///
            /// # Errors
            ///
            /// As for [`parse`](Self::parse).
            #[inline]
            pub const fn parse_ascii(text: &[u8]) -> Result<Self, ParseError> {
                match $Network::split(text) {
                    Some((bits, prefix_len)) => Ok(Self {
                        address: $Addr::from_bits(bits),
                        prefix_len,
                    }),
                    None => Err($Network::fault(text)),
                }
            }

            /// The interface of a literal; in a constant, a fault stops the
            /// compiler.
            ///
            /// # Panics
            ///
            /// When [`parse`](Self::parse) fails.
            #[must_use]
            pub const fn literal(text: &str) -> Self {
                match Self::parse(text) {
                    Ok(interface) => interface,
                    Err(error) => error.fail(text),
                }
            }

            /// The address: Python's `ip`.
            #[must_use]
            pub const fn ip(self) -> $Addr {
                self.address
            }

            /// The network that the address stands in.
            #[must_use]
            pub const fn network(self) -> $Network {
                $Network::cut(self.address.to_bits(), self.prefix_len)
            }

            /// The number of bits that the network's addresses share.
            #[must_use]
            pub const fn prefix_len(self) -> u8 {
                self.prefix_len
            }

            /// Ones where the prefix is.
            #[must_use]
            pub const fn netmask(self) -> $Addr {
                self.network().netmask()
            }

            /// Ones where the hosts are.
            #[must_use]
            pub const fn hostmask(self) -> $Addr {
                self.network().hostmask()
            }

            /// Address and prefix length: Python's `with_prefixlen` and
            /// `str(interface)`.
            #[must_use]
            pub const fn with_prefixlen(self) -> Text<$TEXT> {
                $Network::text_of(self.address, self.prefix_len)
            }

            /// Address and netmask: Python's `with_netmask`.
            #[must_use]
            pub const fn with_netmask(self) -> Text<$LONG> {
                $Network::text_with(self.address, self.netmask())
            }

            /// Address and hostmask: Python's `with_hostmask`.
            #[must_use]
            pub const fn with_hostmask(self) -> Text<$LONG> {
                $Network::text_with(self.address, self.hostmask())
            }

            /// The long text of the address, and the prefix length: Python's
            /// `exploded`.
            #[must_use]
            pub const fn exploded(self) -> Text<64> {
                let mut text = Text::EMPTY;
                text.push($module::exploded(self.address).as_bytes());
                text.push_byte(b'/');
                text.push_decimal(self.prefix_len as u32);
                text
            }

            /// The reverse name of the address. Python's has the prefix length
            /// within the name, which then names nothing.
            #[must_use]
            pub const fn reverse_pointer(self) -> Text<$NAME> {
                $module::reverse_pointer(self.address)
            }
        }

        impl PartialOrd for $Interface {
            fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
                Some(self.cmp(other))
            }
        }

        impl Ord for $Interface {
            fn cmp(&self, other: &Self) -> Ordering {
                let networks = self.network().cmp(&other.network());
                networks.then_with(|| self.address.cmp(&other.address))
            }
        }

        impl fmt::Display for $Interface {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.with_prefixlen().as_str())
            }
        }

        impl fmt::Debug for $Interface {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        /// [`parse`](Self::parse).
        impl FromStr for $Interface {
            type Err = ParseError;

            fn from_str(text: &str) -> Result<Self, ParseError> {
                Self::parse(text)
            }
        }

        /// [`parse`](Self::parse).
        impl TryFrom<&str> for $Interface {
            type Error = ParseError;

            fn try_from(text: &str) -> Result<Self, ParseError> {
                Self::parse(text)
            }
        }

        /// [`new`](Self::new).
        impl TryFrom<($Addr, u8)> for $Interface {
            type Error = NetworkError;

            fn try_from((address, prefix_len): ($Addr, u8)) -> Result<Self, NetworkError> {
                Self::new(address, prefix_len)
            }
        }

        /// The first address in the network.
        impl From<$Network> for $Interface {
            fn from(network: $Network) -> Self {
                Self {
                    address: network.network_address(),
                    prefix_len: network.prefix_len(),
                }
            }
        }
    };
}

interface! {
    Ipv4Interface, Ipv4Network, Ipv4Addr, ipv4, "4", 32, 32, 32,
    "192.0.2.7/24", "192.0.2.0/24"
}

interface! {
    Ipv6Interface, Ipv6Network, Ipv6Addr, ipv6, "6", 48, 80, 80,
    "2001:db8::7/64", "2001:db8::/64"
}

macro_rules! predicates {
    ($Interface:ident, $module:ident: $($(#[$doc:meta])* $name:ident $(and $network:ident)?;)*) => {
        impl $Interface {
            $(
                $(#[$doc])*
                #[must_use]
                pub const fn $name(self) -> bool {
                    $module::$name(self.address) $(&& self.network().$network())?
                }
            )*
        }
    };
}

predicates! { Ipv4Interface, ipv4:
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
    /// Whether the address is 0.0.0.0.
    is_unspecified;
}

predicates! { Ipv6Interface, ipv6:
    /// Whether the address is private.
    is_private;
    /// Whether the address is global.
    is_global;
    /// Whether the address is a multicast group's.
    is_multicast;
    /// Whether the address is reserved.
    is_reserved;
    /// Whether the address is the loopback address and the network too, as Python
    /// has it.
    is_loopback and is_loopback;
    /// Whether the address is link-local.
    is_link_local;
    /// Whether the address is site-local.
    is_site_local;
    /// Whether the address is `::` and the network too, as Python has it.
    is_unspecified and is_unspecified;
}
