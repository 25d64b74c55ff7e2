//! Functions on IPv6 addresses: text, numbers, packed octets, embedded IPv4
//! addresses, and predicates with Python's meaning.
//!
//! Every predicate but [`is_site_local`] looks through IPv4-mapped addresses, as
//! Python's newest releases do.

use core::net::{Ipv4Addr, Ipv6Addr};

use super::diagnose::find;
use super::error::{ParseError, ParseErrorKind};
use super::format::put_ipv6;
use super::functions::address_functions;
use super::ipv4;
use super::network::Ipv6Network;
use super::parse;
use super::registry::{IPV6_SPECIAL, Reach, Special};
use super::scope;
use super::text::Text;

address_functions! {
    Ipv6Addr, Ipv6Network, u128, 16, "6",
    parse::ipv6_bits, scope::unscoped_fault, IPV6_SPECIAL, "::1"
}

/// Writes the text at `at`; returns the place after it.
#[inline]
pub(super) const fn put<const N: usize>(
    buffer: &mut [u8; N],
    at: usize,
    address: Ipv6Addr,
) -> usize {
    put_ipv6(buffer, at, address.to_bits())
}

/// The short text (RFC 5952), IPv4-mapped addresses with a dotted tail: Python's
/// `str(address)` and `compressed`.
///
/// ```
/// use amphi_core::addr::ipv6;
///
/// assert_eq!(ipv6::compressed(ipv6::literal("2001:db8:0:0:1:0:0:1")), "2001:db8::1:0:0:1");
/// assert_eq!(ipv6::compressed(ipv6::literal("::ffff:7f00:1")), "::ffff:127.0.0.1");
/// ```
#[must_use]
#[inline]
pub const fn compressed(address: Ipv6Addr) -> Text<48> {
    let mut text = Text::EMPTY;
    let len = put_ipv6(text.buffer_mut(), 0, address.to_bits());
    text.set_len(len);
    text
}

/// All eight groups with all their digits: Python's `exploded`.
///
/// ```
/// use amphi_core::addr::ipv6;
///
/// let long = ipv6::exploded(ipv6::literal("2001:db8::1"));
/// assert_eq!(long, "2001:0db8:0000:0000:0000:0000:0000:0001");
/// ```
#[must_use]
pub const fn exploded(address: Ipv6Addr) -> Text<48> {
    let mapped = ipv4_mapped(address).is_some();
    let mut text = Text::EMPTY;
    let mut shift = 128;
    while shift > 0 && !(mapped && shift == 32) {
        if shift < 128 && shift % 16 == 0 {
            text.push_byte(b':');
        }
        shift -= 4;
        text.push_byte(nibble(address, shift));
    }
    if mapped {
        let tail = Ipv4Addr::from_bits(address.to_bits() as u32);
        text.push_byte(b':');
        text.push(ipv4::compressed(tail).as_bytes());
    }
    text
}

/// The hexadecimal digit `shift` bits from the right.
const fn nibble(address: Ipv6Addr, shift: u32) -> u8 {
    let value = (address.to_bits() >> shift) as u8 & 0xf;
    if value < 10 {
        b'0' + value
    } else {
        b'a' + value - 10
    }
}

/// The name whose PTR record names the host (RFC 3596, section 2.5).
///
/// ```
/// use amphi_core::addr::ipv6;
///
/// let name = ipv6::reverse_pointer(ipv6::literal("2001:db8::1"));
/// assert!(name.starts_with("1.0.0.0.0.0."));
/// assert!(name.ends_with(".8.b.d.0.1.0.0.2.ip6.arpa"));
/// ```
#[must_use]
pub const fn reverse_pointer(address: Ipv6Addr) -> Text<80> {
    let mut text = Text::EMPTY;
    let mut shift = 0;
    while shift < 128 {
        text.push_byte(nibble(address, shift));
        text.push_byte(b'.');
        shift += 4;
    }
    text.push(b"ip6.arpa");
    text
}

/// The IPv4 address in an IPv4-mapped one, `::ffff:0:0/96` (RFC 4291).
///
/// ```
/// use amphi_core::addr::{ipv4, ipv6};
///
/// let mapped = ipv6::literal("::ffff:192.0.2.1");
/// assert_eq!(ipv6::ipv4_mapped(mapped), Some(ipv4::literal("192.0.2.1")));
/// assert_eq!(ipv6::ipv4_mapped(ipv6::literal("::192.0.2.1")), None);
/// ```
#[must_use]
pub const fn ipv4_mapped(address: Ipv6Addr) -> Option<Ipv4Addr> {
    address.to_ipv4_mapped()
}

/// The IPv4 address in a 6to4 one, `2002::/16` (RFC 3056).
///
/// ```
/// use amphi_core::addr::{ipv4, ipv6};
///
/// let tunnel = ipv6::literal("2002:c000:201::1");
/// assert_eq!(ipv6::sixtofour(tunnel), Some(ipv4::literal("192.0.2.1")));
/// ```
#[must_use]
pub const fn sixtofour(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let bits = address.to_bits();
    match bits >> 112 {
        0x2002 => Some(Ipv4Addr::from_bits((bits >> 80) as u32)),
        _ => None,
    }
}

/// Server and client of a Teredo address, `2001::/32` (RFC 4380).
///
/// ```
/// use amphi_core::addr::{ipv4, ipv6};
///
/// let tunnel = ipv6::literal("2001:0:4136:e378:8000:63bf:3fff:fdd2");
/// let (server, client) = ipv6::teredo(tunnel).unwrap();
/// assert_eq!(server, ipv4::literal("65.54.227.120"));
/// assert_eq!(client, ipv4::literal("192.0.2.45"));
/// ```
#[must_use]
pub const fn teredo(address: Ipv6Addr) -> Option<(Ipv4Addr, Ipv4Addr)> {
    let bits = address.to_bits();
    match bits >> 96 {
        0x2001_0000 => Some((
            Ipv4Addr::from_bits((bits >> 64) as u32),
            Ipv4Addr::from_bits(!(bits as u32)),
        )),
        _ => None,
    }
}

/// Whether the registry calls the address not globally reachable, or has no
/// answer for a live block, such as 6to4.
///
/// ```
/// use amphi_core::addr::ipv6;
///
/// assert!(ipv6::is_private(ipv6::literal("fd00::1")));
/// assert!(ipv6::is_private(ipv6::literal("::ffff:10.0.0.1")));
/// assert!(!ipv6::is_private(ipv6::literal("2001:1::3")));
/// ```
#[must_use]
pub const fn is_private(address: Ipv6Addr) -> bool {
    match ipv4_mapped(address) {
        Some(inner) => ipv4::is_private(inner),
        None => matches!(reach(address), Reach::Private),
    }
}

/// Whether the registry lets the address be reached from anywhere.
#[must_use]
pub const fn is_global(address: Ipv6Addr) -> bool {
    match ipv4_mapped(address) {
        Some(inner) => ipv4::is_global(inner),
        None => matches!(reach(address), Reach::Global),
    }
}

/// Whether the address is in `ff00::/8` (RFC 4291).
#[must_use]
pub const fn is_multicast(address: Ipv6Addr) -> bool {
    match ipv4_mapped(address) {
        Some(inner) => ipv4::is_multicast(inner),
        None => address.is_multicast(),
    }
}

/// Whether the IETF keeps the address back: everything but `2000::/3`,
/// `fc00::/7`, `fe80::/9` and `ff00::/8` (RFC 4291).
///
/// ```
/// use amphi_core::addr::ipv6;
///
/// assert!(ipv6::is_reserved(ipv6::literal("4000::1")));
/// assert!(!ipv6::is_reserved(ipv6::literal("2001:db8::1")));
/// ```
#[must_use]
pub const fn is_reserved(address: Ipv6Addr) -> bool {
    if let Some(inner) = ipv4_mapped(address) {
        return ipv4::is_reserved(inner);
    }
    let bits = address.to_bits();
    let used = bits >> 125 == 0b001
        || bits >> 121 == 0xfc >> 1
        || bits >> 119 == 0xfe80 >> 7
        || bits >> 120 == 0xff;
    !used
}

/// Whether the address is `::1`.
#[must_use]
pub const fn is_loopback(address: Ipv6Addr) -> bool {
    match ipv4_mapped(address) {
        Some(inner) => ipv4::is_loopback(inner),
        None => address.is_loopback(),
    }
}

/// Whether the address is in `fe80::/10` (RFC 4291).
#[must_use]
pub const fn is_link_local(address: Ipv6Addr) -> bool {
    match ipv4_mapped(address) {
        Some(inner) => ipv4::is_link_local(inner),
        None => address.to_bits() >> 118 == 0xfe80 >> 6,
    }
}

/// Whether the address is in `fec0::/10`, which RFC 3879 has withdrawn.
#[must_use]
pub const fn is_site_local(address: Ipv6Addr) -> bool {
    address.to_bits() >> 118 == 0xfec0 >> 6
}

/// Whether the address is `::`.
#[must_use]
pub const fn is_unspecified(address: Ipv6Addr) -> bool {
    match ipv4_mapped(address) {
        Some(inner) => ipv4::is_unspecified(inner),
        None => address.is_unspecified(),
    }
}
