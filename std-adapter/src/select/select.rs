use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};

use amphi_core::ErrorKind;
use amphi_core::select::{Event, Interest, Registration};
use amphi_core::time::Duration;

use super::Waker;
use super::frame::{Look, over};
use super::table::Table;
use super::waker::Wakers;
use crate::HostError;
use crate::sys::{self, FdSet, FileId, PollFd, code};

/// Watches by select(2): descriptors below 1024 only, others are refused with
/// `InvalidInput`. A turn costs all that is registered.
///
/// select(2) does not tell errors and hang-ups apart from readiness; so what it
/// finds ready is looked at once more by poll(2), without waiting.
///
/// ```
/// use amphi_core::select::{Event, Interest, Ready, Register, Selector};
/// use amphi_core::socket::Net;
/// use amphi_core::time::Duration;
/// use amphi_std::{Host, SelectSelector};
///
/// # fn main() -> Result<(), amphi_std::HostError> {
/// let socket = Host.udp_bind("127.0.0.1:0".parse().unwrap())?;
/// let mut selector = SelectSelector::new()?;
/// selector.register(&socket, Interest::READ | Interest::WRITE, 7)?;
///
/// let mut events = [Event::new(0, Ready::NONE); 8];
/// assert_eq!(selector.select(&mut events, Some(Duration::ZERO))?, 1);
/// assert_eq!(events[0], Event::new(7, Ready::WRITABLE));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct SelectSelector<K> {
    table: Table<Watched<K>>,
    sets: Sets,
    /// The descriptor where the next search starts, so that none is starved.
    next: RawFd,
    /// What was found ready and is looked at again.
    found: Vec<PollFd>,
    wakers: Wakers,
}

/// A registration and the file that it stands for.
#[derive(Debug)]
struct Watched<K> {
    registration: Registration<K>,
    file: FileId,
}

/// What the kernel is asked: one set for each interest.
#[derive(Clone, Copy)]
struct Sets {
    read: FdSet,
    write: FdSet,
    /// One more than the highest descriptor that was ever in.
    limit: RawFd,
}

impl core::fmt::Debug for Sets {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let members = (0..self.limit).filter(|fd| self.contains(*fd));
        f.debug_set().entries(members).finish()
    }
}

impl Sets {
    fn put(&mut self, fd: RawFd, interest: Interest) {
        self.read.put(fd, interest.is_readable());
        self.write.put(fd, interest.is_writable());
        if !interest.is_none() {
            self.limit = self.limit.max(fd + 1);
        }
    }

    fn contains(&self, fd: RawFd) -> bool {
        self.read.contains(fd) || self.write.contains(fd)
    }
}

impl<K: Copy> SelectSelector<K> {
    /// A selector that watches nothing.
    ///
    /// # Errors
    ///
    /// None; the other selectors' can fail.
    pub fn new() -> Result<Self, HostError> {
        Ok(Self {
            table: Table::new(),
            sets: Sets {
                read: FdSet::new(),
                write: FdSet::new(),
                limit: 0,
            },
            next: 0,
            found: Vec::new(),
            wakers: Wakers::new(),
        })
    }

    /// A waker of this selector. The first costs a descriptor (two where it is a pipe).
    ///
    /// # Errors
    ///
    /// `Exhausted` without a free descriptor or memory; `InvalidInput` when the
    /// only free ones are 1024 or above.
    pub fn waker(&mut self) -> Result<Waker, HostError> {
        let sets = &mut self.sets;
        self.wakers.give(|source| {
            let raw = source.as_fd().as_raw_fd();
            check("waker", raw)?;
            sets.put(raw, Interest::READ);
            Ok(())
        })
    }

    fn add(&mut self, fd: BorrowedFd<'_>, registration: Registration<K>) -> Result<(), HostError> {
        let raw = fd.as_raw_fd();
        check("register", raw)?;
        let file = sys::file_id(fd)?;
        if self.table.get(raw).is_some_and(|it| it.file == file) {
            return Err(HostError::refused("register", ErrorKind::AlreadyExists));
        }
        self.sets.put(raw, registration.interest);
        self.table.insert(raw, Watched { registration, file });
        Ok(())
    }

    fn change(
        &mut self,
        fd: BorrowedFd<'_>,
        registration: Registration<K>,
    ) -> Result<(), HostError> {
        let raw = fd.as_raw_fd();
        let file = sys::file_id(fd)?;
        let watched = self.table.get_mut(raw).filter(|it| it.file == file);
        let watched = watched.ok_or_else(|| HostError::refused("modify", ErrorKind::NotFound))?;
        watched.registration = registration;
        self.sets.put(raw, registration.interest);
        Ok(())
    }

    fn remove(&mut self, fd: BorrowedFd<'_>) -> Result<(), HostError> {
        let raw = fd.as_raw_fd();
        let file = sys::file_id(fd)?;
        let removed = self.table.remove(raw);
        if removed.is_some() {
            self.sets.put(raw, Interest::NONE);
        }
        match removed {
            Some(watched) if watched.file == file => Ok(()),
            _ => Err(HostError::refused("unregister", ErrorKind::NotFound)),
        }
    }

    /// Finds at most `room` ready sources, from where the last search ended.
    fn search(&mut self, ready: &Sets, room: usize) {
        self.found.clear();
        let limit = self.sets.limit;
        for fd in (self.next..limit).chain(0..self.next.min(limit)) {
            if self.found.len() == room {
                break;
            }
            if ready.contains(fd)
                && let Some(watched) = self.table.get(fd)
            {
                let interest = watched.registration.interest;
                self.found.push(PollFd::new(fd, interest));
            }
        }
        self.next = self.found.last().map_or(0, |last| last.fd() + 1);
    }

    /// Looks at what was found once more, and tells how many events there are.
    fn collect(&mut self, events: &mut [Event<K>]) -> Result<usize, HostError> {
        while let Err(error) = sys::poll(&mut self.found, Some(Duration::ZERO)) {
            if !error.is_interrupted() {
                return Err(error);
            }
        }
        let mut filled = 0;
        for place in &self.found {
            let Some(watched) = self.table.get(place.fd()) else {
                continue;
            };
            let Registration { key, interest } = watched.registration;
            let ready = place.ready().widen(interest);
            if !ready.is_none() {
                events[filled] = Event::new(key, ready);
                filled += 1;
            }
        }
        Ok(filled)
    }

    /// One bad descriptor fails the whole call: takes out all that are closed,
    /// and tells whether any was.
    #[cold]
    fn forget_closed(&mut self) -> bool {
        let mut any = false;
        for (fd, _) in self.table.iter() {
            if self.sets.contains(fd) && !sys::is_open(fd) {
                self.sets.put(fd, Interest::NONE);
                any = true;
            }
        }
        any
    }

    /// One `select`, of `left` at the most.
    fn look(&mut self, events: &mut [Event<K>], left: Option<Duration>) -> Result<Look, HostError> {
        let mut ready = self.sets;
        let Sets { read, write, limit } = &mut ready;
        match sys::select(*limit, read, write, left) {
            Ok(0) => return Ok(Look::Nothing),
            Ok(_) => {}
            Err(error) if error.errno() == Some(code::EBADF) && self.forget_closed() => {
                return Ok(Look::Spoilt);
            }
            Err(error) => return Err(error),
        }
        let waker = self.wakers.source();
        let woken = waker.is_some_and(|source| ready.contains(source.as_fd().as_raw_fd()));
        if woken {
            self.wakers.acknowledge();
        }
        self.search(&ready, events.len());
        let filled = self.collect(events)?;
        Ok(over(filled, woken))
    }
}

select_descriptors!(SelectSelector);

/// Refuses what select(2) cannot watch.
fn check(call: &'static str, raw: RawFd) -> Result<(), HostError> {
    if raw < sys::FD_LIMIT {
        Ok(())
    } else {
        Err(HostError::refused(call, ErrorKind::InvalidInput))
    }
}
