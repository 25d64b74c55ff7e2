//! The fast parsers: one pass, yes or no. [`diagnose`](super::diagnose) says why.

/// The bits of four decimal octets that fill the text.
#[inline]
pub(super) const fn ipv4_bits(text: &[u8]) -> Option<u32> {
    match ipv4_head(text) {
        Some((bits, [])) => Some(bits),
        _ => None,
    }
}

/// The bits of four decimal octets, and what follows them.
#[inline]
pub(super) const fn ipv4_head(text: &[u8]) -> Option<(u32, &[u8])> {
    let Some((a, rest)) = octet_and_dot(text) else {
        return None;
    };
    let Some((b, rest)) = octet_and_dot(rest) else {
        return None;
    };
    let Some((c, rest)) = octet_and_dot(rest) else {
        return None;
    };
    let Some((d, rest)) = octet(rest) else {
        return None;
    };
    Some((a << 24 | b << 16 | c << 8 | d, rest))
}

/// One decimal octet, and what follows the dot behind it.
///
/// Four letters are looked at together, first for three digits and a dot, which is what
/// most octets are.
#[inline]
const fn octet_and_dot(text: &[u8]) -> Option<(u32, &[u8])> {
    let Some((four, after)) = text.split_first_chunk::<4>() else {
        return match octet(text) {
            Some((value, [b'.', rest @ ..])) => Some((value, rest)),
            _ => None,
        };
    };
    let letters = u32::from_le_bytes(*four);
    let digits = letters ^ u32::from_le_bytes(*b"000.");
    if are_digits(digits, 0x7f76_7676) {
        // As text, "100." to "255.".
        let first = u32::from_be_bytes(*b"100.");
        let last = u32::from_be_bytes(*b"255.");
        if letters.swap_bytes().wrapping_sub(first) > last - first {
            return None;
        }
        return Some((digits.wrapping_mul(0x64_0a01) >> 16 & 0xff, after));
    }
    let digits = (letters ^ u32::from_le_bytes(*b"00.0")) & 0xff_ffff;
    if are_digits(digits, 0x7f_7676) {
        if digits as u8 == 0 {
            return None;
        }
        let (_, rest) = text.split_at(3);
        return Some((digits.wrapping_mul(0x0a01) >> 8 & 0xff, rest));
    }
    let digits = (letters ^ u32::from_le_bytes(*b"0.00")) & 0xffff;
    if are_digits(digits, 0x7f76) {
        let (_, rest) = text.split_at(2);
        return Some((digits, rest));
    }
    None
}

/// Whether no octet of `values` reaches bit seven when `to_bit_seven` is added: 0x76 for
/// a digit, 0x7f for a zero. What an octet carries into the next, it has in bit seven
/// itself.
#[inline]
const fn are_digits(values: u32, to_bit_seven: u32) -> bool {
    (values.wrapping_add(to_bit_seven) | values) & 0x8080_8080 == 0
}

/// One decimal octet and what follows it.
#[inline]
pub(super) const fn octet(text: &[u8]) -> Option<(u32, &[u8])> {
    let [a, rest @ ..] = text else {
        return None;
    };
    let a = a.wrapping_sub(b'0') as u32;
    if a > 9 {
        return None;
    }
    let [b, after @ ..] = rest else {
        return Some((a, rest));
    };
    let b = b.wrapping_sub(b'0') as u32;
    if b > 9 {
        return Some((a, rest));
    }
    if a == 0 {
        return None;
    }
    let two = a * 10 + b;
    let [c, end @ ..] = after else {
        return Some((two, after));
    };
    let c = c.wrapping_sub(b'0') as u32;
    if c > 9 {
        return Some((two, after));
    }
    let three = two * 10 + c;
    if three > 255 {
        return None;
    }
    Some((three, end))
}

const NOT_HEX: u8 = 0xff;

/// The value of each hexadecimal digit.
#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler")]
const HEX: [u8; 256] = {
    let mut table = [NOT_HEX; 256];
    let mut at = 0;
    while at < 256 {
        table[at] = match at as u8 {
            digit @ b'0'..=b'9' => digit - b'0',
            digit @ b'a'..=b'f' => digit - b'a' + 10,
            digit @ b'A'..=b'F' => digit - b'A' + 10,
            _ => NOT_HEX,
        };
        at += 1;
    }
    table
};

#[inline]
#[expect(clippy::indexing_slicing, reason = "an octet is below 256")]
pub(super) const fn hex(digit: u8) -> u8 {
    HEX[digit as usize]
}

/// The bits of an IPv6 address that fills the text, without a scope.
#[inline]
pub(super) const fn ipv6_bits(text: &[u8]) -> Option<u128> {
    match ipv6_head(text) {
        Some((bits, [])) => Some(bits),
        _ => None,
    }
}

/// The bits of an IPv6 address, and what follows it.
#[inline]
pub(super) const fn ipv6_head(text: &[u8]) -> Option<(u128, &[u8])> {
    const NONE: u32 = 99;
    // What stands before a `::`, and what is read now; how many hextets there are, and
    // how many of them before a `::`.
    let (mut head, mut bits) = (0_u128, 0_u128);
    let (mut count, mut ellipsis) = (0_u32, NONE);
    let mut rest = text;
    if let [b':', b':', after @ ..] = rest {
        ellipsis = 0;
        rest = after;
    }
    loop {
        let part = rest;
        let Some((value, after)) = hextet(part) else {
            // Nothing needs to follow a `::`.
            if ellipsis == count {
                break;
            }
            return None;
        };
        let [b':', after @ ..] = after else {
            if let [b'.', ..] = after {
                let Some((tail, after)) = ipv4_head(part) else {
                    return None;
                };
                bits = bits << 32 | tail as u128;
                count += 2;
                rest = after;
                break;
            }
            bits = bits << 16 | value as u128;
            count += 1;
            rest = after;
            break;
        };
        bits = bits << 16 | value as u128;
        count += 1;
        rest = after;
        if let [b':', after @ ..] = rest {
            if ellipsis != NONE {
                return None;
            }
            ellipsis = count;
            (head, bits) = (bits, 0);
            rest = after;
        }
    }
    match (ellipsis, count) {
        (NONE, 8) => Some((bits, rest)),
        (0, ..8) => Some((bits, rest)),
        (_, ..8) if ellipsis != NONE => Some((head << (128 - 16 * ellipsis) | bits, rest)),
        _ => None,
    }
}

/// One to four hexadecimal digits and what follows them.
#[inline]
const fn hextet(text: &[u8]) -> Option<(u32, &[u8])> {
    // Most have four, which need one branch together.
    if let Some(([a, b, c, d], rest)) = text.split_first_chunk::<4>() {
        let [a, b, c, d] = [hex(*a), hex(*b), hex(*c), hex(*d)];
        if a | b | c | d <= 15 {
            let (high, low) = (a << 4 | b, c << 4 | d);
            return Some(((high as u32) << 8 | low as u32, rest));
        }
    }
    let [a, rest @ ..] = text else {
        return None;
    };
    let a = hex(*a) as u32;
    if a > 15 {
        return None;
    }
    let [b, after @ ..] = rest else {
        return Some((a, rest));
    };
    let b = hex(*b) as u32;
    if b > 15 {
        return Some((a, rest));
    }
    let value = a << 4 | b;
    let [c, rest @ ..] = after else {
        return Some((value, after));
    };
    let c = hex(*c) as u32;
    if c > 15 {
        return Some((value, after));
    }
    let value = value << 4 | c;
    let [d, after @ ..] = rest else {
        return Some((value, rest));
    };
    let d = hex(*d) as u32;
    if d > 15 {
        return Some((value, rest));
    }
    Some((value << 4 | d, after))
}

/// The prefix length that `mask` stands for: a number, a netmask or a hostmask.
///
/// As in Python, zeros before the number are fine and signs are not, and the
/// netmask is tried first: `0.0.0.0` is /0 and `255.255.255.255` is /32.
#[inline]
pub(super) const fn ipv4_mask(mask: &[u8]) -> Option<u8> {
    match number(mask, 32) {
        Some(prefix_len) => Some(prefix_len),
        None => match ipv4_bits(mask) {
            Some(bits) => ipv4_mask_len(bits),
            None => None,
        },
    }
}

/// How many ones a netmask begins with, or zeros a hostmask.
#[inline]
pub(super) const fn ipv4_mask_len(bits: u32) -> Option<u8> {
    if bits.leading_ones() + bits.trailing_zeros() >= 32 {
        return Some(bits.leading_ones() as u8);
    }
    if bits.leading_zeros() + bits.trailing_ones() >= 32 {
        return Some(bits.leading_zeros() as u8);
    }
    None
}

/// The prefix length that `mask` stands for, which can only be a number.
#[inline]
pub(super) const fn ipv6_mask(mask: &[u8]) -> Option<u8> {
    number(mask, 128)
}

/// Decimal digits for a number of at most `max`.
#[inline]
const fn number(mut text: &[u8], max: u32) -> Option<u8> {
    if text.is_empty() {
        return None;
    }
    let mut value = 0;
    while let [digit, rest @ ..] = text {
        let digit = digit.wrapping_sub(b'0') as u32;
        if digit > 9 {
            return None;
        }
        value = value * 10 + digit;
        if value > max {
            return None;
        }
        text = rest;
    }
    Some(value as u8)
}
