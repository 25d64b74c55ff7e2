//! Descriptors that are not of the ring, which it watches by polls.

use std::os::fd::{AsRawFd, BorrowedFd, RawFd};

use amphi_core::ErrorKind;
use amphi_core::select::{Interest, Ready, Registration};
use amphi_core::time::Duration;

use super::UringSelector;
use super::driver::Inner;
use super::entry::{Entry, Foreign, Kind};
use super::selector::{unknown, watch};
use crate::sys::FileId;
use crate::{HostError, sys};

/// A foreign descriptor that is registered.
pub(super) struct Known {
    pub(super) fd: RawFd,
    file: FileId,
    pub(super) token: u32,
}

impl<K: Copy> UringSelector<'_, K> {
    fn known(&self, fd: BorrowedFd<'_>) -> Option<usize> {
        let raw = fd.as_raw_fd();
        let place = self.foreign.iter().position(|known| known.fd == raw)?;
        let is_same = sys::file_id(fd).is_ok_and(|file| file == self.foreign[place].file);
        is_same.then_some(place)
    }

    pub(super) fn add_foreign(
        &mut self,
        fd: BorrowedFd<'_>,
        registration: Registration<K>,
    ) -> Result<(), HostError> {
        if self.known(fd).is_some() {
            return Err(HostError::refused("register", ErrorKind::AlreadyExists));
        }
        let raw = fd.as_raw_fd();
        // The number of one that was closed.
        if let Some(place) = self.foreign.iter().position(|known| known.fd == raw) {
            let gone = self.foreign.swap_remove(place);
            self.uring.inner().table.release(gone.token);
            self.forget(gone.token);
        }
        let file = sys::file_id(fd)?;
        let mut inner = self.uring.inner();
        let token = watch_foreign(&mut inner, raw, self.number, registration.interest);
        drop(inner);
        self.foreign.push(Known {
            fd: raw,
            file,
            token,
        });
        self.keep(token, registration);
        Ok(())
    }

    pub(super) fn change_foreign(
        &mut self,
        fd: BorrowedFd<'_>,
        registration: Registration<K>,
    ) -> Result<(), HostError> {
        let place = self.known(fd).ok_or_else(|| unknown("modify"))?;
        let token = self.foreign[place].token;
        // A poll for the old interest must not tell of it: a new one, under a new name.
        let mut inner = self.uring.inner();
        inner.table.release(token);
        let new = watch_foreign(
            &mut inner,
            fd.as_raw_fd(),
            self.number,
            registration.interest,
        );
        drop(inner);
        self.forget(token);
        self.foreign[place].token = new;
        self.keep(new, registration);
        Ok(())
    }

    pub(super) fn remove_foreign(&mut self, fd: BorrowedFd<'_>) -> Result<(), HostError> {
        /// Turns until the kernel has let go of the file: one, unless much is to be done.
        const TURNS: usize = 16;
        let place = self.known(fd).ok_or_else(|| unknown("unregister"))?;
        let token = self.foreign.swap_remove(place).token;
        let mut inner = self.uring.inner();
        inner.table.release(token);
        for _ in 0..TURNS {
            let is_there = inner.table.get(token).is_some_and(|entry| entry.dropped);
            if !is_there {
                break;
            }
            inner.turn(Some(Duration::ZERO))?;
        }
        drop(inner);
        self.forget(token);
        Ok(())
    }

    pub(super) fn find_foreign(&self, fd: BorrowedFd<'_>) -> Option<Registration<K>> {
        let place = self.known(fd)?;
        self.find(self.foreign[place].token)
    }
}

/// Adds a descriptor that the selector `number` watches.
pub(super) fn watch_foreign(inner: &mut Inner, fd: RawFd, number: u32, interest: Interest) -> u32 {
    let entry = Entry::new(Kind::Foreign(Foreign {
        fd,
        polled: Ready::NONE,
        is_gone: false,
    }));
    let token = inner.table.insert(entry);
    watch(inner, token, number, interest);
    token
}
