//! Python's messages for the faults that a text can have.

use core::fmt::{self, Write};

use super::error::{ParseError, ParseErrorKind as Kind};
use super::{Ipv4Interface, ipv6};

/// A [`ParseError`] next to the text that it is about; see [`ParseError::explain`].
///
/// ```
/// use amphi_core::addr::{Explained, ip};
///
/// let text = "192.0.2.256";
/// let error = ip::parse(text).unwrap_err();
/// let explained: Explained<'_> = error.explain(text);
/// assert_eq!(explained.to_string(), "Octet 256 (> 255) not permitted in '192.0.2.256'");
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Explained<'a> {
    error: ParseError,
    text: &'a str,
}

impl<'a> Explained<'a> {
    pub(super) const fn new(error: ParseError, text: &'a str) -> Self {
        Self { error, text }
    }

    /// What stands before a mask.
    fn head(&self) -> &'a str {
        self.text
            .split_once('/')
            .map_or(self.text, |(head, _)| head)
    }

    /// What stands before a mask and a scope.
    fn address(&self) -> &'a str {
        let head = self.head();
        head.split_once('%').map_or(head, |(address, _)| address)
    }

    fn host_bits(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Ipv4Interface::parse(self.text) {
            Ok(interface) => write!(f, "{interface} has host bits set"),
            Err(_) => {
                let (head, mask) = self.text.split_once('/').unwrap_or((self.text, "128"));
                let (address, scope) = match head.split_once('%') {
                    Some((address, scope)) => (address, Some(scope)),
                    None => (head, None),
                };
                let bits = mask.trim_start_matches('0');
                match ipv6::parse(address) {
                    Ok(address) => write!(f, "{}", ipv6::compressed(address))?,
                    Err(_) => f.write_str(address)?,
                }
                if let Some(scope) = scope {
                    write!(f, "%{scope}")?;
                }
                let bits = if bits.is_empty() { "0" } else { bits };
                write!(f, "/{bits} has host bits set")
            }
        }
    }

    /// Where the octets at fault stand: in an IPv4 address, or in the tail of an
    /// IPv6 address.
    fn octet_fault(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.address().rsplit_once(':') {
            Some((head, tail)) if head.len() < self.error.position() => {
                write!(f, "{} in {}", Repr(tail), Repr(self.address()))
            }
            _ => write!(f, "{}", Repr(self.head())),
        }
    }
}

impl fmt::Display for Explained<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = Repr(self.text.get(self.error.span()).unwrap_or(""));
        let whole = Repr(self.text);
        let address = Repr(self.address());
        match self.error.kind() {
            Kind::Empty => f.write_str("Address cannot be empty"),
            Kind::OctetCount => {
                f.write_str("Expected 4 octets in ")?;
                self.octet_fault(f)
            }
            Kind::OctetEmpty => {
                f.write_str("Empty octet not permitted in ")?;
                self.octet_fault(f)
            }
            Kind::OctetNotDecimal => {
                write!(f, "Only decimal digits permitted in {part} in ")?;
                self.octet_fault(f)
            }
            Kind::OctetTooLong => {
                write!(f, "At most 3 characters permitted in {part} in ")?;
                self.octet_fault(f)
            }
            Kind::OctetLeadingZeros => {
                write!(f, "Leading zeros are not permitted in {part} in ")?;
                self.octet_fault(f)
            }
            Kind::OctetTooLarge => {
                write!(f, "Octet {} (> 255) not permitted in ", part.0)?;
                self.octet_fault(f)
            }
            Kind::TooFewParts => write!(f, "At least 3 parts expected in {address}"),
            Kind::TooManyColons => write!(f, "At most 8 colons permitted in {address}"),
            Kind::TwoEllipses => write!(f, "At most one '::' permitted in {address}"),
            Kind::LeadingColon => {
                write!(f, "Leading ':' only permitted as part of '::' in {address}")
            }
            Kind::TrailingColon => {
                write!(
                    f,
                    "Trailing ':' only permitted as part of '::' in {address}"
                )
            }
            Kind::EllipsisOfNothing => {
                write!(f, "Expected at most 7 other parts with '::' in {address}")
            }
            Kind::PartCount => write!(f, "Exactly 8 parts expected without '::' in {address}"),
            Kind::PartNotHex => write!(f, "Only hex digits permitted in {part} in {address}"),
            Kind::PartTooLong => write!(f, "At most 4 characters permitted in {part} in {address}"),
            Kind::Scope => write!(f, "Invalid IPv6 address: \"{}\"", Repr(self.head())),
            Kind::UnexpectedSlash => write!(f, "Unexpected '/' in {whole}"),
            Kind::TwoSlashes => write!(f, "Only one '/' permitted in {whole}"),
            Kind::Netmask => write!(f, "{part} is not a valid netmask"),
            Kind::HostBits => self.host_bits(f),
            Kind::UnexpectedScope => write!(f, "No scope permitted in {whole}"),
            Kind::PackedLength => write!(f, "Wrong number of packed octets in {whole}"),
            Kind::Range => write!(f, "{whole} is not a range of addresses"),
        }
    }
}

/// A text in quotes, as Python's `repr` shows it.
struct Repr<'a>(&'a str);

impl fmt::Display for Repr<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quote = match self.0.contains('\'') && !self.0.contains('"') {
            true => '"',
            false => '\'',
        };
        f.write_char(quote)?;
        for letter in self.0.chars() {
            match letter {
                '\\' => f.write_str("\\\\")?,
                '\n' => f.write_str("\\n")?,
                '\r' => f.write_str("\\r")?,
                '\t' => f.write_str("\\t")?,
                _ if letter == quote => write!(f, "\\{letter}")?,
                _ if letter.is_control() || letter == '\u{a0}' || letter == '\u{ad}' => {
                    write!(f, "\\x{:02x}", letter as u32)?;
                }
                _ => f.write_char(letter)?,
            }
        }
        f.write_char(quote)
    }
}
