//! Which network holds an address: longest-prefix match on the caller's storage.

use core::fmt;

use super::block::FamilyBlock;
use super::cells::Cells;

/// A stretch of addresses that one entry, or none, is the longest match of.
///
/// Storage for a [`PrefixTable`]; its content means nothing to the caller.
///
/// ```
/// use amphi_core::addr::{Ipv4Network, PrefixTable, Segment};
///
/// // As many as entries may need.
/// const COUNT: usize = PrefixTable::<Ipv4Network>::segments_for(2);
/// let segments = [Segment::<Ipv4Network>::default(); COUNT];
/// assert_eq!(segments.len(), 5);
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Segment<N: FamilyBlock> {
    start: N::Stored,
    /// The entry's index, or [`NOBODY`].
    pub(super) owner: u32,
}

const NOBODY: u32 = u32::MAX;

impl<N: FamilyBlock> Segment<N> {
    /// Storage that no table is in yet.
    pub const EMPTY: Self = Self {
        start: N::FIRST,
        owner: NOBODY,
    };

    #[inline]
    pub(super) fn start(&self) -> N::Bits {
        N::load(self.start)
    }

    /// The leading bits of the start.
    #[inline]
    pub(super) fn upper(&self) -> N::Upper {
        N::load_upper(self.start)
    }
}

impl<N: FamilyBlock> Default for Segment<N> {
    fn default() -> Self {
        Self::EMPTY
    }
}

/// Why a [`PrefixTable`] cannot be built.
///
/// ```
/// use amphi_core::addr::{Ipv4Network, PrefixTable, Segment, TableError};
///
/// let network = Ipv4Network::literal("192.0.2.0/24");
/// let mut twice = [(network, 'a'), (network, 'b')];
/// let (mut segments, mut index) = ([Segment::default(); 5], [0; 4]);
/// let table = PrefixTable::build(&mut twice, &mut segments, &mut index);
/// assert_eq!(table.unwrap_err(), TableError::Duplicate);
/// assert_eq!(TableError::Duplicate.to_string(), "a network stands twice");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum TableError {
    /// Two entries have the same network.
    Duplicate,
    /// There are fewer segments than [`PrefixTable::segments_for`] asks for, or
    /// more than 2^24 entries.
    Segments,
    /// The index has no cell.
    Index,
}

impl TableError {
    /// A short phrase for people, in lower case and without a full stop.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Duplicate => "a network stands twice",
            Self::Segments => "too few segments",
            Self::Index => "too small an index",
        }
    }
}

impl fmt::Display for TableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl core::error::Error for TableError {}

/// A set or map of networks that answers which one holds an address, the one with
/// the longest prefix first; built once, on storage of the caller's.
///
/// The entries are sorted and laid flat: the address space is cut where the answer
/// changes, into at most `2n + 1` segments. So the longest match is one search for the
/// last segment that starts at or before the address, and an index leads to the few
/// among which it ends. The index spreads over what the networks cover, with finer
/// cells where they crowd together, and the search has no branch that depends on the
/// address.
///
/// Memory: 8 octets a segment for IPv4 and 20 for IPv6, and 4 octets a cell of the
/// index. The index may have any length from one cell up; the more, the quicker, up to
/// the number that [`PrefixTable::index_for`] tells, eight an entry, and often fewer
/// are used. So 1,000 IPv4 entries take at most 16 kB of segments and 32 kB of index.
///
/// ```
/// use amphi_core::addr::{Ipv4Network, PrefixTable, Segment, ipv4};
///
/// let mut entries = [
///     (Ipv4Network::literal("10.0.0.0/8"), "site"),
///     (Ipv4Network::literal("10.1.0.0/16"), "building"),
///     (Ipv4Network::literal("10.1.2.0/24"), "floor"),
/// ];
/// let mut segments = [Segment::EMPTY; PrefixTable::<Ipv4Network>::segments_for(3)];
/// let mut index = [0; PrefixTable::<Ipv4Network>::index_for(3)];
/// let table = PrefixTable::build(&mut entries, &mut segments, &mut index).unwrap();
/// assert_eq!(table.get(ipv4::literal("10.1.2.3")).unwrap().1, "floor");
/// assert_eq!(table.get(ipv4::literal("10.1.3.3")).unwrap().1, "building");
/// assert_eq!(table.get(ipv4::literal("10.9.9.9")).unwrap().1, "site");
/// assert_eq!(table.get(ipv4::literal("11.0.0.0")), None);
/// ```
#[derive(Debug, Clone, Copy)]
pub struct PrefixTable<'a, N: FamilyBlock, V = ()> {
    entries: &'a [(N, V)],
    segments: &'a [Segment<N>],
    cells: Cells<'a, N>,
}

impl<'a, N: FamilyBlock, V> PrefixTable<'a, N, V> {
    /// How many segments a table of `entries` entries may need.
    #[must_use]
    pub const fn segments_for(entries: usize) -> usize {
        entries.saturating_mul(2).saturating_add(1)
    }

    /// How many cells of index serve a table of `entries` entries well.
    #[must_use]
    pub const fn index_for(entries: usize) -> usize {
        entries.saturating_mul(8).saturating_add(1)
    }

    /// Sorts the entries and builds the table in the storage given.
    ///
    /// # Errors
    ///
    /// [`TableError::Duplicate`], [`TableError::Segments`], [`TableError::Index`].
    pub fn build(
        entries: &'a mut [(N, V)],
        segments: &'a mut [Segment<N>],
        index: &'a mut [u32],
    ) -> Result<Self, TableError> {
        if segments.len() < Self::segments_for(entries.len()) || entries.len() > 1 << 24 {
            return Err(TableError::Segments);
        }
        if index.is_empty() {
            return Err(TableError::Index);
        }
        entries.sort_unstable_by_key(|(network, _)| network.order());
        let unique = entries.is_sorted_by(|(a, _), (b, _)| a < b);
        if !unique {
            return Err(TableError::Duplicate);
        }
        let used = flatten(entries, segments);
        let segments: &'a [Segment<N>] = segments.get(..used).unwrap_or_default();
        Ok(Self {
            entries,
            segments,
            cells: Cells::build(segments, index),
        })
    }

    /// The entry with the longest prefix that holds the address.
    #[must_use]
    #[inline]
    pub fn get(&self, address: N::Addr) -> Option<&'a (N, V)> {
        let owner = self.cells.find(self.segments, N::bits(address));
        self.entries.get(owner as usize)
    }

    /// The entries, sorted by network.
    #[must_use]
    pub const fn entries(&self) -> &'a [(N, V)] {
        self.entries
    }

    /// How many octets the segments and the part of the index in use take.
    #[must_use]
    pub const fn index_bytes(&self) -> usize {
        size_of_val(self.segments) + self.cells.bytes()
    }
}

/// Cuts the address space where the longest match changes; returns the number of
/// segments, of which the first starts at the first address of all.
fn flatten<N: FamilyBlock, V>(entries: &[(N, V)], segments: &mut [Segment<N>]) -> usize {
    // The entries that hold the present place, outermost first.
    let mut open = [NOBODY; 130];
    let mut depth = 0_usize;
    let mut used = 0_usize;
    let mut cut = |start: N::Bits, owner: u32| {
        // Only the last cut at one place stands.
        if used > 0
            && segments
                .get(used - 1)
                .is_some_and(|last| last.start() == start)
        {
            used -= 1;
        }
        let before = used.checked_sub(1).and_then(|at| segments.get(at));
        if before.is_some_and(|segment| segment.owner == owner) {
            return;
        }
        if let Some(slot) = segments.get_mut(used) {
            *slot = Segment {
                start: N::store(start),
                owner,
            };
            used += 1;
        }
    };
    let last_of = |owner: u32| {
        entries
            .get(owner as usize)
            .map(|(network, _)| network.last())
    };
    cut(N::Bits::default(), NOBODY);
    for (number, (network, _)) in entries.iter().enumerate() {
        while depth > 0
            && let Some(last) = last_of(open.get(depth - 1).copied().unwrap_or(NOBODY))
            && last < network.first()
        {
            depth -= 1;
            let outer = depth.checked_sub(1).and_then(|at| open.get(at)).copied();
            if let Some(next) = N::after(last) {
                cut(next, outer.unwrap_or(NOBODY));
            }
        }
        if let Some(slot) = open.get_mut(depth) {
            *slot = number as u32;
            depth += 1;
        }
        cut(network.first(), number as u32);
    }
    while depth > 0 {
        depth -= 1;
        let outer = depth.checked_sub(1).and_then(|at| open.get(at)).copied();
        let ended = last_of(open.get(depth).copied().unwrap_or(NOBODY));
        if let Some(next) = ended.and_then(N::after) {
            cut(next, outer.unwrap_or(NOBODY));
        }
    }
    used
}
