use std::path::Path;

use regex::Regex;
use snapbox::{Assert, Data, Redactions};

/// How the lines of a program are put in an order that does not change.
pub(crate) type Order = fn(String) -> String;

/// Compares an output with the file beside the program's source. There, the addresses
/// and ports that a stack chooses are `[ADDRESS]` and `[PORT]`, and so on.
#[track_caller]
pub(crate) fn check(output: &str, folder: &str, name: &str, order: Order) {
    let expected = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("programs")
        .join(folder)
        .join(name)
        .with_extension("out");
    Assert::new()
        .action_env("SNAPSHOTS")
        .normalize_paths(false)
        .eq(order(redacted(output)), Data::read_from(&expected, None));
}

/// The output without what is another at each time or on each machine.
fn redacted(output: &str) -> String {
    let mut redactions = Redactions::new();
    for (name, pattern) in [
        ("[ADDRESS]", r"(?<redacted>127\.0\.0\.[0-9]:[0-9]{4,5})"),
        ("[PORT]", r" port (?<redacted>[0-9]{4,5})"),
        ("[PATH]", r"(?<redacted>/[^ \n]*/amphi-[^ \n]*)"),
        (
            "[PROCESS]",
            r#"(?:process: |Received: b")(?<redacted>[0-9]+)"#,
        ),
        (
            "[NAME]",
            r"(?:Hostname|127\.0\.0\.1) : (?<redacted>[^ \n]+)",
        ),
        ("[LIST]", r"Aliases  : (?<redacted>\[.*\])"),
    ] {
        let pattern = Regex::new(pattern).expect("the pattern is one");
        redactions.insert(name, pattern).expect("the name is one");
    }
    redactions.redact(output)
}

pub(crate) fn as_printed(output: String) -> String {
    output
}

/// How often a program waits is chance.
fn without_waits(output: String) -> String {
    let waits = ["waiting for I/O", "client([ADDRESS", "  ready to"];
    let is_wait = |line: &str| waits.iter().any(|wait| line.starts_with(wait));
    let lines = output.split_inclusive('\n').filter(|line| !is_wait(line));
    lines.collect()
}

/// The lines of each speaker together, and received pieces in one.
pub(crate) fn by_speaker(output: String) -> String {
    let output = without_waits(output);
    let mut lines: Vec<&str> = output.split_inclusive('\n').collect();
    lines.sort_by_key(|line| line.split([':', ',', '"']).next());
    lines.concat().replace("\"\n  received b\"", "")
}

/// What one after the other received in one piece: a reader gets what is there.
pub(crate) fn in_one_piece(output: String) -> String {
    let output = without_waits(output).replace("\"\nread([ADDRESS])\n  received b\"", "");
    let mut whole = String::new();
    for line in output.split_inclusive('\n') {
        let is_more = whole
            .lines()
            .last()
            .is_some_and(|last| last.starts_with("received b\""));
        match line.strip_prefix("received b\"") {
            Some(rest) if is_more => {
                whole.truncate(whole.len() - "\"\n".len());
                whole += rest;
            }
            _ => whole += line,
        }
    }
    whole
}

/// Each line once, as clients come as they come, and all octets in one. Whether a queue is
/// seen empty is chance, too: its client may be gone before.
pub(crate) fn each_line(output: String) -> String {
    let mut pieces = ["  received b\"", "  sending b\""].map(|begin| (begin, String::new()));
    let mut lines = Vec::new();
    for line in output
        .lines()
        .filter(|line| !line.ends_with(" queue empty"))
    {
        let piece = pieces
            .iter_mut()
            .find_map(|(begin, octets)| Some((octets, line.strip_prefix(*begin)?)));
        match piece {
            None => lines.push(line.to_owned()),
            Some((octets, rest)) => octets.push_str(rest.split('"').next().unwrap_or(rest)),
        }
    }
    lines.extend(pieces.map(|(begin, octets)| format!("{begin}{octets}\"")));
    lines.sort_unstable();
    lines.dedup();
    lines.join("\n") + "\n"
}
