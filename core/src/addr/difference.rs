//! One set of addresses without another.

use core::iter::FusedIterator;

use super::block::{FamilyBlock, sealed::Family};

/// What `networks` holds and `holes` does not, as the fewest networks, in order.
///
/// Both slices must be sorted and free of overlaps, as
/// [`collapse_addresses`](super::collapse_addresses) leaves them; otherwise the
/// result is some other set. The iterator holds two places in the slices and takes
/// one pass over both.
///
/// ```
/// use amphi_core::addr::{Ipv4Network, difference};
///
/// let networks = ["192.0.2.0/24"].map(Ipv4Network::literal);
/// let holes = ["192.0.2.64/26", "192.0.2.255/32"].map(Ipv4Network::literal);
/// let left: Vec<String> = difference(&networks, &holes).map(|n| n.to_string()).collect();
/// assert_eq!(left[..2], ["192.0.2.0/26", "192.0.2.128/26"]);
/// assert_eq!(left.last().unwrap(), "192.0.2.254/32");
/// ```
pub fn difference<'a, N: FamilyBlock>(networks: &'a [N], holes: &'a [N]) -> Difference<'a, N> {
    Difference {
        networks,
        holes,
        rest: None,
        summary: N::nothing(),
    }
}

/// The networks of a set difference; see [`difference()`].
///
/// ```
/// use amphi_core::addr::{Difference, Ipv4Network, difference};
///
/// let networks = ["192.0.2.0/30"].map(Ipv4Network::literal);
/// let holes = ["192.0.2.1/32"].map(Ipv4Network::literal);
/// let mut left: Difference<'_, Ipv4Network> = difference(&networks, &holes);
/// assert_eq!(left.next(), Some(Ipv4Network::literal("192.0.2.0/32")));
/// assert_eq!(left.next(), Some(Ipv4Network::literal("192.0.2.2/31")));
/// assert_eq!(left.next(), None);
/// ```
#[derive(Debug, Clone)]
pub struct Difference<'a, N: FamilyBlock> {
    networks: &'a [N],
    holes: &'a [N],
    /// What of the present network has not been looked at.
    rest: Option<(N::Bits, N::Bits)>,
    /// The networks of the last part that was left over.
    summary: N::Summary,
}

impl<N: FamilyBlock> Difference<'_, N> {
    /// The next range of addresses that is left over.
    fn next_range(&mut self) -> Option<(N::Bits, N::Bits)> {
        loop {
            let Some((first, last)) = self.rest.take() else {
                let (network, networks) = self.networks.split_first()?;
                self.networks = networks;
                self.rest = Some((Family::first(network), Family::last(network)));
                continue;
            };
            let Some((hole, holes)) = self.holes.split_first() else {
                return Some((first, last));
            };
            if Family::last(hole) < first {
                self.holes = holes;
                self.rest = Some((first, last));
            } else if Family::first(hole) > last {
                return Some((first, last));
            } else {
                // The hole may reach into the next network: it stays.
                if Family::last(hole) < last {
                    self.rest = N::after(Family::last(hole)).map(|next| (next, last));
                }
                if Family::first(hole) > first {
                    // Everything below the hole: its first address has one before.
                    return Some((first, N::before(Family::first(hole))));
                }
            }
        }
    }
}

impl<N: FamilyBlock> Iterator for Difference<'_, N> {
    type Item = N;

    fn next(&mut self) -> Option<N> {
        loop {
            if let Some(network) = self.summary.next() {
                return Some(network);
            }
            let (first, last) = self.next_range()?;
            self.summary = N::summary(first, last);
        }
    }
}

impl<N: FamilyBlock> FusedIterator for Difference<'_, N> {}
