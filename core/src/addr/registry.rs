//! The special-purpose address registries of IANA (RFC 6890, RFC 8190).
//!
//! Provenance: `iana-ipv4-special-registry` and `iana-ipv6-special-registry` at
//! <https://www.iana.org/assignments/>, as updated on 2025-10-09 and still the same on
//! 2026-07-18; the tests hold the tables against the registries' own files. Everything
//! that the crate says of private and global addresses is read from these two tables.

use super::any::IpNetwork;
use super::network::{Ipv4Network, Ipv6Network};

/// One row of a registry.
///
/// ```
/// use amphi_core::addr::ipv6;
///
/// let block = ipv6::special(ipv6::literal("3fff::1")).unwrap();
/// assert_eq!(block.network.to_string(), "3fff::/20");
/// assert_eq!((block.name, block.rfc), ("Documentation", "RFC 9637"));
/// assert_eq!((block.allocated, block.ended), ("2024-07", None));
/// assert_eq!(block.globally_reachable, Some(false));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Special<N> {
    /// The block of addresses.
    pub network: N,
    /// The registry's name for it.
    pub name: &'static str,
    /// What defines it.
    pub rfc: &'static str,
    /// Year and month of the allocation.
    pub allocated: &'static str,
    /// Year and month in which the allocation ended: the block around it decides.
    pub ended: Option<&'static str>,
    /// Whether a datagram to it may leave its domain; none where the registry has
    /// "N/A", which counts as no while the allocation lives.
    pub globally_reachable: Option<bool>,
    shared: bool,
}

/// What the registry makes of an address.
#[derive(Clone, Copy)]
pub(super) enum Reach {
    /// Python's `is_private`.
    Private,
    /// 100.64.0.0/10: neither.
    Shared,
    /// Python's `is_global`.
    Global,
}

impl<N> Special<N> {
    pub(super) const fn reach(&self) -> Reach {
        match self.globally_reachable {
            Some(true) => Reach::Global,
            _ if self.shared => Reach::Shared,
            _ => Reach::Private,
        }
    }
}

macro_rules! either {
    ($Network:ident, $V:ident) => {
        impl Special<$Network> {
            /// The row as one of either family's.
            pub(super) const fn either(&self) -> Special<IpNetwork> {
                Special {
                    network: IpNetwork::$V(self.network),
                    name: self.name,
                    rfc: self.rfc,
                    allocated: self.allocated,
                    ended: self.ended,
                    globally_reachable: self.globally_reachable,
                    shared: self.shared,
                }
            }
        }
    };
}

either!(Ipv4Network, V4);
either!(Ipv6Network, V6);

macro_rules! row {
    ($name:ident, $Network:ident) => {
        const fn $name(
            network: &str,
            name: &'static str,
            rfc: &'static str,
            allocated: &'static str,
            ended: Option<&'static str>,
            globally_reachable: Option<bool>,
        ) -> Special<$Network> {
            let network = $Network::literal(network);
            Special {
                network,
                name,
                rfc,
                allocated,
                ended,
                globally_reachable,
                shared: matches!(rfc.as_bytes(), b"RFC 6598"),
            }
        }
    };
}

row!(v4, Ipv4Network);
row!(v6, Ipv6Network);

/// The IANA IPv4 Special-Purpose Address Registry of 2025-10-09.
#[rustfmt::skip]
pub const IPV4_SPECIAL: &[Special<Ipv4Network>] = &[
    v4("0.0.0.0/8", "This network", "RFC 791, section 3.2", "1981-09", None, Some(false)),
    v4("0.0.0.0/32", "This host on this network", "RFC 1122, section 3.2.1.3", "1981-09", None, Some(false)),
    v4("10.0.0.0/8", "Private-Use", "RFC 1918", "1996-02", None, Some(false)),
    v4("100.64.0.0/10", "Shared Address Space", "RFC 6598", "2012-04", None, Some(false)),
    v4("127.0.0.0/8", "Loopback", "RFC 1122, section 3.2.1.3", "1981-09", None, Some(false)),
    v4("169.254.0.0/16", "Link Local", "RFC 3927", "2005-05", None, Some(false)),
    v4("172.16.0.0/12", "Private-Use", "RFC 1918", "1996-02", None, Some(false)),
    v4("192.0.0.0/24", "IETF Protocol Assignments", "RFC 6890, section 2.1", "2010-01", None, Some(false)),
    v4("192.0.0.0/29", "IPv4 Service Continuity Prefix", "RFC 7335", "2011-06", None, Some(false)),
    v4("192.0.0.8/32", "IPv4 dummy address", "RFC 7600", "2015-03", None, Some(false)),
    v4("192.0.0.9/32", "Port Control Protocol Anycast", "RFC 7723", "2015-10", None, Some(true)),
    v4("192.0.0.10/32", "Traversal Using Relays around NAT Anycast", "RFC 8155", "2017-02", None, Some(true)),
    v4("192.0.0.170/32", "NAT64/DNS64 Discovery", "RFC 8880 and RFC 7050, section 2.2", "2013-02", None, Some(false)),
    v4("192.0.0.171/32", "NAT64/DNS64 Discovery", "RFC 8880 and RFC 7050, section 2.2", "2013-02", None, Some(false)),
    v4("192.0.2.0/24", "Documentation (TEST-NET-1)", "RFC 5737", "2010-01", None, Some(false)),
    v4("192.31.196.0/24", "AS112-v4", "RFC 7535", "2014-12", None, Some(true)),
    v4("192.52.193.0/24", "AMT", "RFC 7450", "2014-12", None, Some(true)),
    v4("192.88.99.0/24", "Deprecated (6to4 Relay Anycast)", "RFC 7526", "2001-06", Some("2015-03"), None),
    v4("192.88.99.2/32", "6a44-relay anycast address", "RFC 6751", "2012-10", None, Some(false)),
    v4("192.168.0.0/16", "Private-Use", "RFC 1918", "1996-02", None, Some(false)),
    v4("192.175.48.0/24", "Direct Delegation AS112 Service", "RFC 7534", "1996-01", None, Some(true)),
    v4("198.18.0.0/15", "Benchmarking", "RFC 2544", "1999-03", None, Some(false)),
    v4("198.51.100.0/24", "Documentation (TEST-NET-2)", "RFC 5737", "2010-01", None, Some(false)),
    v4("203.0.113.0/24", "Documentation (TEST-NET-3)", "RFC 5737", "2010-01", None, Some(false)),
    v4("240.0.0.0/4", "Reserved", "RFC 1112, section 4", "1989-08", None, Some(false)),
    v4("255.255.255.255/32", "Limited Broadcast", "RFC 8190 and RFC 919, section 7", "1984-10", None, Some(false)),
];

/// The IANA IPv6 Special-Purpose Address Registry of 2025-10-09.
#[rustfmt::skip]
pub const IPV6_SPECIAL: &[Special<Ipv6Network>] = &[
    v6("::1/128", "Loopback Address", "RFC 4291", "2006-02", None, Some(false)),
    v6("::/128", "Unspecified Address", "RFC 4291", "2006-02", None, Some(false)),
    v6("::ffff:0:0/96", "IPv4-mapped Address", "RFC 4291", "2006-02", None, Some(false)),
    v6("64:ff9b::/96", "IPv4-IPv6 Translat.", "RFC 6052", "2010-10", None, Some(true)),
    v6("64:ff9b:1::/48", "IPv4-IPv6 Translat.", "RFC 8215", "2017-06", None, Some(false)),
    v6("100::/64", "Discard-Only Address Block", "RFC 6666", "2012-06", None, Some(false)),
    v6("100:0:0:1::/64", "Dummy IPv6 Prefix", "RFC 9780", "2025-04", None, Some(false)),
    v6("2001::/23", "IETF Protocol Assignments", "RFC 2928", "2000-09", None, Some(false)),
    v6("2001::/32", "TEREDO", "RFC 4380 and RFC 8190", "2006-01", None, None),
    v6("2001:1::1/128", "Port Control Protocol Anycast", "RFC 7723", "2015-10", None, Some(true)),
    v6("2001:1::2/128", "Traversal Using Relays around NAT Anycast", "RFC 8155", "2017-02", None, Some(true)),
    v6("2001:1::3/128", "DNS-SD Service Registration Protocol Anycast", "RFC 9665", "2024-04", None, Some(true)),
    v6("2001:2::/48", "Benchmarking", "RFC 5180 and RFC Errata 1752", "2008-04", None, Some(false)),
    v6("2001:3::/32", "AMT", "RFC 7450", "2014-12", None, Some(true)),
    v6("2001:4:112::/48", "AS112-v6", "RFC 7535", "2014-12", None, Some(true)),
    v6("2001:10::/28", "Deprecated (previously ORCHID)", "RFC 4843", "2007-03", Some("2014-03"), None),
    v6("2001:20::/28", "ORCHIDv2", "RFC 7343", "2014-07", None, Some(true)),
    v6("2001:30::/28", "Drone Remote ID Protocol Entity Tags (DETs) Prefix", "RFC 9374", "2022-12", None, Some(true)),
    v6("2001:db8::/32", "Documentation", "RFC 3849", "2004-07", None, Some(false)),
    v6("2002::/16", "6to4", "RFC 3056", "2001-02", None, None),
    v6("2620:4f:8000::/48", "Direct Delegation AS112 Service", "RFC 7534", "2011-05", None, Some(true)),
    v6("3fff::/20", "Documentation", "RFC 9637", "2024-07", None, Some(false)),
    v6("5f00::/16", "Segment Routing (SRv6) SIDs", "RFC 9602", "2024-04", None, Some(false)),
    v6("fc00::/7", "Unique-Local", "RFC 4193 and RFC 8190", "2005-10", None, Some(false)),
    v6("fe80::/10", "Link-Local Unicast", "RFC 4291", "2006-02", None, Some(false)),
];
