//! What a socket would not take, kept in order.

/// Which part of a slot's buffer is in use. Apart from the buffer, so that slots
/// are small and lie close together, and a buffer that is not needed is not touched.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Kept {
    start: usize,
    end: usize,
}

impl Kept {
    pub(super) const NOTHING: Self = Self { start: 0, end: 0 };

    pub(super) const fn is_empty(&self) -> bool {
        self.start == self.end
    }

    pub(super) const fn len(&self) -> usize {
        self.end - self.start
    }
}

/// A first-in first-out buffer without wrap-around, so that what is kept is one slice.
#[derive(Debug)]
pub(super) struct Spill<'b> {
    kept: &'b mut Kept,
    buf: &'b mut [u8],
}

impl<'b> Spill<'b> {
    pub(super) const fn new(kept: &'b mut Kept, buf: &'b mut [u8]) -> Self {
        Self { kept, buf }
    }

    pub(super) const fn room(&self) -> usize {
        self.buf.len() - self.kept.len()
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    pub(super) fn pending(&self) -> &[u8] {
        self.buf
            .get(self.kept.start..self.kept.end)
            .unwrap_or_default()
    }

    /// Keeps as much of `octets` as there is room for, and tells how much.
    pub(super) fn push(&mut self, octets: &[u8]) -> usize {
        let Kept { start, end } = *self.kept;
        if self.buf.len() - end < octets.len() && start > 0 {
            self.buf.copy_within(start..end, 0);
            *self.kept = Kept {
                start: 0,
                end: end - start,
            };
        }
        let end = self.kept.end;
        let taken = octets.len().min(self.buf.len() - end);
        if let (Some(to), Some(from)) = (self.buf.get_mut(end..end + taken), octets.get(..taken)) {
            to.copy_from_slice(from);
        }
        self.kept.end += taken;
        taken
    }

    /// Forgets the first `count` octets.
    pub(super) fn consume(&mut self, count: usize) {
        self.kept.start = (self.kept.start + count).min(self.kept.end);
        if self.is_empty() {
            *self.kept = Kept::NOTHING;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Kept, Spill};
    use std::collections::VecDeque;
    use std::vec::Vec;

    #[test]
    fn keeps_order_like_a_queue() {
        let (mut kept, mut buf) = (Kept::NOTHING, [0; 7]);
        let mut spill = Spill::new(&mut kept, &mut buf);
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
