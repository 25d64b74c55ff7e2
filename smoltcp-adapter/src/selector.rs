use core::fmt;

use amphi_core::ErrorKind;
use amphi_core::select::{Event, Interest, Register, Registration, Selector};
use amphi_core::time::{Duration, Instant};
use smoltcp::phy::Device;

use crate::engine::{Inner, Watch};
use crate::{Platform, Stack, TcpListener, TcpStream, UdpSocket};

/// Waits for up to `N` sources of one [`Stack`], and drives it meanwhile.
///
/// A source is in one selector at a time. A source that is dropped while it is
/// registered is forgotten.
///
/// ```
/// use amphi_core::select::{Event, Interest, Ready, Register, Selector};
/// use amphi_core::socket::{Datagram, Net, Socket};
/// use amphi_smoltcp::StackSelector;
/// use core::time::Duration;
///
/// # use amphi_smoltcp::smoltcp::{phy::Medium, wire::HardwareAddress};
/// # use amphi_smoltcp::{Config, Loopback, Pool, Slot, Stack, TcpPlace, UdpPlace, VirtualClock};
/// # let mut tcp = [const { TcpPlace::<512, 512>::new() }; 2];
/// # let mut udp = [const { UdpPlace::<512, 4>::new() }; 2];
/// # let mut slots = [const { Slot::new() }; 5];
/// # let pool = Pool { tcp: &mut tcp, udp: &mut udp, slots: &mut slots };
/// # let mut config = Config::new(HardwareAddress::Ip);
/// # config.device_loops_back = true;
/// # let link = Loopback::<1500, 8>::new(Medium::Ip);
/// # let stack = Stack::new(link, VirtualClock::new(), config, pool)?;
/// # stack.add_address("127.0.0.1".parse().unwrap(), 8)?;
/// let net = &stack; // as in the example of `Stack`
/// let mut selector = StackSelector::<_, _, char, 4>::new(net); // up to four sources
/// let mut socket = net.udp_bind("127.0.0.1:7".parse().unwrap())?;
/// selector.register(&socket, Interest::READ, 'a')?;
///
/// let mut events = [Event::new(' ', Ready::NONE); 4];
/// assert_eq!(selector.select(&mut events, Some(Duration::from_secs(60)))?, 0);
/// assert_eq!(net.now().as_micros(), 60_000_000); // in no time, on a virtual clock
/// socket.send_to(b"to myself", &socket.local()?)?;
/// assert_eq!(selector.select(&mut events, None)?, 1);
/// assert_eq!(events[0], Event::new('a', Ready::READABLE));
/// # Ok::<(), amphi_core::ErrorKind>(())
/// ```
pub struct StackSelector<'net, 'a, D: Device, P: Platform, K, const N: usize> {
    stack: &'net Stack<'a, D, P>,
    id: u32,
    entries: [Place<K>; N],
    /// The first of the vacant entries.
    vacant: u16,
}

#[derive(Clone, Copy)]
enum Place<K> {
    /// The number of the next vacant entry, if there is one.
    Vacant(u16),
    Used(Entry<K>),
}

impl<K> Place<K> {
    const fn entry(&self) -> Option<&Entry<K>> {
        match self {
            Self::Used(entry) => Some(entry),
            Self::Vacant(_) => None,
        }
    }
}

#[derive(Clone, Copy)]
struct Entry<K> {
    slot: u16,
    key: K,
}

macro_rules! source {
    ($($socket:ident)*) => { $(
        impl<'net, 'a, D, P, K, const N: usize> Register<$socket<'net, 'a, D, P>>
            for StackSelector<'net, 'a, D, P, K, N>
        where
            D: Device,
            P: Platform,
            K: Copy,
        {
            fn register(
                &mut self,
                source: &$socket<'net, 'a, D, P>,
                interest: Interest,
                key: K,
            ) -> Result<(), ErrorKind> {
                self.add(source.stack, source.index, interest, key)
            }

            fn modify(
                &mut self,
                source: &$socket<'net, 'a, D, P>,
                interest: Interest,
                key: K,
            ) -> Result<(), ErrorKind> {
                self.change(source.stack, source.index, interest, key)
            }

            fn unregister(&mut self, source: &$socket<'net, 'a, D, P>) -> Result<(), ErrorKind> {
                self.remove(source.stack, source.index)
            }

            fn registration(&self, source: &$socket<'net, 'a, D, P>) -> Option<Registration<K>> {
                self.find(source.stack, source.index)
                    .and_then(|watch| self.describe(watch))
            }
        }
    )* };
}

source!(TcpStream TcpListener UdpSocket);

impl<'net, 'a, D, P, K, const N: usize> StackSelector<'net, 'a, D, P, K, N>
where
    D: Device,
    P: Platform,
    K: Copy,
{
    /// A selector of `stack` that watches nothing yet.
    #[must_use]
    pub fn new(stack: &'net Stack<'a, D, P>) -> Self {
        let id = stack.inner().new_selector();
        Self {
            stack,
            id,
            entries: core::array::from_fn(|number| {
                Place::Vacant(u16::try_from(number + 1).unwrap_or(u16::MAX))
            }),
            vacant: 0,
        }
    }

    /// This selector's hold on `source`, if it has one.
    fn find(&self, stack: &Stack<'a, D, P>, slot: u16) -> Option<Watch> {
        let watch = core::ptr::eq(stack, self.stack)
            .then(|| stack.inner().watch(slot))
            .flatten();
        watch.filter(|watch| watch.selector == self.id)
    }

    fn describe(&self, watch: Watch) -> Option<Registration<K>> {
        let entry = self.entries.get(usize::from(watch.entry))?.entry()?;
        Some(Registration {
            key: entry.key,
            interest: watch.interest,
        })
    }

    fn add(
        &mut self,
        stack: &Stack<'a, D, P>,
        slot: u16,
        interest: Interest,
        key: K,
    ) -> Result<(), ErrorKind> {
        if !core::ptr::eq(stack, self.stack) {
            return Err(ErrorKind::InvalidInput);
        }
        if usize::from(self.vacant) >= N {
            self.forget_dropped();
        }
        let mut inner = stack.inner();
        if inner.watch(slot).is_some() {
            return Err(ErrorKind::AlreadyExists);
        }
        let entry = self.vacant;
        let place = self.entries.get_mut(usize::from(entry));
        let place = place.ok_or(ErrorKind::Exhausted)?;
        if let Place::Vacant(next) = *place {
            self.vacant = next;
        }
        *place = Place::Used(Entry { slot, key });
        let watch = Watch {
            selector: self.id,
            entry,
            interest,
        };
        inner.set_watch(slot, Some(watch));
        Ok(())
    }

    fn vacate(&mut self, number: u16) {
        if let Some(place) = self.entries.get_mut(usize::from(number)) {
            *place = Place::Vacant(self.vacant);
            self.vacant = number;
        }
    }

    /// Sources that were dropped while they were registered make room.
    fn forget_dropped(&mut self) {
        for number in 0..u16::try_from(N).unwrap_or(u16::MAX) {
            let entry = self.entries[usize::from(number)].entry();
            let slot = entry.map(|entry| entry.slot);
            if slot.is_some_and(|slot| !self.holds(slot, number)) {
                self.vacate(number);
            }
        }
    }

    /// Whether the slot is still what the entry of that number was made for.
    fn holds(&self, slot: u16, number: u16) -> bool {
        self.stack
            .inner()
            .watch(slot)
            .is_some_and(|watch| watch.selector == self.id && watch.entry == number)
    }

    fn change(
        &mut self,
        stack: &Stack<'a, D, P>,
        slot: u16,
        interest: Interest,
        key: K,
    ) -> Result<(), ErrorKind> {
        let watch = self.find(stack, slot).ok_or(ErrorKind::NotFound)?;
        self.entries[usize::from(watch.entry)] = Place::Used(Entry { slot, key });
        stack
            .inner()
            .set_watch(slot, Some(Watch { interest, ..watch }));
        Ok(())
    }

    fn remove(&mut self, stack: &Stack<'a, D, P>, slot: u16) -> Result<(), ErrorKind> {
        let watch = self.find(stack, slot).ok_or(ErrorKind::NotFound)?;
        self.vacate(watch.entry);
        stack.inner().set_watch(slot, None);
        Ok(())
    }
}

impl<D, P, K, const N: usize> Selector for StackSelector<'_, '_, D, P, K, N>
where
    D: Device,
    P: Platform,
    K: Copy,
{
    type Key = K;
    type Error = ErrorKind;

    fn select(
        &mut self,
        events: &mut [Event<K>],
        timeout: Option<Duration>,
    ) -> Result<usize, ErrorKind> {
        let stack = self.stack;
        self.select_until(events, stack.after(timeout), || stack.platform().now())
    }

    fn select_until(
        &mut self,
        events: &mut [Event<K>],
        until: Instant,
        _: impl FnOnce() -> Instant,
    ) -> Result<usize, ErrorKind> {
        if events.is_empty() {
            return Err(ErrorKind::InvalidInput);
        }
        let mut count = 0;
        self.stack.drive_until(until, &mut |inner| {
            inner.collect(self.id, |entry, ready| {
                let entry = self.entries.get(usize::from(entry)).and_then(Place::entry);
                if let (Some(entry), Some(event)) = (entry, events.get_mut(count)) {
                    *event = Event::new(entry.key, ready);
                    count += 1;
                }
                count < events.len()
            });
            count > 0
        });
        Ok(count)
    }

    #[inline]
    fn flush(&mut self) {
        self.stack.with_edge(Inner::send);
    }

    fn len(&self) -> usize {
        self.registrations().count()
    }

    fn registrations(&self) -> impl Iterator<Item = Registration<K>> {
        self.entries.iter().zip(0..).filter_map(|(entry, number)| {
            let slot = entry.entry()?.slot;
            if !self.holds(slot, number) {
                return None;
            }
            let watch = self.stack.inner().watch(slot)?;
            self.describe(watch)
        })
    }
}

impl<D: Device, P: Platform, K, const N: usize> Drop for StackSelector<'_, '_, D, P, K, N> {
    fn drop(&mut self) {
        self.stack.inner().forget(self.id);
    }
}

impl<D: Device, P: Platform, K, const N: usize> fmt::Debug for StackSelector<'_, '_, D, P, K, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StackSelector")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}
