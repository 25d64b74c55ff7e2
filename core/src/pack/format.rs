use super::interpret;
use super::octets::too_short;
use super::record::whole_records;
use super::scan::{Item, Scanner};
use super::step::Quick;
use super::unpacked::{RecordsOf, Unpacked};
use super::{Order, PackError, PackErrorKind, PackTuple, TuplesOf, UnpackTuple, Value};

/// A format that was read at run time into the caller's items: Python's `struct.Struct`.
///
/// It is for tools, and for protocols that are configured. Where the format is a
/// literal, [`record!`](super::record!) is several times faster and cannot fail. Where
/// only the layout is configured and the types of the values are known,
/// [`pack_tuple`](Self::pack_tuple) and [`unpack_tuple`](Self::unpack_tuple) are the
/// fastest.
///
/// ```
/// use amphi_core::pack::{Format, Item, Value};
///
/// let mut items = [Item::EMPTY; 8];
/// let format = Format::parse("!I2sf", &mut items)?;
/// let mut buf = [0; 12];
/// let values = [Value::from(1), Value::from(b"ab"), Value::from(2.5)];
/// format.pack_into(&mut buf, 2, &values)?;
/// assert_eq!(&buf, b"\0\0\0\0\0\x01ab\x40\x20\0\0");
/// assert!(format.unpack_from(&buf, 2)?.eq(values.map(|value| match value {
///     Value::Signed(number) => Value::Unsigned(number as u64),
///     other => other,
/// })));
/// # Ok::<(), amphi_core::pack::PackError>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Format<'i> {
    pub(super) items: &'i [Item],
    order: Order,
    pub(super) size: usize,
    pub(super) values: usize,
    /// Whether octets lie between or behind the items, which become zero.
    pub(super) gaps: bool,
}

impl<'i> Format<'i> {
    /// Reads `format`. `items` needs one for each code that takes values.
    ///
    /// # Errors
    ///
    /// [`BadCharacter`](PackErrorKind::BadCharacter),
    /// [`CountWithoutCode`](PackErrorKind::CountWithoutCode),
    /// [`TooLong`](PackErrorKind::TooLong) and
    /// [`TooManyItems`](PackErrorKind::TooManyItems).
    pub fn parse(format: &str, items: &'i mut [Item]) -> Result<Self, PackError> {
        let room = items.len();
        let mut places = items.iter_mut();
        let mut scanner = Scanner::new(format);
        let (mut values, mut filled) = (0_usize, 0);
        while let Some(item) = scanner.next()? {
            if item.values() == 0 {
                continue;
            }
            let Some(place) = places.next() else {
                let kind = PackErrorKind::TooManyItems { room };
                return Err(PackError::at(kind, item.code as char, item.position));
            };
            *place = item;
            place.quick = Quick::of(&item);
            values = values.saturating_add(item.values());
            filled += item.count * usize::from(item.size);
        }
        let len = room - places.len();
        let items = items.get_mut(..len).unwrap_or_default();
        let gaps = filled != scanner.size;
        Ok(Self {
            items,
            order: scanner.order,
            size: scanner.size,
            values,
            gaps,
        })
    }

    /// The size of a record in octets, Python's `Struct.size`.
    #[must_use]
    pub const fn size(&self) -> usize {
        self.size
    }

    /// How many values a record has.
    #[must_use]
    pub const fn values(&self) -> usize {
        self.values
    }

    /// The order that the format asks for.
    #[must_use]
    pub const fn order(&self) -> Order {
        self.order
    }

    /// Packs `values` at `offset` of `buf`; octets between items become zero.
    ///
    /// # Errors
    ///
    /// [`ValueCount`](PackErrorKind::ValueCount) and
    /// [`BufferTooShort`](PackErrorKind::BufferTooShort), with `buf` as it was;
    /// [`NotInteger`](PackErrorKind::NotInteger), [`NotNumber`](PackErrorKind::NotNumber),
    /// [`NotOctets`](PackErrorKind::NotOctets), [`NotOneOctet`](PackErrorKind::NotOneOctet),
    /// [`OutOfRange`](PackErrorKind::OutOfRange) and [`Overflow`](PackErrorKind::Overflow),
    /// with the values before the wrong one packed.
    #[inline]
    pub fn pack_into(
        &self,
        buf: &mut [u8],
        offset: usize,
        values: &[Value<'_>],
    ) -> Result<(), PackError> {
        if values.len() != self.values {
            return Err(count(self.values, values.len()));
        }
        let actual = buf.len();
        let Some(out) = self.room(buf, offset) else {
            return Err(too_short(offset, self.size, actual));
        };
        interpret::pack(self.items, out, values)
    }

    /// Packs the elements of a tuple at `offset` of `buf`, one for each item that takes
    /// values; octets between items become zero.
    ///
    /// For programs that know the types of the values, while the layout is configured.
    /// This costs a fraction of [`pack_into`](Self::pack_into), where the types of the
    /// elements are those of the items.
    ///
    /// ```
    /// use amphi_core::pack::{Format, Item};
    ///
    /// let mut items = [Item::EMPTY; 3];
    /// let format = Format::parse("!I2sf", &mut items)?;
    /// let mut buf = [0; 12];
    /// format.pack_tuple(&mut buf, 2, (1_u32, *b"ab", 2.5_f32))?;
    /// assert_eq!(&buf, b"\0\0\0\0\0\x01ab\x40\x20\0\0");
    /// # Ok::<(), amphi_core::pack::PackError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`pack_into`](Self::pack_into); [`ValueCount`](PackErrorKind::ValueCount)
    /// also for an array that is not as long as the item's count.
    #[inline]
    pub fn pack_tuple(
        &self,
        buf: &mut [u8],
        offset: usize,
        values: impl PackTuple,
    ) -> Result<(), PackError> {
        let actual = buf.len();
        let Some(out) = self.room(buf, offset) else {
            return Err(too_short(offset, self.size, actual));
        };
        values.put(self.items, self.order.is_big(), out)
    }

    /// The values of the record at `offset` of `buf`, one after the other.
    ///
    /// # Errors
    ///
    /// [`BufferTooShort`](PackErrorKind::BufferTooShort).
    pub fn unpack_from<'b>(
        &self,
        buf: &'b [u8],
        offset: usize,
    ) -> Result<Unpacked<'i, 'b>, PackError> {
        match self.record(buf, offset) {
            Some(octets) => Ok(self.unpack(octets)),
            None => Err(too_short(offset, self.size, buf.len())),
        }
    }

    /// Unpacks the record at `offset` of `buf` into `values` and gives those that it
    /// has; where there is room for all, this is faster than one after the other.
    ///
    /// ```
    /// use amphi_core::pack::{Format, Item, Value};
    ///
    /// let mut items = [Item::EMPTY; 2];
    /// let format = Format::parse("<2Hx", &mut items)?;
    /// let mut room = [Value::Bool(false); 4];
    /// let values = format.unpack_into(&[2, 1, 0, 0, 0], 0, &mut room)?;
    /// assert_eq!(values, [Value::Unsigned(258), Value::Unsigned(0)]);
    /// # Ok::<(), amphi_core::pack::PackError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`BufferTooShort`](PackErrorKind::BufferTooShort), and
    /// [`ValueCount`](PackErrorKind::ValueCount) when there is not room for all.
    #[inline]
    pub fn unpack_into<'v, 'b>(
        &self,
        buf: &'b [u8],
        offset: usize,
        values: &'v mut [Value<'b>],
    ) -> Result<&'v mut [Value<'b>], PackError> {
        let Some(octets) = self.record(buf, offset) else {
            return Err(too_short(offset, self.size, buf.len()));
        };
        let given = values.len();
        let values = values
            .get_mut(..self.values)
            .ok_or_else(|| count(self.values, given))?;
        interpret::unpack(self.items, octets, values);
        Ok(values)
    }

    /// Unpacks the record at `offset` of `buf` as a tuple, with one element for each item
    /// that takes values.
    ///
    /// For programs that know the types of the values, while the layout is configured.
    /// This costs a fraction of [`unpack_into`](Self::unpack_into), where the types of the
    /// elements are those of the items.
    ///
    /// ```
    /// use amphi_core::pack::{Format, Item};
    ///
    /// let mut items = [Item::EMPTY; 3];
    /// let format = Format::parse("!I2sf", &mut items)?;
    /// let record = b"\0\0\0\x01ab\x40\x20\0\0";
    /// let (number, letters, measure) = format.unpack_tuple(record, 0)?;
    /// assert_eq!((number, letters, measure), (1_u32, *b"ab", 2.5_f32));
    /// # Ok::<(), amphi_core::pack::PackError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`BufferTooShort`](PackErrorKind::BufferTooShort);
    /// [`ValueCount`](PackErrorKind::ValueCount) when the tuple has not one element for
    /// each item, or an array is not as long as the item's count;
    /// [`WrongType`](PackErrorKind::WrongType) when an item is of another kind than its
    /// element; [`OutOfRange`](PackErrorKind::OutOfRange) and
    /// [`Overflow`](PackErrorKind::Overflow) when its value does not fit it.
    #[inline(always)]
    pub fn unpack_tuple<'b, T: UnpackTuple<'b>>(
        &self,
        buf: &'b [u8],
        offset: usize,
    ) -> Result<T, PackError> {
        match self.record(buf, offset) {
            Some(octets) => self.tuple_of(octets),
            None => Err(too_short(offset, self.size, buf.len())),
        }
    }

    /// Each record in `buf` as a tuple.
    ///
    /// ```
    /// use amphi_core::pack::{Format, Item};
    ///
    /// let mut items = [Item::EMPTY; 2];
    /// let format = Format::parse(">HB", &mut items)?;
    /// let mut sum = 0;
    /// for record in format.iter_unpack_tuples(&[0, 7, 1, 0, 80, 2])? {
    ///     let (port, weight): (u16, u8) = record?;
    ///     sum += port * u16::from(weight);
    /// }
    /// assert_eq!(sum, 167);
    /// # Ok::<(), amphi_core::pack::PackError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`EmptyRecord`](PackErrorKind::EmptyRecord) and
    /// [`NotMultiple`](PackErrorKind::NotMultiple); for each record, those of
    /// [`unpack_tuple`](Self::unpack_tuple).
    pub fn iter_unpack_tuples<'b, T: UnpackTuple<'b>>(
        &self,
        buf: &'b [u8],
    ) -> Result<TuplesOf<'i, 'b, T>, PackError> {
        Ok(TuplesOf::new(*self, whole_records(buf, self.size)?))
    }

    /// The values of each record in `buf`.
    ///
    /// ```
    /// use amphi_core::pack::{Format, Item, Value};
    ///
    /// let mut items = [Item::EMPTY; 1];
    /// let format = Format::parse(">H", &mut items)?;
    /// let mut sum = 0;
    /// for mut record in format.iter_unpack(&[0, 7, 0, 80])? {
    ///     sum += record.next().and_then(|value| value.as_u64()).unwrap();
    /// }
    /// assert_eq!(sum, 87);
    /// # Ok::<(), amphi_core::pack::PackError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`EmptyRecord`](PackErrorKind::EmptyRecord) and
    /// [`NotMultiple`](PackErrorKind::NotMultiple).
    pub fn iter_unpack<'b>(&self, buf: &'b [u8]) -> Result<RecordsOf<'i, 'b>, PackError> {
        Ok(RecordsOf::new(*self, whole_records(buf, self.size)?))
    }

    /// The tuple in `octets`, which have the record's size.
    #[inline(always)]
    pub(super) fn tuple_of<'b, T: UnpackTuple<'b>>(
        &self,
        octets: &'b [u8],
    ) -> Result<T, PackError> {
        match T::get(self.items, self.order.is_big(), octets) {
            Some(values) => Ok(values),
            None => Err(T::refusal(self.items, octets)),
        }
    }

    /// The place for a record at `offset`, if there is one, with zeros where no item is.
    #[inline(always)]
    fn room<'o>(&self, buf: &'o mut [u8], offset: usize) -> Option<&'o mut [u8]> {
        let out = buf.get_mut(offset..)?.get_mut(..self.size)?;
        if self.gaps {
            out.fill(0);
        }
        Some(out)
    }

    /// The record at `offset`, if it is there.
    ///
    /// An option, as a result would take what the caller makes of it through memory.
    #[inline(always)]
    fn record<'b>(&self, buf: &'b [u8], offset: usize) -> Option<&'b [u8]> {
        buf.get(offset..)?.get(..self.size)
    }

    /// The values in `octets`, which have the record's size.
    pub(super) fn unpack<'b>(&self, octets: &'b [u8]) -> Unpacked<'i, 'b> {
        Unpacked::new(self.items, octets, self.values)
    }
}

#[cold]
#[inline(never)]
pub(super) const fn count(expected: usize, given: usize) -> PackError {
    PackError::new(PackErrorKind::ValueCount { expected, given })
}

/// Packs `values` at `offset` of `buf` by `format`, Python's `struct.pack_into`, and
/// tells the size in octets.
///
/// The format is read again at each call and needs no storage; a [`Format`] is
/// read once.
///
/// ```
/// use amphi_core::pack::{Value, pack_into};
///
/// let mut buf = [0xFF; 4];
/// assert_eq!(pack_into("<Hx", &mut buf, 0, &[Value::from(258)]), Ok(3));
/// assert_eq!(buf, [2, 1, 0, 0xFF]);
/// ```
///
/// # Errors
///
/// As [`Format::parse`], but there is always room for the items, and
/// [`Format::pack_into`].
pub fn pack_into(
    format: &str,
    buf: &mut [u8],
    offset: usize,
    values: &[Value<'_>],
) -> Result<usize, PackError> {
    let mut expected = 0_usize;
    let mut scanner = Scanner::new(format);
    while let Some(item) = scanner.next()? {
        expected = expected.saturating_add(item.values());
    }
    if values.len() != expected {
        return Err(count(expected, values.len()));
    }
    let size = scanner.size;
    let actual = buf.len();
    buf.get_mut(offset..)
        .and_then(|rest| rest.get_mut(..size))
        .ok_or_else(|| too_short(offset, size, actual))?
        .fill(0);
    let mut scanner = Scanner::new(format);
    let mut rest = values;
    while let Some(item) = scanner.next()? {
        let (own, others) = rest.split_at_checked(item.values()).unwrap_or((rest, &[]));
        for (index, value) in own.iter().enumerate() {
            let at = offset + item.at(index);
            if let Err(fault) = item.put(value, buf, at) {
                return Err(item.error(fault, values.len() - rest.len() + index));
            }
        }
        rest = others;
    }
    Ok(size)
}

/// Unpacks the record at `offset` of `buf` by `format` into `values`, Python's
/// `struct.unpack_from`, and gives those that it has.
///
/// ```
/// use amphi_core::pack::{Value, unpack_from};
///
/// let mut room = [Value::Bool(false); 4];
/// let values = unpack_from("<2Hx", &[2, 1, 0, 0, 0], 0, &mut room)?;
/// assert_eq!(values, [Value::Unsigned(258), Value::Unsigned(0)]);
/// # Ok::<(), amphi_core::pack::PackError>(())
/// ```
///
/// # Errors
///
/// Those of the format, as [`Format::parse`];
/// [`BufferTooShort`](PackErrorKind::BufferTooShort);
/// [`ValueCount`](PackErrorKind::ValueCount) when `values` has less room than the record has values.
pub fn unpack_from<'v, 'b>(
    format: &str,
    buf: &'b [u8],
    offset: usize,
    values: &'v mut [Value<'b>],
) -> Result<&'v mut [Value<'b>], PackError> {
    let mut expected = 0_usize;
    let mut scanner = Scanner::new(format);
    while let Some(item) = scanner.next()? {
        expected = expected.saturating_add(item.values());
    }
    let octets = buf
        .get(offset..)
        .and_then(|rest| rest.get(..scanner.size))
        .ok_or_else(|| too_short(offset, scanner.size, buf.len()))?;
    let given = values.len();
    let values = values
        .get_mut(..expected)
        .ok_or_else(|| count(expected, given))?;
    let mut scanner = Scanner::new(format);
    let mut places = values.iter_mut();
    while let Some(item) = scanner.next()? {
        for (index, place) in places.by_ref().take(item.values()).enumerate() {
            *place = item.get(octets, item.at(index));
        }
    }
    Ok(values)
}
