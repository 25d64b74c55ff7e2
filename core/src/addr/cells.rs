//! The index of a [`PrefixTable`](super::PrefixTable): which segment an address is
//! in, without a walk.
//!
//! The leading bits that all boundaries share are passed over. The bits that follow
//! number a cell of the root, and a cell is a number of 32 bits:
//!
//! - `0`, the segment that holds the cell's beginning (26 bits), and how often to
//!   halve from there (5 bits); or
//! - `1`, the place of a second level of cells (26 bits), and how many bits number
//!   those (5 bits).
//!
//! A root cell with many boundaries gets a second level where there is room, so
//! that networks that crowd together, as those of IPv6 do, cost no longer search.

use super::block::FamilyBlock;
use super::block::sealed::Int;
use super::table::Segment;

const CHILD: u32 = 1 << 31;
/// Boundaries in a cell that need no second level.
const FEW: usize = 3;
/// Boundaries in the fullest cell of an index that needs no second level, for IPv4
/// and IPv6: the longer the addresses, the dearer the search.
const FULL: [usize; 2] = [31, 7];

#[derive(Debug, Clone, Copy)]
pub(super) struct Cells<'a, N: FamilyBlock> {
    cells: &'a [u32],
    /// The leading bits that all boundaries share.
    skip: u32,
    root_bits: u32,
    /// How many boundaries the fullest cell may have.
    fullest: u32,
    /// The smallest and the largest boundary.
    low: N::Bits,
    high: N::Bits,
    /// How many leading bits tell all boundaries apart: those of `N::Upper`, or all.
    width: u32,
}

/// An owner that is none.
const NOBODY: u32 = u32::MAX;

/// The cell of `boundaries` boundaries after the segment numbered `segment`.
const fn leaf(segment: usize, boundaries: usize) -> u32 {
    (segment as u32) << 5 | (usize::BITS - boundaries.leading_zeros())
}

/// The owner of the last of `W` segments, from number `at` on, that starts at or
/// before the address; none where there are not so many.
#[inline]
fn owner_among<N: FamilyBlock, I: Int, const W: usize>(
    segments: &[Segment<N>],
    at: usize,
    address: I,
    start: impl Fn(&Segment<N>) -> I,
) -> Option<u32> {
    let (_, rest) = segments.split_at_checked(at)?;
    let window = rest.first_chunk::<W>()?;
    let mut begun = 0;
    for next in window.iter().skip(1) {
        begun += usize::from(start(next) <= address);
    }
    window.get(begun).map(|segment| segment.owner)
}

impl<'a, N: FamilyBlock> Cells<'a, N> {
    /// `segments` must be sorted; `index` must have two cells or more.
    pub(super) fn build(segments: &[Segment<N>], index: &'a mut [u32]) -> Self {
        // The first segment starts at the first address of all: the boundaries
        // that tell anything come after it.
        let low = segments.get(1).map_or(N::Bits::default(), Segment::start);
        let high = segments.last().map_or(low, Segment::start);
        let upper = segments.iter().all(|segment| N::is_upper(segment.start()));
        let width = if upper { N::Upper::BITS } else { N::Bits::BITS };
        let skip = N::leading_zeros(low ^ high).min(width - 1);
        let mut root_bits = index.len().max(2).ilog2().min(width - skip).min(26);
        let room = index.len() >> (root_bits.min(2));
        let mut this = Self {
            cells: &[],
            skip,
            root_bits,
            fullest: 0,
            low,
            high,
            width,
        };
        let fullest = this.fill(segments, 1, 0, root_bits, 0, index);
        let [short, long] = FULL;
        let full = if N::Bits::BITS > 32 { long } else { short };
        if fullest > full && room > 1 {
            root_bits = room.ilog2().min(width - skip);
            this.root_bits = root_bits;
            this.fill(segments, 1, 0, root_bits, 0, index);
            let used = this.add_second_level(segments, index);
            let leaves = index.iter().take(used).filter(|cell| **cell & CHILD == 0);
            let halvings = leaves.map(|cell| cell & 31).max().unwrap_or(0);
            this.fullest = (1 << halvings) - 1;
            this.cells = index.get(..used).unwrap_or_default();
            return this;
        }
        this.fullest = fullest as u32;
        this.cells = index.get(..1 << root_bits).unwrap_or_default();
        this
    }

    /// Writes the cells numbered by `bits` bits, after `passed` bits, for the
    /// boundaries from number `first` on, at `offset`; returns how many boundaries
    /// the fullest cell has.
    fn fill(
        &self,
        segments: &[Segment<N>],
        first: usize,
        passed: u32,
        bits: u32,
        offset: usize,
        index: &mut [u32],
    ) -> usize {
        let end = offset + (1 << bits);
        let mut at = first;
        let mut fullest = 0;
        let mut cell = offset;
        while cell < end {
            let from = at;
            while let Some(segment) = segments.get(at)
                && self.same_root(segments, first, at, passed)
                && offset + self.number(segment.start(), passed, bits) == cell
            {
                at += 1;
            }
            if let Some(slot) = index.get_mut(cell) {
                *slot = leaf(from - 1, at - from);
            }
            fullest = fullest.max(at - from);
            cell += 1;
        }
        fullest
    }

    /// Whether two boundaries share the bits before the level.
    fn same_root(&self, segments: &[Segment<N>], a: usize, b: usize, passed: u32) -> bool {
        if passed == 0 {
            return true;
        }
        let root = |at: usize| segments.get(at).map(|s| self.number(s.start(), 0, passed));
        root(a) == root(b)
    }

    /// Gives the crowded cells of the root a second level; returns the number of
    /// cells in use.
    fn add_second_level(&self, segments: &[Segment<N>], index: &mut [u32]) -> usize {
        let root = 1_usize << self.root_bits;
        let room = index.len() - root;
        let mut used = root;
        let mut first = 1;
        for cell in 0..root {
            let mut end = first;
            while let Some(segment) = segments.get(end)
                && self.number(segment.start(), 0, self.root_bits) == cell
            {
                end += 1;
            }
            let boundaries = end - first;
            // A fair part of the room, so that the last cells get theirs too.
            let share = (boundaries as u64 * room as u64 / segments.len() as u64) as usize;
            let wanted = share.min(4 * boundaries);
            if boundaries > FEW && wanted > 1 {
                let passed = self.root_bits;
                let bits = wanted.ilog2().min(self.width - self.skip - passed);
                if bits > 0 && used + (1 << bits) <= index.len() {
                    self.fill(segments, first, passed, bits, used, index);
                    if let Some(slot) = index.get_mut(cell) {
                        *slot = CHILD | (used as u32) << 5 | bits;
                    }
                    used += 1 << bits;
                }
            }
            first = end;
        }
        used
    }

    /// The `bits` bits after those shared and `passed` more.
    #[inline]
    fn number(&self, address: N::Bits, passed: u32, bits: u32) -> usize {
        Int::low((address << (self.skip + passed)) >> (N::Bits::BITS - bits))
    }

    /// The owner of the last segment that starts at or before the address.
    #[inline]
    pub(super) fn find(&self, segments: &[Segment<N>], address: N::Bits) -> u32 {
        if N::Upper::BITS == N::Bits::BITS || self.width == N::Upper::BITS {
            let ends = (N::upper(self.low), N::upper(self.high));
            self.search(segments, N::upper(address), ends, Segment::upper)
        } else {
            self.search(segments, address, (self.low, self.high), Segment::start)
        }
    }

    /// As `find`, by as many leading bits as an `I` has.
    #[inline(always)]
    fn search<I: Int>(
        &self,
        segments: &[Segment<N>],
        address: I,
        (low, high): (I, I),
        start: impl Fn(&Segment<N>) -> I,
    ) -> u32 {
        // Outside the boundaries the bits that are passed over may differ: the
        // outermost cell then leads to the right end.
        let within = match self.skip {
            0 => address,
            _ => address.clamp(low, high),
        };
        let number = |passed, bits| I::low((within << (self.skip + passed)) >> (I::BITS - bits));
        let mut cell = self.cell(number(0, self.root_bits));
        if cell & CHILD != 0 {
            let place = (cell ^ CHILD) >> 5;
            cell = self.cell(place as usize + number(self.root_bits, cell & 31));
        }
        let mut at = (cell >> 5) as usize;
        // Comparing with all that may follow costs less than a branch that nobody
        // can foresee.
        let near = match self.fullest {
            // Long addresses are dearer to load.
            2.. if I::BITS > 64 => None,
            0..4 => owner_among::<N, I, 4>(segments, at, address, &start),
            4..6 => owner_among::<N, I, 6>(segments, at, address, &start),
            6..8 => owner_among::<N, I, 8>(segments, at, address, &start),
            _ => None,
        };
        if let Some(owner) = near {
            return owner;
        }
        let halvings = match self.fullest {
            0..16 => u32::BITS - self.fullest.leading_zeros(),
            _ => cell & 31,
        };
        let last = segments.len() - 1;
        let mut step = (1_usize << halvings) >> 1;
        while step > 0 {
            let probe = (at + step).min(last);
            let Some(segment) = segments.get(probe) else {
                return NOBODY;
            };
            at = core::hint::select_unpredictable(start(segment) <= address, probe, at);
            step >>= 1;
        }
        segments.get(at).map_or(NOBODY, |segment| segment.owner)
    }

    #[inline]
    fn cell(&self, number: usize) -> u32 {
        self.cells.get(number).copied().unwrap_or(0)
    }

    pub(super) const fn bytes(&self) -> usize {
        size_of_val(self.cells)
    }
}
