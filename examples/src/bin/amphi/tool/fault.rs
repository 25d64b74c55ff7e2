//! Faults in what was typed, as compilers show them.

use core::fmt;
use core::ops::Range;

use amphi_core::addr::{ParseError, ParseErrorKind};
use amphi_core::pack::{PackError, PackErrorKind};

use crate::output::Failure;

/// Says what is wrong, shows where, and gives a hint.
pub(super) fn failure(
    message: impl fmt::Display,
    text: &str,
    span: Range<usize>,
    hint: Option<&str>,
) -> Failure {
    // Columns count characters, and what cannot be seen is shown as a question mark.
    let shown: String = text
        .chars()
        .map(|c| if c.is_control() { '?' } else { c })
        .collect();
    let column = |at: usize| {
        text.char_indices()
            .take_while(|(place, _)| *place < at)
            .count()
    };
    let (begin, end) = (column(span.start), column(span.end));
    let carets = "^".repeat(end.saturating_sub(begin).max(1));
    let mut lines = format!("{message}\n  |\n  | {shown}\n  | {:begin$}{carets}", "");
    if let Some(hint) = hint {
        lines += "\n  = hint: ";
        lines += hint;
    }
    Failure::usage(lines)
}

/// A text that is no address or network.
pub(super) fn of_address(error: ParseError, text: &str) -> Failure {
    let hint = match error.kind() {
        ParseErrorKind::OctetLeadingZeros => {
            Some("some programs read it as octal; write it without the zeros")
        }
        ParseErrorKind::HostBits => Some("--lenient takes the network around it"),
        ParseErrorKind::UnexpectedSlash => Some("for a network, there is `amphi net`"),
        ParseErrorKind::OctetCount => Some("an IPv4 address has four octets, such as 192.0.2.1"),
        ParseErrorKind::UnexpectedScope => Some("a network has no scope"),
        ParseErrorKind::Netmask => {
            Some("a prefix length such as /24, or a mask such as /255.255.255.0")
        }
        _ => None,
    };
    failure(error.explain(text), text, error.span(), hint)
}

/// A format that is none, or values that do not fit it.
pub(super) fn of_format(error: PackError, format: &str) -> Failure {
    let hint = match error.kind() {
        PackErrorKind::BadCharacter => {
            Some("codes are x c b B ? h H i I l L q Q n N e f d s p P, orders @ = < > !")
        }
        PackErrorKind::CountWithoutCode => Some("a count belongs before a code, such as 4s"),
        PackErrorKind::OutOfRange => {
            Some("B H I Q take 8, 16, 32 and 64 bits; small letters a sign")
        }
        _ => None,
    };
    let at = error.position().unwrap_or(0).min(format.len());
    let span = if error.position().is_some() {
        at..at + 1
    } else {
        0..format.len()
    };
    failure(error, format, span, hint)
}
