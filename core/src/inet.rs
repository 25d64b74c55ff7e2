//! Address conversion as C and Python's `socket` have it, the same on a host and
//! in firmware: `inet_aton`, `inet_ntoa`, `inet_pton`, `inet_ntop`, `htons` and
//! family.
//!
//! | Python `socket` | here |
//! |---|---|
//! | `inet_aton(text)` | [`inet_aton`] |
//! | `inet_ntoa(packed)` | [`inet_ntoa`] |
//! | `inet_pton(AF_INET, text)` | [`inet_pton4`] |
//! | `inet_pton(AF_INET6, text)` | [`inet_pton6`] |
//! | `inet_ntop(AF_INET, packed)` | [`inet_ntop4`] |
//! | `inet_ntop(AF_INET6, packed)` | [`inet_ntop6`] |
//! | `htons`, `htonl`, `ntohs`, `ntohl` | the same names |
//!
//! The behaviour is that of the GNU C library where systems differ.

use core::net::{Ipv4Addr, Ipv6Addr};

use crate::addr::{ParseError, Text, ipv4, ipv6};

/// Reads the lax IPv4 forms: one to four parts, decimal, octal after `0`,
/// hexadecimal after `0x`, the last part filling what is left; text after white
/// space is ignored.
///
/// Only for text that people or old programs wrote for `inet_aton`: elsewhere
/// `010.0.0.1` should be refused, as [`ipv4::parse`] does.
///
/// ```
/// use amphi_core::inet::inet_aton;
///
/// assert_eq!(inet_aton(b"127.1"), Some([127, 0, 0, 1]));
/// assert_eq!(inet_aton(b"0x7f.0.0.010"), Some([127, 0, 0, 8]));
/// assert_eq!(inet_aton(b"3232235777"), Some([192, 168, 1, 1]));
/// assert_eq!(inet_aton(b"10.0.0.1 gateway"), Some([10, 0, 0, 1]));
/// assert_eq!(inet_aton(b"08.0.0.1"), None);
/// ```
#[must_use]
pub const fn inet_aton(text: &[u8]) -> Option<[u8; 4]> {
    let mut rest = text;
    let mut bits = 0_u64;
    let mut parts = 0_u32;
    loop {
        let Some((value, after)) = aton_part(rest) else {
            return None;
        };
        if let [b'.', after @ ..] = after {
            if parts == 3 || value > 255 {
                return None;
            }
            bits |= value << (24 - 8 * parts);
            parts += 1;
            rest = after;
            continue;
        }
        if !matches!(after, [] | [b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c, ..]) {
            return None;
        }
        if value > u32::MAX as u64 >> (8 * parts) {
            return None;
        }
        return Some(((bits | value) as u32).to_be_bytes());
    }
}

/// One number of the lax form, and what follows it.
const fn aton_part(text: &[u8]) -> Option<(u64, &[u8])> {
    let (base, mut rest, mut any) = match text {
        [b'0', b'x' | b'X', rest @ ..] => (16, rest, false),
        [b'0', rest @ ..] => (8, rest, true),
        _ => (10, text, false),
    };
    let mut value = 0_u64;
    while let [digit, after @ ..] = rest {
        let Some(digit) = (*digit as char).to_digit(16) else {
            break;
        };
        if digit >= base {
            // `08` is no number in any base.
            return None;
        }
        value = value * base as u64 + digit as u64;
        if value > u32::MAX as u64 {
            return None;
        }
        any = true;
        rest = after;
    }
    if any { Some((value, rest)) } else { None }
}

/// The dotted text of four packed octets.
///
/// ```
/// assert_eq!(amphi_core::inet::inet_ntoa([127, 0, 0, 1]), "127.0.0.1");
/// ```
#[must_use]
pub const fn inet_ntoa(packed: [u8; 4]) -> Text<16> {
    ipv4::compressed(Ipv4Addr::from_octets(packed))
}

/// Reads the strict IPv4 form.
///
/// # Errors
///
/// As [`ipv4::parse_ascii`].
pub const fn inet_pton4(text: &[u8]) -> Result<[u8; 4], ParseError> {
    match ipv4::parse_ascii(text) {
        Ok(address) => Ok(address.octets()),
        Err(error) => Err(error),
    }
}

/// Reads an IPv6 address without a scope.
///
/// ```
/// use amphi_core::inet::{inet_ntop6, inet_pton6};
///
/// let packed = inet_pton6(b"::1:2").unwrap();
/// assert_eq!(inet_ntop6(packed), "::0.1.0.2");
/// ```
///
/// # Errors
///
/// As [`ipv6::parse_ascii`].
pub const fn inet_pton6(text: &[u8]) -> Result<[u8; 16], ParseError> {
    match ipv6::parse_ascii(text) {
        Ok(address) => Ok(address.octets()),
        Err(error) => Err(error),
    }
}

/// The dotted text of four packed octets.
#[must_use]
pub const fn inet_ntop4(packed: [u8; 4]) -> Text<16> {
    inet_ntoa(packed)
}

/// The short text of sixteen packed octets, as the C library has it: addresses
/// with an IPv4 address in the last four octets and nothing before it, `::1.2.3.4`,
/// end in dots, which [`ipv6::compressed`] does for `::ffff:1.2.3.4` only.
#[must_use]
pub const fn inet_ntop6(packed: [u8; 16]) -> Text<48> {
    let address = Ipv6Addr::from_octets(packed);
    let bits = address.to_bits();
    // Six groups of zeros and no more: the seventh is set.
    if bits >> 32 == 0 && bits >> 16 != 0 {
        let mut text = Text::EMPTY;
        text.push(b"::");
        text.push(ipv4::compressed(Ipv4Addr::from_bits(bits as u32)).as_bytes());
        return text;
    }
    ipv6::compressed(address)
}

/// A number of 16 bits from the host's order of octets to the network's.
///
/// ```
/// assert_eq!(amphi_core::inet::htons(80).to_ne_bytes(), [0, 80]);
/// ```
#[must_use]
pub const fn htons(host: u16) -> u16 {
    host.to_be()
}

/// A number of 32 bits from the host's order of octets to the network's.
#[must_use]
pub const fn htonl(host: u32) -> u32 {
    host.to_be()
}

/// A number of 16 bits from the network's order of octets to the host's.
#[must_use]
pub const fn ntohs(network: u16) -> u16 {
    u16::from_be(network)
}

/// A number of 32 bits from the network's order of octets to the host's.
#[must_use]
pub const fn ntohl(network: u32) -> u32 {
    u32::from_be(network)
}
