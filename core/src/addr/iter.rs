//! Iterators over addresses and networks: both ends, constant-time `nth`, and no
//! address left out or run past at the top.

use core::iter::FusedIterator;
use core::net::{Ipv4Addr, Ipv6Addr};

use super::network::{Ipv4Network, Ipv6Network};

macro_rules! iterators {
    ($Network:ident, $Addr:ident, $Bits:ident, $Addresses:ident, $Subnets:ident, $Exclude:ident, $version:literal) => {
        #[doc = concat!("Consecutive IPv", $version, " addresses, from either end.")]
        ///
        /// `nth` and `nth_back` cost the same for every argument.
        ///
        /// ```
        #[doc = concat!("use amphi_core::addr::", stringify!($Network), ";")]
        ///
        #[doc = concat!("let mut all = ", stringify!($Network), "::ALL.addresses();")]
        /// let (first, last) = (all.next().unwrap(), all.next_back().unwrap());
        #[doc = concat!("assert_eq!((first.to_bits(), last.to_bits()), (0, ", stringify!($Bits), "::MAX));")]
        /// assert_eq!(all.nth(8).unwrap().to_bits(), 9);
        /// ```
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct $Addresses {
            /// First and last address left, both included.
            left: Option<($Bits, $Bits)>,
        }

        impl $Addresses {
            pub(super) const fn new(first: $Bits, last: $Bits) -> Self {
                Self {
                    left: if first <= last { Some((first, last)) } else { None },
                }
            }

            /// Passes over `n` addresses at the front.
            const fn skip_front(&mut self, n: $Bits) {
                self.left = match self.left {
                    Some((first, last)) if last - first >= n => Some((first + n, last)),
                    _ => None,
                };
            }

            /// Passes over `n` addresses at the back.
            const fn skip_back(&mut self, n: $Bits) {
                self.left = match self.left {
                    Some((first, last)) if last - first >= n => Some((first, last - n)),
                    _ => None,
                };
            }
        }

        impl Iterator for $Addresses {
            type Item = $Addr;

            #[inline]
            fn next(&mut self) -> Option<$Addr> {
                let (first, _) = self.left?;
                self.skip_front(1);
                Some($Addr::from_bits(first))
            }

            fn nth(&mut self, n: usize) -> Option<$Addr> {
                match $Bits::try_from(n) {
                    Ok(n) => self.skip_front(n),
                    Err(_) => self.left = None,
                }
                self.next()
            }

            fn size_hint(&self) -> (usize, Option<usize>) {
                let Some((first, last)) = self.left else {
                    return (0, Some(0));
                };
                let count = usize::try_from(last - first).ok().and_then(|n| n.checked_add(1));
                (count.unwrap_or(usize::MAX), count)
            }

            fn count(self) -> usize {
                self.size_hint().0
            }

            fn last(mut self) -> Option<$Addr> {
                self.next_back()
            }

            fn min(mut self) -> Option<$Addr> {
                self.next()
            }

            fn max(mut self) -> Option<$Addr> {
                self.next_back()
            }
        }

        impl DoubleEndedIterator for $Addresses {
            #[inline]
            fn next_back(&mut self) -> Option<$Addr> {
                let (_, last) = self.left?;
                self.skip_back(1);
                Some($Addr::from_bits(last))
            }

            fn nth_back(&mut self, n: usize) -> Option<$Addr> {
                match $Bits::try_from(n) {
                    Ok(n) => self.skip_back(n),
                    Err(_) => self.left = None,
                }
                self.next_back()
            }
        }

        impl FusedIterator for $Addresses {}

        #[doc = concat!("The networks of one length within an IPv", $version, " network, from either end.")]
        ///
        /// `nth` and `nth_back` cost the same for every argument.
        ///
        /// ```
        #[doc = concat!("use amphi_core::addr::", stringify!($Network), ";")]
        ///
        #[doc = concat!("let mut eighths = ", stringify!($Network), "::ALL.subnets_to(3).unwrap();")]
        /// assert_eq!(eighths.nth(6).unwrap().prefix_len(), 3);
        /// let last = eighths.next().unwrap();
        #[doc = concat!("assert_eq!(last.broadcast_address(), ", stringify!($Network), "::ALL.broadcast_address());")]
        /// assert_eq!(eighths.next(), None);
        /// ```
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct $Subnets {
            /// The numbers of the first and the last network left.
            left: Option<($Bits, $Bits)>,
            base: $Bits,
            prefix_len: u8,
        }

        impl $Subnets {
            /// `prefix_len` must lie between the network's and the family's.
            pub(super) const fn new(network: $Network, prefix_len: u8) -> Self {
                let more = prefix_len - network.prefix_len();
                Self {
                    left: Some((0, !$Network::mask_bits($Network::MAX_PREFIX_LEN - more))),
                    base: network.first_bits(),
                    prefix_len,
                }
            }

            const fn at(&self, number: $Bits) -> $Network {
                let shift = ($Network::MAX_PREFIX_LEN - self.prefix_len) as u32;
                let offset = match number.checked_shl(shift) {
                    Some(offset) => offset,
                    None => 0,
                };
                $Network::cut(self.base | offset, self.prefix_len)
            }
        }

        impl Iterator for $Subnets {
            type Item = $Network;

            fn next(&mut self) -> Option<$Network> {
                self.nth(0)
            }

            fn nth(&mut self, n: usize) -> Option<$Network> {
                let mut numbers = $Addresses { left: self.left };
                let number = numbers.nth(n)?.to_bits();
                self.left = numbers.left;
                Some(self.at(number))
            }

            fn size_hint(&self) -> (usize, Option<usize>) {
                $Addresses { left: self.left }.size_hint()
            }

            fn count(self) -> usize {
                self.size_hint().0
            }

            fn last(mut self) -> Option<$Network> {
                self.next_back()
            }
        }

        impl DoubleEndedIterator for $Subnets {
            fn next_back(&mut self) -> Option<$Network> {
                self.nth_back(0)
            }

            fn nth_back(&mut self, n: usize) -> Option<$Network> {
                let mut numbers = $Addresses { left: self.left };
                let number = numbers.nth_back(n)?.to_bits();
                self.left = numbers.left;
                Some(self.at(number))
            }
        }

        impl FusedIterator for $Subnets {}

        #[doc = concat!("What is left of an IPv", $version, " network without another: from the largest network to the smallest.")]
        ///
        /// ```
        #[doc = concat!("use amphi_core::addr::", stringify!($Network), ";")]
        ///
        #[doc = concat!("let all = ", stringify!($Network), "::ALL;")]
        /// let hole = all.subnets_to(3).unwrap().next().unwrap();
        /// let left = all.address_exclude(hole).unwrap();
        /// assert!(left.map(|network| network.prefix_len()).eq([1, 2, 3]));
        /// ```
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct $Exclude {
            hole: $Network,
            next: u8,
            last: u8,
        }

        impl $Exclude {
            /// `hole` must be a subnet of `network`.
            pub(super) const fn new(network: $Network, hole: $Network) -> Self {
                Self {
                    hole,
                    next: network.prefix_len() + 1,
                    last: hole.prefix_len(),
                }
            }

            /// The neighbour of the hole's ancestor of this length.
            const fn at(&self, prefix_len: u8) -> $Network {
                let bit = ($Network::mask_bits(prefix_len)) ^ ($Network::mask_bits(prefix_len - 1));
                $Network::cut(self.hole.first_bits() ^ bit, prefix_len)
            }
        }

        impl Iterator for $Exclude {
            type Item = $Network;

            fn next(&mut self) -> Option<$Network> {
                if self.next > self.last {
                    return None;
                }
                self.next += 1;
                Some(self.at(self.next - 1))
            }

            fn size_hint(&self) -> (usize, Option<usize>) {
                let left = (self.last as usize + 1).saturating_sub(self.next as usize);
                (left, Some(left))
            }
        }

        impl DoubleEndedIterator for $Exclude {
            fn next_back(&mut self) -> Option<$Network> {
                if self.next > self.last {
                    return None;
                }
                self.last -= 1;
                Some(self.at(self.last + 1))
            }
        }

        impl ExactSizeIterator for $Exclude {}
        impl FusedIterator for $Exclude {}
    };
}

iterators! { Ipv4Network, Ipv4Addr, u32, Ipv4Addresses, Ipv4Subnets, Ipv4Exclude, "4" }
iterators! { Ipv6Network, Ipv6Addr, u128, Ipv6Addresses, Ipv6Subnets, Ipv6Exclude, "6" }
