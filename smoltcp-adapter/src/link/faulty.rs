use amphi_core::time::Instant;
use smoltcp::phy::{self, Device, DeviceCapabilities, Medium, TxToken};

use super::faults::{Chance, FaultTally, Faults};
use crate::{Platform, VirtualClock, convert};

/// A device whose link loses, doubles, delays and reorders frames, flips bits and
/// breaks apart, in both directions, by a seed: the same seed does the same again.
///
/// Frames on their way are kept here: at most `FRAMES` (at least 2) of `MTU` octets.
/// Time is that of `clock`, which never jumps over the arrival of a frame.
///
/// ```
/// use amphi_core::socket::{Blocking, Net, Socket};
/// use amphi_core::time::Duration;
/// use amphi_smoltcp::link::{Faults, Faulty, Loopback};
/// use amphi_smoltcp::smoltcp::{phy::Medium, wire::HardwareAddress};
/// use amphi_smoltcp::{Config, Pool, Slot, Stack, TcpPlace, UdpPlace, VirtualClock};
///
/// let clock = VirtualClock::new();
/// let faults = Faults { delay: Duration::from_millis(20), ..Faults::NONE };
/// let link = Loopback::<1500, 8>::new(Medium::Ip);
/// let device = Faulty::<_, 1500, 16>::new(link, &clock, faults, 7);
/// let mut tcp: [TcpPlace<512, 512>; 0] = [];
/// let mut udp = [const { UdpPlace::<512, 4>::new() }; 1];
/// let mut slots = [const { Slot::new() }; 1];
/// let pool = Pool { tcp: &mut tcp, udp: &mut udp, slots: &mut slots };
/// let mut config = Config::new(HardwareAddress::Ip);
/// config.device_loops_back = true;
/// let stack = Stack::new(device, &clock, config, pool)?;
/// stack.add_address("127.0.0.1".parse().unwrap(), 8)?;
///
/// let mut socket = Blocking::new((&stack).udp_bind("127.0.0.1:7".parse().unwrap())?);
/// socket.send_to(b"to myself", &"127.0.0.1:7".parse().unwrap())?;
/// assert_eq!(socket.recv_from(&mut [0; 16])?.len, 9);
/// // 20 ms on the way out and 20 ms on the way in.
/// assert_eq!((&stack).now().as_micros(), 40_000);
/// # Ok::<(), amphi_core::ErrorKind>(())
/// ```
#[derive(Debug)]
pub struct Faulty<'c, D, const MTU: usize, const FRAMES: usize> {
    device: D,
    fate: Fate<'c>,
    held: [Held<MTU>; FRAMES],
    /// For an answer that finds no room, and is lost.
    spare: Held<MTU>,
}

/// A frame on its way, or room for one.
#[derive(Debug, Clone, Copy)]
struct Held<const MTU: usize> {
    /// When it arrives; never where there is none.
    due: Instant,
    /// When it arrives once more.
    again: Instant,
    /// Of two frames that are due at once, the one that was there first arrives first.
    order: u64,
    way: Way,
    len: usize,
    octets: [u8; MTU],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    In,
    Out,
}

/// What decides on a frame.
#[derive(Debug)]
struct Fate<'c> {
    clock: &'c VirtualClock,
    medium: Medium,
    faults: Faults,
    concerns: fn(&[u8]) -> bool,
    chance: Chance,
    tally: FaultTally,
    /// When the partition ends.
    apart_until: Instant,
    /// The latest arrival of a frame that was in order, in and out.
    last: [Instant; 2],
}

impl<'c, D: Device, const MTU: usize, const FRAMES: usize> Faulty<'c, D, MTU, FRAMES> {
    /// The device around `device`.
    #[must_use]
    pub fn new(device: D, clock: &'c VirtualClock, faults: Faults, seed: u64) -> Self {
        const {
            assert!(
                FRAMES >= 2,
                "one frame is free for answers, so there must be two"
            );
        }
        let medium = device.capabilities().medium;
        Self {
            device,
            fate: Fate {
                clock,
                medium,
                faults,
                concerns: |_| true,
                chance: Chance::new(seed),
                tally: FaultTally::default(),
                apart_until: Instant::ORIGIN,
                last: [Instant::ORIGIN; 2],
            },
            held: [const { Held::FREE }; FRAMES],
            spare: Held::FREE,
        }
    }

    /// Spares the frames for which `concerns` says no: they are delayed, and
    /// nothing else happens to them.
    #[must_use]
    pub fn only(mut self, concerns: fn(&[u8]) -> bool) -> Self {
        self.fate.concerns = concerns;
        self
    }

    /// Changes what happens from now on.
    pub const fn set_faults(&mut self, faults: Faults) {
        self.fate.faults = faults;
    }

    /// Loses all frames that come to the link before `end`.
    pub const fn partition_until(&mut self, end: Instant) {
        self.fate.apart_until = end;
    }

    /// What happened so far.
    #[must_use]
    pub const fn tally(&self) -> FaultTally {
        self.fate.tally
    }

    /// The device inside.
    pub const fn inner_mut(&mut self) -> &mut D {
        &mut self.device
    }

    /// Moves frames on: those that were sent and are due now leave, and those that
    /// have come to the device begin their way.
    fn carry(&mut self, now: Instant) {
        let timestamp = convert::instant(now);
        while let Some(index) = self.earliest(Way::Out, now) {
            let held = &mut self.held[index];
            match self.device.transmit(timestamp) {
                Some(token) => token.consume(held.len, |frame| {
                    frame.copy_from_slice(&held.octets[..held.len]);
                }),
                None => self.fate.tally.lost += 1,
            }
            held.arrive();
        }
        // One place stays free for an answer.
        while let Some((index, true)) = self.free() {
            let Some((frame, _)) = self.device.receive(timestamp) else {
                break;
            };
            let held = &mut self.held[index];
            phy::RxToken::consume(frame, |frame| {
                held.len = frame.len().min(MTU);
                held.octets[..held.len].copy_from_slice(&frame[..held.len]);
            });
            self.fate.decide(held, Way::In, now);
        }
        for held in &self.held {
            self.fate.clock.wake_at(held.due);
        }
    }

    /// The place of the frame that is to arrive first, if it is due.
    fn earliest(&self, way: Way, now: Instant) -> Option<usize> {
        let due = self.held.iter().enumerate();
        due.filter(|(_, held)| held.way == way && held.due <= now)
            .min_by_key(|(_, held)| (held.due, held.order))
            .map(|(index, _)| index)
    }

    /// A free place, and whether there is another.
    fn free(&self) -> Option<(usize, bool)> {
        let held = self.held.iter().enumerate();
        let mut free = held.filter(|(_, held)| held.due == Instant::NEVER);
        Some((free.next()?.0, free.next().is_some()))
    }
}

impl<const MTU: usize> Held<MTU> {
    const FREE: Self = Self {
        due: Instant::NEVER,
        again: Instant::NEVER,
        order: 0,
        way: Way::In,
        len: 0,
        octets: [0; MTU],
    };

    /// The frame arrives; perhaps once more later.
    const fn arrive(&mut self) {
        self.due = core::mem::replace(&mut self.again, Instant::NEVER);
    }
}

impl Fate<'_> {
    /// Decides what happens to the frame that has just begun its way.
    fn decide<const MTU: usize>(&mut self, held: &mut Held<MTU>, way: Way, now: Instant) {
        let faults = self.faults;
        self.tally.frames += 1;
        held.order = self.tally.frames;
        held.way = way;
        held.again = Instant::NEVER;
        let concerned = (self.concerns)(&held.octets[..held.len]);
        if concerned && self.is_lost(held, now) {
            self.tally.lost += 1;
            held.due = Instant::NEVER;
            return;
        }
        held.due = now + faults.delay + self.chance.up_to(faults.jitter);
        let last = &mut self.last[usize::from(way == Way::Out)];
        if concerned && self.chance.happens(faults.reordering) {
            self.tally.reordered += 1;
            held.due = held.due + self.chance.up_to(faults.late);
        } else {
            held.due = held.due.max(*last);
            *last = held.due;
        }
        if concerned && self.chance.happens(faults.duplication) {
            self.tally.duplicated += 1;
            held.again = held.due + self.chance.up_to(faults.late);
        }
        self.clock.wake_at(held.due);
    }

    /// Whether the frame is lost, by chance or as what happens to it would be noticed.
    fn is_lost<const MTU: usize>(&mut self, held: &mut Held<MTU>, now: Instant) -> bool {
        if self.chance.happens(self.faults.partition) {
            self.apart_until = self.apart_until.max(now + self.faults.partition_time);
        }
        now < self.apart_until
            || self.chance.happens(self.faults.loss)
            || (self.chance.happens(self.faults.corruption)
                && !self.corrupt(&mut held.octets[..held.len]))
    }

    /// Flips one bit; false where the link's own check would have found it.
    fn corrupt(&mut self, frame: &mut [u8]) -> bool {
        let bit = self.chance.below(8 * frame.len() as u64) as usize;
        let unchecked = match self.medium {
            #[cfg(feature = "ethernet")]
            Medium::Ethernet => {
                use smoltcp::wire::{EthernetFrame, EthernetProtocol};
                let header = EthernetFrame::<&[u8]>::header_len();
                bit >= 8 * header
                    && EthernetFrame::new_checked(&*frame)
                        .is_ok_and(|frame| frame.ethertype() != EthernetProtocol::Arp)
            }
            _ => !frame.is_empty(),
        };
        if unchecked {
            self.tally.corrupted += 1;
            frame[bit / 8] ^= 1 << (bit % 8);
        }
        unchecked
    }
}

/// A frame that arrived.
///
/// ```
/// use amphi_smoltcp::VirtualClock;
/// use amphi_smoltcp::link::{Faults, Faulty, Loopback};
/// use amphi_smoltcp::smoltcp::phy::{Device, Medium, RxToken, TxToken};
/// use amphi_smoltcp::smoltcp::time::Instant;
///
/// let clock = VirtualClock::new();
/// let link = Loopback::<1500, 8>::new(Medium::Ip);
/// let mut device = Faulty::<_, 1500, 16>::new(link, &clock, Faults::NONE, 7);
/// let room = device.transmit(Instant::ZERO).expect("the link is empty");
/// room.consume(3, |frame| frame.copy_from_slice(b"abc"));
/// let (frame, _answer) = device.receive(Instant::ZERO).expect("a frame");
/// frame.consume(|frame| assert_eq!(frame, b"abc"));
/// ```
#[derive(Debug)]
pub struct FaultyRx<'a>(&'a [u8]);

/// Room for a frame to send.
///
/// ```
/// use amphi_smoltcp::VirtualClock;
/// use amphi_smoltcp::link::{Faults, Faulty, Loopback};
/// use amphi_smoltcp::smoltcp::phy::{Device, Medium, TxToken};
/// use amphi_smoltcp::smoltcp::time::Instant;
///
/// let clock = VirtualClock::new();
/// let link = Loopback::<1500, 8>::new(Medium::Ip);
/// let mut device = Faulty::<_, 1500, 16>::new(link, &clock, Faults { loss: 1_000_000, ..Faults::NONE }, 7);
/// let room = device.transmit(Instant::ZERO).expect("the link is empty");
/// room.consume(3, |frame| frame.copy_from_slice(b"abc"));
/// assert!(device.receive(Instant::ZERO).is_none()); // each frame is lost
/// assert_eq!(device.tally().lost, 1);
/// ```
#[derive(Debug)]
pub struct FaultyTx<'a, 'c, const MTU: usize>(Room<'a, 'c, MTU>);

#[derive(Debug)]
struct Room<'a, 'c, const MTU: usize> {
    fate: &'a mut Fate<'c>,
    held: &'a mut Held<MTU>,
    is_spare: bool,
}

impl<'c, D: Device, const MTU: usize, const FRAMES: usize> Device for Faulty<'c, D, MTU, FRAMES> {
    type RxToken<'a>
        = FaultyRx<'a>
    where
        Self: 'a;
    type TxToken<'a>
        = FaultyTx<'a, 'c, MTU>
    where
        Self: 'a;

    fn receive(
        &mut self,
        _timestamp: smoltcp::time::Instant,
    ) -> Option<(FaultyRx<'_>, FaultyTx<'_, 'c, MTU>)> {
        let now = self.fate.clock.now();
        self.carry(now);
        let index = self.earliest(Way::In, now)?;
        let (arrived, held) = match self.free() {
            Some((free, _)) => {
                let [arrived, held] = self.held.get_disjoint_mut([index, free]).ok()?;
                (arrived, Some(held))
            }
            None => (&mut self.held[index], None),
        };
        arrived.arrive();
        let room = Room {
            fate: &mut self.fate,
            is_spare: held.is_none(),
            held: held.unwrap_or(&mut self.spare),
        };
        Some((FaultyRx(&arrived.octets[..arrived.len]), FaultyTx(room)))
    }

    fn transmit(&mut self, _timestamp: smoltcp::time::Instant) -> Option<FaultyTx<'_, 'c, MTU>> {
        self.carry(self.fate.clock.now());
        let Some((free, true)) = self.free() else {
            return None;
        };
        Some(FaultyTx(Room {
            fate: &mut self.fate,
            held: &mut self.held[free],
            is_spare: false,
        }))
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = self.device.capabilities();
        let mtu = &mut capabilities.max_transmission_unit;
        *mtu = MTU.min(*mtu);
        capabilities
    }
}

impl phy::RxToken for FaultyRx<'_> {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, f: F) -> R {
        f(self.0)
    }
}

impl<const MTU: usize> TxToken for FaultyTx<'_, '_, MTU> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, len: usize, f: F) -> R {
        let Room {
            fate,
            held,
            is_spare,
        } = self.0;
        held.len = len;
        let result = f(&mut held.octets[..len]);
        if is_spare {
            fate.tally.lost += 1;
        } else {
            fate.decide(held, Way::Out, fate.clock.now());
        }
        result
    }
}
