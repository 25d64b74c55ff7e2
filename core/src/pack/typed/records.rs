use core::fmt;
use core::iter::FusedIterator;
use core::marker::PhantomData;
use core::slice::ChunksExact;

use super::tuple::UnpackTuple;
use crate::pack::{Format, PackError};

/// The records in a buffer, each as a tuple: what
/// [`Format::iter_unpack_tuples`] gives.
///
/// ```
/// use amphi_core::pack::{Format, Item, TuplesOf};
///
/// let mut items = [Item::EMPTY; 1];
/// let format = Format::parse(">H", &mut items)?;
/// let ports: TuplesOf<'_, '_, (u16,)> = format.iter_unpack_tuples(&[0, 7, 0, 80])?;
/// assert!(ports.eq([Ok((7,)), Ok((80,))]));
/// # Ok::<(), amphi_core::pack::PackError>(())
/// ```
pub struct TuplesOf<'i, 'b, T> {
    format: Format<'i>,
    octets: ChunksExact<'b, u8>,
    tuple: PhantomData<fn() -> T>,
}

impl<'i, 'b, T> TuplesOf<'i, 'b, T> {
    pub(crate) const fn new(format: Format<'i>, octets: ChunksExact<'b, u8>) -> Self {
        Self {
            format,
            octets,
            tuple: PhantomData,
        }
    }
}

impl<'b, T: UnpackTuple<'b>> Iterator for TuplesOf<'_, 'b, T> {
    type Item = Result<T, PackError>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let octets = self.octets.next()?;
        Some(self.format.tuple_of(octets))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.octets.size_hint()
    }
}

impl<'b, T: UnpackTuple<'b>> ExactSizeIterator for TuplesOf<'_, 'b, T> {}

impl<'b, T: UnpackTuple<'b>> FusedIterator for TuplesOf<'_, 'b, T> {}

impl<T> Clone for TuplesOf<'_, '_, T> {
    fn clone(&self) -> Self {
        Self {
            format: self.format,
            octets: self.octets.clone(),
            tuple: PhantomData,
        }
    }
}

impl<T> fmt::Debug for TuplesOf<'_, '_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TuplesOf")
            .field("format", &self.format)
            .field("left", &self.octets.len())
            .finish_non_exhaustive()
    }
}
