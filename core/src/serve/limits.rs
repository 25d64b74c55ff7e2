use crate::time::{Duration, Instant, micros};

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

/// Limits as a server looks at them: times in microseconds, and the largest number where there
/// is none. Where words have 32 bits a question whether there is one costs as much as the limit,
/// and to add a [`Duration`] three times as much.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    pub(super) idle: u64,
    pub(super) progress: u64,
    pub(super) total: u64,
    pub(super) linger: u64,
    pub(super) octets: u64,
    pub(super) connections: u32,
    pub(super) connections_per_peer: u32,
    pub(super) when_full: WhenFull,
}

impl Bounds {
    pub(super) const DEFAULT: Self = Self::new(&Limits::DEFAULT);

    #[inline]
    pub(super) const fn new(limits: &Limits) -> Self {
        Self {
            idle: time(limits.idle),
            progress: time(limits.progress),
            total: time(limits.total),
            linger: micros(limits.linger),
            octets: match limits.octets {
                Some(octets) => octets,
                None => u64::MAX,
            },
            connections: most(limits.connections),
            connections_per_peer: most(limits.connections_per_peer),
            when_full: limits.when_full,
        }
    }

    // Both ask first whether there is a limit: of one that is known to be none, nothing is left.

    pub(super) const fn has_total(&self) -> bool {
        self.total != u64::MAX
    }

    /// How many octets a peer may send that has sent so many.
    #[cfg_attr(target_pointer_width = "32", inline(always))]
    pub(super) const fn octets_left(&self, received: u64) -> u64 {
        match self.octets {
            u64::MAX => u64::MAX,
            octets => octets.saturating_sub(received),
        }
    }
}

const fn most(count: Option<u32>) -> u32 {
    match count {
        Some(count) => count,
        None => u32::MAX,
    }
}

const fn time(limit: Option<Duration>) -> u64 {
    match limit {
        Some(limit) => micros(limit),
        None => u64::MAX,
    }
}

/// What keeps to a [`Rate`]: the generic cell rate algorithm.
#[derive(Debug)]
pub(super) struct Pace {
    /// The time for one, in microseconds.
    interval: u64,
    /// How far those that come at once are ahead of time, in microseconds.
    burst: u64,
    /// When the next comes if all come evenly.
    next: Instant,
}

impl Pace {
    #[inline]
    pub(super) fn new(Rate { per, interval }: Rate) -> Self {
        let (interval, per) = (micros(interval), micros(per));
        Self {
            interval,
            burst: per.saturating_sub(interval),
            next: Instant::ORIGIN,
        }
    }

    /// From when on the next may come.
    pub(super) const fn from(&self) -> Instant {
        Instant::from_micros(self.next.as_micros().saturating_sub(self.burst))
    }

    /// One has come.
    pub(super) fn take(&mut self, now: Instant) {
        self.next = self.next.max(now).saturating_add_micros(self.interval);
    }
}

#[cfg(test)]
mod tests {
    use super::{Pace, Rate};
    use crate::time::{Duration, Instant};

    #[test]
    fn a_rate_lets_a_burst_through_and_then_one_an_interval() {
        let mut pace = Pace::new(Rate::new(4, Duration::from_micros(100)));
        let mut take = |now| {
            let from = pace.from();
            if from > now {
                return Err(from);
            }
            pace.take(now);
            Ok(())
        };
        let mut taken = 0;
        let mut now = Instant::from_micros(1_000);
        for _ in 0..4 {
            assert_eq!(take(now), Ok(()));
        }
        while now < Instant::from_micros(2_000) {
            match take(now) {
                Ok(()) => taken += 1,
                Err(until) => now = until,
            }
        }
        assert_eq!(taken, 40 - 1);
        // After a pause the burst is whole again, and no more than that.
        now = Instant::from_micros(1_000_000);
        let burst = core::iter::from_fn(|| take(now).ok()).count();
        assert_eq!(burst, 4);
    }
}
