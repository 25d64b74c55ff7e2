//! Many records of a format at run time, a block of them item by item.

use super::column::Column;
use super::format::count;
use super::interpret;
use super::octets::too_short;
use super::record::whole_records;
use super::{Format, PackError, PackErrorKind, Value};

/// About how many values a block has: they stay in the nearest cache.
const BLOCK: usize = 512;

impl Format<'_> {
    /// Packs many records at the start of `buf`, one behind the other, and tells how many
    /// octets they have. `values` has those of the first record, of the second, and so on.
    ///
    /// This costs half of what as many calls of [`pack_into`](Self::pack_into) cost, as what
    /// an item needs is looked up once for many records.
    ///
    /// ```
    /// use amphi_core::pack::{Format, Item, Value};
    ///
    /// let mut items = [Item::EMPTY; 2];
    /// let format = Format::parse(">HB", &mut items)?;
    /// let mut buf = [0xFF; 7];
    /// assert_eq!(format.pack_records(&mut buf, &[7, 1, 80, 2].map(Value::from))?, 6);
    /// assert_eq!(buf, [0, 7, 1, 0, 80, 2, 0xFF]);
    /// # Ok::<(), amphi_core::pack::PackError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`EmptyRecord`](PackErrorKind::EmptyRecord),
    /// [`ValueCount`](PackErrorKind::ValueCount) when the last record has not all its values,
    /// and [`BufferTooShort`](PackErrorKind::BufferTooShort), with `buf` as it was; those of
    /// a value as [`pack_into`](Self::pack_into), with the values before the wrong one
    /// packed, and perhaps some of those behind it.
    pub fn pack_records(&self, buf: &mut [u8], values: &[Value<'_>]) -> Result<usize, PackError> {
        let size = self.size.saturating_mul(self.records(values.len())?);
        let actual = buf.len();
        let Some(out) = buf.get_mut(..size) else {
            return Err(too_short(0, size, actual));
        };
        if self.gaps {
            out.fill(0);
        }
        let (octets, count) = self.block();
        let blocks = out.chunks_mut(octets).zip(values.chunks(count));
        for (index, (out, values)) in blocks.enumerate() {
            if !self.pack_block(out, values) {
                let packed = self.pack_each(out, values);
                packed.map_err(|error| error.after(index * count))?;
            }
        }
        Ok(size)
    }

    /// Unpacks all records in `buf` into `values` and gives those that they have: those of
    /// the first record, of the second, and so on.
    ///
    /// This costs half of what as many calls of [`unpack_into`](Self::unpack_into) cost, as
    /// what an item needs is looked up once for many records. Of a long file, unpack some
    /// hundred values at a time, so that they are looked at while they are in the cache.
    ///
    /// ```
    /// use amphi_core::pack::{Format, Item, Value};
    ///
    /// let mut items = [Item::EMPTY; 2];
    /// let format = Format::parse(">HB", &mut items)?;
    /// let mut room = [Value::Bool(false); 8];
    /// let values = format.unpack_records(&[0, 7, 1, 0, 80, 2], &mut room)?;
    /// assert_eq!(values, [7_u16, 1, 80, 2].map(Value::from));
    /// # Ok::<(), amphi_core::pack::PackError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`EmptyRecord`](PackErrorKind::EmptyRecord) and
    /// [`NotMultiple`](PackErrorKind::NotMultiple), and
    /// [`ValueCount`](PackErrorKind::ValueCount) when there is not room for all.
    pub fn unpack_records<'v, 'b>(
        &self,
        buf: &'b [u8],
        values: &'v mut [Value<'b>],
    ) -> Result<&'v mut [Value<'b>], PackError> {
        let records = whole_records(buf, self.size)?.len();
        let (expected, given) = (self.values.saturating_mul(records), values.len());
        let values = values
            .get_mut(..expected)
            .ok_or_else(|| count(expected, given))?;
        let (octets, count) = self.block();
        for (octets, values) in buf.chunks(octets).zip(values.chunks_mut(count)) {
            self.columns(|column| {
                let values = values.chunks_exact_mut(self.values);
                column.get(octets.chunks_exact(self.size).zip(values));
                true
            });
        }
        Ok(values)
    }

    /// How many records `values` values make.
    fn records(&self, values: usize) -> Result<usize, PackError> {
        if self.size == 0 {
            return Err(PackError::new(PackErrorKind::EmptyRecord));
        }
        let records = values.checked_div(self.values).unwrap_or(0);
        if records * self.values == values {
            return Ok(records);
        }
        Err(count(self.values.saturating_mul(records + 1), values))
    }

    /// How many octets and how many values a block has, of each at least one.
    fn block(&self) -> (usize, usize) {
        let records = BLOCK.checked_div(self.values).unwrap_or(0).max(16);
        let values = self.values.saturating_mul(records).max(1);
        (self.size.saturating_mul(records), values)
    }

    /// Calls `column` with each value of a record, until it gives `false`.
    #[inline(always)]
    fn columns(&self, mut column: impl FnMut(Column<'_>) -> bool) -> bool {
        let mut index = 0;
        for item in self.items {
            for place in 0..item.values() {
                let at = item.at(place);
                if !column(Column { item, at, index }) {
                    return false;
                }
                index += 1;
            }
        }
        true
    }

    /// Packs item by item; `false` where a value cannot be packed.
    fn pack_block(&self, out: &mut [u8], values: &[Value<'_>]) -> bool {
        self.columns(|column| {
            let values = values.chunks_exact(self.values);
            column.put(out.chunks_exact_mut(self.size).zip(values))
        })
    }

    /// Packs one record after the other, up to what is wrong.
    #[cold]
    #[inline(never)]
    fn pack_each(&self, out: &mut [u8], values: &[Value<'_>]) -> Result<(), PackError> {
        let records = out.chunks_exact_mut(self.size);
        let records = records.zip(values.chunks_exact(self.values));
        for (index, (out, values)) in records.enumerate() {
            interpret::pack(self.items, out, values)
                .map_err(|error| error.after(index * self.values))?;
        }
        Ok(())
    }
}
