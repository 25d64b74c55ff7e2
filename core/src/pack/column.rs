//! One value of many records: what it needs is looked up once, so that a record costs no
//! jump, only a check, and a load or a store.

use core::iter::Zip;
use core::slice::{ChunksExact, ChunksExactMut};

use super::Value;
use super::octets::{whole, whole_mut};
use super::scan::Item;
use super::step::{Step, by_number, fit};

/// Records to be unpacked: their octets, and the places for their values.
pub(super) type Sources<'v, 'b> = Zip<ChunksExact<'b, u8>, ChunksExactMut<'v, Value<'b>>>;

/// Records to be packed: their octets, and their values.
pub(super) type Targets<'o, 'v, 'b> = Zip<ChunksExactMut<'o, u8>, ChunksExact<'v, Value<'b>>>;

/// One value of each record.
#[derive(Debug, Clone, Copy)]
pub(super) struct Column<'i> {
    pub(super) item: &'i Item,
    /// Where it begins in a record, in octets.
    pub(super) at: usize,
    /// Which of a record's values it is.
    pub(super) index: usize,
}

impl Column<'_> {
    /// Unpacks the value of each record.
    #[inline(never)]
    pub(super) fn get(self, records: Sources<'_, '_>) {
        let (item, at, end) = (self.item, self.at, self.at + self.item.count);
        macro_rules! number {
            ($type:ident, $variant:ident, $from:ident, $to:ident) => {
                self.get_each(records, |octets| {
                    Some(Value::$variant(<$type>::$from(*whole(octets, at)?).into()))
                })
            };
        }
        by_number!(Step::of(item), number,
            Step::Octets => self.get_each(records, |octets| octets.get(at..end).map(Value::Bytes)),
            _ => self.get_each(records, |octets| Some(item.get(octets, at))),
        );
    }

    // A record that is too short ends the loop, so that the compiler asks for it once, before.
    #[inline(always)]
    fn get_each<'b>(self, records: Sources<'_, 'b>, value: impl Fn(&'b [u8]) -> Option<Value<'b>>) {
        for (octets, places) in records {
            let (Some(place), Some(value)) = (places.get_mut(self.index), value(octets)) else {
                return;
            };
            *place = value;
        }
    }

    /// Packs the value of each record; `false` where one cannot be.
    #[inline(never)]
    pub(super) fn put(self, records: Targets<'_, '_, '_>) -> bool {
        macro_rules! number {
            ($type:ident, $variant:ident, $from:ident, $to:ident) => {
                self.put_each(records, |value| Some(fit::$type(value)?.$to()))
            };
        }
        macro_rules! text {
            ($length:literal) => {
                self.put_each::<$length>(records, |value| value.as_bytes()?.try_into().ok())
            };
        }
        by_number!(Step::of(self.item), number,
            Step::Octets => match self.item.count {
                1 => text!(1),
                2 => text!(2),
                4 => text!(4),
                6 => text!(6),
                8 => text!(8),
                16 => text!(16),
                _ => self.put_other(records),
            },
            _ => self.put_other(records),
        )
    }

    #[inline(always)]
    fn put_each<const N: usize>(
        self,
        records: Targets<'_, '_, '_>,
        octets: impl Fn(&Value<'_>) -> Option<[u8; N]>,
    ) -> bool {
        for (out, values) in records {
            let (Some(place), Some(value)) = (whole_mut(out, self.at), values.get(self.index))
            else {
                return false;
            };
            match octets(value) {
                Some(octets) => *place = octets,
                None if put_rarely(self.item, value, place) => {}
                None => return false,
            }
        }
        true
    }

    fn put_other(self, mut records: Targets<'_, '_, '_>) -> bool {
        records.all(|(out, values)| match values.get(self.index) {
            Some(value) => self.item.put(value, out, self.at).is_ok(),
            None => false,
        })
    }
}

/// Packs a value that is not of the item's very type. A call apart, as the loop is slower
/// where the compiler weighs both ways alike.
#[cold]
#[inline(never)]
fn put_rarely(item: &Item, value: &Value<'_>, place: &mut [u8]) -> bool {
    item.put(value, place, 0).is_ok()
}
