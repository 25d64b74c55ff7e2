//! Faults in what was typed, as compilers show them.

use core::fmt;
use core::ops::Range;

use amphi_core::addr::{ParseError, ParseErrorKind};
use amphi_core::pack::{PackError, PackErrorKind};
use unicode_width::UnicodeWidthStr as _;

use crate::output::Failure;

/// Says what is wrong, shows where, and gives a hint. The span counts octets; what it
/// cuts through is marked whole, and behind the end is a place, too.
pub(super) fn failure(
    message: impl fmt::Display,
    text: &str,
    span: Range<usize>,
    hint: Option<&str>,
) -> Failure {
    let begin = text.floor_char_boundary(span.start);
    let end = text.ceil_char_boundary(span.end.max(begin));
    let columns = |part: &str| shown(part).width();
    let before = columns(&text[..begin]);
    let carets = "^".repeat(columns(&text[begin..end]).max(1));
    let line = shown(text);
    let mut lines = format!("{message}\n  |\n  | {line}\n  | {:before$}{carets}", "");
    if let Some(hint) = hint {
        lines += "\n  = hint: ";
        lines += hint;
    }
    Failure::usage(lines)
}

/// A text that can be printed: control characters by their pictures, and what
/// would turn the direction of writing by a mark.
fn shown(text: &str) -> String {
    let shown = |c: char| match c {
        '\0'..='\x1f' => char::from_u32(0x2400 + c as u32).unwrap_or('\u{fffd}'),
        '\x7f' => '\u{2421}',
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{fffd}',
        c if c.is_control() => '\u{fffd}',
        c => c,
    };
    text.chars().map(shown).collect()
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

/// A format that is none, or values that do not fit it: shown together, as typed.
pub(super) fn of_format(error: PackError, format: &str, values: &[String]) -> Failure {
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
    let (mut text, mut spans) = (format.to_owned(), Vec::new());
    for value in values {
        text.push(' ');
        let begin = text.len();
        text += value;
        spans.push(begin..text.len());
    }
    let span = match (error.value(), error.position(), error.kind()) {
        (Some(value), ..) => spans.get(value).cloned(),
        (None, Some(at), _) => Some(at..at + 1),
        (None, None, PackErrorKind::ValueCount { expected, .. }) => match spans.get(expected) {
            Some(surplus) => Some(surplus.start..text.len()),
            None => Some(text.len() + 1..text.len() + 1),
        },
        _ => None,
    };
    failure(error, &text, span.unwrap_or(0..format.len()), hint)
}

#[cfg(test)]
mod tests {
    use super::failure;

    /// The line with carets of a fault.
    fn carets(text: &str, span: core::ops::Range<usize>) -> (String, String) {
        let failure = format!("{:?}", failure("wrong", text, span, None));
        let mut lines = failure.split("\\n").skip(2);
        let mut next = || {
            let line = lines.next().expect("a line").trim_start_matches("  | ");
            line.split('"').next().expect("a part").to_owned()
        };
        (next(), next())
    }

    #[test]
    fn a_caret_stands_under_what_takes_two_columns_or_none() {
        assert_eq!(carets("日本.1", 6..7).1, "    ^");
        assert_eq!(carets("日本.1", 0..3).1, "^^");
        // An accent of its own.
        assert_eq!(carets("e\u{301}x", 3..4).1, " ^");
    }

    #[test]
    fn a_span_within_a_character_marks_it_whole() {
        assert_eq!(carets("2日H", 1..2).1, " ^^");
    }

    #[test]
    fn behind_the_end_is_a_place_too() {
        assert_eq!(carets("!II 1", 6..6).1, "     ^");
        assert_eq!(carets("", 0..0).1, "^");
    }

    #[test]
    fn what_cannot_be_printed_takes_one_column() {
        let (shown, marks) = carets("1\t2\u{202e}\x7f.3", 2..3);
        assert_eq!(shown, "1\u{2409}2\u{fffd}\u{2421}.3");
        assert_eq!(marks, "  ^");
    }
}
