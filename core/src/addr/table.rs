//! Which network holds an address: longest-prefix match on the caller's storage.

use core::fmt;

use super::block::FamilyBlock;

/// A stretch of addresses that one entry, or none, is the longest match of.
///
/// Storage for a [`PrefixTable`]; its content means nothing to the caller.
#[derive(Debug, Clone, Copy)]
pub struct Segment<N: FamilyBlock> {
    start: N::Bits,
    /// The entry's index, or [`NOBODY`].
    owner: u32,
}

const NOBODY: u32 = u32::MAX;

impl<N: FamilyBlock> Default for Segment<N> {
    fn default() -> Self {
        Self {
            start: N::Bits::default(),
            owner: NOBODY,
        }
    }
}

/// Why a [`PrefixTable`] cannot be built.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum TableError {
    /// Two entries have the same network.
    Duplicate,
    /// There are fewer segments than [`PrefixTable::segments_for`] asks for, or
    /// more than 2^31 entries.
    Segments,
    /// The index has fewer than three cells.
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
/// changes, into at most `2n + 1` segments. An index on the leading bits in which
/// the entries differ narrows the search to a few segments. A look-up reads the
/// index once and then halves what is left.
///
/// Memory: 8 octets a segment for IPv4 and 32 for IPv6, at most `2n + 1` of them,
/// and 4 octets a cell of the index. The index may have any length from 3 cells
/// up; about as many cells as entries is a good choice, and only the largest
/// `2^k + 1` that fits is used. So 100,000 IPv4 entries take 1.6 MB of segments
/// and, with 65,537 cells, 0.26 MB of index.
///
/// ```
/// use amphi_core::addr::{Ipv4Network, PrefixTable, Segment, ipv4};
///
/// let mut entries = [
///     (Ipv4Network::literal("10.0.0.0/8"), "site"),
///     (Ipv4Network::literal("10.1.0.0/16"), "building"),
///     (Ipv4Network::literal("10.1.2.0/24"), "floor"),
/// ];
/// let mut segments = [Segment::default(); 7];
/// let mut index = [0; 5];
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
    index: &'a [u32],
    /// The leading bits that all boundaries share, cut off before the index.
    skip: u32,
    /// How far to shift what is left to get a cell's number.
    shift: u32,
    /// The smallest and the largest boundary.
    low: N::Bits,
    high: N::Bits,
}

impl<'a, N: FamilyBlock, V> PrefixTable<'a, N, V> {
    /// How many segments a table of `entries` entries may need.
    #[must_use]
    pub const fn segments_for(entries: usize) -> usize {
        entries.saturating_mul(2).saturating_add(1)
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
        if segments.len() < Self::segments_for(entries.len()) || entries.len() > 1 << 31 {
            return Err(TableError::Segments);
        }
        if index.len() < 3 {
            return Err(TableError::Index);
        }
        entries.sort_unstable_by_key(|(network, _)| network.order());
        if entries.is_sorted_by(|(a, _), (b, _)| a < b) {
            let used = flatten(entries, segments);
            let segments = segments.get(..used).unwrap_or_default();
            return Ok(Self::indexed(entries, segments, index));
        }
        Err(TableError::Duplicate)
    }

    fn indexed(entries: &'a [(N, V)], segments: &'a [Segment<N>], index: &'a mut [u32]) -> Self {
        // The first segment starts at the first address of all: the boundaries
        // that tell anything come after it.
        let low = segments
            .get(1)
            .map_or(N::Bits::default(), |segment| segment.start);
        let high = segments.last().map_or(low, |segment| segment.start);
        let skip = N::leading_zeros(low ^ high).min(N::BITS - 1);
        let cell_bits = (index.len() - 1).ilog2().min(N::BITS - skip);
        let cells = 1_usize << cell_bits;
        let mut table = Self {
            entries,
            segments,
            index: &[],
            skip,
            shift: N::BITS - cell_bits,
            low,
            high,
        };
        // Cell `c` holds the number of the first segment whose cell is `c` or
        // later, among those after the first.
        let mut next = 0;
        for (at, segment) in segments.iter().enumerate().skip(1) {
            let cell = table.cell(segment.start);
            while next <= cell {
                if let Some(slot) = index.get_mut(next) {
                    *slot = at as u32;
                }
                next += 1;
            }
        }
        for slot in index.iter_mut().take(cells + 1).skip(next) {
            *slot = segments.len() as u32;
        }
        table.index = index.get(..=cells).unwrap_or_default();
        table
    }

    /// The cell of an address between the smallest and the largest boundary.
    #[inline]
    fn cell(&self, bits: N::Bits) -> usize {
        N::low((bits << self.skip) >> self.shift)
    }

    /// The entry with the longest prefix that holds the address.
    #[must_use]
    #[inline]
    pub fn get(&self, address: N::Addr) -> Option<&'a (N, V)> {
        let owner = self.segments.get(self.find(N::bits(address)))?.owner;
        self.entries.get(owner as usize)
    }

    /// The number of the last segment that starts at or before the address.
    #[inline]
    fn find(&self, bits: N::Bits) -> usize {
        if bits < self.low {
            return 0;
        }
        if bits >= self.high {
            return self.segments.len() - 1;
        }
        let cell = self.cell(bits);
        let (Some(&start), Some(&end)) = (self.index.get(cell), self.index.get(cell + 1)) else {
            return 0;
        };
        let (start, end) = (start as usize, end as usize);
        let Some(candidates) = self.segments.get(start..end) else {
            return 0;
        };
        start + candidates.partition_point(|segment| segment.start <= bits) - 1
    }

    /// The entries, sorted by network.
    #[must_use]
    pub const fn entries(&self) -> &'a [(N, V)] {
        self.entries
    }

    /// How many octets the segments and the index in use take.
    #[must_use]
    pub const fn index_bytes(&self) -> usize {
        size_of_val(self.segments) + size_of_val(self.index)
    }
}

/// Cuts the address space where the longest match changes; returns the number of
/// segments, of which the first starts at the first address of all.
fn flatten<N: FamilyBlock, V>(entries: &[(N, V)], segments: &mut [Segment<N>]) -> usize {
    // The entries that hold the present place, outermost first.
    let mut open = [NOBODY; 130];
    let mut depth = 0_usize;
    let mut used = 0;
    let mut cut = |start: N::Bits, owner: u32| {
        // Only the last cut at one place stands.
        if used > 0
            && segments
                .get(used - 1)
                .is_some_and(|last| last.start == start)
        {
            used -= 1;
        }
        let before = used.checked_sub(1).and_then(|at| segments.get(at));
        if before.is_some_and(|segment| segment.owner == owner) {
            return;
        }
        if let Some(slot) = segments.get_mut(used) {
            *slot = Segment { start, owner };
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
