//! What is said about arguments that are wrong.

use std::io::{ErrorKind, Write as _};
use std::process::ExitCode;

use clap::Parser as _;
use clap::error::{ContextKind, ContextValue};

use crate::arguments::Arguments;
use crate::output::Failure;

/// Parses, or says in one line what is wrong and gives the status to exit with.
pub(crate) fn parse() -> Result<Arguments, ExitCode> {
    Arguments::try_parse().map_err(|error| {
        if !error.use_stderr() {
            return match error.print() {
                Err(error) if error.kind() != ErrorKind::BrokenPipe => {
                    Failure::operation(format_args!("cannot write: {error}")).report()
                }
                _ => ExitCode::SUCCESS,
            };
        }
        let line = wrong(&error);
        let _ = writeln!(std::io::stderr(), "amphi: {line}");
        ExitCode::from(2)
    })
}

/// What is wrong, and what would be right, in one line so that logs can hold it.
fn wrong(error: &clap::Error) -> String {
    let text = error.to_string();
    let mut lines = text.lines();
    let first = lines.next().unwrap_or_default();
    if !first.starts_with("error:") {
        return "error: a command is missing (--help tells more)".to_owned();
    }
    let mut line = first.to_owned();
    if first.ends_with(':') {
        // What is missing stands in lines of its own.
        let missing: Vec<&str> = lines.map_while(|line| line.strip_prefix("  ")).collect();
        line += " ";
        line += &missing.join(", ");
    }
    let words = |kind| match error.get(kind) {
        Some(ContextValue::String(word)) => Some(word.clone()),
        Some(ContextValue::Strings(words)) if !words.is_empty() => Some(words.join(", ")),
        _ => None,
    };
    let meant = [
        ContextKind::SuggestedSubcommand,
        ContextKind::SuggestedArg,
        ContextKind::SuggestedValue,
    ];
    let hint = match meant.into_iter().find_map(words) {
        Some(meant) => format!("did you mean '{meant}'? "),
        None => words(ContextKind::ValidValue)
            .map_or_else(String::new, |valid| format!("it can be {valid}; ")),
    };
    format!("{line} ({hint}--help tells more)")
}
