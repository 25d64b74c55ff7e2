//! Ranges of addresses, and the networks that they are made of.

use core::fmt;
use core::iter::FusedIterator;
use core::net::{Ipv4Addr, Ipv6Addr};
use core::str::FromStr;

use super::error::{NetworkError, ParseError, ParseErrorKind};
use super::iter::{Ipv4Addresses, Ipv6Addresses};
use super::network::{Ipv4Network, Ipv6Network};
use super::text::Text;
use super::{ipv4, ipv6};

macro_rules! range {
    (
        $Range:ident, $Summary:ident, $Network:ident, $Addr:ident, $Bits:ident, $Addresses:ident,
        $module:ident, $version:literal, $first:literal, $last:literal, $networks:literal
    ) => {
        #[doc = concat!("The IPv", $version, " addresses from a first to a last, both included; never empty.")]
        ///
        /// ```
        #[doc = concat!("use amphi_core::addr::", stringify!($Range), ";")]
        ///
        #[doc = concat!("let range: ", stringify!($Range), " = \"", $first, "-", $last, "\".parse().unwrap();")]
        /// let networks: Vec<String> = range.networks().map(|n| n.to_string()).collect();
        #[doc = concat!("assert_eq!(networks, ", $networks, ");")]
        /// ```
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $Range {
            first: $Addr,
            last: $Addr,
        }

        impl $Range {
            /// The range from `first` to `last`.
            ///
            /// # Errors
            ///
            /// [`NetworkError::Reversed`] when the last lies before the first.
            pub const fn new(first: $Addr, last: $Addr) -> Result<Self, NetworkError> {
                if first.to_bits() > last.to_bits() {
                    return Err(NetworkError::Reversed);
                }
                Ok(Self { first, last })
            }

            /// Reads two addresses with `-` between them.
            ///
            /// # Errors
            ///
            /// [`ParseErrorKind::Range`] without a `-` or for a reversed range, and
            /// any kind that concerns addresses.
            pub const fn parse(text: &str) -> Result<Self, ParseError> {
                let octets = text.as_bytes();
                let len = octets.len();
                let dash = super::diagnose::find(octets, b'-', 0);
                if dash == len {
                    return Err(ParseError::new(ParseErrorKind::Range, 0, len));
                }
                let first = match $module::parse_ascii(super::diagnose::part(octets, 0, dash)) {
                    Ok(first) => first,
                    Err(error) => return Err(error),
                };
                let tail = super::diagnose::part(octets, dash + 1, len);
                let last = match $module::parse_ascii(tail) {
                    Ok(last) => last,
                    Err(error) => return Err(error.shifted(dash + 1)),
                };
                match Self::new(first, last) {
                    Ok(range) => Ok(range),
                    Err(_) => Err(ParseError::new(ParseErrorKind::Range, 0, len)),
                }
            }

            /// The first address.
            #[must_use]
            pub const fn first(self) -> $Addr {
                self.first
            }

            /// The last address.
            #[must_use]
            pub const fn last(self) -> $Addr {
                self.last
            }

            /// Whether the range holds the address.
            #[must_use]
            pub const fn contains(self, address: $Addr) -> bool {
                let bits = address.to_bits();
                self.first.to_bits() <= bits && bits <= self.last.to_bits()
            }

            /// Every address, first to last.
            #[must_use]
            pub const fn addresses(self) -> $Addresses {
                $Addresses::new(self.first.to_bits(), self.last.to_bits())
            }

            /// The fewest networks that hold these addresses and no others, in
            /// order: Python's `summarize_address_range`.
            #[must_use]
            pub const fn networks(self) -> $Summary {
                $Summary {
                    left: Some((self.first.to_bits(), self.last.to_bits())),
                }
            }
        }

        /// The addresses of a network.
        impl From<$Network> for $Range {
            fn from(network: $Network) -> Self {
                Self {
                    first: network.network_address(),
                    last: network.broadcast_address(),
                }
            }
        }

        impl IntoIterator for $Range {
            type Item = $Addr;
            type IntoIter = $Addresses;

            fn into_iter(self) -> $Addresses {
                self.addresses()
            }
        }

        impl fmt::Display for $Range {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let mut text = Text::<96>::EMPTY;
                text.push($module::compressed(self.first).as_bytes());
                text.push_byte(b'-');
                text.push($module::compressed(self.last).as_bytes());
                f.pad(text.as_str())
            }
        }

        impl fmt::Debug for $Range {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        /// [`parse`](Self::parse).
        impl FromStr for $Range {
            type Err = ParseError;

            fn from_str(text: &str) -> Result<Self, ParseError> {
                Self::parse(text)
            }
        }

        /// [`parse`](Self::parse).
        impl TryFrom<&str> for $Range {
            type Error = ParseError;

            fn try_from(text: &str) -> Result<Self, ParseError> {
                Self::parse(text)
            }
        }

        #[doc = concat!("The networks of a range; see [`", stringify!($Range), "::networks`].")]
        ///
        /// ```
        #[doc = concat!("use amphi_core::addr::{", stringify!($Range), ", ", stringify!($Summary), "};")]
        ///
        #[doc = concat!("let range = ", stringify!($Range), "::parse(\"", $first, "-", $last, "\").unwrap();")]
        #[doc = concat!("let mut networks: ", stringify!($Summary), " = range.networks();")]
        /// assert_eq!(networks.next().unwrap().network_address(), range.first());
        /// assert_eq!(networks.last().unwrap().broadcast_address(), range.last());
        /// ```
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct $Summary {
            /// First and last address left, both included.
            left: Option<($Bits, $Bits)>,
        }

        impl $Summary {
            pub(super) const EMPTY: Self = Self { left: None };

            pub(super) const fn between(first: $Bits, last: $Bits) -> Self {
                Self { left: Some((first, last)) }
            }
        }

        impl Iterator for $Summary {
            type Item = $Network;

            fn next(&mut self) -> Option<$Network> {
                let (first, last) = self.left?;
                // The largest block that starts here and that fits: so many bits
                // of the address are zero, and so many fit below the last.
                let fitting = match (last - first).checked_add(1) {
                    Some(count) => count.ilog2(),
                    None => $Bits::BITS,
                };
                let host_bits = first.trailing_zeros().min(fitting);
                let prefix_len = ($Bits::BITS - host_bits) as u8;
                let network = $Network::cut(first, prefix_len);
                let end = network.last_bits();
                self.left = match end.checked_add(1) {
                    Some(next) if end < last => Some((next, last)),
                    _ => None,
                };
                Some(network)
            }
        }

        impl FusedIterator for $Summary {}
    };
}

range! {
    Ipv4Range, Ipv4Summary, Ipv4Network, Ipv4Addr, u32, Ipv4Addresses, ipv4, "4",
    "192.0.2.0", "192.0.2.130", r#"["192.0.2.0/25", "192.0.2.128/31", "192.0.2.130/32"]"#
}

range! {
    Ipv6Range, Ipv6Summary, Ipv6Network, Ipv6Addr, u128, Ipv6Addresses, ipv6, "6",
    "2001:db8::", "2001:db8::2", r#"["2001:db8::/127", "2001:db8::2/128"]"#
}

/// The networks between two IPv4 addresses, both included: Python's
/// `summarize_address_range`.
///
/// ```
/// use amphi_core::addr::{ipv4, summarize_ipv4_range};
///
/// let mut all = summarize_ipv4_range(ipv4::literal("0.0.0.0"), ipv4::literal("255.255.255.255"));
/// assert_eq!(all.unwrap().next().unwrap().to_string(), "0.0.0.0/0");
/// ```
///
/// # Errors
///
/// [`NetworkError::Reversed`] when the last lies before the first.
pub const fn summarize_ipv4_range(
    first: Ipv4Addr,
    last: Ipv4Addr,
) -> Result<Ipv4Summary, NetworkError> {
    match Ipv4Range::new(first, last) {
        Ok(range) => Ok(range.networks()),
        Err(error) => Err(error),
    }
}

/// The networks between two IPv6 addresses, both included: Python's
/// `summarize_address_range`.
///
/// # Errors
///
/// [`NetworkError::Reversed`] when the last lies before the first.
pub const fn summarize_ipv6_range(
    first: Ipv6Addr,
    last: Ipv6Addr,
) -> Result<Ipv6Summary, NetworkError> {
    match Ipv6Range::new(first, last) {
        Ok(range) => Ok(range.networks()),
        Err(error) => Err(error),
    }
}
