use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};

use amphi_core::select::{Event, Interest, Ready, Registration};
use amphi_core::time::Duration;
use amphi_core::{Error, ErrorKind};

use super::Waker;
use super::frame::{Look, over};
use super::table::Table;
use super::waker::Wakers;
use crate::HostError;
use crate::sys::{self, Action, Filter, KqueueEvent, PollFd};

/// Watches by kqueue(2) of macOS and FreeBSD: a turn costs what is ready, not
/// what is registered.
///
/// Reading and writing are two filters of the kernel's, which are reported as
/// one event. One kevent(2) a turn, one for each change. An end of file does not
/// tell there whether the peer is gone altogether; so a source that reports one is looked
/// at once more by poll(2), without waiting.
///
/// The queue is not inherited by a child of fork(2).
///
/// ```
/// use amphi_core::select::{Event, Interest, Ready, Register, Selector};
/// use amphi_core::socket::{Datagram, Net, Socket};
/// use amphi_std::{Host, KqueueSelector};
///
/// # fn main() -> Result<(), amphi_std::HostError> {
/// let mut socket = Host.udp_bind("127.0.0.1:0".parse().unwrap())?;
/// let mut selector = KqueueSelector::new()?;
/// selector.register(&socket, Interest::READ, "the socket")?;
///
/// socket.send_to(b"to myself", &socket.local()?)?;
/// let mut events = [Event::new("", Ready::NONE); 8];
/// assert_eq!(selector.select(&mut events, None)?, 1);
/// assert_eq!(events[0], Event::new("the socket", Ready::READABLE));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct KqueueSelector<K> {
    queue: OwnedFd,
    table: Table<Watched<K>>,
    /// The number of the last wait. It wraps after 2^64.
    wait: u64,
    buffer: Vec<KqueueEvent>,
    wakers: Wakers,
}

/// A registration, and where its event is among those of a wait.
#[derive(Debug)]
struct Watched<K> {
    registration: Registration<K>,
    wait: u64,
    place: usize,
}

/// What one batch of the kernel's events came to.
struct Batch {
    filled: usize,
    woken: bool,
}

impl<K: Copy> KqueueSelector<K> {
    /// A selector that watches nothing.
    ///
    /// # Errors
    ///
    /// `Exhausted` without a free descriptor or memory (kqueue(2)).
    pub fn new() -> Result<Self, HostError> {
        Ok(Self {
            queue: sys::kqueue_create()?,
            table: Table::new(),
            wait: 0,
            buffer: Vec::new(),
            wakers: Wakers::new(),
        })
    }

    /// A waker of this selector. The first costs two descriptors: a pipe, as write(2) may
    /// be called in a signal handler, and kevent(2) may not.
    ///
    /// # Errors
    ///
    /// `Exhausted` without a free descriptor or memory (pipe(2)).
    pub fn waker(&mut self) -> Result<Waker, HostError> {
        let queue = self.queue.as_fd();
        self.wakers.give(|source| {
            let raw = source.as_fd().as_raw_fd();
            let change = KqueueEvent::change(raw, Filter::Read, Action::Add);
            sys::kqueue_change(queue, &[change])
        })
    }

    fn add(&mut self, fd: BorrowedFd<'_>, registration: Registration<K>) -> Result<(), HostError> {
        let raw = fd.as_raw_fd();
        if let Some(watched) = self.table.get(raw) {
            // The kernel forgets the filters of a descriptor that is closed.
            match self.apply(&[probe(raw, watched.registration.interest)]) {
                Ok(()) => return Err(refused("register", ErrorKind::AlreadyExists)),
                Err(error) if is_unknown(&error) => {}
                Err(error) => return Err(error),
            }
        }
        let mut changes = Changes::new();
        changes.between(raw, NOWHERE, filters(registration.interest));
        if let Err(error) = self.apply(changes.as_slice()) {
            for filter in FILTERS {
                // One of two may be there already.
                let _ = self.apply(&[KqueueEvent::change(raw, filter, Action::Delete)]);
            }
            return Err(error);
        }
        self.table.insert(
            raw,
            Watched {
                registration,
                wait: 0,
                place: 0,
            },
        );
        Ok(())
    }

    fn change(
        &mut self,
        fd: BorrowedFd<'_>,
        registration: Registration<K>,
    ) -> Result<(), HostError> {
        let raw = fd.as_raw_fd();
        let watched = self.table.get(raw).ok_or_else(|| unknown("modify"))?;
        let from = watched.registration.interest;
        let mut changes = Changes::new();
        changes.push(probe(raw, from));
        changes.between(raw, filters(from), filters(registration.interest));
        self.apply(changes.as_slice())
            .map_err(|error| told("modify", error))?;
        if let Some(watched) = self.table.get_mut(raw) {
            watched.registration = registration;
        }
        Ok(())
    }

    fn remove(&mut self, fd: BorrowedFd<'_>) -> Result<(), HostError> {
        let raw = fd.as_raw_fd();
        let watched = self
            .table
            .remove(raw)
            .ok_or_else(|| unknown("unregister"))?;
        let mut changes = Changes::new();
        changes.between(raw, filters(watched.registration.interest), NOWHERE);
        self.apply(changes.as_slice())
            .map_err(|error| told("unregister", error))
    }

    fn apply(&self, changes: &[KqueueEvent]) -> Result<(), HostError> {
        sys::kqueue_change(self.queue.as_fd(), changes)
    }

    /// Translates the first `count` events of the buffer: both filters of a source
    /// are one event.
    fn translate(&mut self, count: usize, events: &mut [Event<K>]) -> Batch {
        self.wait = self.wait.wrapping_add(1);
        let waker = self.wakers.source().map(|it| it.as_fd().as_raw_fd());
        let mut batch = Batch {
            filled: 0,
            woken: false,
        };
        for raw in &self.buffer[..count] {
            if Some(raw.fd()) == waker {
                batch.woken = true;
                continue;
            }
            let Some(watched) = self.table.get_mut(raw.fd()) else {
                continue;
            };
            let Registration { key, interest } = watched.registration;
            let ready = whole(raw, interest).widen(interest);
            if ready.is_none() {
                continue;
            }
            if watched.wait == self.wait {
                events[watched.place].ready |= ready;
            } else {
                (watched.wait, watched.place) = (self.wait, batch.filled);
                events[batch.filled] = Event::new(key, ready);
                batch.filled += 1;
            }
        }
        batch
    }

    /// One kevent(2), of `left` at the most.
    fn look(&mut self, events: &mut [Event<K>], left: Option<Duration>) -> Result<Look, HostError> {
        // No more than there is room for, so that the kernel goes on with the others next time.
        if self.buffer.len() < events.len() {
            self.buffer.resize(events.len(), KqueueEvent::EMPTY);
        }
        let buffer = &mut self.buffer[..events.len()];
        let count = sys::kqueue_wait(self.queue.as_fd(), buffer, left)?;
        let Batch { filled, woken } = self.translate(count, events);
        if woken {
            self.wakers.acknowledge();
        }
        Ok(over(filled, woken))
    }
}

select_descriptors!(KqueueSelector);

/// It can be watched by another selector: it is readable when it has events.
impl<K> AsFd for KqueueSelector<K> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.queue.as_fd()
    }
}

/// What an event says of its source, with what poll(2) knows of an end.
fn whole(raw: &KqueueEvent, interest: Interest) -> Ready {
    let mut ready = raw.ready();
    if raw.is_at_end() {
        let mut place = [PollFd::new(raw.fd(), interest)];
        // A look that fails leaves what the filter said, which is enough to go on.
        if sys::poll(&mut place, Some(Duration::ZERO)).is_ok() {
            ready |= place[0].ready();
        }
    }
    ready
}

/// How a filter stands in the kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Absent,
    Silent,
    Reporting,
}

const FILTERS: [Filter; 2] = [Filter::Read, Filter::Write];
/// The states of both filters of a source that is not registered.
const NOWHERE: [State; 2] = [State::Absent; 2];

/// The states of both filters for an interest; for none, one is there and silent, so that the
/// kernel still tells this file from a later one of the same number.
const fn filters(interest: Interest) -> [State; 2] {
    match (interest.is_readable(), interest.is_writable()) {
        (true, true) => [State::Reporting, State::Reporting],
        (true, false) => [State::Reporting, State::Absent],
        (false, true) => [State::Absent, State::Reporting],
        (false, false) => [State::Silent, State::Absent],
    }
}

/// A change that changes nothing, and fails when the kernel has forgotten `raw`.
fn probe(raw: RawFd, interest: Interest) -> KqueueEvent {
    match filters(interest) {
        [State::Reporting, _] => KqueueEvent::change(raw, Filter::Read, Action::Enable),
        [State::Silent, _] => KqueueEvent::change(raw, Filter::Read, Action::Disable),
        [State::Absent, _] => KqueueEvent::change(raw, Filter::Write, Action::Enable),
    }
}

/// Changes for one call, which stops at the first that fails.
struct Changes {
    list: [KqueueEvent; 4],
    len: usize,
}

impl Changes {
    const fn new() -> Self {
        Self {
            list: [KqueueEvent::EMPTY; 4],
            len: 0,
        }
    }

    fn push(&mut self, change: KqueueEvent) {
        self.list[self.len] = change;
        self.len += 1;
    }

    /// From the states of both filters to others. What is made comes first: only that can fail,
    /// and with one filter there at most one is made, so a failure leaves all as it was.
    fn between(&mut self, raw: RawFd, from: [State; 2], to: [State; 2]) {
        for phase in [Phase::Make, Phase::Switch, Phase::Delete] {
            for (filter, (from, to)) in FILTERS.into_iter().zip(from.into_iter().zip(to)) {
                if let Some((its, action)) = step(from, to)
                    && its == phase
                {
                    self.push(KqueueEvent::change(raw, filter, action));
                }
            }
        }
    }

    fn as_slice(&self) -> &[KqueueEvent] {
        &self.list[..self.len]
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Make,
    Switch,
    Delete,
}

/// What leads from one state to another, and when.
const fn step(from: State, to: State) -> Option<(Phase, Action)> {
    match (from, to) {
        (State::Absent, State::Reporting) => Some((Phase::Make, Action::Add)),
        (State::Absent, State::Silent) => Some((Phase::Make, Action::AddSilent)),
        (State::Silent, State::Reporting) => Some((Phase::Switch, Action::Enable)),
        (State::Reporting, State::Silent) => Some((Phase::Switch, Action::Disable)),
        (State::Reporting | State::Silent, State::Absent) => Some((Phase::Delete, Action::Delete)),
        (State::Absent, State::Absent)
        | (State::Silent, State::Silent)
        | (State::Reporting, State::Reporting) => None,
    }
}

/// Whether the kernel has no such filter.
fn is_unknown(error: &HostError) -> bool {
    error.reason() == ErrorKind::NotFound
}

/// What the kernel has forgotten is not registered any more.
fn told(call: &'static str, error: HostError) -> HostError {
    if is_unknown(&error) {
        unknown(call)
    } else {
        error
    }
}

fn unknown(call: &'static str) -> HostError {
    refused(call, ErrorKind::NotFound)
}

fn refused(call: &'static str, kind: ErrorKind) -> HostError {
    HostError::refused(call, kind)
}
