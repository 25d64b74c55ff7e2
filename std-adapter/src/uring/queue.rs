/// Octets in order: taken from the front, added behind.
#[derive(Debug, Default)]
pub(super) struct Octets {
    octets: Vec<u8>,
    start: usize,
}

impl Octets {
    #[inline]
    pub(super) fn as_slice(&self) -> &[u8] {
        &self.octets[self.start..]
    }

    #[inline]
    pub(super) const fn len(&self) -> usize {
        self.octets.len() - self.start
    }

    #[inline]
    pub(super) const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds `octets`, in room of `spare` if there is none yet.
    #[inline]
    pub(super) fn push(&mut self, octets: &[u8], spare: &mut Spare) {
        if self.octets.capacity() == 0
            && let Some(room) = spare.0.pop()
        {
            self.octets = room;
        }
        self.octets.extend_from_slice(octets);
    }

    /// Forgets the first `count` octets; room that is empty goes to `spare`.
    #[inline]
    pub(super) fn consume(&mut self, count: usize, spare: &mut Spare) {
        self.start += count.min(self.len());
        if self.is_empty() {
            self.clear(spare);
        } else if self.start >= self.octets.len() / 2 {
            // What is left moves at most once for each octet that was taken.
            self.octets.drain(..self.start);
            self.start = 0;
        }
    }

    #[inline]
    pub(super) fn clear(&mut self, spare: &mut Spare) {
        self.start = 0;
        let mut room = core::mem::take(&mut self.octets);
        if room.capacity() > 0 && room.capacity() <= LARGEST && spare.0.len() < MOST {
            room.clear();
            spare.0.push(room);
        }
    }
}

/// The most that is kept of empty room: pieces, and octets of each.
const MOST: usize = 1024;
const LARGEST: usize = 8192;

/// Empty room, last used first, so that it is in the processor's caches: an idle
/// connection has none.
#[derive(Debug, Default)]
pub(super) struct Spare(Vec<Vec<u8>>);

#[cfg(test)]
mod tests {
    use super::{Octets, Spare};

    #[test]
    fn octets_stay_in_order_and_room_is_used_again() {
        let mut spare = Spare::default();
        let mut octets = Octets::default();
        let mut oracle = std::collections::VecDeque::new();
        for step in 0..2_000_usize {
            if step % 3 == 0 {
                let count = step % 11;
                octets.consume(count, &mut spare);
                oracle.drain(..count.min(oracle.len()));
            } else {
                let more: Vec<u8> = (0..step % 5).map(|at| (step + at) as u8).collect();
                octets.push(&more, &mut spare);
                oracle.extend(more);
            }
            assert_eq!(octets.as_slice(), oracle.make_contiguous());
        }
        octets.clear(&mut spare);
        assert_eq!((octets.len(), spare.0.len()), (0, 1));
        octets.push(b"x", &mut spare);
        assert!(spare.0.is_empty());
    }
}
