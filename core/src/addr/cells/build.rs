//! How the cells are laid out in the caller's index.

use super::{Cells, Ruler};
use crate::addr::block::FamilyBlock;
use crate::addr::block::sealed::{Int, Word};
use crate::addr::table::Segment;

/// Boundaries in a cell that is not worth finer ones: three halvings find the right
/// one of their segments and the one before.
const FEW: usize = 7;
/// The least cells that two levels are made of.
const LEAST: usize = 16;

/// Two levels as they stand in the index.
struct Levels<Word> {
    scale: Word,
    roots: usize,
    leaves: usize,
    fullest: usize,
}

impl<'a, N: FamilyBlock> Cells<'a, N> {
    /// `segments` must be sorted and start with the first address of all; `index`
    /// must not be empty.
    pub(in crate::addr) fn build(segments: &[Segment<N>], index: &'a mut [u32]) -> Self {
        let ruler = Ruler::over(segments);
        let boundaries = segments.get(1..).unwrap_or_default();
        let scale = ruler.scale(index.len());
        let number = |segment: &Segment<N>| ruler.place(segment.start()).product(scale).0;
        let fullest = fullest_of(boundaries, number);
        if fullest > FEW && index.len() >= LEAST {
            let two = ruler.two_levels(boundaries, index);
            if two.fullest < fullest {
                let (roots, leaves) = index.split_at_mut(2 * two.roots);
                let (leaves, _) = leaves.split_at_mut(two.leaves);
                let window = finish(leaves, segments.len(), two.fullest);
                let (roots, _) = roots.as_chunks();
                return Self {
                    ruler,
                    scale: two.scale,
                    roots,
                    leaves,
                    window,
                };
            }
        }
        let count = boundaries.last().map_or(0, number) + 1;
        let (leaves, _) = index.split_at_mut(count);
        fill(leaves, boundaries, 0, number);
        let window = finish(leaves, segments.len(), fullest);
        Self {
            ruler,
            scale,
            roots: &[],
            leaves,
            window,
        }
    }
}

impl<N: FamilyBlock> Ruler<N> {
    fn over(segments: &[Segment<N>]) -> Self {
        // The first segment starts at the first address of all: the boundaries
        // that tell anything come after it.
        let low = segments.get(1).map_or(N::Bits::default(), Segment::start);
        let high = segments.last().map_or(low, Segment::start);
        let width = N::Bits::BITS - N::leading_zeros(N::distance(low, high));
        let mut ruler = Self {
            low,
            high,
            narrow: segments.iter().all(|segment| N::is_upper(segment.start())),
            shift: width.saturating_sub(N::Upper::BITS),
            range: N::Upper::MAX,
        };
        ruler.range = ruler.place(high);
        ruler
    }

    /// What spreads the boundaries over at most so many cells.
    fn scale(&self, cells: usize) -> N::Upper {
        let cells = u32::try_from(cells).unwrap_or(u32::MAX);
        N::Upper::scale(cells, self.range)
    }

    /// Lays out two levels, of which the second has finer cells where there are
    /// many boundaries.
    fn two_levels(&self, boundaries: &[Segment<N>], index: &mut [u32]) -> Levels<N::Upper> {
        let scale = self.scale((index.len() / 8).max(1));
        let product = |segment: &Segment<N>| self.place(segment.start()).product(scale);
        let root = |segment: &Segment<N>| product(segment).0;
        let roots = boundaries.last().map_or(0, root) + 1;
        let (first_level, leaves) = index.split_at_mut((2 * roots).min(index.len()));
        let (first_level, _) = first_level.as_chunks_mut();
        // Each cell of the first level has one of the second; the others are to share.
        let spare = leaves.len().saturating_sub(roots) as u64;
        let (mut used, mut before, mut fullest) = (0, 0, 0);
        let (mut single, mut cell) = (0, [0, 0]);
        let mut was_empty = false;
        for (number, slot) in first_level.iter_mut().enumerate() {
            let rest = boundaries.get(before..).unwrap_or_default();
            let inside = rest.iter().take_while(|s| root(s) == number).count();
            let (here, _) = rest.split_at(inside);
            // Empty cells in a row lie in one segment, and share what tells it.
            if inside > 0 || !was_empty {
                let inner = |cells: usize| {
                    let cells = N::Upper::from_count(cells as u32);
                    move |segment: &Segment<N>| product(segment).1.product(cells).0
                };
                let fair = spare * (before + inside) as u64 / boundaries.len() as u64;
                let room = 1 + (fair as usize).saturating_sub(used - single);
                let (count, most) = cells_for(here, room, inner);
                let (_, free) = leaves.split_at_mut(used);
                let (own, _) = free.split_at_mut(count);
                fill(own, here, before, inner(count));
                cell = [used as u32, count as u32];
                fullest = fullest.max(most);
                used += count;
                single += 1;
            }
            *slot = cell;
            was_empty = inside == 0;
            before += inside;
        }
        Levels {
            scale,
            roots,
            leaves: used,
            fullest,
        }
    }
}

/// How many cells, of at most `room`, the boundaries need to be few in each, and how
/// many they then are in the fullest.
fn cells_for<N, F>(here: &[Segment<N>], room: usize, inner: impl Fn(usize) -> F) -> (usize, usize)
where
    N: FamilyBlock,
    F: Fn(&Segment<N>) -> usize,
{
    let mut count = 1;
    loop {
        let most = fullest_of(here, inner(count));
        if most <= FEW || count == room {
            return (count, most);
        }
        count = (2 * count).max(here.len() / 2).min(room);
    }
}

/// How many boundaries have the same number as often as any.
fn fullest_of<N: FamilyBlock>(
    boundaries: &[Segment<N>],
    number: impl Fn(&Segment<N>) -> usize,
) -> usize {
    let cells = boundaries.chunk_by(|a, b| number(a) == number(b));
    cells.map(<[_]>::len).max().unwrap_or(0)
}

/// Writes the cells that the boundaries after segment `before` are in.
fn fill<N: FamilyBlock>(
    cells: &mut [u32],
    boundaries: &[Segment<N>],
    before: usize,
    number: impl Fn(&Segment<N>) -> usize,
) {
    let mut rest = boundaries.iter().peekable();
    let mut at = before;
    for (count, cell) in cells.iter_mut().enumerate() {
        *cell = at as u32;
        while rest.next_if(|segment| number(segment) == count).is_some() {
            at += 1;
        }
    }
}

/// Chooses how many segments the search looks at, from that of a cell on, and sees
/// to it that they are there for each cell.
fn finish(leaves: &mut [u32], segments: usize, fullest: usize) -> usize {
    let window = (fullest + 1).next_power_of_two().max(4).min(segments);
    let last = (segments - window) as u32;
    for leaf in leaves {
        *leaf = (*leaf).min(last);
    }
    window
}
