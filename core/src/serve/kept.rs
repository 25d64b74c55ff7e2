//! Datagrams that wait to leave.

use core::fmt;

use super::DatagramTally;
use super::outbox::Post;
use crate::ErrorKind;
use crate::socket::Outgoing;

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

/// A queue of datagrams in order. Without envelopes of the caller's it holds the one
/// that the socket had no room for; with them, all replies to a batch.
pub(super) struct Kept<'s, A> {
    /// The octets of one datagram behind those of the other.
    storage: &'s mut [u8],
    /// Where each ends, and where it goes.
    lent: &'s mut [Envelope<A>],
    own: Envelope<A>,
    /// The first that waits, and where its octets begin.
    next: usize,
    start: usize,
    /// Behind the last.
    len: usize,
    end: usize,
    /// What the last failure of a datagram in a batch was.
    fault: Option<ErrorKind>,
    /// How what waits is sent: one by one, unless room for many was lent.
    post: fn(&Self, &mut dyn Post<A>) -> Result<usize, ErrorKind>,
}

impl<'s, A> Kept<'s, A> {
    pub(super) const fn new(storage: &'s mut [u8]) -> Self {
        Self {
            storage,
            lent: &mut [],
            own: Envelope::new(),
            next: 0,
            start: 0,
            len: 0,
            end: 0,
            fault: None,
            post: Self::post_one,
        }
    }

    pub(super) fn lend(&mut self, envelopes: &'s mut [Envelope<A>]) {
        self.lent = envelopes;
        self.post = Self::post_many;
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.next == self.len
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
    pub(super) fn flush(&mut self, socket: &mut dyn Post<A>, tally: &mut DatagramTally) {
        while !self.is_empty() {
            match (self.post)(self, socket) {
                Ok(count @ 1..) => {
                    // A single one was counted when the socket refused it.
                    tally.sent += if self.lent.is_empty() {
                        0
                    } else {
                        count as u64
                    };
                    self.forget(count);
                }
                Err(kind) if !kind.is_passing() => {
                    tally.errors.count(kind);
                    self.fault = Some(kind);
                    self.forget(1);
                }
                _ => return,
            }
        }
    }

    fn post_one(&self, socket: &mut dyn Post<A>) -> Result<usize, ErrorKind> {
        self.waiting().next().map_or(Ok(0), |first| {
            socket.post(first.octets, first.to).map(|()| 1)
        })
    }

    /// A function of its own, so that only a server with batches needs stack for one.
    fn post_many(&self, socket: &mut dyn Post<A>) -> Result<usize, ErrorKind> {
        let mut waiting = self.waiting();
        let Some(first) = waiting.next() else {
            return Ok(0);
        };
        let mut batch = [first; AT_ONCE];
        let mut len = 1;
        for (room, outgoing) in batch.iter_mut().skip(1).zip(waiting) {
            *room = outgoing;
            len += 1;
        }
        socket.post_all(batch.get(..len).unwrap_or_default())
    }

    fn waiting(&self) -> impl Iterator<Item = Outgoing<'_, A>> {
        let mut start = self.start;
        (self.next..self.len).map_while(move |index| {
            let (end, to) = self.entries().get(index)?.0.as_ref()?;
            let octets = self.storage.get(start..*end)?;
            start = *end;
            Some(Outgoing::new(octets, to))
        })
    }

    fn entries(&self) -> &[Envelope<A>] {
        if self.lent.is_empty() {
            core::slice::from_ref(&self.own)
        } else {
            self.lent
        }
    }

    /// The first `count` are gone.
    fn forget(&mut self, count: usize) {
        for _ in 0..count {
            let gone = self.entries().get(self.next).and_then(|it| it.0.as_ref());
            self.start = gone.map_or(self.start, |(end, _)| *end);
            self.next += 1;
        }
        if self.next >= self.len {
            (self.next, self.start, self.len, self.end) = (0, 0, 0, 0);
        }
    }
}

/// Hides the lifetime of what is kept.
pub(super) trait Keep<A> {
    /// Sends a datagram, or keeps it; counts what leaves, and what fails of others.
    fn send(
        &mut self,
        socket: &mut dyn Post<A>,
        octets: &[u8],
        to: &A,
        tally: &mut DatagramTally,
    ) -> Result<(), ErrorKind>;
}

impl<A: Clone> Keep<A> for Kept<'_, A> {
    fn send(
        &mut self,
        socket: &mut dyn Post<A>,
        octets: &[u8],
        to: &A,
        tally: &mut DatagramTally,
    ) -> Result<(), ErrorKind> {
        if self.lent.is_empty() {
            return self.send_one(socket, octets, to, tally);
        }
        if self.put(octets, to).is_ok() {
            return Ok(());
        }
        self.flush(socket, tally);
        if octets.len() > self.storage.len() {
            return self.send_one(socket, octets, to, tally);
        }
        // Too little room is room that others wait in.
        self.put(octets, to).map_err(|_| ErrorKind::WouldBlock)
    }
}

impl<A: Clone> Kept<'_, A> {
    fn send_one(
        &mut self,
        socket: &mut dyn Post<A>,
        octets: &[u8],
        to: &A,
        tally: &mut DatagramTally,
    ) -> Result<(), ErrorKind> {
        if !self.is_empty() {
            return Err(ErrorKind::WouldBlock);
        }
        match socket.post(octets, to) {
            Err(kind) if kind.is_passing() => self.put(octets, to)?,
            done => done?,
        }
        tally.sent += 1;
        Ok(())
    }

    fn put(&mut self, octets: &[u8], to: &A) -> Result<(), ErrorKind> {
        let end = self.end + octets.len();
        let room = self.storage.get_mut(self.end..end);
        let room = room.ok_or(ErrorKind::Exhausted)?;
        let entry = if self.lent.is_empty() {
            Some(&mut self.own).filter(|_| self.len == 0)
        } else {
            self.lent.get_mut(self.len)
        };
        let entry = entry.ok_or(ErrorKind::Exhausted)?;
        room.copy_from_slice(octets);
        entry.0 = Some((end, to.clone()));
        self.end = end;
        self.len += 1;
        Ok(())
    }
}
