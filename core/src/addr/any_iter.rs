//! The iterators of the families, for networks and ranges whose family is known at run
//! time.

use core::iter::FusedIterator;
use core::net::IpAddr;

use super::any::IpNetwork;
use super::error::NetworkError;
use super::iter::{
    Ipv4Addresses, Ipv4Exclude, Ipv4Subnets, Ipv6Addresses, Ipv6Exclude, Ipv6Subnets,
};
use super::range::{Ipv4Summary, Ipv6Summary, summarize_ipv4_range, summarize_ipv6_range};

macro_rules! either {
    ($value:expr, $x:ident => $arm:expr) => {
        match $value {
            Self::V4($x) => $arm,
            Self::V6($x) => $arm,
        }
    };
}

macro_rules! iterators {
    ($($(#[$doc:meta])* $Any:ident: $V4:ident, $V6:ident => $Item:ident;)*) => { $(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum $Any {
            /// Of an IPv4 network.
            V4($V4),
            /// Of an IPv6 network.
            V6($V6),
        }

        impl Iterator for $Any {
            type Item = $Item;

            #[inline]
            fn next(&mut self) -> Option<$Item> {
                either!(self, it => it.next().map($Item::from))
            }

            fn nth(&mut self, n: usize) -> Option<$Item> {
                either!(self, it => it.nth(n).map($Item::from))
            }

            fn size_hint(&self) -> (usize, Option<usize>) {
                either!(self, it => it.size_hint())
            }

            fn count(self) -> usize {
                either!(self, it => it.count())
            }

            fn last(mut self) -> Option<$Item> {
                self.next_back()
            }
        }

        impl DoubleEndedIterator for $Any {
            #[inline]
            fn next_back(&mut self) -> Option<$Item> {
                either!(self, it => it.next_back().map($Item::from))
            }

            fn nth_back(&mut self, n: usize) -> Option<$Item> {
                either!(self, it => it.nth_back(n).map($Item::from))
            }
        }

        impl FusedIterator for $Any {}
    )* };
}

iterators! {
    /// Consecutive addresses of either family: what [`IpNetwork::addresses`] gives.
    ///
    /// ```
    /// use amphi_core::addr::{IpNetwork, ip};
    ///
    /// let mut addresses = IpNetwork::literal("192.0.2.0/30").addresses();
    /// assert_eq!(addresses.next_back(), Some(ip::literal("192.0.2.3")));
    /// assert_eq!(addresses.count(), 3);
    /// ```
    IpAddresses: Ipv4Addresses, Ipv6Addresses => IpAddr;
    /// The networks of one length within another: what [`IpNetwork::subnets`] gives.
    ///
    /// ```
    /// use amphi_core::addr::IpNetwork;
    ///
    /// let mut halves = IpNetwork::literal("2001:db8::/32").subnets_to(33).unwrap();
    /// assert_eq!(halves.next(), Some(IpNetwork::literal("2001:db8::/33")));
    /// assert_eq!(halves.next(), Some(IpNetwork::literal("2001:db8:8000::/33")));
    /// assert_eq!(halves.next(), None);
    /// ```
    IpSubnets: Ipv4Subnets, Ipv6Subnets => IpNetwork;
    /// What is left of a network without another: what [`IpNetwork::address_exclude`] gives.
    ///
    /// ```
    /// use amphi_core::addr::IpNetwork;
    ///
    /// let network = IpNetwork::literal("192.0.2.0/24");
    /// let left = network.address_exclude(IpNetwork::literal("192.0.2.64/26")).unwrap();
    /// let left: Vec<String> = left.map(|network| network.to_string()).collect();
    /// assert_eq!(left, ["192.0.2.128/25", "192.0.2.0/26"]);
    /// ```
    IpExclude: Ipv4Exclude, Ipv6Exclude => IpNetwork;
}

/// The networks of a range of either family; see [`summarize_address_range`].
///
/// ```
/// use amphi_core::addr::{IpNetwork, IpSummary, ip, summarize_address_range};
///
/// let (first, last) = (ip::literal("192.0.2.0"), ip::literal("192.0.2.2"));
/// let mut networks: IpSummary = summarize_address_range(first, last).unwrap();
/// assert_eq!(networks.next(), Some(IpNetwork::literal("192.0.2.0/31")));
/// assert_eq!(networks.next(), Some(IpNetwork::literal("192.0.2.2/32")));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IpSummary {
    /// Of IPv4 addresses.
    V4(Ipv4Summary),
    /// Of IPv6 addresses.
    V6(Ipv6Summary),
}

impl Iterator for IpSummary {
    type Item = IpNetwork;

    fn next(&mut self) -> Option<IpNetwork> {
        either!(self, it => it.next().map(IpNetwork::from))
    }
}

impl FusedIterator for IpSummary {}

/// The fewest networks from one address to another of its family, both included:
/// Python's function of this name.
///
/// ```
/// use amphi_core::addr::{ip, summarize_address_range};
///
/// let (first, last) = (ip::literal("192.0.2.0"), ip::literal("192.0.2.130"));
/// let networks: Vec<_> = summarize_address_range(first, last).unwrap().collect();
/// assert_eq!(networks.len(), 3);
/// assert_eq!(networks[0].to_string(), "192.0.2.0/25");
/// assert!(summarize_address_range(first, ip::literal("::1")).is_err());
/// ```
///
/// # Errors
///
/// [`NetworkError::Reversed`] when the last lies before the first,
/// [`NetworkError::MixedVersions`] across families.
pub const fn summarize_address_range(
    first: IpAddr,
    last: IpAddr,
) -> Result<IpSummary, NetworkError> {
    match (first, last) {
        (IpAddr::V4(first), IpAddr::V4(last)) => match summarize_ipv4_range(first, last) {
            Ok(networks) => Ok(IpSummary::V4(networks)),
            Err(error) => Err(error),
        },
        (IpAddr::V6(first), IpAddr::V6(last)) => match summarize_ipv6_range(first, last) {
            Ok(networks) => Ok(IpSummary::V6(networks)),
            Err(error) => Err(error),
        },
        _ => Err(NetworkError::MixedVersions),
    }
}
