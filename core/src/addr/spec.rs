//! Python's format specs for addresses: `format(address, "#_x")`.

use core::fmt::{self, Write};
use core::net::IpAddr;

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
    pub fn parse(spec: &str) -> Option<Self> {
        let kind = match spec.strip_suffix('s') {
            Some(text) => text_kind(text)?,
            None if spec.is_empty() => text_kind("")?,
            None => number_kind(spec)?,
        };
        Some(Self { kind })
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

fn number_kind(spec: &str) -> Option<Kind> {
    let (alternate, spec) = match spec.strip_prefix('#') {
        Some(rest) => (true, rest),
        None => (false, spec),
    };
    let (grouped, spec) = match spec.strip_prefix('_') {
        Some(rest) => (true, rest),
        None => (false, spec),
    };
    let base = match spec {
        "b" => Base::Binary,
        "x" => Base::Lower,
        "X" => Base::Upper,
        "n" => Base::Family,
        _ => return None,
    };
    Some(Kind::Number {
        alternate,
        grouped,
        base,
    })
}

/// `[[fill]align][0][width][.precision]`.
fn text_kind(spec: &str) -> Option<Kind> {
    let align = |letter| match letter {
        '<' => Some(Align::Left),
        '^' => Some(Align::Center),
        '>' => Some(Align::Right),
        _ => None,
    };
    let mut letters = spec.chars();
    let (first, second) = (letters.next(), letters.next());
    let filled = second
        .and_then(align)
        .zip(first)
        .zip(spec.char_indices().nth(1));
    let (fill, align, rest) = if let Some(((side, fill), (at, _))) = filled {
        (Some(fill), Some(side), spec.get(at + 1..)?)
    } else if let Some(side) = first.and_then(align) {
        (None, Some(side), spec.get(1..)?)
    } else {
        (None, None, spec)
    };
    // A zero before the width fills with zeros where nothing else is said.
    let zero = rest.starts_with('0') && fill.is_none();
    let (width, precision) = match rest.split_once('.') {
        Some((width, precision)) => (width, Some(number(precision)?)),
        None => (rest, None),
    };
    Some(Kind::Text {
        fill: fill.unwrap_or(if zero { '0' } else { ' ' }),
        align: align.unwrap_or(Align::Left),
        width: if width.is_empty() { 0 } else { number(width)? },
        precision,
    })
}

fn number(text: &str) -> Option<usize> {
    if !text.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
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
