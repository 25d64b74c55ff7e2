//! The fast formatters: a few stores per octet or hextet, no branches on digits.

/// The decimal digits of each octet, a dot, and filling.
#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler")]
const DECIMAL: [[u8; 4]; 256] = {
    let mut table = [[b'.'; 4]; 256];
    let mut at = 0;
    while at < 256 {
        let (hundreds, tens, ones) = (at / 100, at / 10 % 10, at % 10);
        let digits = [b'0' + hundreds as u8, b'0' + tens as u8, b'0' + ones as u8];
        let row = &mut table[at];
        if hundreds > 0 {
            *row = [digits[0], digits[1], digits[2], b'.'];
        } else if tens > 0 {
            *row = [digits[1], digits[2], b'.', b'.'];
        } else {
            row[0] = digits[2];
        }
        at += 1;
    }
    table
};

/// Writes four octets at `at`, which must leave room; returns the place after `len`.
#[inline]
const fn put<const N: usize>(buffer: &mut [u8; N], at: usize, four: [u8; 4], len: usize) -> usize {
    if let Some((_, rest)) = buffer.split_at_mut_checked(at)
        && let Some(slot) = rest.first_chunk_mut::<4>()
    {
        *slot = four;
    }
    at + len
}

/// Writes dotted decimal at `at`, and a dot that does not count.
#[inline]
#[expect(clippy::indexing_slicing, reason = "an octet is below 256")]
pub(super) const fn put_ipv4<const N: usize>(
    buffer: &mut [u8; N],
    mut at: usize,
    octets: [u8; 4],
) -> usize {
    let [a, b, c, d] = octets;
    at = put(buffer, at, DECIMAL[a as usize], decimal_len(a) + 1);
    at = put(buffer, at, DECIMAL[b as usize], decimal_len(b) + 1);
    at = put(buffer, at, DECIMAL[c as usize], decimal_len(c) + 1);
    put(buffer, at, DECIMAL[d as usize], decimal_len(d))
}

#[inline]
const fn decimal_len(octet: u8) -> usize {
    1 + (octet > 9) as usize + (octet > 99) as usize
}

/// The four hexadecimal digits of `hextet`, the first `4 - n` left out.
#[inline]
const fn hex_digits(hextet: u16) -> [u8; 4] {
    let x = hextet as u32;
    // One nibble per octet, the first digit in the highest octet.
    let spread = (x & 0xf000) << 12 | (x & 0x0f00) << 8 | (x & 0x00f0) << 4 | (x & 0x000f);
    let letters = (spread + 0x0606_0606) >> 4 & 0x0101_0101;
    (spread + 0x3030_3030 + letters * 39).to_be_bytes()
}

/// Writes a hextet without leading zeros.
#[inline]
const fn put_hextet<const N: usize>(buffer: &mut [u8; N], at: usize, hextet: u16) -> usize {
    let digits = hex_len(hextet);
    put(buffer, at, hex_digits(hextet << (16 - 4 * digits)), digits)
}

/// Writes a colon and a hextet, as one store of eight octets where there is room.
#[inline]
const fn put_next<const N: usize>(buffer: &mut [u8; N], at: usize, hextet: u16) -> usize {
    let digits = hex_len(hextet);
    let [a, b, c, d] = hex_digits(hextet << (16 - 4 * digits));
    if let Some((_, rest)) = buffer.split_at_mut_checked(at)
        && let Some(slot) = rest.first_chunk_mut::<8>()
    {
        *slot = [b':', a, b, c, d, 0, 0, 0];
        return at + 1 + digits;
    }
    let at = put_byte(buffer, at, b':');
    put_hextet(buffer, at, hextet)
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
    put(
        buffer,
        at,
        DECIMAL[prefix_len as usize],
        decimal_len(prefix_len),
    )
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
        at = put(buffer, at, *b"::ff", 4);
        at = put(buffer, at, *b"ff: ", 3);
        return put_ipv4(buffer, at, (bits as u32).to_be_bytes());
    }
    let parts = hextets(bits);
    let (run, run_len) = longest_run(&parts);
    let mut part = 0;
    if run > 0 {
        at = put_hextet(buffer, at, parts[0]);
        part = 1;
    }
    while part < 8 {
        if part == run {
            at = put_byte(buffer, at, b':');
            part += run_len;
            if part == 8 {
                return put_byte(buffer, at, b':');
            }
        }
        at = put_next(buffer, at, parts[part]);
        part += 1;
    }
    at
}
