use crate::pack::scan::Item;
use crate::pack::step::{Shape, Step};
use crate::pack::{PackError, PackErrorKind, Value};

/// A type that packs as one item of a format at run time.
///
/// What can be an element is told at [`PackTuple`](crate::pack::PackTuple); nobody else
/// can implement it.
///
/// ```
/// use amphi_core::pack::{Format, Item, PackElement, PackError};
///
/// /// One value, of whatever type it may be, as a record.
/// fn octets<E: PackElement>(format: &str, element: E) -> Result<[u8; 4], PackError> {
///     let (mut items, mut buf) = ([Item::EMPTY; 1], [0; 4]);
///     Format::parse(format, &mut items)?.pack_tuple(&mut buf, 0, (element,))?;
///     Ok(buf)
/// }
///
/// assert_eq!(octets(">I", 258_u16)?, [0, 0, 1, 2]);
/// assert_eq!(octets("4s", b"abcd")?, *b"abcd");
/// # Ok::<(), PackError>(())
/// ```
pub trait PackElement: Copy {
    /// Whether `store` can: the item is of this very type.
    #[doc(hidden)]
    fn fits<const BIG: bool>(&self, item: &Item) -> bool;

    /// Packs it where it fits.
    #[doc(hidden)]
    fn store<const BIG: bool>(self, item: &Item, out: &mut [u8]);

    /// Packs it where that is possible at all; `index` tells which element it is.
    #[doc(hidden)]
    fn put(self, item: &Item, out: &mut [u8], index: usize) -> Result<(), PackError>;
}

/// A type that one item of a format at run time unpacks to.
///
/// What can be an element is told at [`PackTuple`](crate::pack::PackTuple); nobody else
/// can implement it.
///
/// ```
/// use amphi_core::pack::{Format, Item, PackError, UnpackElement};
///
/// /// One value, as the type that is wanted.
/// fn only<'b, E: UnpackElement<'b>>(format: &str, buf: &'b [u8]) -> Result<E, PackError> {
///     let mut items = [Item::EMPTY; 1];
///     let (element,) = Format::parse(format, &mut items)?.unpack_tuple(buf, 0)?;
///     Ok(element)
/// }
///
/// assert_eq!(only::<u64>(">H", &[1, 2])?, 258);
/// assert_eq!(only::<&[u8]>("3s", b"abc")?, b"abc");
/// # Ok::<(), PackError>(())
/// ```
pub trait UnpackElement<'b>: Copy {
    /// Whether `load` can: the item is of this very type.
    #[doc(hidden)]
    fn fits<const BIG: bool>(item: &Item) -> bool;

    /// Unpacks it where it fits.
    #[doc(hidden)]
    fn load<const BIG: bool>(item: &Item, octets: &'b [u8]) -> Self;

    /// Unpacks it where that is possible at all.
    #[doc(hidden)]
    fn get(item: &Item, octets: &'b [u8]) -> Result<Self, PackErrorKind>;
}

impl Item {
    /// Whether each of its values goes by `step`, and all together have `length` octets.
    #[inline(always)]
    pub(super) const fn has(&self, step: Step, length: usize) -> bool {
        length <= Shape::LONGEST && self.quick.shape.is(Shape::new(step, length))
    }

    /// Packs `values` as all that it takes.
    pub(super) fn put_all<'v>(
        &self,
        values: impl ExactSizeIterator<Item = Value<'v>>,
        out: &mut [u8],
        index: usize,
    ) -> Result<(), PackError> {
        let checked = self.check(values.len());
        checked.map_err(|kind| self.refusal(kind, index))?;
        for (place, value) in values.enumerate() {
            if let Err(fault) = self.put(&value, out, self.at(place)) {
                return Err(self.error(fault, index));
            }
        }
        Ok(())
    }

    /// Unpacks all that it has into `places`, each value made by `of`.
    pub(super) fn get_all<'b, T>(
        &self,
        octets: &'b [u8],
        places: &mut [T],
        of: impl Fn(Value<'b>) -> Result<T, PackErrorKind>,
    ) -> Result<(), PackErrorKind> {
        self.check(places.len())?;
        for (at, place) in places.iter_mut().enumerate() {
            *place = of(self.get(octets, self.at(at)))?;
        }
        Ok(())
    }

    /// Refuses a number of values that is not its own.
    pub(super) const fn check(&self, given: usize) -> Result<(), PackErrorKind> {
        let expected = self.values();
        if given == expected {
            return Ok(());
        }
        Err(PackErrorKind::ValueCount { expected, given })
    }

    pub(super) const fn refusal(&self, kind: PackErrorKind, index: usize) -> PackError {
        PackError::of_value(kind, self.code as char, self.position, index)
    }
}
