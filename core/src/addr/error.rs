//! Why a text is no address, network or interface, and where the fault stands.

use core::fmt;

use super::explain::Explained;
use super::text::Text;

/// What is wrong with a text, in the terms of Python's `ipaddress`.
///
/// The order in which faults are looked for is Python's too, so that the same
/// text is blamed for the same thing.
///
/// ```
/// use amphi_core::addr::{Ipv4Network, ParseErrorKind, ip};
///
/// let kind = |text: &str| ip::parse(text).unwrap_err().kind();
/// assert_eq!(kind("192.0.2"), ParseErrorKind::OctetCount);
/// assert_eq!(kind("192.0.2.010"), ParseErrorKind::OctetLeadingZeros);
/// let error = Ipv4Network::parse("192.0.2.1/24").unwrap_err();
/// assert_eq!(error.kind(), ParseErrorKind::HostBits);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum ParseErrorKind {
    /// There is no address at all.
    Empty,
    /// An IPv4 address does not have four octets.
    OctetCount,
    /// Nothing stands between two dots.
    OctetEmpty,
    /// An octet holds something other than the digits 0 to 9.
    OctetNotDecimal,
    /// An octet has more than three digits.
    OctetTooLong,
    /// An octet such as `010`, which some programs read as eight (CVE-2021-29921).
    OctetLeadingZeros,
    /// An octet above 255.
    OctetTooLarge,
    /// An IPv6 address has fewer than two colons.
    TooFewParts,
    /// An IPv6 address has more than eight colons.
    TooManyColons,
    /// `::` stands twice.
    TwoEllipses,
    /// One colon at the start.
    LeadingColon,
    /// One colon at the end.
    TrailingColon,
    /// `::` stands for no part at all, as eight others are written out.
    EllipsisOfNothing,
    /// An IPv6 address without `::` does not have eight parts.
    PartCount,
    /// A part holds something other than hexadecimal digits.
    PartNotHex,
    /// A part has more than four digits.
    PartTooLong,
    /// The scope after `%` is empty or holds another `%`.
    Scope,
    /// A scope stands where the type has no room for one; see [`Scoped`](super::Scoped).
    UnexpectedScope,
    /// A prefix length or mask stands behind what should be a plain address.
    UnexpectedSlash,
    /// More than one `/`.
    TwoSlashes,
    /// What follows the `/` is no prefix length, netmask or hostmask.
    Netmask,
    /// The address has bits set behind the prefix.
    HostBits,
    /// Packed octets of another number than the family has.
    PackedLength,
    /// Two addresses with `-` between them are not a range: none stands, or the
    /// last lies before the first.
    Range,
}

impl ParseErrorKind {
    /// A short phrase for people, without a full stop.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Empty => "address cannot be empty",
            Self::OctetCount => "expected 4 octets",
            Self::OctetEmpty => "empty octet not permitted",
            Self::OctetNotDecimal => "only decimal digits permitted",
            Self::OctetTooLong => "at most 3 characters permitted",
            Self::OctetLeadingZeros => "leading zeros are not permitted",
            Self::OctetTooLarge => "octet above 255 not permitted",
            Self::TooFewParts => "at least 3 parts expected",
            Self::TooManyColons => "at most 8 colons permitted",
            Self::TwoEllipses => "at most one '::' permitted",
            Self::LeadingColon => "leading ':' only permitted as part of '::'",
            Self::TrailingColon => "trailing ':' only permitted as part of '::'",
            Self::EllipsisOfNothing => "expected at most 7 other parts with '::'",
            Self::PartCount => "exactly 8 parts expected without '::'",
            Self::PartNotHex => "only hex digits permitted",
            Self::PartTooLong => "at most 4 characters permitted",
            Self::Scope => "invalid scope",
            Self::UnexpectedScope => "no scope permitted here",
            Self::UnexpectedSlash => "unexpected '/'",
            Self::TwoSlashes => "only one '/' permitted",
            Self::Netmask => "not a valid netmask",
            Self::HostBits => "host bits set",
            Self::PackedLength => "wrong number of packed octets",
            Self::Range => "not a range",
        }
    }
}

impl fmt::Display for ParseErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A fault in a text: its kind, and the octets that are to blame.
///
/// `Display` needs nothing but the error; [`ParseError::explain`] takes the text
/// again and prints what Python would say.
///
/// ```
/// use amphi_core::addr::{Ipv4Network, ParseErrorKind};
///
/// let text = "192.0.010.0/24";
/// let error = Ipv4Network::parse(text).unwrap_err();
/// assert_eq!(error.kind(), ParseErrorKind::OctetLeadingZeros);
/// assert_eq!(&text[error.span()], "010");
/// assert_eq!(error.to_string(), "leading zeros are not permitted, at octet 6");
/// assert_eq!(
///     error.explain(text).to_string(),
///     "Leading zeros are not permitted in '010' in '192.0.010.0'"
/// );
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ParseError {
    kind: ParseErrorKind,
    start: u32,
    end: u32,
}

impl ParseError {
    pub(super) const fn new(kind: ParseErrorKind, start: usize, end: usize) -> Self {
        Self {
            kind,
            start: start as u32,
            end: end as u32,
        }
    }

    /// The same fault in a text that begins `by` octets earlier.
    pub(super) const fn shifted(self, by: usize) -> Self {
        Self::new(self.kind, self.start as usize + by, self.end as usize + by)
    }

    /// What is wrong.
    #[must_use]
    pub const fn kind(self) -> ParseErrorKind {
        self.kind
    }

    /// The offset of the first octet that is to blame.
    #[must_use]
    pub const fn position(self) -> usize {
        self.start as usize
    }

    /// The octets that are to blame; empty where something is missing.
    #[must_use]
    pub const fn span(self) -> core::ops::Range<usize> {
        self.start as usize..self.end as usize
    }

    /// The message that Python's `ipaddress` has for this fault in `text`,
    /// which must be the text that was parsed.
    #[must_use]
    pub const fn explain(self, text: &str) -> Explained<'_> {
        Explained::new(self, text)
    }

    /// Stops a constant's evaluation with the fault and its place.
    pub(super) const fn fail(self, text: &str) -> ! {
        let mut message = Text::<120>::EMPTY;
        message.push(self.kind.as_str().as_bytes());
        message.push(b": '");
        let bytes = text.as_bytes();
        let mut at = self.start as usize;
        while at < self.end as usize && at < bytes.len() {
            #[expect(clippy::indexing_slicing, reason = "`at` was compared with the length")]
            let byte = bytes[at];
            message.push_byte(byte);
            at += 1;
        }
        message.push(b"' at octet ");
        message.push_decimal(self.start);
        panic!("{}", message.as_str())
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, at octet {}", self.kind.as_str(), self.start)
    }
}

impl core::error::Error for ParseError {}

/// Why an operation on networks has no result.
///
/// ```
/// use amphi_core::addr::{Ipv4Network, NetworkError};
///
/// let network = Ipv4Network::literal("192.0.2.0/24");
/// assert_eq!(network.supernet(25).unwrap_err(), NetworkError::PrefixLength);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum NetworkError {
    /// A prefix length outside the family, or on the wrong side of the present one.
    PrefixLength,
    /// The address has bits set behind the prefix.
    HostBits,
    /// The network to exclude does not lie in this one.
    NotContained,
    /// The last address of a range lies before the first.
    Reversed,
    /// One operand is IPv4 and the other IPv6.
    MixedVersions,
}

impl NetworkError {
    /// A short phrase for people, in lower case and without a full stop.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PrefixLength => "prefix length out of range",
            Self::HostBits => "host bits set",
            Self::NotContained => "not contained in the network",
            Self::Reversed => "last address before the first",
            Self::MixedVersions => "not of the same version",
        }
    }
}

impl fmt::Display for NetworkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl core::error::Error for NetworkError {}
