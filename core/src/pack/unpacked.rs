use core::iter::FusedIterator;
use core::slice::{ChunksExact, Iter};

use super::scan::Item;
use super::{Format, Value};

/// The values of one record, one after the other.
///
/// ```
/// use amphi_core::pack::{Format, Item, Value};
///
/// let mut items = [Item::EMPTY; 2];
/// let format = Format::parse("3B s", &mut items)?;
/// let mut values = format.unpack_from(b"\x01\x02\x03x", 0)?;
/// assert_eq!(values.len(), 4);
/// assert_eq!(values.nth(3), Some(Value::Bytes(b"x")));
/// # Ok::<(), amphi_core::pack::PackError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Unpacked<'i, 'b> {
    items: Iter<'i, Item>,
    current: &'i Item,
    /// How many values of the current item are to come.
    more: usize,
    at: usize,
    octets: &'b [u8],
    left: usize,
}

impl<'i, 'b> Unpacked<'i, 'b> {
    pub(super) fn new(items: &'i [Item], octets: &'b [u8], left: usize) -> Self {
        Self {
            items: items.iter(),
            current: &Item::EMPTY,
            more: 0,
            at: 0,
            octets,
            left,
        }
    }
}

impl<'b> Iterator for Unpacked<'_, 'b> {
    type Item = Value<'b>;

    #[inline]
    fn next(&mut self) -> Option<Value<'b>> {
        if self.more == 0 {
            let item = self.items.next()?;
            self.left -= 1;
            if item.values() == 1 {
                return Some(item.get(self.octets, item.offset));
            }
            self.current = item;
            self.more = item.values() - 1;
            self.at = item.offset;
        } else {
            self.left -= 1;
            self.more -= 1;
            self.at += usize::from(self.current.size);
        }
        Some(self.current.get(self.octets, self.at))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl ExactSizeIterator for Unpacked<'_, '_> {}

impl FusedIterator for Unpacked<'_, '_> {}

/// The records in a buffer, each as its values: what [`Format::iter_unpack`] gives.
///
/// ```
/// use amphi_core::pack::{Format, Item, RecordsOf, Value};
///
/// let mut items = [Item::EMPTY; 1];
/// let format = Format::parse(">H", &mut items)?;
/// let mut records: RecordsOf<'_, '_> = format.iter_unpack(&[0, 7, 0, 80])?;
/// assert_eq!(records.len(), 2);
/// assert_eq!(records.nth(1).unwrap().next(), Some(Value::Unsigned(80)));
/// # Ok::<(), amphi_core::pack::PackError>(())
/// ```
#[derive(Debug, Clone)]
pub struct RecordsOf<'i, 'b> {
    format: Format<'i>,
    octets: ChunksExact<'b, u8>,
}

impl<'i, 'b> RecordsOf<'i, 'b> {
    pub(super) const fn new(format: Format<'i>, octets: ChunksExact<'b, u8>) -> Self {
        Self { format, octets }
    }
}

impl<'i, 'b> Iterator for RecordsOf<'i, 'b> {
    type Item = Unpacked<'i, 'b>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let octets = self.octets.next()?;
        Some(self.format.unpack(octets))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.octets.size_hint()
    }
}

impl ExactSizeIterator for RecordsOf<'_, '_> {}

impl FusedIterator for RecordsOf<'_, '_> {}
