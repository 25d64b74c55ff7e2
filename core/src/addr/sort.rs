//! Sorting networks in place: by octets while there are many, then by comparison.

use super::block::Block;

/// Below this many networks the standard library's sort is as quick.
const MANY: usize = 96;

/// Sorts networks that agree in the first `depth` octets of their order.
///
/// An American flag sort: count, then move each network to its part, one octet
/// after the other. No memory but the counters: 2 kB a level, and only where there
/// are many networks.
pub(super) fn sort<N: Block>(networks: &mut [N], depth: usize) {
    if networks.len() < MANY || depth >= N::OCTETS {
        networks.sort_unstable_by_key(N::order);
        return;
    }
    let mut counts = [0_usize; 256];
    for network in networks.iter() {
        if let Some(count) = counts.get_mut(usize::from(network.octet(depth))) {
            *count += 1;
        }
    }
    deal(networks, depth, &counts);
    let mut rest = networks;
    for count in counts {
        let Some((part, others)) = rest.split_at_mut_checked(count) else {
            return;
        };
        sort(part, depth + 1);
        rest = others;
    }
}

/// Moves each network to the part of its octet.
fn deal<N: Block>(networks: &mut [N], depth: usize, counts: &[usize; 256]) {
    // Where each part's next network goes, and where the part ends.
    let mut next = [0_usize; 256];
    let mut start = 0;
    for (place, count) in next.iter_mut().zip(counts) {
        *place = start;
        start += count;
    }
    let mut end = 0;
    for (octet, count) in counts.iter().enumerate() {
        end += count;
        while let Some(&place) = next.get(octet)
            && place < end
        {
            let Some(mut held) = networks.get(place).copied() else {
                return;
            };
            loop {
                let target = usize::from(held.octet(depth));
                let Some(place) = next.get_mut(target) else {
                    return;
                };
                let Some(slot) = networks.get_mut(*place) else {
                    return;
                };
                core::mem::swap(slot, &mut held);
                *place += 1;
                if target == octet {
                    break;
                }
            }
        }
    }
}
