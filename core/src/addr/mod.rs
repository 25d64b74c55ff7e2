//! Addresses, networks, interfaces and ranges: Python's `ipaddress` over the types
//! of `core::net`, without a heap.
//!
//! Addresses are `Ipv4Addr`, `Ipv6Addr` and `IpAddr` themselves; what Python's have
//! beyond those types is in the functions of [`ipv4`], [`ipv6`] and [`ip`]. Networks,
//! interfaces and ranges are types of their own, `Copy`, ordered, and never in an
//! invalid state. Nearly everything is a `const fn`, and `literal` constructors let
//! the compiler refuse a wrong text.
//!
//! ```
//! use amphi_core::addr::{IpNetwork, Ipv4Network, collapse_addresses, ip, ipv4};
//!
//! const OFFICE: Ipv4Network = Ipv4Network::literal("192.0.2.0/24");
//! assert!(OFFICE.contains(ipv4::literal("192.0.2.17")));
//! assert_eq!(OFFICE.hosts().nth(9), Some(ipv4::literal("192.0.2.10")));
//!
//! let mut blocks: Vec<_> = OFFICE.subnets_to(26).unwrap().collect();
//! assert_eq!(collapse_addresses(&mut blocks), [OFFICE]);
//!
//! let error = IpNetwork::parse("10.0.0.1/8").unwrap_err();
//! assert_eq!(error.explain("10.0.0.1/8").to_string(), "10.0.0.1/8 has host bits set");
//! assert!(ip::is_private(ip::literal("fd00::1")));
//! ```
//!
//! A wrong literal in a constant does not compile:
//!
//! ```compile_fail
//! use amphi_core::addr::Ipv4Network;
//!
//! // evaluation panicked: leading zeros are not permitted: '010' at octet 0
//! const WRONG: Ipv4Network = Ipv4Network::literal("010.0.0.0/8");
//! # fn main() { let _ = WRONG; }
//! ```
//!
//! # From `ipaddress` to here
//!
//! | `ipaddress` | here |
//! |---|---|
//! | `IPv4Address`, `IPv6Address` | `Ipv4Addr`, `Ipv6Addr`, `IpAddr` of `core::net` |
//! | `IPv4Network`, `IPv6Network` | [`Ipv4Network`], [`Ipv6Network`], [`IpNetwork`] |
//! | `IPv4Interface`, `IPv6Interface` | [`Ipv4Interface`], [`Ipv6Interface`], [`IpInterface`] |
//! | `ip_address(text)` | [`ip::parse`], [`ipv4::parse`], [`ipv6::parse`], and `literal`, `parse_ascii` beside each |
//! | `ip_address(int)`, `int(address)` | [`ip::from_int`], [`ip::to_int`]; `from_bits` and `to_bits` of `core::net` |
//! | `ip_address(bytes)`, `packed`, `v4_int_to_packed`, `v6_int_to_packed` | [`ip::from_packed`]; `octets` of `core::net` |
//! | `ip_network(text)` | [`IpNetwork::parse`], [`Ipv4Network::parse`], [`Ipv6Network::parse`] |
//! | `ip_network(text, strict=False)` | [`IpNetwork::parse_lenient`] and the families' |
//! | `ip_network((address, prefix))`, `ip_network((address, mask))` | `new` (strict), `truncating`, `host`, with [`ipv4::mask_len`] for a mask |
//! | `ip_interface(text)` | [`IpInterface::parse`], [`Ipv4Interface::parse`], [`Ipv6Interface::parse`] |
//! | `AddressValueError`, `NetmaskValueError`, their messages | [`ParseError`], [`ParseError::explain`] |
//! | `ValueError`, `TypeError` of methods | [`NetworkError`] |
//! | `str(address)`, `compressed` | [`ip::compressed`]; `Display` of `core::net` |
//! | `exploded`, `reverse_pointer` | [`ip::exploded`], [`ip::reverse_pointer`]; methods of networks and interfaces |
//! | `format(address, spec)` | [`FormatSpec`] |
//! | `address + n`, `address - n` | [`ip::checked_add`], [`ip::checked_sub`], and the families' |
//! | `version`, `max_prefixlen`, `IPV4LENGTH`, `IPV6LENGTH` | `VERSION`, `MAX_PREFIX_LEN` |
//! | `is_private`, `is_global`, `is_multicast`, `is_reserved`, `is_loopback`, `is_link_local`, `is_unspecified` | [`ip::is_private`] and so on; methods of networks and interfaces |
//! | `is_site_local` | [`ipv6::is_site_local`] |
//! | `ipv4_mapped`, `ipv6_mapped`, `sixtofour`, `teredo` | [`ipv6::ipv4_mapped`], [`ipv4::ipv6_mapped`], [`ipv6::sixtofour`], [`ipv6::teredo`] |
//! | `scope_id` | [`Scoped::scope_id`] |
//! | the private tables | [`IPV4_SPECIAL`], [`IPV6_SPECIAL`], [`ip::special`] and the families' |
//! | `network_address`, `broadcast_address`, `netmask`, `hostmask`, `with_prefixlen`, `with_netmask`, `with_hostmask`, `num_addresses` | methods of the same names |
//! | `prefixlen` | `prefix_len` |
//! | `iter(network)`, `network[n]`, `network[-1 - n]`, `hosts()` | `addresses`, `nth`, `nth_back`, `hosts` |
//! | `address in network` | `contains` |
//! | `overlaps`, `subnet_of`, `supernet_of`, `address_exclude` | methods of the same names |
//! | `subnets(prefixlen_diff)`, `subnets(new_prefix=…)` | `subnets`, `subnets_to` |
//! | `supernet(prefixlen_diff)`, `supernet(new_prefix=…)` | `supernet`, `supernet_to` |
//! | `compare_networks`, `<`, `==`, `hash` | `compare`, `Ord`, `Eq`, `Hash` |
//! | `interface.ip`, `interface.network` | `ip`, `network` |
//! | `summarize_address_range` | [`summarize_address_range`], [`summarize_ipv4_range`], [`summarize_ipv6_range`], [`Ipv4Range::networks`] |
//! | `collapse_addresses` | [`collapse_addresses`], in the caller's slice |
//! | `get_mixed_type_key` | `Ord` of [`IpNetwork`], [`IpInterface`] and `IpAddr` |
//! | nothing | [`Ipv4Range`], [`Ipv6Range`], [`difference()`], [`PrefixTable`] |
//!
//! # Where it differs, and why
//!
//! - **The registry is IANA's of 2025-10-09**, newer than Python's tables. Against
//!   Python 3.14: `100:0:0:1::/64`, `5f00::/16` and 192.88.99.2 are private, `2001:1::3`
//!   is global. Against 3.13.0 also `3fff::/20`, and against 3.11 also 192.0.0.0/24,
//!   `64:ff9b:1::/48`, `2001::/23` and `2002::/16` with their exceptions.
//! - **A long text is blamed for its fault**: of any IPv6 text of more than 45
//!   characters, newer Pythons say just that.
//! - **All predicates look through IPv4-mapped addresses** (`is_site_local` apart), as
//!   Python's newest releases do; 3.13.0 does so for two of them.
//! - **IPv4-mapped addresses end in dots everywhere**, as in Python 3.13, which
//!   leaves the dots out of a network's `exploded` and an interface's `with_…`.
//! - **A v4-mapped network's `is_private` and `is_global`** look through too; Python's does not.
//! - **`reverse_pointer` of a network or interface** is that of its address. Python
//!   puts the prefix length within the name, where it names nothing.
//! - **`is_unspecified` of an IPv4 interface** can be true. Python compares an
//!   interface with an address there, which is never equal.
//! - **Scoped values** are a type, [`Scoped`]: their order goes by value, then by
//!   scope. Python's order ignores the scope that its equality sees, `exploded` fails
//!   with a scope, `Interface.ip` and a truncated network lose it.
//! - **A text with a colon is taken for IPv6, any other for IPv4**, so that the fault
//!   is named; `ip_address` says only that it is neither.
//! - **`num_addresses`** is none for `::/0`, as 2^128 is no integer of Rust's.
//! - **`subnet_of` across families** is [`NetworkError::MixedVersions`] for
//!   [`IpNetwork`] and does not compile for the families' own types;
//!   [`collapse_addresses`] on [`IpNetwork`] takes both families, IPv4 first.
//! - **A format spec is for addresses**; for an interface, take its `ip()` or its text.
//! - **Predicates are free functions** for addresses: `core::net` has methods of some
//!   of these names with other meanings, which a trait's methods would lose to.

mod any;
mod any_iter;
mod any_network;
mod block;
mod cells;
mod collapse;
#[cfg(feature = "defmt")]
mod defmt;
mod diagnose;
mod difference;
mod error;
mod explain;
mod format;
mod functions;
mod interface;
pub mod ip;
pub mod ipv4;
pub mod ipv6;
mod iter;
mod network;
mod parse;
mod range;
mod registry;
mod relations;
mod scope;
#[cfg(feature = "serde")]
mod serde;
mod spec;
mod table;
mod text;

pub use any::{IpInterface, IpNetwork};
pub use any_iter::{IpAddresses, IpExclude, IpSubnets, IpSummary, summarize_address_range};
pub use block::{Block, FamilyBlock};
pub use collapse::collapse_addresses;
pub use difference::{Difference, difference};
pub use error::{NetworkError, ParseError, ParseErrorKind};
pub use explain::Explained;
pub use interface::{Ipv4Interface, Ipv6Interface};
pub use iter::{Ipv4Addresses, Ipv4Exclude, Ipv4Subnets, Ipv6Addresses, Ipv6Exclude, Ipv6Subnets};
pub use network::{Ipv4Network, Ipv6Network};
pub use range::{
    Ipv4Range, Ipv4Summary, Ipv6Range, Ipv6Summary, summarize_ipv4_range, summarize_ipv6_range,
};
pub use registry::{IPV4_SPECIAL, IPV6_SPECIAL, Special};
pub use scope::Scoped;
pub use spec::{FormatSpec, Formatted};
pub use table::{PrefixTable, Segment, TableError};
pub use text::Text;
