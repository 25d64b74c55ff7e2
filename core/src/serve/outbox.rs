use core::fmt;

use super::ErrorTally;
use crate::socket::Datagram;
use crate::time::Instant;
use crate::{Error, ErrorKind};

/// Where datagrams go first.
pub(super) trait Post<A> {
    fn post(&mut self, octets: &[u8], to: &A) -> Result<(), ErrorKind>;
}

impl<S: Datagram> Post<S::Addr> for S {
    fn post(&mut self, octets: &[u8], to: &S::Addr) -> Result<(), ErrorKind> {
        self.send_to(octets, to).map_err(|error| error.reason())
    }
}

/// The one datagram that the socket had no room for.
pub(super) struct Kept<'s, A> {
    storage: &'s mut [u8],
    waiting: Option<(usize, A)>,
}

impl<'s, A: Clone> Kept<'s, A> {
    pub(super) const fn new(storage: &'s mut [u8]) -> Self {
        Self {
            storage,
            waiting: None,
        }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.waiting.is_none()
    }

    fn keep(&mut self, octets: &[u8], to: &A) -> Result<(), ErrorKind> {
        let room = self
            .storage
            .get_mut(..octets.len())
            .ok_or(ErrorKind::Exhausted)?;
        room.copy_from_slice(octets);
        self.waiting = Some((octets.len(), to.clone()));
        Ok(())
    }

    /// Sends what is kept. While there is still no room it stays; a failure drops it.
    pub(super) fn flush(&mut self, socket: &mut dyn Post<A>) -> Result<(), ErrorKind> {
        let Some((len, to)) = self.waiting.take() else {
            return Ok(());
        };
        let octets = self.storage.get(..len).unwrap_or_default();
        let result = socket.post(octets, &to);
        if result.is_err_and(ErrorKind::is_passing) {
            self.waiting = Some((len, to));
        }
        result
    }
}

/// How a [`DatagramHandler`](super::DatagramHandler) answers, to anyone.
pub struct Outbox<'a, A> {
    socket: &'a mut dyn Post<A>,
    kept: &'a mut dyn Keep<A>,
    now: Instant,
    wake: &'a mut Instant,
    sent: u64,
    errors: &'a mut ErrorTally,
}

/// Hides the lifetime of what is kept.
pub(super) trait Keep<A> {
    fn is_free(&self) -> bool;
    fn put(&mut self, octets: &[u8], to: &A) -> Result<(), ErrorKind>;
}

impl<A: Clone> Keep<A> for Kept<'_, A> {
    fn is_free(&self) -> bool {
        self.is_empty()
    }

    fn put(&mut self, octets: &[u8], to: &A) -> Result<(), ErrorKind> {
        self.keep(octets, to)
    }
}

impl<'a, A> Outbox<'a, A> {
    pub(super) fn new(
        socket: &'a mut dyn Post<A>,
        kept: &'a mut dyn Keep<A>,
        now: Instant,
        wake: &'a mut Instant,
        errors: &'a mut ErrorTally,
    ) -> Self {
        Self {
            socket,
            kept,
            now,
            wake,
            sent: 0,
            errors,
        }
    }

    /// Sends `octets` to `to` as one datagram. When the socket has no room, it
    /// is kept, and nothing is received until it has left.
    ///
    /// # Errors
    ///
    /// `WouldBlock` when one is kept already: [`room`](super::DatagramHandler::room)
    /// is called when there is room. `Exhausted` when it is longer than the
    /// room for keeping, `MessageTooLong`, `Unreachable` and what else
    /// [`Datagram::send_to`] reports.
    pub fn send_to(&mut self, octets: &[u8], to: &A) -> Result<(), ErrorKind> {
        if !self.kept.is_free() {
            return Err(ErrorKind::WouldBlock);
        }
        let result = match self.socket.post(octets, to) {
            Err(kind) if kind.is_passing() => self.kept.put(octets, to),
            result => result,
        };
        match result {
            Ok(()) => self.sent += 1,
            Err(kind) => self.errors.count(kind),
        }
        result
    }

    /// The time of this turn, on the stack's clock.
    #[must_use]
    pub const fn now(&self) -> Instant {
        self.now
    }

    /// Asks for a call of [`wake`](super::DatagramHandler::wake) at `when`, once;
    /// a second call moves it, [`Instant::NEVER`] takes it back.
    pub const fn wake_at(&mut self, when: Instant) {
        *self.wake = when;
    }

    /// How many datagrams were sent.
    pub(super) const fn outcome(&self) -> u64 {
        self.sent
    }
}

impl<A> fmt::Debug for Outbox<'_, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outbox")
            .field("free", &self.kept.is_free())
            .finish_non_exhaustive()
    }
}
