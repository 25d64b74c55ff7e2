//! Functions on IPv4 addresses: text, numbers, packed octets, and predicates
//! with Python's meaning.
//!
//! They are free functions because `core::net::Ipv4Addr` has inherent methods of
//! the same names with other meanings: its `is_private` knows RFC 1918 only.

use core::net::{Ipv4Addr, Ipv6Addr};

use super::diagnose::{self, find};
use super::error::{ParseError, ParseErrorKind};
use super::format::put_ipv4;
use super::functions::address_functions;
use super::network::Ipv4Network;
use super::parse;
use super::registry::{IPV4_SPECIAL, Reach, Special};
use super::text::Text;

address_functions! {
    Ipv4Addr, Ipv4Network, u32, 4, "4",
    parse::ipv4_bits, diagnose::ipv4, IPV4_SPECIAL, "127.0.0.1"
}

/// Writes the text at `at`; returns the place after it.
#[inline]
pub(super) const fn put<const N: usize>(
    buffer: &mut [u8; N],
    at: usize,
    address: Ipv4Addr,
) -> usize {
    put_ipv4(buffer, at, address.octets())
}

/// The text of an address: Python's `str(address)` and `compressed`.
///
/// ```
/// use amphi_core::addr::ipv4;
///
/// assert_eq!(ipv4::compressed(ipv4::literal("10.0.255.1")), "10.0.255.1");
/// ```
#[must_use]
#[inline]
pub const fn compressed(address: Ipv4Addr) -> Text<16> {
    let mut text = Text::EMPTY;
    let len = put_ipv4(text.buffer_mut(), 0, address.octets());
    text.set_len(len);
    text
}

/// The long text, which for IPv4 is the short one: Python's `exploded`.
#[must_use]
pub const fn exploded(address: Ipv4Addr) -> Text<16> {
    compressed(address)
}

/// The name whose PTR record names the host (RFC 1035, section 3.5).
///
/// ```
/// use amphi_core::addr::ipv4;
///
/// let name = ipv4::reverse_pointer(ipv4::literal("192.0.2.1"));
/// assert_eq!(name, "1.2.0.192.in-addr.arpa");
/// ```
#[must_use]
pub const fn reverse_pointer(address: Ipv4Addr) -> Text<32> {
    let [a, b, c, d] = address.octets();
    let mut text = Text::EMPTY;
    let len = put_ipv4(text.buffer_mut(), 0, [d, c, b, a]);
    text.set_len(len);
    text.push(b".in-addr.arpa");
    text
}

/// The prefix length that a netmask or a hostmask stands for, as DHCP and C programs
/// have it: what Python makes of `ip_network((address, mask))`.
///
/// ```
/// use amphi_core::addr::{Ipv4Interface, ipv4};
///
/// let (address, mask) = (ipv4::literal("192.0.2.7"), ipv4::literal("255.255.255.0"));
/// let here = Ipv4Interface::new(address, ipv4::mask_len(mask).unwrap()).unwrap();
/// assert_eq!(here.to_string(), "192.0.2.7/24");
/// assert_eq!(ipv4::mask_len(ipv4::literal("0.0.0.255")), Some(24));
/// assert_eq!(ipv4::mask_len(ipv4::literal("255.0.255.0")), None);
/// ```
#[must_use]
pub const fn mask_len(mask: Ipv4Addr) -> Option<u8> {
    parse::ipv4_mask_len(mask.to_bits())
}

/// The IPv4-mapped IPv6 address: Python's `ipv6_mapped` (3.13).
///
/// ```
/// use amphi_core::addr::{ipv4, ipv6};
///
/// let mapped = ipv4::ipv6_mapped(ipv4::literal("192.0.2.1"));
/// assert_eq!(ipv6::compressed(mapped), "::ffff:192.0.2.1");
/// ```
#[must_use]
pub const fn ipv6_mapped(address: Ipv4Addr) -> Ipv6Addr {
    address.to_ipv6_mapped()
}

/// Whether the registry calls the address not globally reachable. Shared address
/// space, 100.64.0.0/10, is neither private nor global.
///
/// ```
/// use amphi_core::addr::ipv4;
///
/// assert!(ipv4::is_private(ipv4::literal("127.0.0.1")));
/// assert!(ipv4::is_private(ipv4::literal("192.0.0.8")));
/// assert!(!ipv4::is_private(ipv4::literal("192.0.0.9")));
/// assert!(!ipv4::is_private(ipv4::literal("100.64.0.1")));
/// ```
#[must_use]
pub const fn is_private(address: Ipv4Addr) -> bool {
    matches!(reach(address), Reach::Private)
}

/// Whether the registry lets the address be reached from anywhere.
///
/// ```
/// use amphi_core::addr::ipv4;
///
/// assert!(ipv4::is_global(ipv4::literal("192.0.0.10")));
/// assert!(!ipv4::is_global(ipv4::literal("100.64.0.1")));
/// ```
#[must_use]
pub const fn is_global(address: Ipv4Addr) -> bool {
    matches!(reach(address), Reach::Global)
}

/// Whether the address is in 224.0.0.0/4 (RFC 5771).
#[must_use]
pub const fn is_multicast(address: Ipv4Addr) -> bool {
    address.is_multicast()
}

/// Whether the address is in 240.0.0.0/4 (RFC 1112), the broadcast included.
#[must_use]
pub const fn is_reserved(address: Ipv4Addr) -> bool {
    address.to_bits() >> 28 == 0xf
}

/// Whether the address is in 127.0.0.0/8 (RFC 1122).
#[must_use]
pub const fn is_loopback(address: Ipv4Addr) -> bool {
    address.is_loopback()
}

/// Whether the address is in 169.254.0.0/16 (RFC 3927).
#[must_use]
pub const fn is_link_local(address: Ipv4Addr) -> bool {
    address.is_link_local()
}

/// Whether the address is 0.0.0.0.
#[must_use]
pub const fn is_unspecified(address: Ipv4Addr) -> bool {
    address.is_unspecified()
}
