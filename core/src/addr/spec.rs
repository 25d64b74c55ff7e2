//! Python's format specs for addresses: `format(address, "#_x")`.

use core::fmt::{self, Write};
use core::net::IpAddr;

use super::diagnose::{find, part};
use super::ip;

/// A format spec of Python's `IPv4Address.__format__` and `IPv6Address.__format__`.
///
/// - `b`, `x`, `X`: the number, in binary or hexadecimal, filled with zeros; `n` is
///   `b` for IPv4 and `x` for IPv6. `#` before it adds `0b`, `0x` or `0X`, and `_`
///   groups by four digits.
/// - `s`, or nothing: the text, with Python's fill, alignment, width and precision.
///
/// ```
/// use amphi_core::addr::{FormatSpec, ip};
///
/// let address = ip::literal("1.2.3.42");
/// let show = |spec| FormatSpec::parse(spec).unwrap().format(address).to_string();
/// assert_eq!(show("b"), "00000001000000100000001100101010");
/// assert_eq!(show("#_x"), "0x0102_032a");
/// assert_eq!(show("*>12s"), "****1.2.3.42");
/// assert!(FormatSpec::parse("d").is_none());
///
/// const HEX: FormatSpec = FormatSpec::literal("#X");
/// assert_eq!(HEX.format(address).to_string(), "0X0102032A");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FormatSpec {
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    Text {
        fill: char,
        align: Align,
        width: usize,
        precision: Option<usize>,
    },
    Number {
        alternate: bool,
        grouped: bool,
        base: Base,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Align {
    Left,
    Center,
    Right,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Base {
    Binary,
    Lower,
    Upper,
    Family,
}

impl FormatSpec {
    /// Reads a spec; none where Python raises `ValueError` or `TypeError`.
    #[must_use]
    pub const fn parse(spec: &str) -> Option<Self> {
        let kind = match spec.as_bytes() {
            [text @ .., b's'] => text_kind(text),
            [] => text_kind(&[]),
            spec => number_kind(spec),
        };
        match kind {
            Some(kind) => Some(Self { kind }),
            None => None,
        }
    }

    /// The spec of a literal; in a constant, a wrong one stops the compiler.
    ///
    /// # Panics
    ///
    /// When [`parse`](Self::parse) has none.
    #[must_use]
    pub const fn literal(spec: &str) -> Self {
        match Self::parse(spec) {
            Some(spec) => spec,
            None => panic!("no format spec for addresses"),
        }
    }

    /// The address as the spec shows it.
    #[must_use]
    pub const fn format(self, address: IpAddr) -> Formatted {
        Formatted {
            spec: self,
            address,
        }
    }
}

const fn number_kind(spec: &[u8]) -> Option<Kind> {
    let (alternate, spec) = match spec {
        [b'#', rest @ ..] => (true, rest),
        _ => (false, spec),
    };
    let (grouped, spec) = match spec {
        [b'_', rest @ ..] => (true, rest),
        _ => (false, spec),
    };
    let base = match spec {
        b"b" => Base::Binary,
        b"x" => Base::Lower,
        b"X" => Base::Upper,
        b"n" => Base::Family,
        _ => return None,
    };
    Some(Kind::Number {
        alternate,
        grouped,
        base,
    })
}

/// `[[fill]align][0][width][.precision]`.
const fn text_kind(spec: &[u8]) -> Option<Kind> {
    let (fill, align, rest) = aligned(spec);
    let dot = find(rest, b'.', 0);
    let width = part(rest, 0, dot);
    let width = match (width, number(width)) {
        ([], _) => 0,
        (_, Some(width)) => width,
        _ => return None,
    };
    let precision = number(part(rest, dot + 1, rest.len()));
    if dot < rest.len() && precision.is_none() {
        return None;
    }
    // A zero before the width fills with zeros where nothing else is said.
    let fill = match (fill, rest) {
        (Some(fill), _) => fill,
        (None, [b'0', ..]) => '0',
        _ => ' ',
    };
    Some(Kind::Text {
        fill,
        align,
        width,
        precision,
    })
}

/// Fill and alignment, and what follows them.
const fn aligned(spec: &[u8]) -> (Option<char>, Align, &[u8]) {
    if let Some((fill, [second, rest @ ..])) = first_letter(spec)
        && let Some(side) = align(*second)
    {
        return (Some(fill), side, rest);
    }
    if let [first, rest @ ..] = spec
        && let Some(side) = align(*first)
    {
        return (None, side, rest);
    }
    (None, Align::Left, spec)
}

const fn align(letter: u8) -> Option<Align> {
    match letter {
        b'<' => Some(Align::Left),
        b'^' => Some(Align::Center),
        b'>' => Some(Align::Right),
        _ => None,
    }
}

/// The first letter of a UTF-8 text, and what follows it: `str::chars` is not const.
const fn first_letter(text: &[u8]) -> Option<(char, &[u8])> {
    const fn tail(octet: u8) -> u32 {
        octet as u32 & 0x3f
    }
    let (letter, rest) = match text {
        [a @ ..0x80, rest @ ..] => (*a as u32, rest),
        [a @ ..0xe0, b, rest @ ..] => ((*a as u32 & 0x1f) << 6 | tail(*b), rest),
        [a @ ..0xf0, b, c, rest @ ..] => ((*a as u32 & 0xf) << 12 | tail(*b) << 6 | tail(*c), rest),
        [a, b, c, d, rest @ ..] => (
            (*a as u32 & 7) << 18 | tail(*b) << 12 | tail(*c) << 6 | tail(*d),
            rest,
        ),
        _ => return None,
    };
    match char::from_u32(letter) {
        Some(letter) => Some((letter, rest)),
        None => None,
    }
}

/// A number in decimal digits, at least one.
const fn number(mut text: &[u8]) -> Option<usize> {
    if text.is_empty() {
        return None;
    }
    let mut value = 0_usize;
    while let [digit @ b'0'..=b'9', rest @ ..] = text {
        let Some(tens) = value.checked_mul(10) else {
            return None;
        };
        let Some(sum) = tens.checked_add((*digit - b'0') as usize) else {
            return None;
        };
        value = sum;
        text = rest;
    }
    if text.is_empty() { Some(value) } else { None }
}

/// An address and the spec to show it by; see [`FormatSpec::format`].
///
/// ```
/// use amphi_core::addr::{FormatSpec, Formatted, ip};
///
/// let spec = FormatSpec::parse("#x").unwrap();
/// let formatted: Formatted = spec.format(ip::literal("192.0.2.1"));
/// assert_eq!(formatted.to_string(), "0xc0000201");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Formatted {
    spec: FormatSpec,
    address: IpAddr,
}

impl fmt::Display for Formatted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.spec.kind {
            Kind::Text {
                fill,
                align,
                width,
                precision,
            } => {
                let text = ip::compressed(self.address);
                let shown = precision
                    .and_then(|n| text.get(..n))
                    .unwrap_or(text.as_str());
                let gap = width.saturating_sub(shown.len());
                let before = match align {
                    Align::Left => 0,
                    Align::Center => gap / 2,
                    Align::Right => gap,
                };
                for _ in 0..before {
                    f.write_char(fill)?;
                }
                f.write_str(shown)?;
                for _ in before..gap {
                    f.write_char(fill)?;
                }
                Ok(())
            }
            Kind::Number {
                alternate,
                grouped,
                base,
            } => self.write_number(f, alternate, grouped, base),
        }
    }
}

impl Formatted {
    fn write_number(
        &self,
        f: &mut fmt::Formatter<'_>,
        alternate: bool,
        grouped: bool,
        base: Base,
    ) -> fmt::Result {
        let bits = ip::to_int(self.address);
        let total = if self.address.is_ipv4() { 32 } else { 128 };
        let base = match base {
            Base::Family if self.address.is_ipv4() => Base::Binary,
            Base::Family => Base::Lower,
            base => base,
        };
        let (step, prefix) = match base {
            Base::Binary => (1, "0b"),
            Base::Upper => (4, "0X"),
            _ => (4, "0x"),
        };
        if alternate {
            f.write_str(prefix)?;
        }
        let mut left = total / step;
        while left > 0 {
            left -= 1;
            let digit = (bits >> (left * step)) as u32 & ((1 << step) - 1);
            let letter = char::from_digit(digit, 16).unwrap_or('0');
            f.write_char(match base {
                Base::Upper => letter.to_ascii_uppercase(),
                _ => letter,
            })?;
            if grouped && left > 0 && left % 4 == 0 {
                f.write_char('_')?;
            }
        }
        Ok(())
    }
}
