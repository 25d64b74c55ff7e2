use crate::time::{Duration, Instant};

/// What to do with a connection that comes when there is no place for it: all
/// slots, threads or processes are taken, or [`Limits::connections`] is reached.
///
/// ```
/// use amphi_core::serve::{Limits, WhenFull};
///
/// let limits = Limits { when_full: WhenFull::Reset, ..Limits::DEFAULT };
/// assert_ne!(limits.when_full, Limits::DEFAULT.when_full);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum WhenFull {
    /// Leave it in the listener's backlog until there is a place.
    #[default]
    Wait,
    /// Accept it and close it in order at once: the peer reads the end of file.
    Refuse,
    /// Accept it and reset it at once.
    Reset,
}

/// How many of something in which time: so many may come at once, and then one
/// each `per / count`.
///
/// ```
/// use amphi_core::serve::Rate;
/// use core::time::Duration;
///
/// let hundred_a_second = Rate::new(100, Duration::from_secs(1));
/// assert_eq!(hundred_a_second.interval(), Duration::from_millis(10));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Rate {
    per: Duration,
    interval: Duration,
}

impl Rate {
    /// At most `count` in the time `per`. Zero counts as one.
    #[must_use]
    pub const fn new(count: u32, per: Duration) -> Self {
        // A division of times is no small thing where words have 32 bits: once is enough.
        let interval = match per.checked_div(count) {
            Some(interval) => interval,
            None => per,
        };
        Self { per, interval }
    }

    /// The time for one, in the long run.
    #[must_use]
    pub const fn interval(&self) -> Duration {
        self.interval
    }

    /// Takes one at `now`, where `next` is when the next would come if all came
    /// evenly; else tells until when to wait. (The generic cell rate algorithm.)
    pub(super) fn take(&self, next: &mut Instant, now: Instant) -> Result<(), Instant> {
        let after = (*next).max(now) + self.interval();
        let limit = now + self.per;
        if after > limit {
            return Err(now + (after - limit));
        }
        *next = after;
        Ok(())
    }
}

/// What a server bears, as data. What is not set costs nothing, and what is set
/// costs nothing for connections that keep to it.
///
/// ```
/// use amphi_core::serve::Limits;
/// use core::time::Duration;
///
/// let limits = Limits { idle: Some(Duration::from_secs(30)), ..Limits::default() };
/// assert_eq!(limits.total, None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Limits {
    /// Closes a connection on which nothing moved for this time. None unless set.
    pub idle: Option<Duration>,
    /// Resets a connection whose peer took no octet of a waiting reply for this
    /// time. Two minutes unless set.
    pub progress: Option<Duration>,
    /// Closes a connection after this time, whatever it does. None unless set.
    pub total: Option<Duration>,
    /// Closes a connection whose peer sends more octets than this; its handler
    /// gets exactly so many. None unless set.
    pub octets: Option<u64>,
    /// How many connections may be open at a time, where that is fewer than there
    /// are slots, threads or processes. None unless set.
    pub connections: Option<u32>,
    /// How many of them one peer may have (see [`Address::peer`](crate::socket::Address::peer));
    /// more are refused. None unless set.
    pub connections_per_peer: Option<u32>,
    /// How fast connections are accepted; those that come faster wait in the
    /// listener's backlog. As fast as they come unless set.
    pub accept_rate: Option<Rate>,
    /// How long a connection that this side closed waits for the peer's end of
    /// file, so that late input does not destroy the reply on its way
    /// (RFC 9112, section 9.6). Two seconds unless set.
    pub linger: Duration,
    /// What to do when there is no place for a connection.
    pub when_full: WhenFull,
}

impl Limits {
    /// The defaults that each field names.
    pub const DEFAULT: Self = Self {
        idle: None,
        progress: Some(Duration::from_secs(120)),
        total: None,
        octets: None,
        connections: None,
        connections_per_peer: None,
        accept_rate: None,
        linger: Duration::from_secs(2),
        when_full: WhenFull::Wait,
    };
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

#[cfg(test)]
mod tests {
    use super::Rate;
    use crate::time::{Duration, Instant};

    #[test]
    fn a_rate_lets_a_burst_through_and_then_one_an_interval() {
        let rate = Rate::new(4, Duration::from_micros(100));
        let mut next = Instant::ORIGIN;
        let mut taken = 0;
        let mut now = Instant::from_micros(1_000);
        for _ in 0..4 {
            assert_eq!(rate.take(&mut next, now), Ok(()));
        }
        while now < Instant::from_micros(2_000) {
            match rate.take(&mut next, now) {
                Ok(()) => taken += 1,
                Err(until) => {
                    assert!(until > now, "a wait that has no end");
                    now = until;
                }
            }
        }
        assert_eq!(taken, 40 - 1);
        // After a pause the burst is whole again, and no more than that.
        now = Instant::from_micros(1_000_000);
        let burst = core::iter::from_fn(|| rate.take(&mut next, now).ok()).count();
        assert_eq!(burst, 4);
    }
}
