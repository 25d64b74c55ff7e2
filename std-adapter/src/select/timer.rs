use amphi_core::time::{Duration, Instant};

use crate::sys;

/// What is left of a timeout, over waits that end early.
#[derive(Debug)]
pub(crate) struct Timer {
    left: Option<Duration>,
    deadline: Instant,
}

impl Timer {
    /// Starts to count. The clock is read only if there is something to count.
    #[inline]
    pub(crate) fn start(timeout: Option<Duration>) -> Self {
        let deadline = match timeout {
            None => Instant::NEVER,
            Some(timeout) if timeout.is_zero() => Instant::ORIGIN,
            Some(timeout) => sys::now() + timeout,
        };
        Self {
            left: timeout,
            deadline,
        }
    }

    /// How long the next wait may last.
    pub(crate) const fn left(&self) -> Option<Duration> {
        self.left
    }

    /// Reads the clock, and tells whether the time is over.
    pub(crate) fn is_over(&mut self) -> bool {
        let Some(left) = &mut self.left else {
            return false;
        };
        if left.is_zero() {
            return true;
        }
        *left = self.deadline.saturating_since(sys::now());
        left.is_zero()
    }
}
