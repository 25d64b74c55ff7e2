//! Lines for people: results on standard output, log lines and failures on standard error.

use core::fmt;
use core::sync::atomic::{AtomicBool, Ordering};
use std::io::Write;
use std::process::ExitCode;

use amphi_core::Error;
use amphi_core::serve::{DatagramTally, ErrorTally};
use amphi_examples::service::{Report, Step};
use log::LevelFilter;
use serde_json::{Value, json};

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

    /// The same, with the place where it happened before it.
    pub(crate) fn within(mut self, place: impl fmt::Display) -> Self {
        self.text = format!("{place}: {}", self.text);
        self
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

/// Whether results are JSON.
static JSON: AtomicBool = AtomicBool::new(false);

/// Results from here on are JSON, one value a line.
pub(crate) fn use_json() {
    JSON.store(true, Ordering::Relaxed);
}

/// Says a line as text, or the value that it stands for.
pub(crate) fn say_either(line: fmt::Arguments<'_>, value: impl FnOnce() -> Value) {
    if JSON.load(Ordering::Relaxed) {
        say(format_args!("{}", value()));
    } else {
        say(line);
    }
}

/// Says what a service did.
pub(crate) fn say_report(report: &Report) {
    say_either(format_args!("{report}"), || report_in_json(report));
}

/// What a service did, by server.
pub(crate) fn report_in_json(report: &Report) -> Value {
    let errors = |tally: &ErrorTally| {
        let errors = tally.iter();
        let errors = errors.map(|(kind, count)| (kind.to_string(), Value::from(count)));
        Value::Object(errors.collect())
    };
    let datagrams = |tally: &DatagramTally| {
        json!({
            "received": tally.received,
            "sent": tally.sent,
            "truncated": tally.truncated,
            "errors": errors(&tally.errors),
        })
    };
    json!({
        "tcp": {
            "accepted": report.tcp.accepted,
            "refused": report.tcp.refused,
            "failed": report.tcp.failed,
            "received": report.tcp.received,
            "sent": report.tcp.sent,
            "errors": errors(&report.tcp.errors),
        },
        "udp": datagrams(&report.udp),
        "group": datagrams(&report.group),
    })
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
