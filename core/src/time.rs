//! Points in time, as the stack's own clock counts them.

use core::fmt;
use core::ops::{Add, Sub};

pub use core::time::Duration;

/// Rounded up, so that a wait is never too short.
#[inline]
pub(crate) const fn micros(duration: Duration) -> u64 {
    let fraction = duration.subsec_nanos().div_ceil(1_000) as u64;
    let whole = duration.as_secs().saturating_mul(1_000_000);
    whole.saturating_add(fraction)
}

/// A point on a stack's monotonic clock: microseconds since an origin that the
/// stack chose.
///
/// Core never reads a clock; [`Net::now`](crate::socket::Net::now) and
/// [`Socket::now`](crate::socket::Socket::now) do. Instants of two stacks must
/// not be compared.
///
/// ```
/// use amphi_core::time::{Duration, Instant};
///
/// let start = Instant::from_micros(10);
/// let later = start + Duration::from_millis(1);
/// assert_eq!(later.as_micros(), 1_010);
/// assert_eq!(later - start, Duration::from_micros(1_000));
/// assert_eq!(start - later, Duration::ZERO);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Instant {
    micros: u64,
}

impl Instant {
    /// The origin of the clock.
    pub const ORIGIN: Self = Self::from_micros(0);
    /// A point that never comes (584,000 years after the origin).
    pub const NEVER: Self = Self::from_micros(u64::MAX);

    /// The point `micros` microseconds after the origin.
    #[must_use]
    pub const fn from_micros(micros: u64) -> Self {
        Self { micros }
    }

    /// Microseconds since the origin.
    #[must_use]
    pub const fn as_micros(self) -> u64 {
        self.micros
    }

    /// The point `micros` microseconds later; [`Instant::NEVER`] on overflow.
    #[must_use]
    #[cfg_attr(target_pointer_width = "32", inline(never))]
    pub const fn saturating_add_micros(self, micros: u64) -> Self {
        Self::from_micros(self.micros.saturating_add(micros))
    }

    /// The point `duration` later, rounded up to the next microsecond, so that
    /// a wait until then is never too short; [`Instant::NEVER`] on overflow.
    #[must_use]
    #[cfg_attr(target_pointer_width = "32", inline(never))]
    pub const fn saturating_add(self, duration: Duration) -> Self {
        self.saturating_add_micros(micros(duration))
    }

    /// The time from `earlier` to this point, zero when `earlier` is not earlier.
    #[must_use]
    #[cfg_attr(target_pointer_width = "32", inline(never))]
    pub const fn saturating_since(self, earlier: Self) -> Duration {
        Duration::from_micros(self.micros.saturating_sub(earlier.micros))
    }
}

impl Add<Duration> for Instant {
    type Output = Self;

    /// [`Instant::saturating_add`].
    fn add(self, duration: Duration) -> Self {
        self.saturating_add(duration)
    }
}

impl Sub for Instant {
    type Output = Duration;

    /// [`Instant::saturating_since`].
    fn sub(self, earlier: Self) -> Duration {
        self.saturating_since(earlier)
    }
}

/// Seconds with six decimals, as packet captures print time.
impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}.{:06}",
            self.micros / 1_000_000,
            self.micros % 1_000_000
        )
    }
}
