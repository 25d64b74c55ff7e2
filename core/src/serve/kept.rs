//! Datagrams that wait to leave.

use core::fmt;

use super::{DatagramTally, ErrorTally};
use crate::socket::{Datagram, Outgoing};
use crate::{Error, ErrorKind};

/// How many datagrams are handed to the socket at once.
const AT_ONCE: usize = 64;

/// Room for the address of one reply, for
/// [`DatagramServer::with_batches`](super::DatagramServer::with_batches).
///
/// ```
/// use amphi_core::serve::Envelope;
/// use core::net::SocketAddr;
///
/// // For up to 32 replies.
/// let replies = [const { Envelope::<SocketAddr>::new() }; 32];
/// assert_eq!(replies.len(), 32);
/// ```
pub struct Envelope<A>(Option<(usize, A)>);

impl<A> Envelope<A> {
    /// An empty one.
    #[must_use]
    pub const fn new() -> Self {
        Self(None)
    }
}

impl<A> Default for Envelope<A> {
    fn default() -> Self {
        Self::new()
    }
}

impl<A> fmt::Debug for Envelope<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Envelope").finish_non_exhaustive()
    }
}

/// A socket, and a queue of datagrams that it has no room for. Without envelopes of the
/// caller's it holds one; with them, all replies to a batch.
pub(super) struct Kept<'s, S: Datagram> {
    pub(super) socket: Option<S>,
    pub(super) tally: DatagramTally,
    /// The octets of one datagram behind those of the other.
    storage: &'s mut [u8],
    /// Where each ends, and where it goes.
    lent: &'s mut [Envelope<S::Addr>],
    own: Envelope<S::Addr>,
    /// The first that waits, and where its octets begin.
    next: usize,
    start: usize,
    /// Behind the last.
    len: usize,
    end: usize,
    /// What the last failure of a datagram that waited was.
    fault: Option<ErrorKind>,
    /// How what waits is sent, and a new one: one by one, unless room for many was lent; so that
    /// who never lends it has none of that code.
    flush: fn(&mut Self),
    send: Send<Self, S::Addr>,
}

/// Sends a datagram, or keeps it.
type Send<K, A> = fn(&mut K, &[u8], &A) -> Result<(), ErrorKind>;

impl<'s, S: Datagram> Kept<'s, S> {
    pub(super) const fn new(socket: S, storage: &'s mut [u8]) -> Self {
        Self {
            socket: Some(socket),
            tally: DatagramTally {
                received: 0,
                sent: 0,
                truncated: 0,
                errors: ErrorTally::new(),
            },
            storage,
            lent: &mut [],
            own: Envelope::new(),
            next: 0,
            start: 0,
            len: 0,
            end: 0,
            fault: None,
            flush: Self::flush_one,
            send: Self::send_one,
        }
    }

    pub(super) fn lend(&mut self, envelopes: &'s mut [Envelope<S::Addr>]) {
        if !envelopes.is_empty() {
            self.lent = envelopes;
            self.flush = Self::flush_many;
            self.send = Self::send_many;
        }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.next == self.len
    }

    /// The socket, if nothing waits for it.
    pub(super) fn idle_socket(&mut self) -> Option<&mut S> {
        if self.is_empty() {
            self.socket.as_mut()
        } else {
            None
        }
    }

    /// How many wait.
    pub(super) const fn waiting(&self) -> usize {
        self.len - self.next
    }

    /// Gives the first of those that wait up.
    pub(super) fn drop_first(&mut self) {
        self.tally.errors.count(ErrorKind::TimedOut);
        self.forget(1);
    }

    /// Whether a handler may be called: whatever it answers first can be kept, if it
    /// is not longer than half the room.
    pub(super) const fn has_room(&self) -> bool {
        if self.lent.is_empty() {
            return self.is_empty();
        }
        self.len < self.lent.len() && self.end <= self.storage.len() / 2
    }

    /// What the last failure was, once.
    pub(super) const fn take_fault(&mut self) -> Option<ErrorKind> {
        self.fault.take()
    }

    /// Sends what is kept until the socket has no more room. What fails is dropped
    /// and counted.
    pub(super) fn flush(&mut self) {
        (self.flush)(self);
    }

    fn flush_one(&mut self) {
        let (Some(socket), Some(octets), Some((_, to))) =
            (&mut self.socket, self.storage.get(..self.end), &self.own.0)
        else {
            return;
        };
        // It was counted when the socket refused it.
        if let Err(error) = socket.send_to(octets, to) {
            let kind = error.reason();
            if kind.is_passing() {
                return;
            }
            self.fail(kind);
        }
        self.own.0 = None;
        self.len = 0;
    }

    fn flush_many(&mut self) {
        while !self.is_empty() {
            match self.post_many() {
                Ok(count @ 1..) => {
                    self.tally.sent += count as u64;
                    self.forget(count);
                }
                Err(kind) if !kind.is_passing() => {
                    self.fail(kind);
                    self.forget(1);
                }
                _ => return,
            }
        }
    }

    fn fail(&mut self, kind: ErrorKind) {
        self.tally.errors.count(kind);
        self.fault = Some(kind);
    }

    /// A function of its own, so that only a server with batches needs stack for one.
    fn post_many(&mut self) -> Result<usize, ErrorKind> {
        let mut start = self.start;
        let mut waiting = (self.next..self.len).map_while(|index| {
            let (end, to) = self.lent.get(index)?.0.as_ref()?;
            let octets = self.storage.get(start..*end)?;
            start = *end;
            Some(Outgoing::new(octets, to))
        });
        let (Some(socket), Some(first)) = (&mut self.socket, waiting.next()) else {
            return Ok(0);
        };
        let mut batch = [first; AT_ONCE];
        let mut len = 1;
        for (room, outgoing) in batch.iter_mut().skip(1).zip(waiting) {
            *room = outgoing;
            len += 1;
        }
        let batch = batch.get(..len).unwrap_or_default();
        socket.send_batch(batch).map_err(|error| error.reason())
    }

    /// The first `count` are gone.
    fn forget(&mut self, count: usize) {
        for _ in 0..count {
            let gone = self.lent.get(self.next).and_then(|it| it.0.as_ref());
            self.start = gone.map_or(self.start, |(end, _)| *end);
            self.next += 1;
        }
        if self.next >= self.len {
            (self.next, self.start, self.len, self.end) = (0, 0, 0, 0);
        }
    }

    fn send_one(&mut self, octets: &[u8], to: &S::Addr) -> Result<(), ErrorKind> {
        let Some(socket) = self.socket.as_mut().filter(|_| self.len == 0) else {
            return Err(ErrorKind::WouldBlock);
        };
        if let Err(error) = socket.send_to(octets, to) {
            let kind = error.reason();
            if !kind.is_passing() {
                return Err(kind);
            }
            let room = self.storage.get_mut(..octets.len());
            room.ok_or(ErrorKind::Exhausted)?.copy_from_slice(octets);
            self.own.0 = Some((octets.len(), to.clone()));
            (self.len, self.end) = (1, octets.len());
        }
        self.tally.sent += 1;
        Ok(())
    }

    fn send_many(&mut self, octets: &[u8], to: &S::Addr) -> Result<(), ErrorKind> {
        if self.put(octets, to).is_ok() {
            return Ok(());
        }
        self.flush();
        if octets.len() > self.storage.len() {
            return self.send_one(octets, to);
        }
        // Too little room is room that others wait in.
        self.put(octets, to).map_err(|_| ErrorKind::WouldBlock)
    }

    fn put(&mut self, octets: &[u8], to: &S::Addr) -> Result<(), ErrorKind> {
        let end = self.end + octets.len();
        let room = self.storage.get_mut(self.end..end);
        let room = room.ok_or(ErrorKind::Exhausted)?;
        let entry = self.lent.get_mut(self.len).ok_or(ErrorKind::Exhausted)?;
        room.copy_from_slice(octets);
        entry.0 = Some((end, to.clone()));
        self.end = end;
        self.len += 1;
        Ok(())
    }
}

/// Hides the socket's type.
pub(super) trait Keep<A> {
    /// Sends a datagram, or keeps it; counts what leaves, and what fails.
    fn send(&mut self, octets: &[u8], to: &A) -> Result<(), ErrorKind>;
}

impl<S: Datagram> Keep<S::Addr> for Kept<'_, S> {
    fn send(&mut self, octets: &[u8], to: &S::Addr) -> Result<(), ErrorKind> {
        let result = (self.send)(self, octets, to);
        if let Err(kind) = result
            && kind != ErrorKind::WouldBlock
        {
            self.tally.errors.count(kind);
        }
        result
    }
}
