use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};

use amphi_core::select::{Event, Interest, Registration};
use amphi_core::time::Duration;
use amphi_core::{Error, ErrorKind};

use super::Waker;
use super::frame::{Look, over};
use super::table::Table;
use super::waker::Wakers;
use crate::HostError;
use crate::sys::{self, EpollEvent, Watch};

/// Watches by epoll(7): a turn costs what is ready, not what is registered.
///
/// One `epoll_wait` a turn, one `epoll_ctl` for each change; nothing is
/// allocated but the table, which grows with the highest descriptor, and a
/// buffer as long as the caller's longest.
///
/// ```
/// use amphi_core::select::{Event, Interest, Ready, Register, Selector};
/// use amphi_core::socket::{Datagram, Net, Socket};
/// use amphi_std::{EpollSelector, Host};
///
/// # fn main() -> Result<(), amphi_std::HostError> {
/// let mut socket = Host.udp_bind("127.0.0.1:0".parse().unwrap())?;
/// let mut selector = EpollSelector::new()?;
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
pub struct EpollSelector<K> {
    epoll: OwnedFd,
    table: Table<Watched<K>>,
    /// The generation of the last registration. It wraps after 2^32.
    generation: u32,
    buffer: Vec<EpollEvent>,
    /// The marks of those watched by edges which came to an end: no other edge will follow.
    ended: Vec<u64>,
    wakers: Wakers,
}

/// A registration, and which one it is of all that its descriptor's number ever had.
#[derive(Debug)]
struct Watched<K> {
    registration: Registration<K>,
    generation: u32,
    by_edges: bool,
}

impl<K> Watched<K> {
    const fn watch(&self) -> Watch {
        Watch {
            interest: self.registration.interest,
            by_edges: self.by_edges,
        }
    }
}

/// The mark of the waker: no descriptor has its number.
const WAKER: u64 = u64::MAX;
const WAKES: Watch = Watch {
    interest: Interest::READ,
    by_edges: false,
};

/// What one batch of the kernel's events came to.
struct Batch {
    filled: usize,
    woken: bool,
    stale: bool,
}

impl<K: Copy> EpollSelector<K> {
    /// A selector that watches nothing.
    ///
    /// # Errors
    ///
    /// `Exhausted` without a free descriptor or memory (`epoll_create1(2)`).
    pub fn new() -> Result<Self, HostError> {
        Ok(Self {
            epoll: sys::epoll_create()?,
            table: Table::new(),
            generation: 0,
            buffer: Vec::new(),
            ended: Vec::new(),
            wakers: Wakers::new(),
        })
    }

    /// A waker of this selector. The first costs a descriptor.
    ///
    /// # Errors
    ///
    /// `Exhausted` without a free descriptor or memory (`eventfd(2)`).
    pub fn waker(&mut self) -> Result<Waker, HostError> {
        let epoll = self.epoll.as_fd();
        self.wakers.give(|source| {
            let raw = source.as_fd().as_raw_fd();
            sys::epoll_add(epoll, raw, WAKES, WAKER)
        })
    }

    fn add(&mut self, fd: BorrowedFd<'_>, registration: Registration<K>) -> Result<(), HostError> {
        self.watch(fd.as_raw_fd(), registration, false)
    }

    fn add_by_edges(
        &mut self,
        fd: BorrowedFd<'_>,
        registration: Registration<K>,
    ) -> Result<(), HostError> {
        self.watch(fd.as_raw_fd(), registration, true)
    }

    fn watch(
        &mut self,
        raw: RawFd,
        registration: Registration<K>,
        by_edges: bool,
    ) -> Result<(), HostError> {
        let watched = Watched {
            registration,
            generation: self.generation.wrapping_add(1),
            by_edges,
        };
        let (epoll, mark) = (self.epoll.as_fd(), mark(raw, watched.generation));
        match sys::epoll_add(epoll, raw, watched.watch(), mark) {
            // A duplicate kept the file alive in the kernel's table, but not in ours.
            Err(error) if is_known(&error) && self.table.get(raw).is_none() => {
                sys::epoll_modify(epoll, raw, watched.watch(), mark)?;
            }
            done => done?,
        }
        self.generation = watched.generation;
        // Whatever was here had the number of a file that is closed.
        self.table.insert(raw, watched);
        Ok(())
    }

    /// The kernel looks at a source anew when it is told what it knows.
    fn repeat(&mut self, fd: BorrowedFd<'_>) -> Result<(), HostError> {
        let raw = fd.as_raw_fd();
        let watched = self.table.get(raw).ok_or_else(|| unknown("modify"))?;
        if !watched.by_edges {
            return Ok(());
        }
        let mark = mark(raw, watched.generation);
        sys::epoll_modify(self.epoll.as_fd(), raw, watched.watch(), mark)
    }

    /// What has ended and is still there is reported from now on until somebody sees to it.
    /// Whether the kernel has taken that in; what it would not is tried again.
    #[cold]
    fn watch_ended(&mut self) -> bool {
        let (epoll, table) = (self.epoll.as_fd(), &mut self.table);
        self.ended.retain(|&mark| {
            let (raw, generation) = unmark(mark);
            let watched = table.get_mut(raw);
            let Some(watched) = watched.filter(|it| it.generation == generation) else {
                return false;
            };
            watched.by_edges = false;
            match sys::epoll_modify(epoll, raw, watched.watch(), mark) {
                Ok(()) => false,
                // Closed before it was unregistered, nothing more comes of it.
                Err(error) => !is_gone(&error),
            }
        });
        self.ended.is_empty()
    }

    fn change(
        &mut self,
        fd: BorrowedFd<'_>,
        registration: Registration<K>,
    ) -> Result<(), HostError> {
        let raw = fd.as_raw_fd();
        let watched = self.table.get_mut(raw).ok_or_else(|| unknown("modify"))?;
        let mark = mark(raw, watched.generation);
        let watch = Watch {
            interest: registration.interest,
            by_edges: watched.by_edges,
        };
        sys::epoll_modify(self.epoll.as_fd(), raw, watch, mark)?;
        watched.registration = registration;
        Ok(())
    }

    fn remove(&mut self, fd: BorrowedFd<'_>) -> Result<(), HostError> {
        let raw = fd.as_raw_fd();
        self.table
            .remove(raw)
            .ok_or_else(|| unknown("unregister"))?;
        sys::epoll_delete(self.epoll.as_fd(), raw)
    }

    /// Translates the first `count` events of the buffer.
    #[inline]
    fn translate(&mut self, count: usize, events: &mut [Event<K>]) -> Batch {
        let mut batch = Batch {
            filled: 0,
            woken: false,
            stale: false,
        };
        for raw in &self.buffer[..count] {
            if raw.mark() == WAKER {
                batch.woken = true;
                continue;
            }
            let (fd, generation) = unmark(raw.mark());
            let Some(watched) = self.table.get(fd).filter(|it| it.generation == generation) else {
                batch.stale = true;
                continue;
            };
            if watched.by_edges && raw.is_end() {
                self.ended.push(raw.mark());
            }
            let Registration { key, interest } = watched.registration;
            let ready = raw.ready().widen(interest);
            if !ready.is_none() {
                events[batch.filled] = Event::new(key, ready);
                batch.filled += 1;
            }
        }
        batch
    }

    /// Starts over with a new epoll. The old one watches a file whose number was
    /// closed but which a duplicate keeps alive: no call can take that out, and
    /// it would end each wait at once (epoll(7), question 6).
    #[cold]
    fn rebuild(&mut self) -> Result<(), HostError> {
        let epoll = sys::epoll_create()?;
        if let Some(source) = self.wakers.source() {
            let raw = source.as_fd().as_raw_fd();
            sys::epoll_add(epoll.as_fd(), raw, WAKES, WAKER)?;
        }
        for (raw, watched) in self.table.iter() {
            let (watch, mark) = (watched.watch(), mark(raw, watched.generation));
            // What the old one does not know by this number was closed meanwhile.
            if sys::epoll_modify(self.epoll.as_fd(), raw, watch, mark).is_ok() {
                sys::epoll_add(epoll.as_fd(), raw, watch, mark)?;
            }
        }
        self.epoll = epoll;
        Ok(())
    }

    /// One `epoll_wait`, of `left` at the most.
    #[inline]
    fn look(&mut self, events: &mut [Event<K>], left: Option<Duration>) -> Result<Look, HostError> {
        if !self.ended.is_empty() && !self.watch_ended() {
            return Ok(Look::Over(0));
        }
        if self.buffer.len() < events.len() {
            self.buffer.resize(events.len(), EpollEvent::EMPTY);
        }
        let buffer = &mut self.buffer[..events.len()];
        let count = sys::epoll_wait(self.epoll.as_fd(), buffer, left)?;
        let batch = self.translate(count, events);
        if batch.woken {
            self.wakers.acknowledge();
        }
        if batch.stale {
            self.rebuild()?;
        }
        Ok(match over(batch.filled, batch.woken) {
            Look::Nothing if batch.stale => Look::Spoilt,
            look => look,
        })
    }
}

select_descriptors!(EpollSelector, add_by_edges, repeat);

/// It can be watched by another selector: it is readable when it has events.
impl<K> AsFd for EpollSelector<K> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.epoll.as_fd()
    }
}

/// What the kernel gives back with an event: the descriptor and the generation.
fn mark(fd: RawFd, generation: u32) -> u64 {
    u64::from(fd.cast_unsigned()) | u64::from(generation) << 32
}

#[expect(clippy::cast_possible_truncation, reason = "takes the halves apart")]
const fn unmark(mark: u64) -> (RawFd, u32) {
    ((mark as u32).cast_signed(), (mark >> 32) as u32)
}

fn is_known(error: &HostError) -> bool {
    error.reason() == ErrorKind::AlreadyExists
}

fn is_gone(error: &HostError) -> bool {
    matches!(error.reason(), ErrorKind::NotFound | ErrorKind::Closed)
}

fn unknown(call: &'static str) -> HostError {
    HostError::refused(call, ErrorKind::NotFound)
}
