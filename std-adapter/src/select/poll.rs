use std::os::fd::{AsFd, AsRawFd, BorrowedFd};

use amphi_core::ErrorKind;
use amphi_core::select::{Event, Interest, Registration};
use amphi_core::time::Duration;

use super::Waker;
use super::frame::{Look, over};
use super::table::Table;
use super::waker::Wakers;
use crate::HostError;
use crate::sys::{self, FileId, PollFd};

/// Watches by poll(2), which every Unix has: a turn costs all that is registered.
///
/// ```
/// use amphi_core::select::{Event, Interest, Ready, Register, Selector};
/// use amphi_core::socket::Net;
/// use amphi_core::time::Duration;
/// use amphi_std::{Host, PollSelector};
///
/// # fn main() -> Result<(), amphi_std::HostError> {
/// let socket = Host.udp_bind("127.0.0.1:0".parse().unwrap())?;
/// let mut selector = PollSelector::new()?;
/// selector.register(&socket, Interest::READ | Interest::WRITE, 7)?;
///
/// let mut events = [Event::new(0, Ready::NONE); 8];
/// assert_eq!(selector.select(&mut events, Some(Duration::ZERO))?, 1);
/// assert_eq!(events[0], Event::new(7, Ready::WRITABLE));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct PollSelector<K> {
    table: Table<Watched<K>>,
    /// What the kernel is asked; the first place is the waker's.
    places: Vec<PollFd>,
    /// The place where the next search starts, so that none is starved.
    next: usize,
    wakers: Wakers,
}

/// A registration, its place, and the file that it stands for.
#[derive(Debug)]
struct Watched<K> {
    registration: Registration<K>,
    place: usize,
    file: FileId,
}

impl<K: Copy> PollSelector<K> {
    /// A selector that watches nothing.
    ///
    /// # Errors
    ///
    /// None; the other selectors' can fail.
    pub fn new() -> Result<Self, HostError> {
        Ok(Self {
            table: Table::new(),
            places: vec![PollFd::UNUSED],
            next: 1,
            wakers: Wakers::new(),
        })
    }

    /// A waker of this selector. The first costs a descriptor (two where it is a pipe).
    ///
    /// # Errors
    ///
    /// `Exhausted` without a free descriptor or memory.
    pub fn waker(&mut self) -> Result<Waker, HostError> {
        let place = &mut self.places[0];
        self.wakers.give(|source| {
            *place = PollFd::new(source.as_fd().as_raw_fd(), Interest::READ);
            Ok(())
        })
    }

    fn add(&mut self, fd: BorrowedFd<'_>, registration: Registration<K>) -> Result<(), HostError> {
        let raw = fd.as_raw_fd();
        let file = sys::file_id(fd)?;
        match self.table.get(raw) {
            Some(watched) if watched.file == file => {
                return Err(HostError::refused("register", ErrorKind::AlreadyExists));
            }
            Some(_) => self.forget(fd),
            None => {}
        }
        let place = self.places.len();
        self.places.push(PollFd::new(raw, registration.interest));
        self.table.insert(
            raw,
            Watched {
                registration,
                place,
                file,
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
        let file = sys::file_id(fd)?;
        let watched = self.table.get_mut(raw).filter(|it| it.file == file);
        let watched = watched.ok_or_else(|| HostError::refused("modify", ErrorKind::NotFound))?;
        watched.registration = registration;
        self.places[watched.place] = PollFd::new(raw, registration.interest);
        Ok(())
    }

    fn remove(&mut self, fd: BorrowedFd<'_>) -> Result<(), HostError> {
        let file = sys::file_id(fd)?;
        let watched = self.table.get(fd.as_raw_fd());
        let known = watched.is_some_and(|it| it.file == file);
        self.forget(fd);
        if known {
            Ok(())
        } else {
            Err(HostError::refused("unregister", ErrorKind::NotFound))
        }
    }

    /// Takes out whatever is registered by this number.
    fn forget(&mut self, fd: BorrowedFd<'_>) {
        let Some(watched) = self.table.remove(fd.as_raw_fd()) else {
            return;
        };
        self.places.swap_remove(watched.place);
        if let Some(moved) = self.places.get(watched.place)
            && let Some(owner) = self.table.get_mut(moved.fd())
        {
            owner.place = watched.place;
        }
    }

    /// Collects at most `reported` reports into `events`, from where the last
    /// search ended, and tells how many.
    fn collect(&mut self, reported: usize, events: &mut [Event<K>]) -> usize {
        let count = self.places.len() - 1;
        let start = self.next;
        let (mut seen, mut filled) = (0, 0);
        for step in 0..count {
            if seen == reported || filled == events.len() {
                break;
            }
            // Places 1 to `count`, from `start` and around.
            let index = 1 + (start - 1 + step) % count;
            let place = &mut self.places[index];
            if !place.is_reported() {
                continue;
            }
            seen += 1;
            self.next = index + 1;
            if place.is_closed() {
                place.pause();
                continue;
            }
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
        filled
    }

    /// One `poll`, of `left` at the most.
    fn look(&mut self, events: &mut [Event<K>], left: Option<Duration>) -> Result<Look, HostError> {
        let count = sys::poll(&mut self.places, left)?;
        let woken = self.places[0].is_reported();
        if woken {
            self.wakers.acknowledge();
        }
        let filled = self.collect(count - usize::from(woken), events);
        Ok(over(filled, woken))
    }
}

select_descriptors!(PollSelector);
