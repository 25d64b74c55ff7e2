//! Why a text is no address: slow, and in Python's order.

use super::error::{ParseError, ParseErrorKind as Kind};
use super::parse::{hex, ipv4_bits};

/// The offset of the first `byte` at or after `from`, or the length.
#[expect(clippy::indexing_slicing, reason = "the loop compares with the length")]
pub(super) const fn find(text: &[u8], byte: u8, from: usize) -> usize {
    let mut at = from;
    while at < text.len() && text[at] != byte {
        at += 1;
    }
    at
}

/// How often `byte` stands in `text`.
#[expect(clippy::indexing_slicing, reason = "the loop compares with the length")]
const fn count(text: &[u8], byte: u8) -> usize {
    let mut total = 0;
    let mut at = 0;
    while at < text.len() {
        if text[at] == byte {
            total += 1;
        }
        at += 1;
    }
    total
}

/// `text[start..end]`, for const functions.
pub(super) const fn part(text: &[u8], start: usize, end: usize) -> &[u8] {
    let Some((head, _)) = text.split_at_checked(end) else {
        return &[];
    };
    match head.split_at_checked(start) {
        Some((_, part)) => part,
        None => &[],
    }
}

/// What is wrong with an IPv4 address that [`ipv4_bits`] refused.
#[cold]
#[expect(clippy::indexing_slicing, reason = "offsets come from `find`")]
pub(super) const fn ipv4(text: &[u8]) -> ParseError {
    let len = text.len();
    if len == 0 {
        return ParseError::new(Kind::Empty, 0, 0);
    }
    if count(text, b'.') != 3 {
        return ParseError::new(Kind::OctetCount, 0, len);
    }
    let mut start = 0;
    while start <= len {
        let end = find(text, b'.', start);
        if start == end {
            return ParseError::new(Kind::OctetEmpty, start, end);
        }
        let mut at = start;
        let mut value = 0_u32;
        while at < end {
            if !text[at].is_ascii_digit() {
                return ParseError::new(Kind::OctetNotDecimal, start, end);
            }
            value = value
                .saturating_mul(10)
                .saturating_add((text[at] - b'0') as u32);
            at += 1;
        }
        if end - start > 3 {
            return ParseError::new(Kind::OctetTooLong, start, end);
        }
        if end - start > 1 && text[start] == b'0' {
            return ParseError::new(Kind::OctetLeadingZeros, start, end);
        }
        if value > 255 {
            return ParseError::new(Kind::OctetTooLarge, start, end);
        }
        start = end + 1;
    }
    ParseError::new(Kind::OctetCount, 0, len)
}

/// The parts of an IPv6 text between its colons, as Python splits them: a
/// dotted tail counts as two parts that need no further look.
struct Parts {
    bounds: [(usize, usize); 9],
    len: usize,
}

/// What is wrong with an IPv6 address that [`ipv6_bits`](super::parse::ipv6_bits)
/// refused.
#[cold]
#[expect(
    clippy::indexing_slicing,
    reason = "indices stay below the number of parts, at most nine"
)]
pub(super) const fn ipv6(text: &[u8]) -> ParseError {
    let len = text.len();
    if len == 0 {
        return ParseError::new(Kind::Empty, 0, 0);
    }
    let parts = match split(text) {
        Ok(parts) => parts,
        Err(error) => return error,
    };
    let last = parts.len - 1;
    let mut ellipsis = None;
    let mut at = 1;
    while at < last {
        let (start, end) = parts.bounds[at];
        if start == end {
            if ellipsis.is_some() {
                return ParseError::new(Kind::TwoEllipses, start - 1, start + 1);
            }
            ellipsis = Some(at);
        }
        at += 1;
    }
    let leading = parts.bounds[0].1 == 0;
    let trailing = parts.bounds[last].0 == parts.bounds[last].1;
    let leads = ParseError::new(Kind::LeadingColon, 0, 1);
    let trails = ParseError::new(Kind::TrailingColon, len - 1, len);
    let mut skip_first = false;
    let mut skip_last = false;
    match ellipsis {
        Some(gap) => {
            if leading && gap != 1 {
                return leads;
            }
            if trailing && gap + 1 != last {
                return trails;
            }
            skip_first = leading;
            skip_last = trailing;
            let written = parts.len - 1 - leading as usize - trailing as usize;
            if written > 7 {
                return ParseError::new(Kind::EllipsisOfNothing, 0, len);
            }
        }
        None if parts.len != 8 => return ParseError::new(Kind::PartCount, 0, len),
        None if leading => return leads,
        None if trailing => return trails,
        None => {}
    }
    let mut at = 0;
    while at < parts.len {
        let skipped = (at == 0 && skip_first) || (at == last && skip_last);
        let (start, end) = parts.bounds[at];
        let gap = match ellipsis {
            Some(gap) => gap == at,
            None => false,
        };
        if !skipped
            && !gap
            && let Some(error) = hextet(text, start, end)
        {
            return error;
        }
        at += 1;
    }
    ParseError::new(Kind::PartCount, 0, len)
}

#[expect(
    clippy::indexing_slicing,
    reason = "there are at most eight colons here"
)]
const fn split(text: &[u8]) -> Result<Parts, ParseError> {
    let len = text.len();
    let colons = count(text, b':');
    if colons < 2 {
        return Err(ParseError::new(Kind::TooFewParts, 0, len));
    }
    let mut tail = len;
    while tail > 0 && text[tail - 1] != b':' {
        tail -= 1;
    }
    let dotted = find(text, b'.', tail) < len;
    if dotted && ipv4_bits(part(text, tail, len)).is_none() {
        return Err(ipv4(part(text, tail, len)).shifted(tail));
    }
    if colons + 1 + dotted as usize > 9 {
        return Err(ParseError::new(Kind::TooManyColons, 0, len));
    }
    let mut parts = Parts {
        bounds: [(0, 0); 9],
        len: 0,
    };
    let mut start = 0;
    while start <= len {
        let end = find(text, b':', start);
        parts.bounds[parts.len] = (start, end);
        parts.len += 1;
        start = end + 1;
    }
    if dotted {
        // The tail was fine: two parts that pass every further test.
        parts.bounds[parts.len - 1] = (tail, tail + 1);
        parts.bounds[parts.len] = (tail, tail + 1);
        parts.len += 1;
    }
    Ok(parts)
}

#[expect(clippy::indexing_slicing, reason = "the bounds come from `split`")]
const fn hextet(text: &[u8], start: usize, end: usize) -> Option<ParseError> {
    let mut at = start;
    while at < end {
        if hex(text[at]) > 15 {
            return Some(ParseError::new(Kind::PartNotHex, start, end));
        }
        at += 1;
    }
    if end - start > 4 {
        return Some(ParseError::new(Kind::PartTooLong, start, end));
    }
    None
}
