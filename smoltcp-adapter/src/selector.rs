use core::fmt;

use amphi_core::ErrorKind;
use amphi_core::select::{Event, Interest, Register, Registration, Selector};
use amphi_core::time::Duration;
use smoltcp::phy::Device;

use crate::engine::Watch;
use crate::{Platform, Stack, TcpListener, TcpStream, UdpSocket};

/// Waits for up to `N` sources of one [`Stack`], and drives it meanwhile.
///
/// A source is in one selector at a time. A source that is dropped while it is
/// registered is forgotten.
pub struct StackSelector<'net, 'a, D: Device, P: Platform, K, const N: usize> {
    stack: &'net Stack<'a, D, P>,
    id: u32,
    entries: [Option<Entry<K>>; N],
    len: usize,
}

#[derive(Clone, Copy)]
struct Entry<K> {
    slot: u16,
    key: K,
}

/// A source of a stack: the stack that it is of, and its slot there.
trait Source<'net, 'a, D, P> {
    fn source(&self) -> (&'net Stack<'a, D, P>, u16);
}

macro_rules! source {
    ($($socket:ident)*) => { $(
        impl<'net, 'a, D: Device, P: Platform> Source<'net, 'a, D, P> for $socket<'net, 'a, D, P> {
            fn source(&self) -> (&'net Stack<'a, D, P>, u16) {
                (self.stack, self.index)
            }
        }

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
                self.add(source, interest, key)
            }

            fn modify(
                &mut self,
                source: &$socket<'net, 'a, D, P>,
                interest: Interest,
                key: K,
            ) -> Result<(), ErrorKind> {
                self.change(source, interest, key)
            }

            fn unregister(&mut self, source: &$socket<'net, 'a, D, P>) -> Result<(), ErrorKind> {
                self.remove(source)
            }

            fn registration(&self, source: &$socket<'net, 'a, D, P>) -> Option<Registration<K>> {
                self.find(source).and_then(|watch| self.describe(watch))
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
            entries: [None; N],
            len: 0,
        }
    }

    /// This selector's hold on `source`, if it has one.
    fn find(&self, source: &impl Source<'net, 'a, D, P>) -> Option<Watch> {
        let (stack, slot) = source.source();
        let watch = core::ptr::eq(stack, self.stack)
            .then(|| stack.inner().watch(slot))
            .flatten();
        watch.filter(|watch| watch.selector == self.id)
    }

    fn describe(&self, watch: Watch) -> Option<Registration<K>> {
        let entry = self.entries.get(usize::from(watch.entry))?.as_ref()?;
        Some(Registration {
            key: entry.key,
            interest: watch.interest,
        })
    }

    fn add(
        &mut self,
        source: &impl Source<'net, 'a, D, P>,
        interest: Interest,
        key: K,
    ) -> Result<(), ErrorKind> {
        let (stack, slot) = source.source();
        if !core::ptr::eq(stack, self.stack) {
            return Err(ErrorKind::InvalidInput);
        }
        if stack.inner().watch(slot).is_some() {
            return Err(ErrorKind::AlreadyExists);
        }
        let entry = self.vacancy().ok_or(ErrorKind::Exhausted)?;
        self.entries[usize::from(entry)] = Some(Entry { slot, key });
        self.len += 1;
        stack.inner().set_watch(
            slot,
            Some(Watch {
                selector: self.id,
                entry,
                interest,
            }),
        );
        Ok(())
    }

    /// An unused entry; sources that were dropped make room.
    fn vacancy(&mut self) -> Option<u16> {
        if self.len == N {
            let inner = self.stack.inner();
            for (number, place) in (0..).zip(self.entries.iter_mut()) {
                let lives = |entry: &Entry<K>| {
                    inner
                        .watch(entry.slot)
                        .is_some_and(|watch| watch.selector == self.id && watch.entry == number)
                };
                if !place.as_ref().is_some_and(lives) {
                    *place = None;
                    self.len -= 1;
                }
            }
        }
        let free = self.entries.iter().position(Option::is_none)?;
        u16::try_from(free).ok()
    }

    fn change(
        &mut self,
        source: &impl Source<'net, 'a, D, P>,
        interest: Interest,
        key: K,
    ) -> Result<(), ErrorKind> {
        let watch = self.find(source).ok_or(ErrorKind::NotFound)?;
        let (stack, slot) = source.source();
        self.entries[usize::from(watch.entry)] = Some(Entry { slot, key });
        stack
            .inner()
            .set_watch(slot, Some(Watch { interest, ..watch }));
        Ok(())
    }

    fn remove(&mut self, source: &impl Source<'net, 'a, D, P>) -> Result<(), ErrorKind> {
        let watch = self.find(source).ok_or(ErrorKind::NotFound)?;
        let (stack, slot) = source.source();
        self.entries[usize::from(watch.entry)] = None;
        self.len -= 1;
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
        if events.is_empty() {
            return Err(ErrorKind::InvalidInput);
        }
        let mut count = 0;
        self.stack.drive_until(timeout, |inner| {
            inner.collect(self.id, |entry, ready| {
                let entry = self
                    .entries
                    .get(usize::from(entry))
                    .and_then(Option::as_ref);
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

    fn len(&self) -> usize {
        self.registrations().count()
    }

    fn registrations(&self) -> impl Iterator<Item = Registration<K>> {
        self.entries.iter().zip(0..).filter_map(|(entry, number)| {
            let watch = self.stack.inner().watch(entry.as_ref()?.slot)?;
            if watch.selector != self.id || watch.entry != number {
                return None;
            }
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
            .field("len", &self.len)
            .finish_non_exhaustive()
    }
}
