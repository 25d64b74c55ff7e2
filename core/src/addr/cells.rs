//! The index of a [`PrefixTable`](super::PrefixTable): which segment an address is
//! in, without a walk.
//!
//! How far an address lies behind the first boundary, times a scale, is the number
//! of a cell in the upper word of the product; the lower word tells how far into
//! the cell it lies. So cells are spread evenly from the first boundary to the last,
//! whatever their number. A cell holds the number of the segment that its beginning
//! lies in. A search among that segment and the few that may follow, as many for each
//! address, ends it without a branch that depends on the address.
//!
//! Where networks crowd together, as those of IPv6 do, there are two levels: a cell
//! of the first tells where its own cells of the second stand, and how many those
//! are; the lower word of the product numbers them in the same way.

mod build;

use super::block::FamilyBlock;
use super::block::sealed::{Int, Word};
use super::table::Segment;

/// An owner that is none.
const NOBODY: u32 = u32::MAX;

#[derive(Debug, Clone, Copy)]
pub(super) struct Cells<'a, N: FamilyBlock> {
    ruler: Ruler<N>,
    scale: N::Upper,
    /// The first level, where there are two: where a cell's own cells stand in
    /// `leaves`, and how many they are.
    roots: &'a [[u32; 2]],
    /// The last level: numbers of segments.
    leaves: &'a [u32],
    /// How many segments, from that of its cell on, an address may be in.
    window: usize,
}

/// Measures how far behind the first boundary an address lies.
#[derive(Debug, Clone, Copy)]
struct Ruler<N: FamilyBlock> {
    /// The smallest and the largest boundary.
    low: N::Bits,
    high: N::Bits,
    /// Whether the leading bits tell all boundaries apart.
    narrow: bool,
    /// How many low bits of a distance are left out otherwise.
    shift: u32,
    /// The place of the largest boundary.
    range: N::Upper,
}

impl<N: FamilyBlock> Ruler<N> {
    #[inline]
    const fn is_narrow(&self) -> bool {
        N::Upper::BITS == N::Bits::BITS || self.narrow
    }

    #[inline]
    fn place(&self, address: N::Bits) -> N::Upper {
        if self.is_narrow() {
            N::upper_distance(N::upper(self.low), N::upper(address)).min(self.range)
        } else {
            N::window(N::distance(self.low, address.min(self.high)), self.shift)
        }
    }
}

impl<N: FamilyBlock> Cells<'_, N> {
    /// The owner of the last segment that starts at or before the address.
    #[inline]
    pub(super) fn find(&self, segments: &[Segment<N>], address: N::Bits) -> u32 {
        let first = self.first(address);
        if self.ruler.is_narrow() {
            self.search(segments, first, N::upper(address), Segment::upper)
        } else {
            self.search(segments, first, address, Segment::start)
        }
    }

    /// The number of the first segment that the address may be in.
    #[inline]
    fn first(&self, address: N::Bits) -> usize {
        let (number, rest) = self.ruler.place(address).product(self.scale);
        let number = match self.roots {
            [] => number,
            roots => {
                let [start, cells] = roots.get(number).copied().unwrap_or_default();
                start as usize + rest.product(N::Upper::from_count(cells)).0
            }
        };
        self.leaves.get(number).copied().unwrap_or(0) as usize
    }

    /// As `find`, by as many leading bits as an `I` has.
    #[inline(always)]
    fn search<I: Int>(
        &self,
        segments: &[Segment<N>],
        first: usize,
        address: I,
        start: impl Fn(&Segment<N>) -> I,
    ) -> u32 {
        // Where the compiler knows how often the search halves, it needs no loop.
        match self.window {
            4 => owner_among::<N, I, 4>(segments, first, address, start),
            8 => owner_among::<N, I, 8>(segments, first, address, start),
            16 => owner_among::<N, I, 16>(segments, first, address, start),
            window => owner(segments.get(first..first + window), address, start),
        }
    }

    pub(super) const fn bytes(&self) -> usize {
        size_of_val(self.roots) + size_of_val(self.leaves)
    }
}

/// The owner of the last of the segments that starts at or before the address, as
/// the first does.
fn owner<N: FamilyBlock, I: Int>(
    window: Option<&[Segment<N>]>,
    address: I,
    start: impl Fn(&Segment<N>) -> I,
) -> u32 {
    let mut segments = window.unwrap_or_default();
    while segments.len() > 1 {
        let half = segments.len() / 2;
        let (early, _) = segments.split_at(segments.len() - half);
        let (_, late) = segments.split_at(half);
        let begun = late.first().is_some_and(|next| start(next) <= address);
        segments = core::hint::select_unpredictable(begun, late, early);
    }
    segments.first().map_or(NOBODY, |segment| segment.owner)
}

/// As `owner`, of `W` segments, a power of two.
#[inline(always)]
fn owner_among<N: FamilyBlock, I: Int, const W: usize>(
    segments: &[Segment<N>],
    first: usize,
    address: I,
    start: impl Fn(&Segment<N>) -> I,
) -> u32 {
    let Some(mut segments) = segments.get(first..first + W) else {
        return NOBODY;
    };
    let mut half = W / 2;
    while half > 0 {
        let (early, late) = segments.split_at(half);
        let begun = late.first().is_some_and(|next| start(next) <= address);
        segments = core::hint::select_unpredictable(begun, late, early);
        half /= 2;
    }
    segments.first().map_or(NOBODY, |segment| segment.owner)
}
