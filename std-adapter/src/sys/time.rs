use core::mem::MaybeUninit;

use amphi_core::time::{Duration, Instant};

/// `CLOCK_MONOTONIC` in microseconds (no system call on Linux: vDSO).
pub(crate) fn now() -> Instant {
    let mut time = MaybeUninit::<libc::timespec>::zeroed();
    // SAFETY: the pointer is to room for one `timespec`, which the kernel only writes.
    let returned = unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, time.as_mut_ptr()) };
    debug_assert_eq!(returned, 0, "POSIX systems have a monotonic clock");
    // SAFETY: it was zeroed, and a `timespec` is two integers.
    let time = unsafe { time.assume_init() };
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    let micros = u64::try_from(time.tv_nsec / 1_000).unwrap_or(0);
    Instant::from_micros(seconds.saturating_mul(1_000_000) + micros)
}

/// The longest single wait in seconds, a day: every system counts as far. Who
/// waits for longer looks at the clock and waits again.
const LONGEST_WAIT: Duration = Duration::from_secs(86_400);

/// A timeout for the calls that count in milliseconds: rounded up, −1 for none.
#[cfg(any(target_os = "linux", target_vendor = "apple", test))]
pub(super) fn to_millis(timeout: Option<Duration>) -> libc::c_int {
    timeout.map_or(-1, |timeout| {
        let nanos = timeout.min(LONGEST_WAIT).as_nanos();
        libc::c_int::try_from(nanos.div_ceil(1_000_000)).unwrap_or(libc::c_int::MAX)
    })
}

/// A timeout for the calls that count in nanoseconds.
pub(super) fn to_timespec(timeout: Duration) -> libc::timespec {
    let timeout = timeout.min(LONGEST_WAIT);
    // SAFETY: a `timespec` is integers (with padding on some targets), so zero is a value.
    let mut spec: libc::timespec = unsafe { core::mem::zeroed() };
    spec.tv_sec = timeout.as_secs() as libc::time_t;
    spec.tv_nsec = timeout.subsec_nanos() as libc::c_long;
    spec
}

/// A timeout for the calls that count in microseconds, rounded up.
pub(super) fn to_timeval(timeout: Duration) -> libc::timeval {
    let micros = timeout.min(LONGEST_WAIT).as_nanos().div_ceil(1_000);
    libc::timeval {
        tv_sec: (micros / 1_000_000) as libc::time_t,
        tv_usec: (micros % 1_000_000) as libc::suseconds_t,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timeouts_round_up_and_never_overflow() {
        assert_eq!(to_millis(None), -1);
        assert_eq!(to_millis(Some(Duration::ZERO)), 0);
        assert_eq!(to_millis(Some(Duration::from_nanos(1))), 1);
        assert_eq!(to_millis(Some(Duration::from_nanos(1_000_001))), 2);
        assert_eq!(to_millis(Some(Duration::MAX)), 86_400_000);
        let val = to_timeval(Duration::from_nanos(999_999_001));
        assert_eq!((val.tv_sec, val.tv_usec), (1, 0));
        assert_eq!(to_timeval(Duration::MAX).tv_sec, 86_400);
    }
}
