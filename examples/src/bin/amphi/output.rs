//! Lines for people: results on standard output, log lines and failures on standard error.

use core::fmt;
use std::io::Write;
use std::process::ExitCode;

use amphi_core::Error;
use amphi_examples::service::Step;
use log::LevelFilter;

/// Why the program ends otherwise than well, and with which status.
#[derive(Debug)]
pub(crate) struct Failure {
    text: String,
    status: u8,
}

impl Failure {
    /// What was asked for cannot be had: status 2.
    pub(crate) fn usage(text: impl fmt::Display) -> Self {
        Self {
            text: text.to_string(),
            status: 2,
        }
    }

    /// The operation failed: status 1.
    pub(crate) fn operation(text: impl fmt::Display) -> Self {
        Self {
            text: text.to_string(),
            status: 1,
        }
    }

    pub(crate) fn report(self) -> ExitCode {
        let _ = writeln!(std::io::stderr(), "amphi: error: {}", self.text);
        ExitCode::from(self.status)
    }
}

impl<E: Error> From<(Step, E)> for Failure {
    fn from((step, error): (Step, E)) -> Self {
        let text = format!("{step}: {error}");
        match step {
            Step::Serve => Self::operation(text),
            _ => Self::usage(text),
        }
    }
}

/// Writes a line to standard output. A reader that is gone is no reason to fail.
pub(crate) fn say(line: fmt::Arguments<'_>) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// Log lines go to standard error, without decoration that a server's owner does not need.
pub(crate) fn start_log(level: LevelFilter) {
    env_logger::Builder::new()
        .filter_level(level)
        .format(|out, record| {
            writeln!(
                out,
                "{}: {}",
                record.level().as_str().to_lowercase(),
                record.args()
            )
        })
        .init();
}
