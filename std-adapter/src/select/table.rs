use std::os::fd::RawFd;

/// A table from descriptor to `T`. Descriptors are small numbers that the
/// kernel gives out from below, so it is an array.
#[derive(Debug)]
pub(super) struct Table<T> {
    slots: Vec<Option<T>>,
    len: usize,
}

impl<T> Table<T> {
    pub(super) const fn new() -> Self {
        Self {
            slots: Vec::new(),
            len: 0,
        }
    }

    /// Puts `value` in the place of `fd`, and gives what was there.
    pub(super) fn insert(&mut self, fd: RawFd, value: T) -> Option<T> {
        let index = usize::try_from(fd).ok()?;
        if index >= self.slots.len() {
            self.slots.resize_with(index + 1, || None);
        }
        let old = self.slots[index].replace(value);
        self.len += usize::from(old.is_none());
        old
    }

    /// Empties the place of `fd`.
    pub(super) fn remove(&mut self, fd: RawFd) -> Option<T> {
        let index = usize::try_from(fd).ok()?;
        let old = self.slots.get_mut(index)?.take();
        self.len -= usize::from(old.is_some());
        old
    }

    #[inline]
    pub(super) fn get(&self, fd: RawFd) -> Option<&T> {
        self.slots.get(usize::try_from(fd).ok()?)?.as_ref()
    }

    pub(super) fn get_mut(&mut self, fd: RawFd) -> Option<&mut T> {
        self.slots.get_mut(usize::try_from(fd).ok()?)?.as_mut()
    }

    /// How many places are taken.
    pub(super) const fn len(&self) -> usize {
        self.len
    }

    /// All of it, by rising descriptor.
    pub(super) fn iter(&self) -> impl Iterator<Item = (RawFd, &T)> {
        let pairs = (0..).zip(&self.slots);
        pairs.filter_map(|(fd, slot)| Some((fd, slot.as_ref()?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_counts_what_is_in() {
        let mut table = Table::new();
        assert_eq!(table.insert(5, 'a'), None);
        assert_eq!(table.insert(5, 'b'), Some('a'));
        assert_eq!(table.insert(-1, 'c'), None);
        assert_eq!((table.len(), table.get(5)), (1, Some(&'b')));
        assert_eq!(table.iter().collect::<Vec<_>>(), [(5, &'b')]);
        assert_eq!(table.remove(5), Some('b'));
        assert_eq!(table.remove(5), None);
        assert_eq!(table.remove(99), None);
        assert_eq!(table.len(), 0);
    }
}
