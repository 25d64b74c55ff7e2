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

/// No octet but zeros.
#[doc(hidden)]
#[must_use]
pub const fn zeros<const N: usize>() -> [u8; N] {
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
#[inline(never)]
pub(super) const fn too_short(offset: usize, size: usize, actual: usize) -> PackError {
    PackError::new(PackErrorKind::BufferTooShort {
        needed: offset.saturating_add(size),
        actual,
    })
}

/// Copies a text of at most 16 octets to `to`, which is as long; `false` for a longer
/// one. Two stores that overlap cost less than a call of `memcpy`.
#[inline(always)]
pub(super) fn copy_short(from: &[u8], to: &mut [u8]) -> bool {
    /// The ends of `N` octets each, for a text of `N` to `2 * N`.
    #[inline(always)]
    fn ends<const N: usize>(from: &[u8], to: &mut [u8]) {
        if let (Some(first), Some(last)) = (from.first_chunk::<N>(), from.last_chunk::<N>()) {
            let (first, last) = (*first, *last);
            if let Some(place) = to.first_chunk_mut() {
                *place = first;
            }
            if let Some(place) = to.last_chunk_mut() {
                *place = last;
            }
        }
    }
    match from.len() {
        0 => {}
        1 => ends::<1>(from, to),
        2..=4 => ends::<2>(from, to),
        5..=8 => ends::<4>(from, to),
        9..=16 => ends::<8>(from, to),
        _ => return false,
    }
    true
}

/// The room for `N` octets at `at`, which is not near the end of memory.
#[inline(always)]
pub(super) fn whole_mut<const N: usize>(out: &mut [u8], at: usize) -> Option<&mut [u8; N]> {
    out.get_mut(at..at + N)?.first_chunk_mut()
}

/// `N` octets at `at`, which is not near the end of memory.
#[inline(always)]
pub(super) fn whole<const N: usize>(octets: &[u8], at: usize) -> Option<&[u8; N]> {
    octets.get(at..at + N)?.first_chunk()
}
