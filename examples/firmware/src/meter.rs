//! How long the machine is awake, to count what a message costs.

use core::cell::Cell;
use core::sync::atomic::{AtomicU32, Ordering};

use amphi_core::time::Instant;
use amphi_smoltcp::Platform;

/// Microseconds awake since the start, as of the end of the last sleep.
pub static AWAKE: AtomicU32 = AtomicU32::new(0);

/// A platform whose sleeps are measured. QEMU's `-icount shift=10` makes one instruction of
/// 1.024 microseconds, so that this clock counts instructions.
pub struct Metered<P> {
    platform: P,
    /// Microseconds asleep.
    asleep: Cell<u64>,
}

impl<P> Metered<P> {
    pub const fn new(platform: P) -> Self {
        Self {
            platform,
            asleep: Cell::new(0),
        }
    }
}

impl<P: Platform> Platform for Metered<P> {
    fn now(&self) -> Instant {
        self.platform.now()
    }

    fn wait(&self, until: Instant) {
        let start = self.platform.now();
        self.platform.wait(until);
        let end = self.platform.now();
        let asleep = self.asleep.get() + end.as_micros() - start.as_micros();
        self.asleep.set(asleep);
        AWAKE.store((end.as_micros() - asleep) as u32, Ordering::Relaxed);
    }
}
