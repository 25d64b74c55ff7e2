use core::cell::Cell;
use core::fmt;

use amphi_core::ErrorKind;
use amphi_core::time::Instant;
use smoltcp::phy::Device;

use crate::{Platform, Stack, VirtualClock};

/// Something that a wait elsewhere must keep going: a stack.
///
/// ```
/// use amphi_core::time::Instant;
/// use amphi_smoltcp::Drive;
///
/// /// Something in a simulation besides the stacks, that wants a turn each second.
/// struct Heart(Instant);
///
/// impl Drive for Heart {
///     fn drive(&self) -> Instant {
///         self.0 + core::time::Duration::from_secs(1)
///     }
/// }
///
/// assert_eq!(Heart(Instant::ORIGIN).drive().as_micros(), 1_000_000);
/// ```
pub trait Drive {
    /// Moves what can be moved now, and tells when to call again at the latest.
    fn drive(&self) -> Instant;
}

impl<D: Device, P: Platform> Drive for Stack<'_, D, P> {
    fn drive(&self) -> Instant {
        Stack::drive(self)
    }
}

/// A virtual clock that at most `STACKS` stacks of one simulation share: while one
/// waits, all of them have their turns, and time goes on to what comes next in any.
///
/// ```
/// use amphi_core::socket::{Blocking, Net};
/// use amphi_smoltcp::link::Pair;
/// use amphi_smoltcp::smoltcp::{phy::Medium, wire::HardwareAddress};
/// use amphi_smoltcp::{Config, Pool, SharedClock, Slot, Stack, TcpPlace, UdpPlace};
///
/// let (clock, mut pair) = (SharedClock::<2>::new(), Pair::<1500, 16>::new(Medium::Ip));
/// let mut tcp = [(); 2].map(|()| [const { TcpPlace::<512, 512>::new() }; 1]);
/// let mut udp = [(); 2].map(|()| [const { UdpPlace::<512, 4>::new() }; 0]);
/// let mut slots = [(); 2].map(|()| [const { Slot::new() }; 2]);
/// let (left, right) = pair.split();
///
/// let ([t1, t2], [u1, u2], [s1, s2]) = (&mut tcp, &mut udp, &mut slots);
/// let config = Config::new(HardwareAddress::Ip);
/// let server = Stack::new(left, &clock, config, Pool { tcp: t1, udp: u1, slots: s1 })?;
/// let client = Stack::new(right, &clock, config, Pool { tcp: t2, udp: u2, slots: s2 })?;
/// server.add_address("192.0.2.1".parse().unwrap(), 24)?;
/// client.add_address("192.0.2.2".parse().unwrap(), 24)?;
/// clock.join(&server)?;
/// clock.join(&client)?;
///
/// let mut listener = Blocking::new((&server).tcp_listen("192.0.2.1:7".parse().unwrap(), 1)?);
/// let mut stream = Blocking::connect(&client, "192.0.2.1:7".parse().unwrap(), None)?;
/// stream.write(b"hello")?;
/// let (mut accepted, _) = listener.accept()?;
/// assert_eq!(accepted.read(&mut [0; 16])?, 5);
/// # Ok::<(), amphi_core::ErrorKind>(())
/// ```
pub struct SharedClock<'net, const STACKS: usize> {
    clock: VirtualClock,
    stacks: [Cell<Option<&'net (dyn Drive + 'net)>>; STACKS],
}

impl<'net, const STACKS: usize> SharedClock<'net, STACKS> {
    /// A clock at its origin that no stack shares yet.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            clock: VirtualClock::new(),
            stacks: [const { Cell::new(None) }; STACKS],
        }
    }

    /// Gives `stack` its turns while others wait.
    ///
    /// # Errors
    ///
    /// `Exhausted` when `STACKS` stacks have joined.
    pub fn join(&self, stack: &'net (dyn Drive + 'net)) -> Result<(), ErrorKind> {
        let free = self.stacks.iter().find(|place| place.get().is_none());
        free.ok_or(ErrorKind::Exhausted)?.set(Some(stack));
        Ok(())
    }

    /// The clock itself.
    pub const fn clock(&self) -> &VirtualClock {
        &self.clock
    }

    /// Gives each stack a turn, and tells the earliest time for the next.
    fn turn(&self) -> Instant {
        self.stacks
            .iter()
            .filter_map(Cell::get)
            .map(Drive::drive)
            .min()
            .unwrap_or(Instant::NEVER)
    }
}

impl<const STACKS: usize> Default for SharedClock<'_, STACKS> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const STACKS: usize> Platform for SharedClock<'_, STACKS> {
    fn now(&self) -> Instant {
        self.clock.now()
    }

    fn wait(&self, until: Instant) {
        // What one stack sends in the first round, another takes in at the latest
        // in the second, and then asks for another turn at once.
        let next = self.turn().min(self.turn());
        if next > self.now() {
            self.clock.wait(next.min(until));
        }
    }

    fn take_wakeup(&self) -> bool {
        self.clock.take_wakeup()
    }
}

impl<const STACKS: usize> fmt::Debug for SharedClock<'_, STACKS> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedClock")
            .field("clock", &self.clock)
            .finish_non_exhaustive()
    }
}
