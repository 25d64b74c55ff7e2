use core::fmt;

use super::Received;
use crate::ErrorKind;

/// Datagrams that are received together, in room of the caller's.
///
/// A stack whose system has a call for many datagrams fills it by one
/// ([`Datagram::recv_batch`](super::Datagram::recv_batch)); the others by one call each.
///
/// ```
/// use amphi_core::socket::{Batch, Datagram, Net, Socket};
/// use amphi_std::Host;
///
/// let mut socket = Host.udp_bind("127.0.0.1:0".parse().unwrap())?;
/// let own = socket.local()?;
/// socket.send_to(b"one", &own)?;
/// socket.send_to(b"and another", &own)?;
///
/// // Room for eight datagrams of 16 octets.
/// let (mut octets, mut received) = ([0; 8 * 16], [const { None }; 8]);
/// let mut batch = Batch::new(&mut octets, &mut received);
/// assert_eq!(socket.recv_batch(&mut batch)?, 2);
/// let lengths: Vec<_> = batch.iter().map(|(octets, _)| octets.len()).collect();
/// assert_eq!(lengths, [3, 11]);
/// let (octets, received) = batch.pop().unwrap();
/// assert_eq!((octets, received.from), (&b"one"[..], own));
/// # Ok::<(), amphi_std::HostError>(())
/// ```
pub struct Batch<'b, A> {
    octets: &'b mut [u8],
    received: &'b mut [Option<Received<A>>],
    /// How much of the octets each datagram has.
    room: usize,
    /// The first that was not taken out yet.
    next: usize,
    /// How many are in, those that were taken out included.
    len: usize,
    /// What ended the last filling, if that was an error.
    fault: Option<ErrorKind>,
}

impl<'b, A> Batch<'b, A> {
    /// Room for as many datagrams as `received` has entries, each as long as its
    /// even share of `octets`; whatever was in the entries is forgotten.
    pub const fn new(octets: &'b mut [u8], received: &'b mut [Option<Received<A>>]) -> Self {
        let room = match octets.len().checked_div(received.len()) {
            Some(room) => room,
            None => 0,
        };
        Self {
            octets,
            received,
            room,
            next: 0,
            len: 0,
            fault: None,
        }
    }

    /// Takes the first datagram out: its octets, cut to the [`room`](Self::room),
    /// and what is known of it.
    pub fn pop(&mut self) -> Option<(&[u8], &Received<A>)> {
        if self.is_empty() {
            return None;
        }
        let index = self.next;
        self.next += 1;
        self.at(index)
    }

    /// Forgets all datagrams.
    pub const fn clear(&mut self) {
        (self.next, self.len) = (0, 0);
    }

    /// How many datagrams are in.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len - self.next
    }

    /// Whether none is in.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == self.next
    }

    /// How many datagrams there is room for in all.
    #[must_use]
    pub const fn capacity(&self) -> usize {
        self.received.len()
    }

    /// The longest datagram that is not cut, in octets.
    #[must_use]
    pub const fn room(&self) -> usize {
        self.room
    }

    /// The datagrams, first come first: octets cut to the room, and what is known of each.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &Received<A>)> {
        (self.next..self.len).filter_map(|index| self.at(index))
    }

    /// For adapters: room for further datagrams, each as long as [`room`](Self::room)
    /// says. After it was filled, [`push`](Self::push) tells how, in the same order.
    /// A batch that was emptied one by one begins anew.
    pub fn free(&mut self) -> core::slice::ChunksExactMut<'_, u8> {
        if self.is_empty() {
            self.clear();
        }
        let start = self.len * self.room;
        let end = self.received.len() * self.room;
        let free = self.octets.get_mut(start..end).unwrap_or_default();
        // Without octets there is no room; a chunk of none would be a panic.
        free.chunks_exact_mut(self.room.max(1))
    }

    /// For adapters: the next free room has been filled. Without one, nothing happens.
    pub fn push(&mut self, received: Received<A>) {
        if let Some(entry) = self.received.get_mut(self.len) {
            *entry = Some(received);
            self.len += 1;
        }
    }

    /// For adapters: what the filling met after it had received something. The next
    /// one shall begin by [taking](Self::take_fault) and telling it.
    pub const fn set_fault(&mut self, kind: ErrorKind) {
        self.fault = Some(kind);
    }

    /// For adapters: what the last filling met.
    pub const fn take_fault(&mut self) -> Option<ErrorKind> {
        self.fault.take()
    }

    fn at(&self, index: usize) -> Option<(&[u8], &Received<A>)> {
        let received = self.received.get(index)?.as_ref()?;
        let start = index * self.room;
        let end = start + received.len.min(self.room);
        Some((self.octets.get(start..end)?, received))
    }
}

impl<A> fmt::Debug for Batch<'_, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batch")
            .field("len", &self.len())
            .field("capacity", &self.capacity())
            .field("room", &self.room)
            .finish_non_exhaustive()
    }
}

/// A datagram that is sent together with others, by
/// [`Datagram::send_batch`](super::Datagram::send_batch).
///
/// ```
/// use amphi_core::socket::{Datagram, Net, Outgoing, Socket};
/// use amphi_std::Host;
///
/// let mut socket = Host.udp_bind("127.0.0.1:0".parse().unwrap())?;
/// let own = socket.local()?;
/// let messages = [Outgoing::new(b"one", &own), Outgoing::new(b"and another", &own)];
/// assert_eq!(socket.send_batch(&messages)?, 2);
/// # Ok::<(), amphi_std::HostError>(())
/// ```
#[derive(Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Outgoing<'m, A> {
    /// What it carries.
    pub octets: &'m [u8],
    /// Where it goes.
    pub to: &'m A,
}

impl<'m, A> Outgoing<'m, A> {
    /// A datagram of `octets` to `to`.
    pub const fn new(octets: &'m [u8], to: &'m A) -> Self {
        Self { octets, to }
    }
}

// Derived, they would ask the same of the address.
impl<A> Clone for Outgoing<'_, A> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<A> Copy for Outgoing<'_, A> {}

#[cfg(test)]
mod tests {
    use super::Batch;
    use crate::socket::Received;
    use std::vec::Vec;

    fn fill(batch: &mut Batch<'_, char>, what: &[u8], from: char) {
        let room = batch.free().next().expect("room");
        let len = what.len().min(room.len());
        room[..len].copy_from_slice(&what[..len]);
        batch.push(Received::new(what.len(), from));
    }

    #[test]
    fn it_is_a_queue_that_begins_anew_when_it_is_empty() {
        let (mut octets, mut received) = ([0; 14], [const { None }; 3]);
        let mut batch = Batch::new(&mut octets, &mut received);
        assert_eq!((batch.capacity(), batch.room(), batch.len()), (3, 4, 0));
        assert_eq!(batch.pop(), None);
        for round in 0..3 {
            fill(&mut batch, b"ab", 'x');
            fill(&mut batch, b"longer", 'y');
            assert_eq!(batch.pop().map(|it| it.0), Some(&b"ab"[..]), "{round}");
            fill(&mut batch, b"", 'z');
            assert_eq!(batch.free().count(), 0);
            batch.push(Received::new(1, 'w'));
            let all: Vec<_> = batch
                .iter()
                .map(|(o, it)| (o.len(), it.len, it.from))
                .collect();
            assert_eq!(all, [(4, 6, 'y'), (0, 0, 'z')]);
            assert!(batch.pop().is_some_and(|(_, it)| it.is_truncated(4)));
            assert_eq!(batch.pop().map(|it| it.0), Some(&b""[..]));
            assert!(batch.is_empty() && batch.pop().is_none());
        }
    }

    #[test]
    fn without_room_there_is_none() {
        for (octets, entries) in [(0, 0), (0, 3), (2, 3), (5, 0)] {
            let mut octets = std::vec![0; octets];
            let mut received = std::vec![None; entries];
            let mut batch = Batch::<char>::new(&mut octets, &mut received);
            assert_eq!(batch.free().count(), 0);
            assert_eq!(batch.room(), 0);
        }
    }
}
