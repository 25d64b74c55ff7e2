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

/// A buffer that is filled while nothing has left, and then emptied: the handler that fills it
/// is not called before all has left. So what is kept is one slice, and never moves.
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
        self.buf.len() - self.kept.end
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
        let end = self.kept.end;
        let taken = octets.len().min(self.room());
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
    use std::vec::Vec;

    #[test]
    fn gives_what_it_took_in_pieces() {
        let (mut kept, mut buf) = (Kept::NOTHING, [0; 7]);
        let mut spill = Spill::new(&mut kept, &mut buf);
        for (pieces, steps) in (0..1_000_usize).map(|round| (round % 7, 1 + round % 4)) {
            let mut expected = Vec::new();
            for piece in 0..pieces {
                let octets: Vec<u8> = (0..piece).map(|i| (i + steps) as u8).collect();
                let room = spill.room();
                let taken = spill.push(&octets);
                assert_eq!(taken, octets.len().min(room));
                expected.extend(&octets[..taken]);
                assert_eq!(spill.room(), 7 - expected.len());
            }
            while !spill.is_empty() {
                assert_eq!(spill.pending(), expected);
                spill.consume(steps);
                expected.drain(..steps.min(expected.len()));
            }
            assert_eq!((spill.room(), expected.len()), (7, 0));
        }
    }
}
