//! Networks among networks and addresses: hosts, subnets, supernets, overlaps.

use core::cmp::Ordering;
use core::net::{Ipv4Addr, Ipv6Addr};

use super::error::NetworkError;
use super::iter::{
    Ipv4Addresses, Ipv4Exclude, Ipv4Subnets, Ipv6Addresses, Ipv6Exclude, Ipv6Subnets,
};
use super::network::{Ipv4Network, Ipv6Network};
use super::text::Text;
use super::{ipv4, ipv6};

macro_rules! relations {
    (
        $Network:ident, $Addr:ident, $Bits:ident, $Addresses:ident, $Subnets:ident, $Exclude:ident,
        $module:ident, $max:literal, $NAME:literal, $keep_last:literal,
        $wide:literal, $narrow:literal, $low:literal, $high:literal
    ) => {
        impl $Network {
            /// Every address, first to last: Python's `iter(network)`.
            #[must_use]
            pub const fn addresses(self) -> $Addresses {
                $Addresses::new(self.first_bits(), self.last_bits())
            }

            /// The addresses that hosts can have: Python's `hosts()`.
            ///
            /// IPv4 leaves out the first and the last (the broadcast), IPv6 the
            /// first only (the routers' anycast address); of two addresses both
            /// count, of one the one.
            #[must_use]
            pub const fn hosts(self) -> $Addresses {
                let (first, last) = (self.first_bits(), self.last_bits());
                if self.prefix_len() >= $max - 1 {
                    return $Addresses::new(first, last);
                }
                $Addresses::new(first + 1, if $keep_last { last } else { last - 1 })
            }

            /// The address `n` places after the first: Python's `network[n]`.
            #[must_use]
            pub const fn nth(self, n: $Bits) -> Option<$Addr> {
                if n > self.last_bits() - self.first_bits() {
                    return None;
                }
                Some($Addr::from_bits(self.first_bits() + n))
            }

            /// The address `n` places before the last: Python's `network[-1 - n]`.
            #[must_use]
            pub const fn nth_back(self, n: $Bits) -> Option<$Addr> {
                if n > self.last_bits() - self.first_bits() {
                    return None;
                }
                Some($Addr::from_bits(self.last_bits() - n))
            }

            /// Whether `other` holds all of this network.
            #[must_use]
            #[inline]
            pub const fn subnet_of(self, other: Self) -> bool {
                other.prefix_len() <= self.prefix_len() && other.contains(self.network_address())
            }

            /// Whether this network holds all of `other`.
            ///
            /// ```
            #[doc = concat!("use amphi_core::addr::", stringify!($Network), ";")]
            ///
            #[doc = concat!("let wide = ", stringify!($Network), "::literal(\"", $wide, "\");")]
            #[doc = concat!("let narrow = ", stringify!($Network), "::literal(\"", $narrow, "\");")]
            /// assert!(wide.supernet_of(narrow) && narrow.subnet_of(wide));
            /// assert!(wide.supernet_of(wide) && wide.overlaps(narrow));
            /// ```
            #[must_use]
            #[inline]
            pub const fn supernet_of(self, other: Self) -> bool {
                other.subnet_of(self)
            }

            /// Whether the two have an address in common, which for networks means
            /// that one holds the other.
            #[must_use]
            pub const fn overlaps(self, other: Self) -> bool {
                self.subnet_of(other) || other.subnet_of(self)
            }

            /// The order of the networks as a constant function: Python's
            /// `compare_networks`.
            #[must_use]
            pub const fn compare(self, other: Self) -> Ordering {
                let (a, b) = (self.first_bits(), other.first_bits());
                if a < b || (a == b && self.prefix_len() < other.prefix_len()) {
                    Ordering::Less
                } else if a == b && self.prefix_len() == other.prefix_len() {
                    Ordering::Equal
                } else {
                    Ordering::Greater
                }
            }

            /// The networks with `more` bits of prefix that make up this one:
            /// Python's `subnets(prefixlen_diff)`. As there, the network of one
            /// address has itself for its only subnet, whatever is asked.
            ///
            /// ```
            #[doc = concat!("use amphi_core::addr::", stringify!($Network), ";")]
            ///
            #[doc = concat!("let network = ", stringify!($Network), "::literal(\"", $wide, "\");")]
            /// let mut halves = network.subnets(1).unwrap();
            #[doc = concat!("assert_eq!(halves.next().unwrap().to_string(), \"", $low, "\");")]
            #[doc = concat!("assert_eq!(halves.next().unwrap().to_string(), \"", $high, "\");")]
            /// assert_eq!(halves.next(), None);
            /// ```
            ///
            /// # Errors
            ///
            /// [`NetworkError::PrefixLength`] when the addresses have not so many
            /// bits.
            pub const fn subnets(self, more: u8) -> Result<$Subnets, NetworkError> {
                if self.prefix_len() == $max {
                    return Ok($Subnets::new(self, $max));
                }
                if more > $max - self.prefix_len() {
                    return Err(NetworkError::PrefixLength);
                }
                Ok($Subnets::new(self, self.prefix_len() + more))
            }

            /// The networks of one length that make up this one: Python's
            /// `subnets(new_prefix=…)`.
            ///
            /// # Errors
            ///
            /// [`NetworkError::PrefixLength`] for a prefix shorter than this
            /// network's or longer than an address.
            pub const fn subnets_to(self, prefix_len: u8) -> Result<$Subnets, NetworkError> {
                if self.prefix_len() == $max {
                    return Ok($Subnets::new(self, $max));
                }
                if prefix_len > $max || prefix_len < self.prefix_len() {
                    return Err(NetworkError::PrefixLength);
                }
                Ok($Subnets::new(self, prefix_len))
            }

            /// The network with `fewer` bits of prefix around this one: Python's
            /// `supernet(prefixlen_diff)`. As there, the whole address space is its
            /// own supernet, whatever is asked.
            ///
            /// # Errors
            ///
            /// [`NetworkError::PrefixLength`] when the prefix has not so many bits.
            pub const fn supernet(self, fewer: u8) -> Result<Self, NetworkError> {
                if self.prefix_len() == 0 {
                    return Ok(self);
                }
                match self.prefix_len().checked_sub(fewer) {
                    Some(prefix_len) => Ok(Self::cut(self.first_bits(), prefix_len)),
                    None => Err(NetworkError::PrefixLength),
                }
            }

            /// The network of this length around this one: Python's
            /// `supernet(new_prefix=…)`.
            ///
            /// # Errors
            ///
            /// [`NetworkError::PrefixLength`] for a prefix longer than this
            /// network's.
            pub const fn supernet_to(self, prefix_len: u8) -> Result<Self, NetworkError> {
                if self.prefix_len() == 0 {
                    return Ok(self);
                }
                if prefix_len > self.prefix_len() {
                    return Err(NetworkError::PrefixLength);
                }
                Ok(Self::cut(self.first_bits(), prefix_len))
            }

            /// The fewest networks that hold what this one holds and `hole` does
            /// not: Python's `address_exclude`, in its order, from the largest to
            /// the smallest.
            ///
            /// # Errors
            ///
            /// [`NetworkError::NotContained`] when `hole` is no subnet of this
            /// network.
            pub const fn address_exclude(self, hole: Self) -> Result<$Exclude, NetworkError> {
                if !hole.subnet_of(self) {
                    return Err(NetworkError::NotContained);
                }
                Ok($Exclude::new(self, hole))
            }

            /// The reverse name of the first address. Python's has the prefix
            /// length within the name, which then names nothing.
            #[must_use]
            pub const fn reverse_pointer(self) -> Text<$NAME> {
                $module::reverse_pointer(self.network_address())
            }

            /// Whether one private block holds the network, and neither end is an
            /// exception to it.
            const fn in_private_block(self) -> bool {
                let (first, last) = (self.network_address(), self.broadcast_address());
                $module::is_private(first)
                    && $module::is_private(last)
                    && $module::one_private_block(first, last)
            }

            /// Whether both ends are multicast addresses.
            #[must_use]
            pub const fn is_multicast(self) -> bool {
                $module::is_multicast(self.network_address())
                    && $module::is_multicast(self.broadcast_address())
            }

            /// Whether both ends are reserved.
            #[must_use]
            pub const fn is_reserved(self) -> bool {
                $module::is_reserved(self.network_address())
                    && $module::is_reserved(self.broadcast_address())
            }

            /// Whether both ends are loopback addresses.
            #[must_use]
            pub const fn is_loopback(self) -> bool {
                $module::is_loopback(self.network_address())
                    && $module::is_loopback(self.broadcast_address())
            }

            /// Whether both ends are link-local.
            #[must_use]
            pub const fn is_link_local(self) -> bool {
                $module::is_link_local(self.network_address())
                    && $module::is_link_local(self.broadcast_address())
            }

            /// Whether the network is the unspecified address alone.
            #[must_use]
            pub const fn is_unspecified(self) -> bool {
                $module::is_unspecified(self.network_address())
                    && $module::is_unspecified(self.broadcast_address())
            }
        }

        /// Every address, first to last.
        impl IntoIterator for $Network {
            type Item = $Addr;
            type IntoIter = $Addresses;

            fn into_iter(self) -> $Addresses {
                self.addresses()
            }
        }
    };
}

relations! {
    Ipv4Network, Ipv4Addr, u32, Ipv4Addresses, Ipv4Subnets, Ipv4Exclude, ipv4, 32, 32, false,
    "192.0.2.0/24", "192.0.2.128/26", "192.0.2.0/25", "192.0.2.128/25"
}

relations! {
    Ipv6Network, Ipv6Addr, u128, Ipv6Addresses, Ipv6Subnets, Ipv6Exclude, ipv6, 128, 80, true,
    "2001:db8::/32", "2001:db8:8000::/48", "2001:db8::/33", "2001:db8:8000::/33"
}

impl Ipv4Network {
    /// How many addresses there are, which at /0 is more than a `u32` holds.
    #[must_use]
    pub const fn num_addresses(self) -> u64 {
        1 << (32 - self.prefix_len())
    }

    /// Whether one private block of the registry holds the network, and neither end
    /// is an exception to it.
    #[must_use]
    pub const fn is_private(self) -> bool {
        self.in_private_block()
    }

    /// Whether the network is neither private nor within 100.64.0.0/10, as
    /// Python has it: one that is private in part is global.
    #[must_use]
    pub const fn is_global(self) -> bool {
        let shared = Self::cut(0x6440_0000, 10);
        !self.is_private() && !self.subnet_of(shared)
    }
}

impl Ipv6Network {
    /// How many addresses there are; none for `::/0`, whose 2^128 no integer of
    /// Rust holds.
    #[must_use]
    pub const fn num_addresses(self) -> Option<u128> {
        1_u128.checked_shl(128 - self.prefix_len() as u32)
    }

    /// Whether one private block of the registry holds the network, and neither end
    /// is an exception to it. An IPv4-mapped network is what its IPv4 network is.
    #[must_use]
    pub const fn is_private(self) -> bool {
        match self.ipv4_mapped() {
            Some(inner) => inner.is_private(),
            None => self.in_private_block(),
        }
    }

    /// Whether the network is not private, as Python has it: one that is private
    /// in part is global. An IPv4-mapped network is what its IPv4 network is.
    #[must_use]
    pub const fn is_global(self) -> bool {
        match self.ipv4_mapped() {
            Some(inner) => inner.is_global(),
            None => !self.is_private(),
        }
    }

    /// The IPv4 network in an IPv4-mapped one.
    #[must_use]
    pub const fn ipv4_mapped(self) -> Option<Ipv4Network> {
        match ipv6::ipv4_mapped(self.network_address()) {
            Some(address) if self.prefix_len() >= 96 => {
                Some(Ipv4Network::cut(address.to_bits(), self.prefix_len() - 96))
            }
            _ => None,
        }
    }

    /// Whether both ends are in `fec0::/10`.
    #[must_use]
    pub const fn is_site_local(self) -> bool {
        ipv6::is_site_local(self.network_address()) && ipv6::is_site_local(self.broadcast_address())
    }
}
