//! First-in first-out lists of slots, whose links live inside the slots.

use crate::Slot;

/// No slot.
pub(crate) const NONE: u16 = u16::MAX;

/// Which of a slot's links a list uses.
#[derive(Debug, Clone, Copy)]
pub(crate) enum List {
    /// Slots that may have something to send.
    Egress = 0,
    /// Watched slots that may be ready.
    Marked = 1,
    /// Connections that wait to be accepted.
    Accept = 2,
}

/// A slot's place in one list.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Link {
    next: u16,
    queued: bool,
}

impl Link {
    pub(crate) const NEW: Self = Self {
        next: NONE,
        queued: false,
    };
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Queue {
    list: List,
    head: u16,
    tail: u16,
    len: u16,
}

impl Queue {
    pub(crate) const fn new(list: List) -> Self {
        Self {
            list,
            head: NONE,
            tail: NONE,
            len: 0,
        }
    }

    pub(crate) const fn len(&self) -> u16 {
        self.len
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Appends `slot`, unless it is in the list.
    pub(crate) fn push(&mut self, slots: &mut [Slot<'_>], slot: u16) {
        let link = &mut slots[usize::from(slot)].links[self.list as usize];
        if link.queued {
            return;
        }
        *link = Link {
            next: NONE,
            queued: true,
        };
        if self.tail == NONE {
            self.head = slot;
        } else {
            slots[usize::from(self.tail)].links[self.list as usize].next = slot;
        }
        self.tail = slot;
        self.len += 1;
    }

    pub(crate) fn pop(&mut self, slots: &mut [Slot<'_>]) -> Option<u16> {
        if self.head == NONE {
            return None;
        }
        let slot = self.head;
        let link = &mut slots[usize::from(slot)].links[self.list as usize];
        self.head = link.next;
        *link = Link::NEW;
        if self.head == NONE {
            self.tail = NONE;
        }
        self.len -= 1;
        Some(slot)
    }
}
