//! What the collections need to know of a network, whichever family it has.

use super::any::IpNetwork;
use super::network::{Ipv4Network, Ipv6Network};
use super::range::{Ipv4Summary, Ipv6Summary};

/// The networks that the collections take: [`Ipv4Network`], [`Ipv6Network`],
/// [`IpNetwork`]. It cannot be implemented elsewhere.
///
/// ```
/// use amphi_core::addr::{Block, IpNetwork, Ipv4Network, collapse_addresses};
///
/// /// How many networks are left; of one family, or of both.
/// fn fewest<N: Block>(networks: &mut [N]) -> usize {
///     collapse_addresses(networks).len()
/// }
///
/// let mut halves = ["192.0.2.0/25", "192.0.2.128/25"].map(Ipv4Network::literal);
/// assert_eq!(fewest(&mut halves), 1);
/// let mut both = ["192.0.2.0/25", "2001:db8::/32"].map(IpNetwork::literal);
/// assert_eq!(fewest(&mut both), 2);
/// ```
pub trait Block: Copy + Ord + sealed::Block {}

/// The networks of one family. It cannot be implemented elsewhere.
///
/// ```
/// use amphi_core::addr::{FamilyBlock, Ipv6Network, difference};
///
/// fn is_covered<N: FamilyBlock>(networks: &[N], by: &[N]) -> bool {
///     difference(networks, by).next().is_none()
/// }
///
/// let site = ["2001:db8::/32"].map(Ipv6Network::literal);
/// let floors = ["2001:db8:1::/48", "2001:db8:2::/48"].map(Ipv6Network::literal);
/// assert!(is_covered(&floors, &site));
/// assert!(!is_covered(&site, &floors));
/// ```
pub trait FamilyBlock: Block + sealed::Family {}

pub(super) mod sealed {
    use core::fmt::Debug;

    /// The parts of a network.
    #[expect(unnameable_types, reason = "nobody outside may implement it")]
    pub trait Block: Copy {
        /// An integer in the order of the networks that sorts quickly.
        type Order: Ord;

        /// The place in the order.
        fn order(&self) -> Self::Order;
        /// Whether `self` holds all of `other`.
        fn holds(&self, other: &Self) -> bool;
        /// The network that two halves make up.
        fn join(&self, upper: &Self) -> Option<Self>;
    }

    /// An address, or its leading half, as an integer.
    #[expect(unnameable_types, reason = "nobody outside may implement it")]
    pub trait Int: Copy + Debug + Default + Ord {
        /// Its width.
        const BITS: u32;
        /// The largest.
        const MAX: Self;
    }

    macro_rules! int {
        ($($type:ty)*) => { $(
            impl Int for $type {
                const BITS: u32 = <$type>::BITS;
                const MAX: Self = <$type>::MAX;
            }
        )* };
    }

    int! { u32 u64 u128 }

    /// An integer of one register that a place among addresses is reckoned in.
    #[expect(unnameable_types, reason = "nobody outside may implement it")]
    pub trait Word: Int {
        /// The product with another, in two words: the upper as a number of cells.
        fn product(self, other: Self) -> (usize, Self);
        /// The number as a word; numbers of cells are no larger than that.
        fn from_count(count: u32) -> Self;
        /// What to multiply with so that 0 to `range` falls into 0 to `cells - 1`.
        fn scale(cells: u32, range: Self) -> Self;
    }

    macro_rules! word {
        ($($type:ident $twice:ident)*) => { $(
            impl Word for $type {
                #[inline]
                fn product(self, other: Self) -> (usize, Self) {
                    let product = $twice::from(self) * $twice::from(other);
                    ((product >> Self::BITS) as usize, product as Self)
                }

                #[inline]
                fn from_count(count: u32) -> Self {
                    count.into()
                }

                fn scale(cells: u32, range: Self) -> Self {
                    let scale = ($twice::from(cells) << Self::BITS) / ($twice::from(range) + 1);
                    Self::try_from(scale).unwrap_or(Self::MAX)
                }
            }
        )* };
    }

    word! { u32 u64 u64 u128 }

    /// The parts of a network whose family is known.
    #[expect(unnameable_types, reason = "nobody outside may implement it")]
    pub trait Family: Block {
        /// An address as an integer.
        type Bits: Int;
        /// The leading bits of an address that one register holds.
        type Upper: Word;
        /// An address.
        type Addr: Copy + Debug;
        /// The networks of a range.
        type Summary: Iterator<Item = Self> + Clone + Debug;

        /// How an address is stored: small, and quick to compare.
        type Stored: Copy + Debug;
        /// The first address of all, stored.
        const FIRST: Self::Stored;

        /// The stored form.
        fn store(bits: Self::Bits) -> Self::Stored;
        /// The reverse of `store`.
        fn load(stored: Self::Stored) -> Self::Bits;
        /// The address as an integer.
        fn bits(address: Self::Addr) -> Self::Bits;
        /// The first address.
        fn first(&self) -> Self::Bits;
        /// The last address.
        fn last(&self) -> Self::Bits;
        /// The address after, if any.
        fn after(bits: Self::Bits) -> Option<Self::Bits>;
        /// The address before one that is not the first of all.
        fn before(bits: Self::Bits) -> Self::Bits;
        /// The leading bits.
        fn upper(bits: Self::Bits) -> Self::Upper;
        /// The leading bits of the stored form.
        fn load_upper(stored: Self::Stored) -> Self::Upper;
        /// Whether all but the leading bits are zero.
        fn is_upper(bits: Self::Bits) -> bool;
        /// How far it is to an address from another before it; 0 from one after it.
        fn distance(from: Self::Bits, to: Self::Bits) -> Self::Bits;
        /// As `distance`, counted in leading bits.
        fn upper_distance(from: Self::Upper, to: Self::Upper) -> Self::Upper;
        /// The bits from number `shift` on, as many as fit.
        fn window(bits: Self::Bits, shift: u32) -> Self::Upper;
        /// How many leading bits are zero.
        fn leading_zeros(bits: Self::Bits) -> u32;
        /// The networks of a range.
        fn summary(first: Self::Bits, last: Self::Bits) -> Self::Summary;
        /// No networks.
        fn nothing() -> Self::Summary;
    }
}

macro_rules! block {
    (
        $Network:ident, $Addr:ident, $Bits:ident, $Upper:ty, $Stored:ty, $first:expr, $store:expr, $load:expr, $load_upper:expr,
        $Summary:ident, $Order:ty, |$n:ident| $order:expr
    ) => {
        impl Block for $Network {}
        impl FamilyBlock for $Network {}

        impl sealed::Block for $Network {
            type Order = $Order;

            #[inline]
            fn order(&self) -> $Order {
                let $n = self;
                $order
            }

            #[inline]
            fn holds(&self, other: &Self) -> bool {
                self.supernet_of(*other)
            }

            #[inline]
            fn join(&self, upper: &Self) -> Option<Self> {
                let prefix_len = self.prefix_len();
                if prefix_len == 0 || prefix_len != upper.prefix_len() {
                    return None;
                }
                let parent = Self::cut(self.first_bits(), prefix_len - 1);
                (parent.first_bits() == self.first_bits()
                    && parent.last_bits() == upper.last_bits())
                .then_some(parent)
            }
        }

        impl sealed::Family for $Network {
            type Bits = $Bits;
            type Upper = $Upper;
            type Addr = core::net::$Addr;
            type Stored = $Stored;
            type Summary = $Summary;
            const FIRST: $Stored = $first;

            #[inline]
            fn store(bits: $Bits) -> $Stored {
                let store: fn($Bits) -> $Stored = $store;
                store(bits)
            }

            #[inline]
            fn load(stored: $Stored) -> $Bits {
                let load: fn($Stored) -> $Bits = $load;
                load(stored)
            }

            #[inline]
            fn bits(address: core::net::$Addr) -> $Bits {
                address.to_bits()
            }

            #[inline]
            fn first(&self) -> $Bits {
                self.first_bits()
            }

            #[inline]
            fn last(&self) -> $Bits {
                self.last_bits()
            }

            #[inline]
            fn after(bits: $Bits) -> Option<$Bits> {
                bits.checked_add(1)
            }

            #[inline]
            fn before(bits: $Bits) -> $Bits {
                bits.wrapping_sub(1)
            }

            #[inline]
            fn upper(bits: $Bits) -> $Upper {
                (bits >> ($Bits::BITS - <$Upper>::BITS)) as $Upper
            }

            #[inline]
            fn load_upper(stored: $Stored) -> $Upper {
                let load: fn($Stored) -> $Upper = $load_upper;
                load(stored)
            }

            #[inline]
            fn is_upper(bits: $Bits) -> bool {
                bits.trailing_zeros() >= $Bits::BITS - <$Upper>::BITS
            }

            #[inline]
            fn distance(from: $Bits, to: $Bits) -> $Bits {
                to.saturating_sub(from)
            }

            #[inline]
            fn upper_distance(from: $Upper, to: $Upper) -> $Upper {
                to.saturating_sub(from)
            }

            #[inline]
            fn window(bits: $Bits, shift: u32) -> $Upper {
                (bits >> shift) as $Upper
            }

            #[inline]
            fn leading_zeros(bits: $Bits) -> u32 {
                bits.leading_zeros()
            }

            fn summary(first: $Bits, last: $Bits) -> $Summary {
                $Summary::between(first, last)
            }

            fn nothing() -> $Summary {
                $Summary::EMPTY
            }
        }
    };
}

block! {
    Ipv4Network, Ipv4Addr, u32, u32, u32, 0, |bits| bits, |bits| bits, |bits| bits,
    Ipv4Summary, u64, |n| u64::from(n.first_bits()) << 8 | u64::from(n.prefix_len())
}

block! {
    Ipv6Network, Ipv6Addr, u128, u64, [u32; 4], [0; 4], store_words, load_words, load_upper_words,
    Ipv6Summary, (u128, u8), |n| (n.first_bits(), n.prefix_len())
}

/// The upper half first, as it mostly decides; each half in the order in which
/// little-endian processors load it at once. A `u128` would be aligned to 16.
#[inline]
const fn store_words(bits: u128) -> [u32; 4] {
    [
        (bits >> 64) as u32,
        (bits >> 96) as u32,
        bits as u32,
        (bits >> 32) as u32,
    ]
}

#[inline]
const fn load_words(words: [u32; 4]) -> u128 {
    let [_, _, low, high] = words;
    (load_upper_words(words) as u128) << 64 | (high as u128) << 32 | low as u128
}

#[inline]
const fn load_upper_words([low, high, _, _]: [u32; 4]) -> u64 {
    (high as u64) << 32 | low as u64
}

impl Block for IpNetwork {}

impl sealed::Block for IpNetwork {
    type Order = Self;

    fn order(&self) -> Self {
        *self
    }

    fn holds(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::V4(a), Self::V4(b)) => sealed::Block::holds(a, b),
            (Self::V6(a), Self::V6(b)) => sealed::Block::holds(a, b),
            _ => false,
        }
    }

    fn join(&self, upper: &Self) -> Option<Self> {
        match (self, upper) {
            (Self::V4(a), Self::V4(b)) => a.join(b).map(Self::V4),
            (Self::V6(a), Self::V6(b)) => a.join(b).map(Self::V6),
            _ => None,
        }
    }
}
