use core::fmt;
use std::os::fd::{AsFd, AsRawFd};

use amphi_core::ErrorKind;
use amphi_core::select::{Event, Interest, Registration, Selector};
use amphi_core::time::Duration;

use super::Uring;
use super::driver::Inner;
use super::entry::{Kind, Watch};
use super::foreign::{Known, watch_foreign};
use super::table::told;
use crate::HostError;
use crate::select::{Timer, Waker, Wakers};

/// Watches the sockets of a [`Uring`], and drives it; and the host's own sockets with it.
///
/// A turn is one `io_uring_enter(2)`, whatever is to be done: it sends what was written,
/// asks for what is wanted, and waits. It costs what is ready.
///
/// ```
/// use amphi_core::select::{Event, Interest, Ready, Register, Selector};
/// use amphi_core::socket::{Datagram, Net, Socket};
/// use amphi_std::{Uring, UringSelector};
///
/// let Ok(uring) = Uring::new() else {
///     return Ok(()); // The kernel refuses.
/// };
/// let mut socket = (&uring).udp_bind("127.0.0.1:0".parse().unwrap())?;
/// let mut selector = UringSelector::new(&uring);
/// selector.register(&socket, Interest::READ, "the socket")?;
///
/// socket.send_to(b"to myself", &socket.local()?)?;
/// let mut events = [Event::new("", Ready::NONE); 8];
/// assert_eq!(selector.select(&mut events, None)?, 1);
/// assert_eq!(events[0], Event::new("the socket", Ready::READABLE));
/// # Ok::<(), amphi_std::HostError>(())
/// ```
pub struct UringSelector<'r, K> {
    pub(super) uring: &'r Uring,
    /// Its number in the ring.
    pub(super) number: u32,
    /// By the source's token.
    keys: Vec<Option<Registration<K>>>,
    len: usize,
    pub(super) foreign: Vec<Known>,
    wakers: Wakers,
    waker: Option<u32>,
}

impl<'r, K: Copy> UringSelector<'r, K> {
    /// A selector of `uring` that watches nothing.
    #[must_use]
    pub fn new(uring: &'r Uring) -> Self {
        Self {
            uring,
            number: uring.inner().new_queue(),
            keys: Vec::new(),
            len: 0,
            foreign: Vec::new(),
            wakers: Wakers::new(),
            waker: None,
        }
    }

    /// A waker of this selector. The first costs a descriptor.
    ///
    /// # Errors
    ///
    /// `Exhausted` without a free descriptor or memory (`eventfd(2)`).
    pub fn waker(&mut self) -> Result<Waker, HostError> {
        let (uring, number, token) = (self.uring, self.number, &mut self.waker);
        self.wakers.give(|source| {
            let raw = source.as_fd().as_raw_fd();
            *token = Some(watch_foreign(
                &mut uring.inner(),
                raw,
                number,
                Interest::READ,
            ));
            Ok(())
        })
    }

    pub(super) fn add(
        &mut self,
        token: u32,
        registration: Registration<K>,
    ) -> Result<(), HostError> {
        let mut inner = self.uring.inner();
        let Some(entry) = inner.table.get(token) else {
            return Err(unknown("register"));
        };
        if entry.watch.is_some() {
            return Err(HostError::refused("register", ErrorKind::AlreadyExists));
        }
        watch(&mut inner, token, self.number, registration.interest);
        drop(inner);
        self.keep(token, registration);
        Ok(())
    }

    pub(super) fn keep(&mut self, token: u32, registration: Registration<K>) {
        let index = token as usize;
        if index >= self.keys.len() {
            self.keys.resize_with(index + 1, || None);
        }
        // Whatever was here had the number of a source that was dropped.
        self.len += usize::from(self.keys[index].is_none());
        self.keys[index] = Some(registration);
    }

    pub(super) fn change(
        &mut self,
        token: u32,
        registration: Registration<K>,
    ) -> Result<(), HostError> {
        if self.find(token).is_none() {
            return Err(unknown("modify"));
        }
        let mut inner = self.uring.inner();
        inner.table.unmark(token);
        watch(&mut inner, token, self.number, registration.interest);
        drop(inner);
        self.keep(token, registration);
        Ok(())
    }

    pub(super) fn remove(&mut self, token: u32) -> Result<(), HostError> {
        if self.find(token).is_none() {
            return Err(unknown("unregister"));
        }
        let mut inner = self.uring.inner();
        unwatch(&mut inner, token);
        drop(inner);
        self.forget(token);
        Ok(())
    }

    pub(super) fn forget(&mut self, token: u32) {
        let place = self.keys.get_mut(token as usize).and_then(Option::take);
        self.len -= usize::from(place.is_some());
    }

    pub(super) fn find(&self, token: u32) -> Option<Registration<K>> {
        let mut inner = self.uring.inner();
        let watch = inner.table.get(token)?.watch?;
        let is_ours = watch.selector == self.number;
        self.keys.get(token as usize).copied()?.filter(|_| is_ours)
    }

    /// Checks that a source is of this ring.
    pub(super) fn own(&self, uring: &Uring, token: u32) -> Result<u32, HostError> {
        if core::ptr::eq(self.uring, uring) {
            Ok(token)
        } else {
            Err(HostError::refused("register", ErrorKind::InvalidInput))
        }
    }

    /// Fills `events` from the queue, and tells how many, and whether it was woken.
    #[inline]
    fn fill(&self, inner: &mut Inner, events: &mut [Event<K>]) -> (usize, bool) {
        let (mut count, mut woken) = (0, false);
        let table = &mut inner.table;
        while count < events.len() {
            let queue = table.queues[self.number as usize].as_mut();
            let Some(token) = queue.and_then(|queue| queue.ready.pop_front()) else {
                break;
            };
            let Some(entry) = table.get(token) else {
                continue;
            };
            let ready = entry.report();
            if ready.is_none() {
                entry.queued = false;
                continue;
            }
            if self.waker == Some(token) {
                woken = true;
            } else if let Some(Some(registration)) = self.keys.get(token as usize) {
                events[count] = Event::new(registration.key, ready);
                count += 1;
            }
            if let Kind::Foreign(foreign) = &mut entry.kind {
                told(foreign);
                entry.queued = false;
                table.touch(token);
            } else if let Some(queue) = &mut table.queues[self.number as usize] {
                queue.recent.push(token);
            }
        }
        (count, woken)
    }
}

/// Keeps those in the queue that were reported and are still ready.
#[inline]
fn refresh(inner: &mut Inner, number: u32) {
    let table = &mut inner.table;
    let Some(queue) = &mut table.queues[number as usize] else {
        return;
    };
    let mut recent = core::mem::take(&mut queue.recent);
    for token in recent.drain(..) {
        if let Some(entry) = table.get(token) {
            entry.queued = false;
            table.mark(token);
        }
    }
    if let Some(queue) = &mut table.queues[number as usize] {
        queue.recent = recent;
    }
}

/// From now on the selector `number` watches the source.
pub(super) fn watch(inner: &mut Inner, token: u32, number: u32, interest: Interest) {
    if let Some(entry) = inner.table.get(token) {
        entry.watch = Some(Watch {
            selector: number,
            interest,
        });
        if let Some(listener) = entry.listener() {
            listener.wanted = interest.is_readable();
        }
    }
    inner.table.touch(token);
    inner.table.mark(token);
}

fn unwatch(inner: &mut Inner, token: u32) {
    inner.table.unmark(token);
    if let Some(entry) = inner.table.get(token) {
        entry.watch = None;
        if let Some(listener) = entry.listener() {
            listener.wanted = false;
        }
    }
    inner.table.touch(token);
}

pub(super) fn unknown(call: &'static str) -> HostError {
    HostError::refused(call, ErrorKind::NotFound)
}

impl<K: Copy> Selector for UringSelector<'_, K> {
    type Key = K;
    type Error = HostError;

    fn select(
        &mut self,
        events: &mut [Event<K>],
        timeout: Option<Duration>,
    ) -> Result<usize, HostError> {
        if events.is_empty() {
            return Err(HostError::refused("select", ErrorKind::InvalidInput));
        }
        let mut inner = self.uring.inner();
        refresh(&mut inner, self.number);
        let mut timer = Timer::start(timeout);
        loop {
            let queue = &inner.table.queues[self.number as usize];
            let is_ready = queue.as_ref().is_some_and(|queue| !queue.ready.is_empty());
            let patience = if is_ready {
                Some(Duration::ZERO)
            } else {
                timer.left()
            };
            inner.turn(patience)?;
            let (count, woken) = self.fill(&mut inner, events);
            if woken {
                self.wakers.acknowledge();
            }
            if count > 0 || woken {
                return Ok(count);
            }
            if timer.is_over() {
                return Ok(0);
            }
        }
    }

    fn len(&self) -> usize {
        self.len
    }

    fn registrations(&self) -> impl Iterator<Item = Registration<K>> {
        self.keys.iter().copied().flatten()
    }
}

impl<K> Drop for UringSelector<'_, K> {
    fn drop(&mut self) {
        let mut inner = self.uring.inner();
        for index in 0..self.keys.len() {
            let token = index as u32;
            let entry = inner.table.get(token);
            if entry.is_some_and(|entry| {
                entry
                    .watch
                    .is_some_and(|watch| watch.selector == self.number)
            }) {
                unwatch(&mut inner, token);
            }
        }
        let ours = self
            .foreign
            .iter()
            .map(|known| known.token)
            .chain(self.waker);
        for token in ours {
            inner.table.release(token);
        }
        // The kernel lets go of the files.
        let _ = inner.turn(Some(Duration::ZERO));
        inner.table.queues[self.number as usize] = None;
    }
}

impl<K> fmt::Debug for UringSelector<'_, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UringSelector")
            .field("len", &self.len)
            .finish_non_exhaustive()
    }
}
