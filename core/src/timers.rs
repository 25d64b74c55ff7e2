//! Deadlines of many slots, as a binary heap that lives inside the slots: what a
//! server keeps of its connections, and a stack of its sockets.
//!
//! Slot `i` holds two things: its own timer (when, and where in the heap it
//! stands), and the heap's `i`th element (which slot stands there). A deadline
//! that moves later costs nothing until the old one comes: the caller asks the
//! slot for its true deadline and re-arms it then.
//!
//! ```
//! use amphi_core::time::Instant;
//! use amphi_core::timers::{Timed, Timer, Timers};
//!
//! struct Slot(Timer);
//!
//! impl Timed for Slot {
//!     fn timer(&self) -> &Timer { &self.0 }
//!     fn timer_mut(&mut self) -> &mut Timer { &mut self.0 }
//! }
//!
//! let mut slots = [Slot(Timer::new()), Slot(Timer::new())];
//! let mut timers = Timers::new();
//! timers.arm(&mut slots, 0, Instant::from_micros(20));
//! timers.arm(&mut slots, 1, Instant::from_micros(10));
//! assert_eq!(timers.next(&slots), Instant::from_micros(10));
//! assert_eq!(timers.pop(&mut slots, Instant::from_micros(15)), Some(1));
//! assert_eq!(timers.pop(&mut slots, Instant::from_micros(15)), None);
//! ```

use crate::time::Instant;

const NOWHERE: u32 = u32::MAX;

/// What each slot carries for the heap.
///
/// ```
/// use amphi_core::time::Instant;
/// use amphi_core::timers::{Timed, Timer};
///
/// #[derive(Clone, Copy)]
/// struct Slot {
///     timer: Timer,
/// }
///
/// let slots = [Slot { timer: Timer::new() }; 4]; // none is armed
/// assert_eq!(slots.len(), 4);
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Timer {
    /// The key in the heap: never later than the slot's true deadline.
    when: Instant,
    /// Where in the heap this slot stands.
    position: u32,
    /// Which slot stands at the heap position of this slot's index.
    element: u32,
}

impl Timer {
    /// A timer that is not armed.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            when: Instant::NEVER,
            position: NOWHERE,
            element: NOWHERE,
        }
    }
}

impl Default for Timer {
    fn default() -> Self {
        Self::new()
    }
}

/// Something with a timer inside.
///
/// ```
/// use amphi_core::timers::{Timed, Timer, Timers};
/// use amphi_core::time::Instant;
///
/// struct Session {
///     timer: Timer,
///     name: &'static str,
/// }
///
/// impl Timed for Session {
///     fn timer(&self) -> &Timer {
///         &self.timer
///     }
///
///     fn timer_mut(&mut self) -> &mut Timer {
///         &mut self.timer
///     }
/// }
///
/// let mut sessions = [Session { timer: Timer::new(), name: "one" }];
/// let mut timers = Timers::new();
/// timers.arm(&mut sessions, 0, Instant::from_micros(5));
/// let due = timers.pop(&mut sessions, Instant::from_micros(5)).unwrap();
/// assert_eq!(sessions[due as usize].name, "one");
/// ```
pub trait Timed {
    /// The timer.
    fn timer(&self) -> &Timer;
    /// The same, to change it.
    fn timer_mut(&mut self) -> &mut Timer;
}

/// The heap; only its length lives outside of the slots.
///
/// ```
/// use amphi_core::time::Instant;
/// use amphi_core::timers::{Timed, Timer, Timers};
///
/// struct Slot(Timer);
///
/// impl Timed for Slot {
///     fn timer(&self) -> &Timer { &self.0 }
///     fn timer_mut(&mut self) -> &mut Timer { &mut self.0 }
/// }
///
/// let mut slots = [Slot(Timer::new()), Slot(Timer::new())];
/// let mut timers = Timers::new();
/// assert_eq!(timers.next(&slots), Instant::NEVER);
/// timers.arm(&mut slots, 1, Instant::from_micros(10));
/// timers.arm(&mut slots, 1, Instant::from_micros(99)); // later costs nothing
/// assert_eq!(timers.next(&slots), Instant::from_micros(10));
/// timers.cancel(&mut slots, 1);
/// assert_eq!(timers.pop(&mut slots, Instant::NEVER), None);
/// ```
#[derive(Debug, Default)]
pub struct Timers {
    len: u32,
}

impl Timers {
    /// An empty heap.
    #[must_use]
    pub const fn new() -> Self {
        Self { len: 0 }
    }

    /// The earliest key, or never.
    pub fn next<T: Timed>(&self, slots: &[T]) -> Instant {
        if self.len == 0 {
            Instant::NEVER
        } else {
            key(slots, element(slots, 0))
        }
    }

    /// Takes out the slot with the earliest key when that is not after `now`.
    pub fn pop<T: Timed>(&mut self, slots: &mut [T], now: Instant) -> Option<u32> {
        if self.next(slots) > now || self.len == 0 {
            return None;
        }
        let first = element(slots, 0);
        self.cancel(slots, first);
        Some(first)
    }

    /// Makes sure that `slot` is popped at `when` or before.
    pub fn arm<T: Timed>(&mut self, slots: &mut [T], slot: u32, when: Instant) {
        let Some(timer) = slots.get_mut(slot as usize).map(T::timer_mut) else {
            return;
        };
        if when >= timer.when {
            return;
        }
        timer.when = when;
        let mut position = timer.position;
        if position == NOWHERE {
            position = self.len;
            self.len += 1;
        }
        rise(slots, position, slot);
    }

    /// Takes `slot` out.
    pub fn cancel<T: Timed>(&mut self, slots: &mut [T], slot: u32) {
        let Some(timer) = slots.get_mut(slot as usize).map(T::timer_mut) else {
            return;
        };
        let position = timer.position;
        timer.when = Instant::NEVER;
        timer.position = NOWHERE;
        if position == NOWHERE {
            return;
        }
        self.len -= 1;
        if position != self.len {
            let last = element(slots, self.len);
            sink(slots, position, last, self.len);
        }
    }
}

/// Which slot stands at a position.
fn element<T: Timed>(slots: &[T], position: u32) -> u32 {
    slots
        .get(position as usize)
        .map_or(NOWHERE, |slot| slot.timer().element)
}

#[cfg_attr(target_pointer_width = "32", inline(never))]
fn key<T: Timed>(slots: &[T], slot: u32) -> Instant {
    slots
        .get(slot as usize)
        .map_or(Instant::NEVER, |slot| slot.timer().when)
}

#[cfg_attr(target_pointer_width = "32", inline(never))]
fn place<T: Timed>(slots: &mut [T], position: u32, slot: u32) {
    if let Some(at) = slots.get_mut(position as usize) {
        at.timer_mut().element = slot;
    }
    if let Some(owner) = slots.get_mut(slot as usize) {
        owner.timer_mut().position = position;
    }
}

/// Puts `slot` where it belongs at or above `position`, which is vacant.
fn rise<T: Timed>(slots: &mut [T], mut position: u32, slot: u32) {
    let when = key(slots, slot);
    while position > 0 {
        let parent = (position - 1) / 2;
        let above = element(slots, parent);
        if key(slots, above) <= when {
            break;
        }
        place(slots, position, above);
        position = parent;
    }
    place(slots, position, slot);
}

/// Puts `slot` where it belongs below `position`, which is vacant, or there, or above.
fn sink<T: Timed>(slots: &mut [T], mut position: u32, slot: u32, len: u32) {
    let when = key(slots, slot);
    loop {
        let left = 2 * position + 1;
        let right = left + 1;
        let mut below = element(slots, left);
        let mut child = left;
        if right < len {
            let other = element(slots, right);
            if key(slots, other) < key(slots, below) {
                (below, child) = (other, right);
            }
        }
        if left >= len || when <= key(slots, below) {
            break;
        }
        place(slots, position, below);
        position = child;
    }
    rise(slots, position, slot);
}

#[cfg(test)]
mod tests {
    use super::{Timed, Timer, Timers};
    use crate::time::Instant;
    use std::vec::Vec;

    impl Timed for Timer {
        fn timer(&self) -> &Timer {
            self
        }
        fn timer_mut(&mut self) -> &mut Timer {
            self
        }
    }

    #[test]
    fn pops_in_order_whatever_was_armed_and_cancelled() {
        const SLOTS: u64 = 37;
        let mut slots = [Timer::new(); SLOTS as usize];
        let mut timers = Timers::new();
        let mut oracle = [u64::MAX; SLOTS as usize];
        let mut seed = 1_u64;
        for _ in 0..20_000 {
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let (slot, when) = ((seed >> 33) % SLOTS, (seed >> 40) % 1_000);
            match (seed >> 20) % 4 {
                0 => {
                    timers.cancel(&mut slots, slot as u32);
                    oracle[slot as usize] = u64::MAX;
                }
                1 => {
                    let now = Instant::from_micros(when);
                    let due = oracle.iter().copied().min().filter(|due| *due <= when);
                    let popped = timers.pop(&mut slots, now);
                    assert_eq!(popped.map(|slot| oracle[slot as usize]), due);
                    if let Some(slot) = popped {
                        oracle[slot as usize] = u64::MAX;
                    }
                }
                _ => {
                    timers.arm(&mut slots, slot as u32, Instant::from_micros(when));
                    oracle[slot as usize] = oracle[slot as usize].min(when);
                }
            }
            let earliest = oracle.iter().copied().min().unwrap_or(u64::MAX);
            assert_eq!(timers.next(&slots), Instant::from_micros(earliest));
        }
        let rest: Vec<u32> =
            core::iter::from_fn(|| timers.pop(&mut slots, Instant::from_micros(1_000))).collect();
        assert!(rest.is_sorted_by_key(|slot| oracle[*slot as usize]));
        assert_eq!(
            rest.len(),
            oracle.iter().filter(|when| **when != u64::MAX).count()
        );
    }
}
