//! The fewest networks for a set of addresses, in the caller's slice.

use super::block::Block;

/// Sorts the networks and joins and drops them until none overlaps or completes
/// another; returns the front of the slice, which holds the same addresses in the
/// fewest networks: Python's `collapse_addresses`.
///
/// It takes no memory but the slice: the front is the stack of what is done. What
/// lies behind the returned part is of no use afterwards. An [`IpNetwork`] slice
/// may mix families, which Python refuses: IPv4 comes first.
///
/// [`IpNetwork`]: super::IpNetwork
///
/// ```
/// use amphi_core::addr::{Ipv4Network, collapse_addresses};
///
/// let mut networks = ["192.0.2.128/25", "192.0.2.0/25", "192.0.2.9/32", "10.0.0.0/8"]
///     .map(Ipv4Network::literal);
/// let collapsed = collapse_addresses(&mut networks);
/// assert_eq!(collapsed, ["10.0.0.0/8", "192.0.2.0/24"].map(Ipv4Network::literal));
/// ```
pub fn collapse_addresses<N: Block>(networks: &mut [N]) -> &mut [N] {
    networks.sort_unstable_by_key(N::order);
    let len = merge_sorted(networks);
    networks.get_mut(..len).unwrap_or_default()
}

/// One pass; returns how many networks stand at the front.
fn merge_sorted<N: Block>(networks: &mut [N]) -> usize {
    let Some(mut top) = networks.first().copied() else {
        return 0;
    };
    // `top` is the last network done; those below it are in the slice.
    let mut below = 0;
    for at in 1..networks.len() {
        let Some(next) = networks.get(at).copied() else {
            break;
        };
        if top.holds(&next) {
            continue;
        }
        if let Some(slot) = networks.get_mut(below) {
            *slot = top;
            below += 1;
        }
        top = next;
        while below > 0
            && let Some(joined) = networks.get(below - 1).and_then(|lower| lower.join(&top))
        {
            top = joined;
            below -= 1;
        }
    }
    if let Some(slot) = networks.get_mut(below) {
        *slot = top;
        below += 1;
    }
    below
}
