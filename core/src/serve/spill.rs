//! What a socket would not take, kept in order.

/// A first-in first-out buffer without wrap-around, so that what is kept is one slice.
pub(super) struct Spill<B: ?Sized = [u8]> {
    start: usize,
    end: usize,
    buf: B,
}

impl<const N: usize> Spill<[u8; N]> {
    pub(super) const fn new() -> Self {
        Self {
            start: 0,
            end: 0,
            buf: [0; N],
        }
    }
}

impl<B: ?Sized + AsRef<[u8]> + AsMut<[u8]>> Spill<B> {
    pub(super) fn room(&self) -> usize {
        self.buf.as_ref().len() - (self.end - self.start)
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.start == self.end
    }

    pub(super) fn pending(&self) -> &[u8] {
        self.buf
            .as_ref()
            .get(self.start..self.end)
            .unwrap_or_default()
    }

    /// Keeps as much of `octets` as there is room for, and tells how much.
    pub(super) fn push(&mut self, octets: &[u8]) -> usize {
        let buf = self.buf.as_mut();
        if buf.len() - self.end < octets.len() {
            buf.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        let taken = octets.len().min(buf.len() - self.end);
        if let (Some(to), Some(from)) =
            (buf.get_mut(self.end..self.end + taken), octets.get(..taken))
        {
            to.copy_from_slice(from);
        }
        self.end += taken;
        taken
    }

    /// Forgets the first `count` octets.
    pub(super) fn consume(&mut self, count: usize) {
        self.start = (self.start + count).min(self.end);
        if self.is_empty() {
            self.clear();
        }
    }

    pub(super) const fn clear(&mut self) {
        (self.start, self.end) = (0, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::Spill;
    use std::collections::VecDeque;
    use std::vec::Vec;

    #[test]
    fn keeps_order_like_a_queue() {
        let mut storage = Spill::<[u8; 7]>::new();
        let spill: &mut Spill = &mut storage;
        let mut oracle = VecDeque::new();
        let mut next = 0_u8;
        for step in 0..10_000_usize {
            if step % 3 == 0 {
                let count = (step / 3) % 5;
                spill.consume(count.min(spill.pending().len()));
                oracle.drain(..count.min(oracle.len()));
            } else {
                let octets: Vec<u8> = (0..step % 4).map(|i| next.wrapping_add(i as u8)).collect();
                let room = spill.room();
                let taken = spill.push(&octets);
                assert_eq!(taken, octets.len().min(room));
                oracle.extend(&octets[..taken]);
                next = next.wrapping_add(taken as u8);
            }
            assert_eq!(spill.pending(), oracle.make_contiguous());
            assert_eq!(spill.room(), 7 - oracle.len());
        }
    }
}
