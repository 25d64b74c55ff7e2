//! The fast formatters: digits are put together in registers, without branches on
//! them. A processor waits long when it has to read back at once what it has stored in
//! smaller pieces.

/// The decimal digits of each octet and a dot, the first in the lowest bits.
#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler")]
const DECIMAL: [u32; 256] = {
    let mut table = [0; 256];
    let mut at = 0;
    while at < 256 {
        let (hundreds, tens, ones) = (at / 100, at / 10 % 10, at % 10);
        let mut text = ((b'.' as u32) << 8) | (b'0' as u32 + ones);
        if at > 9 {
            text = (text << 8) | (b'0' as u32 + tens);
        }
        if at > 99 {
            text = (text << 8) | (b'0' as u32 + hundreds);
        }
        table[at as usize] = text;
        at += 1;
    }
    table
};

/// Writes eight octets at `at`, the lowest first, as far as there is room.
#[inline]
const fn put_word<const N: usize>(buffer: &mut [u8; N], at: usize, word: u64) {
    // One comparison instead of two.
    if at + 8 <= N
        && let Some((_, rest)) = buffer.split_at_mut_checked(at)
        && let Some(slot) = rest.first_chunk_mut::<8>()
    {
        *slot = word.to_le_bytes();
        return;
    }
    put_slowly(buffer, at, word);
}

/// As `put_word`, at the end of the room.
#[cold]
#[inline(never)]
const fn put_slowly<const N: usize>(buffer: &mut [u8; N], at: usize, word: u64) {
    let Some((_, mut rest)) = buffer.split_at_mut_checked(at) else {
        return;
    };
    let mut left = word;
    while let [slot, after @ ..] = rest {
        *slot = left as u8;
        left >>= 8;
        rest = after;
    }
}

/// Dotted decimal and a dot, the first octet in the lowest bits, and the length
/// without that dot.
#[inline]
#[expect(clippy::indexing_slicing, reason = "an octet is below 256")]
const fn decimal([a, b, c, d]: [u8; 4]) -> ([u64; 2], usize) {
    let [a_len, b_len, c_len, d_len] = [
        decimal_len(a) + 1,
        decimal_len(b) + 1,
        decimal_len(c) + 1,
        decimal_len(d),
    ];
    let low = DECIMAL[a as usize] as u64 | (DECIMAL[b as usize] as u64) << (8 * a_len);
    let high = DECIMAL[c as usize] as u64 | (DECIMAL[d as usize] as u64) << (8 * c_len);
    // Four to eight octets.
    let low_bits = 8 * (a_len + b_len);
    let words = [low | high << (low_bits - 32) << 32, high >> (64 - low_bits)];
    (words, a_len + b_len + c_len + d_len)
}

/// Writes dotted decimal at `at`, and a dot that does not count.
#[inline]
pub(super) const fn put_ipv4<const N: usize>(
    buffer: &mut [u8; N],
    at: usize,
    octets: [u8; 4],
) -> usize {
    let ([low, high], len) = decimal(octets);
    put_word(buffer, at, low);
    put_word(buffer, at + 8, high);
    at + len
}

#[inline]
const fn decimal_len(octet: u8) -> usize {
    1 + (octet > 9) as usize + (octet > 99) as usize
}

/// The hexadecimal digits of two hextets, the first in the lowest bits.
#[inline]
const fn hex_digits(hextets: u32) -> [u32; 2] {
    // One nibble per octet.
    let x = hextets as u64;
    let x = (x | x << 16) & 0x0000_ffff_0000_ffff;
    let x = (x | x << 8) & 0x00ff_00ff_00ff_00ff;
    let x = (x | x << 4) & 0x0f0f_0f0f_0f0f_0f0f;
    let letters = (x + 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101;
    let digits = (x + 0x3030_3030_3030_3030 + letters * 39).swap_bytes();
    [digits as u32, (digits >> 32) as u32]
}

/// The hexadecimal digits of all hextets.
#[inline]
const fn all_digits(bits: u128) -> [u32; 8] {
    let [a, b] = hex_digits((bits >> 96) as u32);
    let [c, d] = hex_digits((bits >> 64) as u32);
    let [e, f] = hex_digits((bits >> 32) as u32);
    let [g, h] = hex_digits(bits as u32);
    [a, b, c, d, e, f, g, h]
}

/// Writes a hextet without leading zeros, and a colon.
#[inline]
const fn put_hextet<const N: usize>(
    buffer: &mut [u8; N],
    at: usize,
    hextet: u16,
    digits: u32,
) -> usize {
    let len = hex_len(hextet);
    let shown = digits >> (32 - 8 * len);
    put_word(buffer, at, shown as u64 | (b':' as u64) << (8 * len));
    at + len + 1
}

#[inline]
const fn hex_len(hextet: u16) -> usize {
    (19 - (hextet | 1).leading_zeros() as usize) / 4
}

#[inline]
pub(super) const fn put_byte<const N: usize>(buffer: &mut [u8; N], at: usize, octet: u8) -> usize {
    if let Some((_, rest)) = buffer.split_at_mut_checked(at)
        && let [slot, ..] = rest
    {
        *slot = octet;
    }
    at + 1
}

/// Writes `/` and a prefix length.
#[inline]
#[expect(clippy::indexing_slicing, reason = "an octet is below 256")]
pub(super) const fn put_prefix_len<const N: usize>(
    buffer: &mut [u8; N],
    at: usize,
    prefix_len: u8,
) -> usize {
    let at = put_byte(buffer, at, b'/');
    put_word(buffer, at, DECIMAL[prefix_len as usize] as u64);
    at + decimal_len(prefix_len)
}

/// The eight hextets, the first written first.
#[inline]
const fn hextets(bits: u128) -> [u16; 8] {
    [
        (bits >> 112) as u16,
        (bits >> 96) as u16,
        (bits >> 80) as u16,
        (bits >> 64) as u16,
        (bits >> 48) as u16,
        (bits >> 32) as u16,
        (bits >> 16) as u16,
        bits as u16,
    ]
}

/// Start and length of the first longest run of two or more zero hextets.
#[inline]
#[expect(clippy::indexing_slicing, reason = "the loop ends at eight")]
const fn longest_run(parts: &[u16; 8]) -> (usize, usize) {
    let mut zeros = 0_u32;
    let mut at = 0;
    while at < 8 {
        zeros |= ((parts[at] == 0) as u32) << at;
        at += 1;
    }
    // Where runs of at least `len` begin.
    let mut runs = zeros & zeros >> 1;
    let mut len = 2;
    if runs == 0 {
        return (8, 1);
    }
    loop {
        let longer = runs & zeros >> len;
        if longer == 0 {
            return (runs.trailing_zeros() as usize, len);
        }
        runs = longer;
        len += 1;
    }
}

/// Writes the short form of RFC 5952, a v4-mapped address with a dotted tail.
#[inline]
#[expect(clippy::indexing_slicing, reason = "the loop ends at eight")]
pub(super) const fn put_ipv6<const N: usize>(
    buffer: &mut [u8; N],
    mut at: usize,
    bits: u128,
) -> usize {
    if bits >> 32 == 0xffff {
        put_word(buffer, at, u64::from_le_bytes(*b"::ffff: "));
        return put_ipv4(buffer, at + 7, (bits as u32).to_be_bytes());
    }
    let parts = hextets(bits);
    let digits = all_digits(bits);
    let (run, run_len) = longest_run(&parts);
    let mut part = 0;
    while part < run {
        at = put_hextet(buffer, at, parts[part], digits[part]);
        part += 1;
    }
    if run < 8 {
        if run == 0 {
            at = put_byte(buffer, at, b':');
        }
        at = put_byte(buffer, at, b':');
        part += run_len;
        if part == 8 {
            return at;
        }
    }
    while part < 8 {
        at = put_hextet(buffer, at, parts[part], digits[part]);
        part += 1;
    }
    // Without the last colon.
    at - 1
}
