//! Lists of slots, whose links live inside the slots: to enter, to leave from
//! anywhere, and to find the first take a few steps, whatever their length.

use crate::Slot;

/// No slot.
pub(crate) const NONE: u16 = u16::MAX;
/// The previous slot of one that is in no list.
const UNLINKED: u16 = u16::MAX - 1;

/// How many slots there can be at most.
pub(crate) const MAX_SLOTS: usize = UNLINKED as usize;

/// Which of a slot's links a list uses: a slot is in at most one list of each kind.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    /// Slots that may have something to send.
    Egress = 0,
    /// Watched slots that may be ready.
    Marked = 1,
    /// Slots with something to send, whose neighbour is being asked for.
    Waiting = 2,
    /// By what becomes of them: free ones, pending ones of a listener, dropped ones.
    Stage = 3,
}

/// How many kinds there are.
pub(crate) const KINDS: usize = 4;

/// A slot's place in one list.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Link {
    prev: u16,
    next: u16,
}

impl Link {
    pub(crate) const NEW: Self = Self {
        prev: UNLINKED,
        next: NONE,
    };

    const fn is_linked(self) -> bool {
        self.prev != UNLINKED
    }
}

/// A ring of slots: its last is before its first.
#[derive(Debug, Clone, Copy)]
pub(crate) struct List {
    kind: Kind,
    head: u16,
    len: u16,
}

impl List {
    pub(crate) const fn new(kind: Kind) -> Self {
        Self {
            kind,
            head: NONE,
            len: 0,
        }
    }

    pub(crate) const fn len(&self) -> u16 {
        self.len
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub(crate) fn first(&self) -> Option<u16> {
        (self.head != NONE).then_some(self.head)
    }

    /// Whether `slot` is in this list, or in another one of its kind.
    pub(crate) fn contains(&self, slots: &[Slot<'_>], slot: u16) -> bool {
        slots[usize::from(slot)].links[self.kind as usize].is_linked()
    }

    const fn link<'s>(&self, slots: &'s mut [Slot<'_>], slot: u16) -> &'s mut Link {
        &mut slots[slot as usize].links[self.kind as usize]
    }

    /// Appends `slot`, unless it is in a list of this kind.
    #[cfg_attr(not(target_pointer_width = "32"), inline(always))]
    pub(crate) fn push(&mut self, slots: &mut [Slot<'_>], slot: u16) {
        if self.link(slots, slot).is_linked() {
            return;
        }
        let link = if self.head == NONE {
            self.head = slot;
            Link {
                prev: slot,
                next: slot,
            }
        } else {
            self.make_room(slots, slot)
        };
        *self.link(slots, slot) = link;
        self.len += 1;
    }

    /// Moves the ends of a ring apart for `slot`, which comes between them.
    #[cfg_attr(target_pointer_width = "32", inline(always))]
    #[cfg_attr(not(target_pointer_width = "32"), inline(never))]
    fn make_room(&self, slots: &mut [Slot<'_>], slot: u16) -> Link {
        let next = self.head;
        let prev = core::mem::replace(&mut self.link(slots, next).prev, slot);
        self.link(slots, prev).next = slot;
        Link { prev, next }
    }

    /// Puts `slot`, which is in no list of this kind, before all others.
    pub(crate) fn push_front(&mut self, slots: &mut [Slot<'_>], slot: u16) {
        self.push(slots, slot);
        self.head = slot;
    }

    #[cfg_attr(target_pointer_width = "32", inline(never))]
    #[cfg_attr(not(target_pointer_width = "32"), inline)]
    pub(crate) fn pop(&mut self, slots: &mut [Slot<'_>]) -> Option<u16> {
        let slot = self.first()?;
        self.remove(slots, slot);
        Some(slot)
    }

    /// Puts the first slot behind all others.
    #[inline]
    pub(crate) fn rotate(&mut self, slots: &mut [Slot<'_>]) {
        if self.head != NONE {
            self.head = self.link(slots, self.head).next;
        }
    }

    /// Takes `slot` out, which must be in this list or in none of its kind.
    #[cfg_attr(target_pointer_width = "32", inline(never))]
    pub(crate) fn remove(&mut self, slots: &mut [Slot<'_>], slot: u16) {
        let Link { prev, next } = core::mem::replace(self.link(slots, slot), Link::NEW);
        if prev == UNLINKED {
            return;
        }
        self.len -= 1;
        if next == slot {
            self.head = NONE;
            return;
        }
        self.close_gap(slots, slot, Link { prev, next });
    }

    /// Joins those before and behind `slot`, which has left.
    #[cfg_attr(target_pointer_width = "32", inline(always))]
    #[cfg_attr(not(target_pointer_width = "32"), inline(never))]
    fn close_gap(&mut self, slots: &mut [Slot<'_>], slot: u16, Link { prev, next }: Link) {
        self.link(slots, prev).next = next;
        self.link(slots, next).prev = prev;
        if self.head == slot {
            self.head = next;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Kind, List};
    use crate::Slot;

    /// Against a plain vector, with random steps.
    #[test]
    fn list_is_what_a_vector_says() {
        let mut slots = [const { Slot::new() }; 9];
        let mut list = List::new(Kind::Stage);
        let mut oracle: heapless::Vec<u16, 9> = heapless::Vec::new();
        let mut seed = 7_u64;
        for _ in 0..10_000 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let slot = (seed >> 33) as u16 % 9;
            let listed = oracle.contains(&slot);
            match (seed >> 50) % 5 {
                0 => {
                    list.push(&mut slots, slot);
                    if !listed {
                        oracle.push(slot).expect("room for all");
                    }
                }
                1 => {
                    if !listed {
                        list.push_front(&mut slots, slot);
                        oracle.insert(0, slot).expect("room for all");
                    }
                }
                2 => {
                    list.rotate(&mut slots);
                    let len = oracle.len();
                    oracle.rotate_left(1.min(len));
                }
                3 => {
                    list.remove(&mut slots, slot);
                    oracle.retain(|other| *other != slot);
                }
                _ => {
                    let first = (!oracle.is_empty()).then(|| oracle.remove(0));
                    assert_eq!(list.pop(&mut slots), first);
                }
            }
            assert_eq!(list.first(), oracle.first().copied());
            assert_eq!(usize::from(list.len()), oracle.len());
            assert_eq!(list.is_empty(), oracle.is_empty());
        }
    }
}
