//! Deadlines of many slots, as a tournament that lives inside the slots: what a
//! server keeps of its connections, and a stack of its sockets.
//!
//! `n` slots are the leaves `n..2n` of a binary tree with the nodes `1..n`, where node `i` stands
//! above `2i` and `2i + 1`. Slot `i` holds two things: its own deadline, and for node `i` the
//! slot below with the earliest one. So a change is a way towards the root, which ends where
//! another slot is earlier. A deadline that moves later costs nothing until the old one comes:
//! the caller asks the slot for its true deadline and re-arms it then.
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

/// No slot.
const NOBODY: u32 = u32::MAX;
/// The node above all slots.
const ROOT: usize = 1;

/// What each slot carries for it.
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
    /// The key: never later than the slot's true deadline.
    when: Instant,
    /// Which slot under the node of this slot's index has the earliest key.
    earliest: u32,
}

impl Timer {
    /// A timer that is not armed.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            when: Instant::NEVER,
            earliest: NOBODY,
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

/// The deadlines; all of them live in the slots, which are the same ones in each call.
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
pub struct Timers(());

impl Timers {
    /// None is armed.
    #[must_use]
    pub const fn new() -> Self {
        Self(())
    }

    /// The earliest key, or never.
    pub fn next<T: Timed>(&self, slots: &[T]) -> Instant {
        key(slots, earliest(slots, ROOT))
    }

    /// Takes out the slot with the earliest key when that is not after `now`.
    pub fn pop<T: Timed>(&mut self, slots: &mut [T], now: Instant) -> Option<u32> {
        let first = earliest(slots, ROOT);
        let when = key(slots, first);
        if when > now || when == Instant::NEVER {
            return None;
        }
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
        let mut node = above(slots, slot);
        while node >= ROOT {
            let held = earliest(slots, node);
            if held != slot && key(slots, held) <= when {
                return;
            }
            hold(slots, node, slot);
            node /= 2;
        }
    }

    /// Takes `slot` out.
    pub fn cancel<T: Timed>(&mut self, slots: &mut [T], slot: u32) {
        let Some(timer) = slots.get_mut(slot as usize).map(T::timer_mut) else {
            return;
        };
        if timer.when == Instant::NEVER {
            return;
        }
        timer.when = Instant::NEVER;
        let mut node = above(slots, slot);
        while node >= ROOT && earliest(slots, node) == slot {
            let (left, right) = (earliest(slots, 2 * node), earliest(slots, 2 * node + 1));
            let is_right = key(slots, right) < key(slots, left);
            hold(slots, node, if is_right { right } else { left });
            node /= 2;
        }
    }
}

/// The node above a slot.
const fn above<T>(slots: &[T], slot: u32) -> usize {
    (slots.len() + slot as usize) / 2
}

/// Which slot under a node has the earliest key.
fn earliest<T: Timed>(slots: &[T], node: usize) -> u32 {
    match node.checked_sub(slots.len()) {
        Some(slot) => slot as u32,
        None => slots.get(node).map_or(NOBODY, |slot| slot.timer().earliest),
    }
}

fn hold<T: Timed>(slots: &mut [T], node: usize, slot: u32) {
    if let Some(at) = slots.get_mut(node) {
        at.timer_mut().earliest = slot;
    }
}

#[cfg_attr(target_pointer_width = "32", inline(never))]
fn key<T: Timed>(slots: &[T], slot: u32) -> Instant {
    slots
        .get(slot as usize)
        .map_or(Instant::NEVER, |slot| slot.timer().when)
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
        for slots in [1, 2, 3, 8, 37] {
            play(&mut std::vec![Timer::new(); slots]);
        }
    }

    #[test]
    fn no_slots_no_deadlines() {
        let mut none: [Timer; 0] = [];
        let mut timers = Timers::new();
        timers.arm(&mut none, 0, Instant::ORIGIN);
        timers.cancel(&mut none, 0);
        assert_eq!(timers.next(&none), Instant::NEVER);
        assert_eq!(timers.pop(&mut none, Instant::NEVER), None);
    }

    /// Compares them with a list.
    fn play(slots: &mut [Timer]) {
        let count = slots.len() as u64;
        let mut timers = Timers::new();
        let mut oracle = std::vec![u64::MAX; slots.len()];
        let mut seed = 1_u64;
        for _ in 0..20_000 {
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let (slot, when) = ((seed >> 33) % count, (seed >> 40) % 1_000);
            match (seed >> 20) % 4 {
                0 => {
                    timers.cancel(slots, slot as u32);
                    oracle[slot as usize] = u64::MAX;
                }
                1 => {
                    let now = Instant::from_micros(when);
                    let due = oracle.iter().copied().min().filter(|due| *due <= when);
                    let popped = timers.pop(slots, now);
                    assert_eq!(popped.map(|slot| oracle[slot as usize]), due);
                    if let Some(slot) = popped {
                        oracle[slot as usize] = u64::MAX;
                    }
                }
                _ => {
                    timers.arm(slots, slot as u32, Instant::from_micros(when));
                    oracle[slot as usize] = oracle[slot as usize].min(when);
                }
            }
            let earliest = oracle.iter().copied().min().unwrap_or(u64::MAX);
            assert_eq!(timers.next(slots), Instant::from_micros(earliest));
        }
        let rest: Vec<u32> =
            core::iter::from_fn(|| timers.pop(slots, Instant::from_micros(1_000))).collect();
        assert!(rest.is_sorted_by_key(|slot| oracle[*slot as usize]));
        assert_eq!(
            rest.len(),
            oracle.iter().filter(|when| **when != u64::MAX).count()
        );
    }
}
