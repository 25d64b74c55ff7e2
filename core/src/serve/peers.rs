//! How many slots each peer has, as a hash table that lives inside the slots.
//!
//! Slot `i` holds two things: its own link (who its peer is, and the next slot of
//! the chain), and the head of chain `i`. Used only where a limit asks for it.

use crate::socket::Address;

const NOBODY: u32 = u32::MAX;

/// What each slot carries for the table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Link {
    /// Whose slot this is.
    peer: u64,
    /// The next slot of the chain that this slot is in.
    next: u32,
    /// The first slot of the chain with this slot's number.
    head: u32,
    /// Whether this slot is in a chain.
    linked: bool,
}

impl Link {
    pub(super) const fn new() -> Self {
        Self {
            peer: 0,
            next: NOBODY,
            head: NOBODY,
            linked: false,
        }
    }
}

/// Something with a link inside.
pub(super) trait Linked {
    fn link(&self) -> &Link;
    fn link_mut(&mut self) -> &mut Link;
}

/// What is asked of the table.
pub(super) enum Ask<'a, A> {
    /// Whether this peer has so many slots, or more.
    HasMany(&'a A, u32),
    /// To count this slot as this peer's; always true.
    Count(u32, &'a A),
    /// To count this slot no more; always true.
    Forget(u32),
}

/// The table as one function, so that who never sets a limit has none of its code.
pub(super) type Table<T, A> = fn(&mut [T], Ask<'_, A>) -> bool;

/// The [`Table`].
pub(super) fn table<T: Linked, A: Address>(slots: &mut [T], ask: Ask<'_, A>) -> bool {
    match ask {
        Ask::HasMany(peer, many) => return count(slots, peer.peer(), many) >= many,
        Ask::Count(slot, peer) => insert(slots, slot, peer.peer()),
        Ask::Forget(slot) => remove(slots, slot),
    }
    true
}

/// The chain of `peer` among `slots` chains: Fibonacci hashing.
fn chain(peer: u64, slots: usize) -> usize {
    let mixed = peer.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
    mixed as usize % slots.max(1)
}

/// How many slots `peer` has; counts no further than `enough`.
fn count<T: Linked>(slots: &[T], peer: u64, enough: u32) -> u32 {
    let mut found = 0;
    let head = slots.get(chain(peer, slots.len()));
    let mut at = head.map_or(NOBODY, |slot| slot.link().head);
    while found < enough
        && let Some(link) = slots.get(at as usize).map(T::link)
    {
        found += u32::from(link.peer == peer);
        at = link.next;
    }
    found
}

/// Counts `slot` as `peer`'s.
fn insert<T: Linked>(slots: &mut [T], slot: u32, peer: u64) {
    let chain = chain(peer, slots.len());
    let Some(head) = slots.get_mut(chain).map(T::link_mut) else {
        return;
    };
    let next = core::mem::replace(&mut head.head, slot);
    if let Some(link) = slots.get_mut(slot as usize).map(T::link_mut) {
        (link.peer, link.next, link.linked) = (peer, next, true);
    }
}

/// Counts `slot` no more; nothing if it was not counted.
fn remove<T: Linked>(slots: &mut [T], slot: u32) {
    let Some(link) = slots.get_mut(slot as usize).map(T::link_mut) else {
        return;
    };
    if !core::mem::take(&mut link.linked) {
        return;
    }
    let Link { peer, next, .. } = *link;
    let chain = chain(peer, slots.len());
    let Some(first) = slots.get_mut(chain).map(T::link_mut) else {
        return;
    };
    let mut at = first.head;
    if at == slot {
        first.head = next;
        return;
    }
    while let Some(link) = slots.get_mut(at as usize).map(T::link_mut) {
        if link.next == slot {
            link.next = next;
            return;
        }
        at = link.next;
    }
}

#[cfg(test)]
mod tests {
    use super::{Link, Linked, count, insert, remove};

    impl Linked for Link {
        fn link(&self) -> &Link {
            self
        }
        fn link_mut(&mut self) -> &mut Link {
            self
        }
    }

    #[test]
    fn counts_like_a_list() {
        const SLOTS: usize = 13;
        let mut slots = [Link::new(); SLOTS];
        let mut oracle = [None; SLOTS];
        let mut seed = 7_u64;
        for _ in 0..20_000 {
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let (slot, peer) = ((seed >> 33) as usize % SLOTS, (seed >> 50) % 4);
            if oracle[slot].is_none() && seed >> 60 > 4 {
                insert(&mut slots, slot as u32, peer);
                oracle[slot] = Some(peer);
            } else {
                remove(&mut slots, slot as u32);
                oracle[slot] = None;
            }
            for peer in 0..4 {
                let all = oracle.iter().filter(|of| **of == Some(peer)).count() as u32;
                assert_eq!(count(&slots, peer, u32::MAX), all);
                assert_eq!(count(&slots, peer, 2), all.min(2));
            }
        }
    }

    #[test]
    fn no_slots_no_peers() {
        let mut none: [Link; 0] = [];
        insert(&mut none, 0, 1);
        remove(&mut none, 0);
        assert_eq!(count(&none, 1, 1), 0);
    }
}
