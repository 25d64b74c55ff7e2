use core::fmt;

use amphi_core::ErrorKind;
use amphi_core::select::{Event, Interest, Register, Registration, Selector};
use amphi_core::time::{Duration, Instant};
use smoltcp::phy::Device;

use super::stack::Source;
use super::{FlatListener, FlatStack, FlatStream, NoDatagram};
use crate::Platform;

/// Waits for the sockets of one [`FlatStack`], and drives it meanwhile. `N` is how many slots the
/// stack has, or fewer if the last of them are not used.
///
/// A source is in one selector at a time. A source that is dropped while it is
/// registered is forgotten.
///
/// ```
/// use amphi_core::select::{Event, Interest, Ready, Register, Selector};
/// use amphi_core::socket::Net;
/// use amphi_smoltcp::flat::FlatSelector;
///
/// # use amphi_smoltcp::flat::{FlatPool, FlatSlot, FlatStack, SocketStorage};
/// # use amphi_smoltcp::smoltcp::{phy::Medium, wire::HardwareAddress};
/// # use amphi_smoltcp::{Config, Loopback, VirtualClock};
/// # let mut buffers = [([0; 512], [0; 512]); 2];
/// # let mut sockets = [SocketStorage::EMPTY; 2];
/// # let mut slots = [const { FlatSlot::new() }; 2 + 1];
/// # let pool = FlatPool { buffers: &mut buffers, sockets: &mut sockets, slots: &mut slots };
/// # let device = Loopback::<1500, 8>::new(Medium::Ip);
/// # let stack = FlatStack::new(device, VirtualClock::new(), Config::new(HardwareAddress::Ip), pool)?;
/// # stack.add_address("127.0.0.1".parse().unwrap(), 8)?;
/// let net = &stack; // as in the example of the module, with three slots
/// let listener = net.tcp_listen("127.0.0.1:7".parse().unwrap(), 1)?;
/// let mut selector: FlatSelector<'_, '_, _, _, _, 3> = FlatSelector::new(net);
/// selector.register(&listener, Interest::READ, 'a')?;
///
/// let client = net.tcp_connect("127.0.0.1:7".parse().unwrap())?;
/// let mut events = [Event::new(' ', Ready::NONE); 4];
/// assert_eq!(selector.select(&mut events, None)?, 1);
/// assert_eq!(events[0], Event::new('a', Ready::READABLE));
/// # Ok::<(), amphi_core::ErrorKind>(())
/// ```
pub struct FlatSelector<'net, 'a, D, P, K, const N: usize> {
    stack: &'net FlatStack<'a, D, P>,
    id: u16,
    /// As the slots of the stack. An entry counts only while its slot has this selector's number.
    entries: [Option<Registration<K>>; N],
    /// Where the next `select` goes on.
    next: usize,
}

impl<'net, 'a, D: Device, P: Platform, K: Copy, const N: usize> FlatSelector<'net, 'a, D, P, K, N> {
    /// A selector for the sockets of `stack`.
    pub fn new(stack: &'net FlatStack<'a, D, P>) -> Self {
        let mut inner = stack.inner();
        inner.last_selector = inner.last_selector.wrapping_add(1).max(1);
        Self {
            stack,
            id: inner.last_selector,
            entries: [const { None }; N],
            next: 0,
        }
    }

    /// What this selector has of a slot.
    fn entry(&self, index: usize) -> Option<Registration<K>> {
        let entry = self.entries.get(index).copied().flatten();
        entry.filter(|_| self.stack.inner().sockets.watcher(index) == self.id)
    }

    fn find(&self, source: &Source<'_, 'a, D, P>) -> Option<Registration<K>> {
        let is_here = core::ptr::eq(source.stack, self.stack);
        self.entry(source.index).filter(|_| is_here)
    }

    fn put(
        &mut self,
        source: &Source<'_, 'a, D, P>,
        entry: Option<Registration<K>>,
        is_new: bool,
    ) -> Result<(), ErrorKind> {
        if !core::ptr::eq(source.stack, self.stack) {
            return Err(ErrorKind::InvalidInput);
        }
        let index = source.index;
        let mut inner = self.stack.inner();
        let place = self.entries.get_mut(index).ok_or(ErrorKind::Exhausted)?;
        let slot = inner
            .sockets
            .slots
            .get_mut(index)
            .ok_or(ErrorKind::Exhausted)?;
        if is_new {
            if slot.selector != 0 {
                return Err(ErrorKind::AlreadyExists);
            }
        } else if slot.selector != self.id {
            return Err(ErrorKind::NotFound);
        }
        slot.selector = if entry.is_some() { self.id } else { 0 };
        *place = entry;
        Ok(())
    }
}

macro_rules! source {
    ($($socket:ident)*) => { $(
        impl<'net, 'a, D: Device, P: Platform, K: Copy, const N: usize>
            Register<$socket<'net, 'a, D, P>> for FlatSelector<'net, 'a, D, P, K, N>
        {
            fn register(
                &mut self,
                source: &$socket<'net, 'a, D, P>,
                interest: Interest,
                key: K,
            ) -> Result<(), ErrorKind> {
                self.put(&source.source, Some(Registration { key, interest }), true)
            }

            fn modify(
                &mut self,
                source: &$socket<'net, 'a, D, P>,
                interest: Interest,
                key: K,
            ) -> Result<(), ErrorKind> {
                self.put(&source.source, Some(Registration { key, interest }), false)
            }

            fn unregister(&mut self, source: &$socket<'net, 'a, D, P>) -> Result<(), ErrorKind> {
                self.put(&source.source, None, false)
            }

            fn registration(&self, source: &$socket<'net, 'a, D, P>) -> Option<Registration<K>> {
                self.find(&source.source)
            }
        }
    )* };
}

source!(FlatStream FlatListener);

impl<D: Device, P: Platform, K: Copy, const N: usize> Register<NoDatagram>
    for FlatSelector<'_, '_, D, P, K, N>
{
    fn register(&mut self, source: &NoDatagram, _: Interest, _: K) -> Result<(), ErrorKind> {
        match *source {}
    }

    fn modify(&mut self, source: &NoDatagram, _: Interest, _: K) -> Result<(), ErrorKind> {
        match *source {}
    }

    fn unregister(&mut self, source: &NoDatagram) -> Result<(), ErrorKind> {
        match *source {}
    }

    fn registration(&self, source: &NoDatagram) -> Option<Registration<K>> {
        match *source {}
    }
}

impl<D: Device, P: Platform, K: Copy, const N: usize> Selector
    for FlatSelector<'_, '_, D, P, K, N>
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

    #[inline(never)] // less code
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
        self.stack.drive_until(until, |inner| {
            for _ in 0..N {
                self.next = if self.next < N { self.next } else { 0 };
                let index = self.next;
                if let Some(Some(entry)) = self.entries.get(index)
                    && inner.sockets.watcher(index) == self.id
                {
                    let ready = inner.sockets.readiness(index).widen(entry.interest);
                    if !ready.is_none() {
                        let Some(event) = events.get_mut(count) else {
                            break;
                        };
                        *event = Event::new(entry.key, ready);
                        count += 1;
                    }
                }
                self.next += 1;
            }
            count > 0
        });
        Ok(count)
    }

    fn is_flat() -> bool {
        true
    }

    fn flush(&mut self) {
        self.stack.drive();
    }

    fn len(&self) -> usize {
        self.registrations().count()
    }

    fn registrations(&self) -> impl Iterator<Item = Registration<K>> {
        (0..N).filter_map(|index| self.entry(index))
    }
}

impl<D, P, K, const N: usize> Drop for FlatSelector<'_, '_, D, P, K, N> {
    fn drop(&mut self) {
        self.stack.forget(self.id);
    }
}

impl<D, P, K, const N: usize> fmt::Debug for FlatSelector<'_, '_, D, P, K, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FlatSelector")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}
