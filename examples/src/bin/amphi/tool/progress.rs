//! Progress of work that takes long, on standard error if that is a terminal.

use std::io::{IsTerminal as _, stderr, stdout};

use indicatif::{ProgressBar, ProgressStyle};

/// Lines between two looks at the clock.
pub(super) const STEP: u64 = 4096;

/// Of reading so many octets, if it is known how many.
pub(super) fn of_reading(size: Option<u64>) -> ProgressBar {
    if !stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    match size {
        Some(size) => shown(
            ProgressBar::new(size),
            "{elapsed} {wide_bar} {bytes} of {total_bytes}",
        ),
        None => shown(ProgressBar::no_length(), "{elapsed} {spinner} {bytes} read"),
    }
}

/// Of writing lines to a file or another program; on a terminal, the lines themselves tell.
pub(super) fn of_writing() -> ProgressBar {
    if !stderr().is_terminal() || stdout().is_terminal() {
        return ProgressBar::hidden();
    }
    let template = "{elapsed} {spinner} {human_pos} lines written";
    shown(ProgressBar::no_length(), template)
}

fn shown(bar: ProgressBar, template: &str) -> ProgressBar {
    let style = ProgressStyle::with_template(template);
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
