//! Functions on addresses of either family.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::any::IpNetwork;
use super::diagnose::find;
use super::error::{ParseError, ParseErrorKind};
use super::registry::Special;
use super::text::Text;
use super::{ipv4, ipv6};

/// Whether a text can only be meant for IPv6.
pub(super) const fn looks_like_ipv6(text: &[u8]) -> bool {
    find(text, b':', 0) < text.len()
}

/// Reads an address of either family: Python's `ip_address(text)`. One with a
/// colon is taken for IPv6, so that a fault is named in the right terms.
///
/// ```
/// use amphi_core::addr::ip;
///
/// assert!(ip::parse("192.0.2.1").unwrap().is_ipv4());
/// assert!(ip::parse("2001:db8::1").unwrap().is_ipv6());
/// ```
///
/// # Errors
///
/// As [`ipv4::parse`] or [`ipv6::parse`].
pub const fn parse(text: &str) -> Result<IpAddr, ParseError> {
    parse_ascii(text.as_bytes())
}

/// [`parse`] for a text in octets.
///
/// # Errors
///
/// As for [`parse`].
pub const fn parse_ascii(text: &[u8]) -> Result<IpAddr, ParseError> {
    if looks_like_ipv6(text) {
        return match ipv6::parse_ascii(text) {
            Ok(address) => Ok(IpAddr::V6(address)),
            Err(error) => Err(error),
        };
    }
    match ipv4::parse_ascii(text) {
        Ok(address) => Ok(IpAddr::V4(address)),
        Err(error) => Err(error),
    }
}

/// The address of a literal; in a constant, a fault stops the compiler.
///
/// # Panics
///
/// When the text is no address.
#[must_use]
pub const fn literal(text: &str) -> IpAddr {
    match parse(text) {
        Ok(address) => address,
        Err(error) => error.fail(text),
    }
}

/// The address of a number: IPv4 below 2^32, else IPv6: Python's
/// `ip_address(int)`.
///
/// ```
/// use amphi_core::addr::ip;
///
/// assert_eq!(ip::from_int(0x7f00_0001), ip::literal("127.0.0.1"));
/// assert_eq!(ip::from_int(1 << 32), ip::literal("::1:0:0"));
/// ```
#[must_use]
pub const fn from_int(bits: u128) -> IpAddr {
    if bits <= u32::MAX as u128 {
        return IpAddr::V4(Ipv4Addr::from_bits(bits as u32));
    }
    IpAddr::V6(Ipv6Addr::from_bits(bits))
}

/// The address as a number: Python's `int(address)`.
#[must_use]
pub const fn to_int(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => address.to_bits() as u128,
        IpAddr::V6(address) => address.to_bits(),
    }
}

/// The address of 4 or 16 packed octets: Python's `ip_address(bytes)`.
///
/// # Errors
///
/// [`ParseErrorKind::PackedLength`] for any other number of octets.
pub const fn from_packed(octets: &[u8]) -> Result<IpAddr, ParseError> {
    match octets.len() {
        4 => match ipv4::from_packed(octets) {
            Ok(address) => Ok(IpAddr::V4(address)),
            Err(error) => Err(error),
        },
        16 => match ipv6::from_packed(octets) {
            Ok(address) => Ok(IpAddr::V6(address)),
            Err(error) => Err(error),
        },
        len => Err(ParseError::new(ParseErrorKind::PackedLength, 0, len)),
    }
}

macro_rules! steps {
    ($($(#[$doc:meta])* $name:ident;)*) => {
        $(
            $(#[$doc])*
            #[must_use]
            pub const fn $name(address: IpAddr, n: u128) -> Option<IpAddr> {
                match address {
                    IpAddr::V4(address) if n <= u32::MAX as u128 => {
                        match ipv4::$name(address, n as u32) {
                            Some(address) => Some(IpAddr::V4(address)),
                            None => None,
                        }
                    }
                    IpAddr::V4(_) => None,
                    IpAddr::V6(address) => match ipv6::$name(address, n) {
                        Some(address) => Some(IpAddr::V6(address)),
                        None => None,
                    },
                }
            }
        )*
    };
}

steps! {
    /// The address `n` places after: Python's `address + n`. None beyond the family's
    /// last.
    ///
    /// ```
    /// use amphi_core::addr::ip;
    ///
    /// let next = ip::checked_add(ip::literal("192.0.2.255"), 1);
    /// assert_eq!(next, Some(ip::literal("192.0.3.0")));
    /// assert_eq!(ip::checked_add(ip::literal("255.255.255.255"), 1), None);
    /// ```
    checked_add;
    /// The address `n` places before: Python's `address - n`. None before the family's
    /// first.
    checked_sub;
}

/// The narrowest block of the special-purpose registries that holds the address,
/// allocations that have ended included.
///
/// ```
/// use amphi_core::addr::ip;
///
/// let block = ip::special(ip::literal("2001:db8::7")).unwrap();
/// assert_eq!((block.name, block.rfc), ("Documentation", "RFC 3849"));
/// assert_eq!(block.network.to_string(), "2001:db8::/32");
/// assert!(ip::special(ip::literal("9.9.9.9")).is_none());
/// ```
#[must_use]
pub const fn special(address: IpAddr) -> Option<Special<IpNetwork>> {
    match address {
        IpAddr::V4(address) => match ipv4::special(address) {
            Some(row) => Some(row.either()),
            None => None,
        },
        IpAddr::V6(address) => match ipv6::special(address) {
            Some(row) => Some(row.either()),
            None => None,
        },
    }
}

macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident: $N:literal;)*) => {
        $(
            $(#[$doc])*
            #[must_use]
            pub const fn $name(address: IpAddr) -> Text<$N> {
                let mut text = Text::EMPTY;
                match address {
                    IpAddr::V4(address) => text.push(ipv4::$name(address).as_bytes()),
                    IpAddr::V6(address) => text.push(ipv6::$name(address).as_bytes()),
                }
                text
            }
        )*
    };
}

texts! {
    /// The short text: Python's `str(address)` and `compressed`.
    compressed: 48;
    /// The long text: Python's `exploded`.
    exploded: 48;
    /// The name whose PTR record names the host.
    reverse_pointer: 80;
}

macro_rules! predicates {
    ($($(#[$doc:meta])* $name:ident;)*) => {
        $(
            $(#[$doc])*
            #[must_use]
            pub const fn $name(address: IpAddr) -> bool {
                match address {
                    IpAddr::V4(address) => ipv4::$name(address),
                    IpAddr::V6(address) => ipv6::$name(address),
                }
            }
        )*
    };
}

predicates! {
    /// Whether the registry calls the address not globally reachable.
    ///
    /// ```
    /// use amphi_core::addr::ip;
    ///
    /// assert!(ip::is_private(ip::literal("127.0.0.1")));
    /// assert!(ip::is_private(ip::literal("::1")));
    /// ```
    is_private;
    /// Whether the registry lets the address be reached from anywhere.
    is_global;
    /// Whether the address is a multicast group's.
    is_multicast;
    /// Whether the IETF keeps the address back.
    is_reserved;
    /// Whether the address is the host's own.
    is_loopback;
    /// Whether the address is valid on one link only.
    is_link_local;
    /// Whether the address is all zeros.
    is_unspecified;
}
