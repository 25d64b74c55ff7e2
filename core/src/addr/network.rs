//! Networks: an address and a prefix length, host bits always zero.

use core::fmt;
use core::net::{Ipv4Addr, Ipv6Addr};
use core::str::FromStr;

use super::diagnose::{self, find, part};
use super::error::{NetworkError, ParseError, ParseErrorKind};
use super::format::{put_byte, put_prefix_len};
use super::text::Text;
use super::{ipv4, ipv6, parse, scope};

macro_rules! network {
    (
        $Network:ident, $Addr:ident, $Bits:ident, $Stored:ty, $store:path, $load:path, $begins:path, $module:ident, $max:literal, $version:literal,
        $head:path, $mask:path, $diagnose:path, $TEXT:literal, $LONG:literal,
        $example:literal, $host:literal, $first:literal
    ) => {
        #[doc = concat!("An IPv", $version, " network: Python's `IPv", $version, "Network`.")]
        ///
        /// The bits behind the prefix are always zero, so equality, order and hash
        /// are those of the set of addresses. The order is by address, then by
        /// prefix length, as in Python.
        ///
        /// ```
        #[doc = concat!("use amphi_core::addr::{", stringify!($Network), ", ", stringify!($module), "};")]
        ///
        #[doc = concat!("const NETWORK: ", stringify!($Network), " = ", stringify!($Network), "::literal(\"", $example, "\");")]
        #[doc = concat!("assert_eq!(NETWORK.network_address(), ", stringify!($module), "::literal(\"", $first, "\"));")]
        #[doc = concat!("assert!(NETWORK.contains(", stringify!($module), "::literal(\"", $host, "\")));")]
        #[doc = concat!("assert_eq!(NETWORK.to_string(), \"", $example, "\");")]
        /// ```
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $Network {
            bits: $Stored,
            prefix_len: u8,
        }

        impl $Network {
            /// The number of bits in an address, the longest prefix.
            pub const MAX_PREFIX_LEN: u8 = $max;
            /// The IP version: Python's `version`.
            pub const VERSION: u8 = match $max {
                32 => 4,
                _ => 6,
            };
            /// Every address there is.
            pub const ALL: Self = Self {
                bits: $store(0),
                prefix_len: 0,
            };

            /// The network of an address whose bits behind the prefix are zero.
            ///
            /// # Errors
            ///
            /// [`NetworkError::PrefixLength`] above
            #[doc = concat!(stringify!($max), ",")]
            /// [`NetworkError::HostBits`] for an address within the network.
            pub const fn new(address: $Addr, prefix_len: u8) -> Result<Self, NetworkError> {
                match Self::truncating(address, prefix_len) {
                    Ok(network) if network.first_bits() != address.to_bits() => {
                        Err(NetworkError::HostBits)
                    }
                    result => result,
                }
            }

            /// The network that holds the address, its bits behind the prefix cut
            /// off.
            ///
            /// # Errors
            ///
            /// [`NetworkError::PrefixLength`] above
            #[doc = concat!(stringify!($max), ".")]
            #[inline]
            pub const fn truncating(address: $Addr, prefix_len: u8) -> Result<Self, NetworkError> {
                if prefix_len > $max {
                    return Err(NetworkError::PrefixLength);
                }
                Ok(Self::cut(address.to_bits(), prefix_len))
            }

            /// The network of one address.
            #[must_use]
            pub const fn host(address: $Addr) -> Self {
                Self {
                    bits: $store(address.to_bits()),
                    prefix_len: $max,
                }
            }

            /// `bits` cut to `prefix_len`, which must not be too large.
            #[inline]
            pub(super) const fn cut(bits: $Bits, prefix_len: u8) -> Self {
                Self {
                    bits: $store(bits & Self::mask_bits(prefix_len)),
                    prefix_len,
                }
            }

            /// As many ones as `prefix_len` says, then zeros.
            #[inline]
            pub(super) const fn mask_bits(prefix_len: u8) -> $Bits {
                !Self::host_bits(prefix_len)
            }

            /// As many zeros as `prefix_len` says, then ones.
            #[inline]
            pub(super) const fn host_bits(prefix_len: u8) -> $Bits {
                match $Bits::MAX.checked_shr(prefix_len as u32) {
                    Some(bits) => bits,
                    None => 0,
                }
            }

            /// Reads an address, and after a `/` what the family allows: Python's
            #[doc = concat!("`IPv", $version, "Network(text)`.")]
            /// Without a `/` it is the network of one address.
            ///
            /// # Errors
            ///
            /// [`ParseErrorKind::HostBits`] for an address within the network, and
            /// any kind that concerns addresses and masks, with the place.
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
                match Self::split(text) {
                    Some((bits, prefix_len)) if bits & Self::host_bits(prefix_len) == 0 => {
                        Ok(Self {
                            bits: $store(bits),
                            prefix_len,
                        })
                    }
                    _ => Err(Self::fault(text)),
                }
            }

            /// [`parse`](Self::parse) with bits behind the prefix cut off:
            /// `strict=False`.
            ///
            /// # Errors
            ///
            /// As for [`parse`](Self::parse), without
            /// [`ParseErrorKind::HostBits`].
            #[inline]
            pub const fn parse_lenient(text: &str) -> Result<Self, ParseError> {
                match Self::split(text.as_bytes()) {
                    Some((bits, prefix_len)) => Ok(Self::cut(bits, prefix_len)),
                    None => Err(Self::fault(text.as_bytes())),
                }
            }

            /// The network of a literal; in a constant, a fault stops the compiler.
            ///
            /// # Panics
            ///
            /// When [`parse`](Self::parse) fails.
            #[must_use]
            pub const fn literal(text: &str) -> Self {
                match Self::parse(text) {
                    Ok(network) => network,
                    Err(error) => error.fail(text),
                }
            }

            /// Address and prefix length of a text without a fault.
            #[inline]
            pub(super) const fn split(text: &[u8]) -> Option<($Bits, u8)> {
                match $head(text) {
                    Some((bits, [])) => Some((bits, $max)),
                    Some((bits, [b'/', mask @ ..])) => match $mask(mask) {
                        Some(prefix_len) => Some((bits, prefix_len)),
                        None => None,
                    },
                    _ => None,
                }
            }

            #[cold]
            pub(super) const fn fault(text: &[u8]) -> ParseError {
                let len = text.len();
                let slash = find(text, b'/', 0);
                if slash < len && find(text, b'/', slash + 1) < len {
                    let second = find(text, b'/', slash + 1);
                    return ParseError::new(ParseErrorKind::TwoSlashes, second, second + 1);
                }
                let address = part(text, 0, slash);
                if !matches!($head(address), Some((_, []))) {
                    return $diagnose(address);
                }
                if slash < len && $mask(part(text, slash + 1, len)).is_none() {
                    return ParseError::new(ParseErrorKind::Netmask, slash + 1, len);
                }
                ParseError::new(ParseErrorKind::HostBits, 0, slash)
            }

            /// The first address: Python's `network_address`.
            #[must_use]
            #[inline]
            pub const fn network_address(self) -> $Addr {
                $Addr::from_bits($load(self.bits))
            }

            /// The last address: Python's `broadcast_address`, in IPv6 too.
            #[must_use]
            #[inline]
            pub const fn broadcast_address(self) -> $Addr {
                $Addr::from_bits(self.last_bits())
            }

            #[inline]
            pub(super) const fn first_bits(self) -> $Bits {
                $load(self.bits)
            }

            #[inline]
            pub(super) const fn last_bits(self) -> $Bits {
                $load(self.bits) | Self::host_bits(self.prefix_len)
            }

            /// The number of leading bits that all its addresses share: Python's
            /// `prefixlen`.
            #[must_use]
            #[inline]
            pub const fn prefix_len(self) -> u8 {
                self.prefix_len
            }

            /// Ones where the prefix is: Python's `netmask`.
            #[must_use]
            pub const fn netmask(self) -> $Addr {
                $Addr::from_bits(Self::mask_bits(self.prefix_len))
            }

            /// Ones where the hosts are: Python's `hostmask`.
            #[must_use]
            pub const fn hostmask(self) -> $Addr {
                $Addr::from_bits(Self::host_bits(self.prefix_len))
            }

            /// Whether the network holds the address: Python's `in`.
            #[must_use]
            #[inline]
            pub const fn contains(self, address: $Addr) -> bool {
                $begins(self.bits, address, self.prefix_len)
            }

            /// The text with the prefix length: Python's `with_prefixlen`,
            /// `compressed` and `str(network)`.
            #[must_use]
            #[inline]
            pub const fn with_prefixlen(self) -> Text<$TEXT> {
                Self::text_of(self.network_address(), self.prefix_len)
            }

            /// The text of an address and a prefix length.
            #[inline]
            pub(super) const fn text_of(address: $Addr, prefix_len: u8) -> Text<$TEXT> {
                let mut text = Text::EMPTY;
                let len = $module::put(text.buffer_mut(), 0, address);
                let len = put_prefix_len(text.buffer_mut(), len, prefix_len);
                text.set_len(len);
                text
            }

            /// The text of an address and a mask.
            pub(super) const fn text_with(address: $Addr, mask: $Addr) -> Text<$LONG> {
                let mut text = Text::EMPTY;
                let len = $module::put(text.buffer_mut(), 0, address);
                let len = put_byte(text.buffer_mut(), len, b'/');
                let len = $module::put(text.buffer_mut(), len, mask);
                text.set_len(len);
                text
            }

            /// The text with the netmask: Python's `with_netmask`.
            #[must_use]
            pub const fn with_netmask(self) -> Text<$LONG> {
                Self::text_with(self.network_address(), self.netmask())
            }

            /// The text with the hostmask: Python's `with_hostmask`.
            #[must_use]
            pub const fn with_hostmask(self) -> Text<$LONG> {
                Self::text_with(self.network_address(), self.hostmask())
            }

            /// The long text of the address, and the prefix length: Python's
            /// `exploded`, which leaves the prefix length of IPv4 in too.
            #[must_use]
            pub const fn exploded(self) -> Text<64> {
                let mut text = Text::EMPTY;
                text.push($module::exploded(self.network_address()).as_bytes());
                text.push_byte(b'/');
                text.push_decimal(self.prefix_len as u32);
                text
            }
        }

        impl fmt::Display for $Network {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.with_prefixlen().as_str())
            }
        }

        impl fmt::Debug for $Network {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        /// [`parse`](Self::parse).
        impl FromStr for $Network {
            type Err = ParseError;

            fn from_str(text: &str) -> Result<Self, ParseError> {
                Self::parse(text)
            }
        }

        /// [`parse`](Self::parse).
        impl TryFrom<&str> for $Network {
            type Error = ParseError;

            fn try_from(text: &str) -> Result<Self, ParseError> {
                Self::parse(text)
            }
        }

        /// [`new`](Self::new).
        impl TryFrom<($Addr, u8)> for $Network {
            type Error = NetworkError;

            fn try_from((address, prefix_len): ($Addr, u8)) -> Result<Self, NetworkError> {
                Self::new(address, prefix_len)
            }
        }

        /// [`host`](Self::host).
        impl From<$Addr> for $Network {
            fn from(address: $Addr) -> Self {
                Self::host(address)
            }
        }
    };
}

/// IPv4 keeps the number itself: aligned and in the machine's order, it sorts and
/// compares quickest. IPv6 keeps the octets, 17 in all rather than 32.
#[inline]
const fn same(bits: u32) -> u32 {
    bits
}

/// Whether the first `len` bits of an address are those of `bits`.
#[inline]
const fn begins_ipv4(bits: u32, address: Ipv4Addr, len: u8) -> bool {
    (bits ^ address.to_bits()).leading_zeros() >= len as u32
}

/// Whether the first `len` bits of an address are those of `network`. The upper half
/// mostly decides, in one register.
#[inline]
const fn begins_ipv6(network: Ipv6Addr, address: Ipv6Addr, len: u8) -> bool {
    let differing = network.to_bits() ^ address.to_bits();
    let upper = (differing >> 64) as u64;
    if len <= 64 {
        return upper.leading_zeros() >= len as u32;
    }
    upper == 0 && (differing as u64).leading_zeros() + 64 >= len as u32
}

network! {
    Ipv4Network, Ipv4Addr, u32, u32, same, same, begins_ipv4, ipv4, 32, "4",
    parse::ipv4_head, parse::ipv4_mask, diagnose::ipv4, 32, 32,
    "192.0.2.0/24", "192.0.2.7", "192.0.2.0"
}

network! {
    Ipv6Network, Ipv6Addr, u128, Ipv6Addr, Ipv6Addr::from_bits, Ipv6Addr::to_bits, begins_ipv6, ipv6, 128, "6",
    parse::ipv6_head, parse::ipv6_mask, scope::unscoped_fault, 48, 80,
    "2001:db8::/32", "2001:db8::7", "2001:db8::"
}
