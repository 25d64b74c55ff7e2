//! What the machine has to say, beside its program.

const EXPECTED: &str = include_str!("../../../examples/firmware/src/main.out");
/// Stands for anything within a line.
const ANYTHING: &str = "[..]";

/// Compares a log with what is expected, line by line.
#[track_caller]
pub(crate) fn check(log: &str) {
    let log = in_order(log);
    let lines: Vec<_> = EXPECTED.lines().collect();
    let is_expected = log.len() == lines.len()
        && log
            .iter()
            .zip(&lines)
            .all(|(line, expected)| matches(line, expected));
    assert!(is_expected, "not main.out but:\n{}\n", log.join("\n"));
}

/// The log with the end of each connection behind its begin, as connections go side by
/// side, and without the ports of the clients.
fn in_order(log: &str) -> Vec<String> {
    let mut lines: Vec<&str> = log.lines().collect();
    let mut ordered = Vec::new();
    while !lines.is_empty() {
        let line = lines.remove(0);
        let Some(client) = line.strip_suffix(" accepted") else {
            ordered.push(line.to_owned());
            continue;
        };
        ordered.push("INFO  client accepted".to_owned());
        let closed = lines.iter().position(|line| line.starts_with(client));
        if let Some(closed) = closed {
            ordered.push(lines.remove(closed).replace(client, "INFO  client"));
        }
    }
    ordered
}

fn matches(line: &str, expected: &str) -> bool {
    match expected.split_once(ANYTHING) {
        None => line == expected,
        Some((start, end)) => line
            .strip_prefix(start)
            .is_some_and(|rest| rest.ends_with(end)),
    }
}
