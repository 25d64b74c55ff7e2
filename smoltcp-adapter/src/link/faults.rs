use amphi_core::time::Duration;

/// How many frames of a million something happens to.
///
/// ```
/// use amphi_smoltcp::link::{Faults, PerMillion};
///
/// const ONE_PERCENT: PerMillion = 10_000;
/// let faults = Faults { loss: 5 * ONE_PERCENT, ..Faults::NONE };
/// assert_eq!(faults.loss, 50_000);
/// ```
pub type PerMillion = u32;

/// What a [`Faulty`](super::Faulty) link does to frames.
///
/// ```
/// use amphi_smoltcp::link::Faults;
/// use core::time::Duration;
///
/// // One of fifty is lost, the others take 5 to 7 ms.
/// let faults = Faults {
///     loss: 20_000,
///     delay: Duration::from_millis(5),
///     jitter: Duration::from_millis(2),
///     ..Faults::NONE
/// };
/// assert_eq!(faults.corruption, 0);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Faults {
    /// Frames that never arrive.
    pub loss: PerMillion,
    /// Frames that arrive twice, the second time up to `late` after the first.
    pub duplication: PerMillion,
    /// Frames that take up to `late` longer, so that those behind overtake them.
    pub reordering: PerMillion,
    /// Frames of which one bit flips. Where the check sequence of a real link would
    /// find it, as in the headers of Ethernet and in ARP, the frame is lost instead.
    pub corruption: PerMillion,
    /// Frames with which a partition begins: until it is over, all are lost.
    pub partition: PerMillion,
    /// How long such a partition lasts.
    pub partition_time: Duration,
    /// How long each frame takes.
    pub delay: Duration,
    /// How much longer it takes at most. Frames do not overtake each other for that.
    pub jitter: Duration,
    /// How late duplicates and overtaken frames are at most.
    pub late: Duration,
}

impl Faults {
    /// Nothing happens; what is late is so by at most a millisecond.
    pub const NONE: Self = Self {
        loss: 0,
        duplication: 0,
        reordering: 0,
        corruption: 0,
        partition: 0,
        partition_time: Duration::ZERO,
        delay: Duration::ZERO,
        jitter: Duration::ZERO,
        late: Duration::from_millis(1),
    };
}

/// What a [`Faulty`](super::Faulty) link did to frames.
///
/// ```
/// use amphi_smoltcp::VirtualClock;
/// use amphi_smoltcp::link::{FaultTally, Faults, Faulty, Loopback};
/// use amphi_smoltcp::smoltcp::phy::Medium;
///
/// let clock = VirtualClock::new();
/// let link = Loopback::<1500, 8>::new(Medium::Ip);
/// let device = Faulty::<_, 1500, 16>::new(link, &clock, Faults::NONE, 7);
/// assert_eq!(device.tally(), FaultTally::default()); // nothing came yet
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FaultTally {
    /// Frames that came to the link.
    pub frames: u64,
    /// Frames lost, by chance, in a partition, or as there was no room.
    pub lost: u64,
    /// Frames that arrived twice.
    pub duplicated: u64,
    /// Frames that were held back longer than those behind.
    pub reordered: u64,
    /// Frames with one bit flipped.
    pub corrupted: u64,
}

/// `SplitMix64` (Steele, Lea, Flood, "Fast Splittable Pseudorandom Number
/// Generators", 2014): good enough for accidents, and alike for each seed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Chance(u64);

impl Chance {
    pub(super) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`, or zero.
    pub(super) const fn below(&mut self, end: u64) -> u64 {
        // The high half of a product: as even as the 64 bits are.
        ((self.next() as u128 * end as u128) >> 64) as u64
    }

    /// Whether it happens this time.
    pub(super) const fn happens(&mut self, per_million: PerMillion) -> bool {
        per_million > 0 && self.below(1_000_000) < per_million as u64
    }

    /// A duration of whole microseconds up to and including `longest`.
    pub(super) fn up_to(&mut self, longest: Duration) -> Duration {
        let micros = u64::try_from(longest.as_micros()).unwrap_or(u64::MAX);
        Duration::from_micros(self.below(micros.saturating_add(1)))
    }
}
