use core::fmt;
use core::iter::FusedIterator;
use core::marker::PhantomData;
use core::slice::ChunksExact;

use super::{PackError, PackErrorKind};

/// A type that [`record!`](super::record!) made: a format with its size and values.
///
/// All of it is there without the trait; the trait is for code that takes any record.
///
/// ```
/// use amphi_core::pack::{Record, record};
///
/// record! {
///     struct Pair = "!2H";
/// }
///
/// fn zero<R: Record>() -> R::Values {
///     R::unpack(&R::ZERO)
/// }
///
/// assert_eq!(zero::<Pair>(), ([0, 0],));
/// ```
pub trait Record {
    /// The tuple of values, one for each item of the format.
    type Values: Copy;
    /// An array of [`SIZE`](Self::SIZE) octets.
    type Octets: AsRef<[u8]> + AsMut<[u8]> + Copy;

    /// The format.
    const FORMAT: &'static str;
    /// The size of a record in octets.
    const SIZE: usize = size_of::<Self::Octets>();
    /// Where each value begins, in octets.
    const OFFSETS: &'static [usize];
    /// A record of zeros.
    const ZERO: Self::Octets;

    /// The octets of `values`.
    fn pack(values: Self::Values) -> Self::Octets;

    /// The values in `octets`.
    fn unpack(octets: &Self::Octets) -> Self::Values;
}

/// The values of record after record: what a record's `iter_unpack` gives.
///
/// ```
/// use amphi_core::pack::record;
///
/// record! {
///     struct Port = "!H";
/// }
///
/// let ports = Port::iter_unpack(&[0, 7, 0, 80])?;
/// assert_eq!(ports.len(), 2);
/// assert_eq!(ports.map(|(port,)| port).sum::<u16>(), 87);
/// # Ok::<(), amphi_core::pack::PackError>(())
/// ```
pub struct Records<'b, R> {
    octets: ChunksExact<'b, u8>,
    record: PhantomData<fn() -> R>,
}

impl<'b, R: Record> Records<'b, R> {
    /// The records in `buf`.
    ///
    /// # Errors
    ///
    /// [`EmptyRecord`](PackErrorKind::EmptyRecord) for a record of no octets;
    /// [`NotMultiple`](PackErrorKind::NotMultiple) when the last record is not whole.
    pub fn new(buf: &'b [u8]) -> Result<Self, PackError> {
        match whole_records(buf, R::SIZE) {
            Ok(octets) => Ok(Self {
                octets,
                record: PhantomData,
            }),
            Err(error) => Err(error),
        }
    }

    fn values(octets: &[u8]) -> R::Values {
        let mut record = R::ZERO;
        // Chunks have the record's length.
        if record.as_ref().len() == octets.len() {
            record.as_mut().copy_from_slice(octets);
        }
        R::unpack(&record)
    }
}

/// `buf` in pieces of `size` octets.
pub(super) fn whole_records(buf: &[u8], size: usize) -> Result<ChunksExact<'_, u8>, PackError> {
    if size == 0 {
        return Err(PackError::new(PackErrorKind::EmptyRecord));
    }
    let actual = buf.len();
    if !actual.is_multiple_of(size) {
        return Err(PackError::new(PackErrorKind::NotMultiple { size, actual }));
    }
    Ok(buf.chunks_exact(size))
}

impl<R: Record> Iterator for Records<'_, R> {
    type Item = R::Values;

    #[inline]
    fn next(&mut self) -> Option<R::Values> {
        self.octets.next().map(Self::values)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.octets.size_hint()
    }

    fn nth(&mut self, n: usize) -> Option<R::Values> {
        self.octets.nth(n).map(Self::values)
    }
}

impl<R: Record> DoubleEndedIterator for Records<'_, R> {
    fn next_back(&mut self) -> Option<R::Values> {
        self.octets.next_back().map(Self::values)
    }
}

impl<R: Record> ExactSizeIterator for Records<'_, R> {}

impl<R: Record> FusedIterator for Records<'_, R> {}

impl<R> Clone for Records<'_, R> {
    fn clone(&self) -> Self {
        Self {
            octets: self.octets.clone(),
            record: PhantomData,
        }
    }
}

impl<R> fmt::Debug for Records<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Records")
            .field("left", &self.octets.len())
            .finish_non_exhaustive()
    }
}
