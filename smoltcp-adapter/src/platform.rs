use core::cell::Cell;

use amphi_core::time::{Duration, Instant};

/// The clock and the sleep of a stack: the only thing that differs between a
/// simulation, a host with a TAP device, and firmware.
///
/// ```
/// use amphi_core::time::Instant;
/// use amphi_smoltcp::Platform;
/// use std::time;
///
/// /// A host's clock, for a device that is asked again and again.
/// struct Polled(time::Instant);
///
/// impl Platform for Polled {
///     fn now(&self) -> Instant {
///         Instant::from_micros(self.0.elapsed().as_micros() as u64)
///     }
///
///     fn wait(&self, _until: Instant) {
///         std::thread::yield_now(); // shorter is allowed
///     }
/// }
///
/// let platform = Polled(time::Instant::now());
/// let before = platform.now();
/// platform.wait(Instant::NEVER);
/// assert!(platform.now() >= before);
/// ```
pub trait Platform {
    /// Reads the clock. It never goes back.
    fn now(&self) -> Instant;

    /// Waits until the device has something to receive, or `until` (without
    /// limit for [`Instant::NEVER`]), or shorter: the stack looks and waits again.
    fn wait(&self, until: Instant);

    /// Tells, once, whether something besides the network wants the program's
    /// attention, such as an interrupt that asks the server to stop: then
    /// `select` returns early, without an event.
    fn take_wakeup(&self) -> bool {
        false
    }
}

impl<P: Platform + ?Sized> Platform for &P {
    fn now(&self) -> Instant {
        P::now(self)
    }

    fn wait(&self, until: Instant) {
        P::wait(self, until);
    }

    fn take_wakeup(&self) -> bool {
        P::take_wakeup(self)
    }
}

/// A clock that jumps: to wait is to set it forward, so a test that takes
/// minutes of the stack's time takes no time of its own, and runs alike each time.
///
/// When there is nothing to wait for any more, `select` and the like return
/// instead of waiting for ever. A device that holds frames back says by
/// [`wake_at`](Self::wake_at) when it has something, so that the clock does not
/// jump over it.
///
/// ```
/// use amphi_core::time::{Duration, Instant};
/// use amphi_smoltcp::{Platform, VirtualClock};
///
/// let clock = VirtualClock::new();
/// clock.wait(Instant::from_micros(5));
/// assert_eq!(clock.now(), Instant::from_micros(5));
/// clock.advance(Duration::from_secs(60));
/// assert_eq!(clock.now().as_micros(), 60_000_005);
/// ```
#[derive(Debug)]
pub struct VirtualClock {
    now: Cell<Instant>,
    /// The earliest point that must not be jumped over.
    alarm: Cell<Instant>,
    stuck: Cell<bool>,
}

impl Default for VirtualClock {
    fn default() -> Self {
        Self::new()
    }
}

impl VirtualClock {
    /// A clock at its origin.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            now: Cell::new(Instant::ORIGIN),
            alarm: Cell::new(Instant::NEVER),
            stuck: Cell::new(false),
        }
    }

    /// Sets the clock forward.
    pub fn advance(&self, by: Duration) {
        self.now.set(self.now.get() + by);
    }

    /// Lets the next wait end at `at` at the latest. The earliest counts, and it
    /// counts once: who is looked at after that wait tells its next point anew.
    pub fn wake_at(&self, at: Instant) {
        self.alarm.set(self.alarm.get().min(at));
    }
}

impl Platform for VirtualClock {
    fn now(&self) -> Instant {
        self.now.get()
    }

    fn wait(&self, until: Instant) {
        let until = until.min(self.alarm.replace(Instant::NEVER));
        if until == Instant::NEVER {
            self.stuck.set(true);
        } else {
            self.now.set(self.now.get().max(until));
        }
    }

    fn take_wakeup(&self) -> bool {
        self.stuck.take()
    }
}
