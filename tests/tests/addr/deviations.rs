//! Where Amphi deliberately answers otherwise than some `ipaddress`: the list, and
//! which questions each entry excuses.

use amphi_core::addr::{IpInterface, IpNetwork, Ipv6Network};

use crate::eval::Question;

/// Why an answer differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reason {
    /// IANA's registry has moved on since that version's table.
    Registry,
    /// Newer releases say of any IPv6 text of more than 45 characters just that; here
    /// the fault itself is told.
    LongText,
    /// All predicates look through `::ffff:0:0/96`, as later releases do.
    MappedPredicate,
    /// IPv4-mapped addresses end in dots, as since Python 3.13, which still has no
    /// dots in a network's `exploded` and an interface's `with_…`.
    MappedText,
    /// Python has the prefix length within a network's reverse name.
    ReversePointer,
    /// `IPv4Interface.is_unspecified` compares an interface with an address, which
    /// is never equal.
    InterfaceUnspecified,
    /// Python orders scoped addresses by their bits alone, against its equality.
    ScopedOrder,
    /// A scope belongs to the value as a whole; Python loses it in some texts, keeps
    /// it in others and fails in `exploded`.
    ScopedParts,
}

/// Blocks whose rows are not those of Python 3.14.
const NEWER_THAN_3_14: [&str; 4] = [
    "192.88.99.2/32",
    "100:0:0:1::/64",
    "2001:1::3/128",
    "5f00::/16",
];
/// Blocks whose rows in 3.14 are not those of Python 3.13.0.
const NEWER_THAN_3_13: [&str; 1] = ["3fff::/20"];
/// Blocks whose rows in 3.13 are not those of Python 3.11.
const NEWER_THAN_3_11: [&str; 4] = ["192.0.0.0/24", "64:ff9b:1::/48", "2001::/23", "2002::/16"];

impl Reason {
    /// The entry of the list that excuses a difference, if one does.
    pub(crate) fn of(question: &Question, version: (u32, u32)) -> Option<Self> {
        let Question {
            op,
            kind,
            text,
            arg,
        } = question;
        let scoped = text.contains('%') || arg.contains('%');
        let range = network_of(text);
        let predicate = op.starts_with("is_");
        let mapped = Ipv6Network::literal("::ffff:0:0/96");
        let is_mapped = range.is_some_and(|n| n.overlaps(IpNetwork::V6(mapped)));
        if op == "is_private" || op == "is_global" {
            let newer: [(bool, &[&str]); 3] = [
                (true, &NEWER_THAN_3_14),
                (version < (3, 14), &NEWER_THAN_3_13),
                (version < (3, 13), &NEWER_THAN_3_11),
            ];
            let blocks = newer.into_iter().filter(|(is_newer, _)| *is_newer);
            let touches =
                |block: &&str| range.is_some_and(|n| n.overlaps(IpNetwork::literal(block)));
            if blocks.flat_map(|(_, blocks)| blocks).any(touches) {
                return Some(Self::Registry);
            }
        }
        let address = text.split(['/', '%']).next().unwrap_or("");
        let is_long = kind.ends_with('6') && address.chars().count() > 45;
        if op == "new" && is_long && question.answer().starts_with("err") {
            return Some(Self::LongText);
        }
        if predicate && is_mapped {
            return Some(Self::MappedPredicate);
        }
        if op == "is_unspecified" && kind == "i4" && text.starts_with("0.0.0.0") {
            return Some(Self::InterfaceUnspecified);
        }
        if op == "reverse_pointer" && !kind.starts_with('a') {
            return Some(Self::ReversePointer);
        }
        if op == "lt" && scoped {
            return Some(Self::ScopedOrder);
        }
        if scoped && (op != "new" || arg == "lenient" && question.answer().starts_with("ok")) {
            return Some(Self::ScopedParts);
        }
        let texts = version < (3, 13) && kind.ends_with('6');
        let mixed = op == "exploded" || op.starts_with("with_");
        if is_mapped && mixed && (kind == "n6" || kind == "i6") {
            return Some(Self::MappedText);
        }
        // Lists are texts too: one mapped address in them is enough.
        let in_list = || question.answer().contains("::ffff:") || arg.contains("::ffff:");
        if texts && !predicate && (is_mapped || in_list()) {
            return Some(Self::MappedText);
        }
        None
    }
}

fn network_of(text: &str) -> Option<IpNetwork> {
    let plain: String = match text.split_once('%') {
        Some((address, rest)) => match rest.split_once('/') {
            Some((_, mask)) => format!("{address}/{mask}"),
            None => address.to_owned(),
        },
        None => text.to_owned(),
    };
    IpInterface::parse(&plain).ok().map(IpInterface::network)
}
