//! Octets at an offset, in and out of slices, without a panic path.

use super::{PackError, PackErrorKind};

/// Stores `octets` at `at`; nothing when they do not fit.
#[inline(always)]
pub(super) const fn store<const N: usize>(out: &mut [u8], at: usize, octets: [u8; N]) {
    if let Some((_, rest)) = out.split_at_mut_checked(at)
        && let Some(place) = rest.first_chunk_mut()
    {
        *place = octets;
    }
}

/// Loads octets from `at`; zeros when there are too few.
#[inline(always)]
pub(super) const fn load<const N: usize>(octets: &[u8], at: usize) -> [u8; N] {
    if let Some((_, rest)) = octets.split_at_checked(at)
        && let Some(octets) = rest.first_chunk()
    {
        return *octets;
    }
    [0; N]
}

/// The place of `N` octets at `offset` of `buf`.
#[doc(hidden)]
#[inline]
pub const fn place<const N: usize>(
    buf: &mut [u8],
    offset: usize,
) -> Result<&mut [u8; N], PackError> {
    let actual = buf.len();
    if let Some((_, rest)) = buf.split_at_mut_checked(offset)
        && let Some(octets) = rest.first_chunk_mut()
    {
        return Ok(octets);
    }
    Err(too_short(offset, N, actual))
}

/// `N` octets at `offset` of `buf`.
#[doc(hidden)]
#[inline]
pub const fn chunk<const N: usize>(buf: &[u8], offset: usize) -> Result<&[u8; N], PackError> {
    if let Some((_, rest)) = buf.split_at_checked(offset)
        && let Some(octets) = rest.first_chunk()
    {
        return Ok(octets);
    }
    Err(too_short(offset, N, buf.len()))
}

#[cold]
pub(super) const fn too_short(offset: usize, size: usize, actual: usize) -> PackError {
    PackError::new(PackErrorKind::BufferTooShort {
        needed: offset.saturating_add(size),
        actual,
    })
}
