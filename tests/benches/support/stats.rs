//! Medians and spans of what rounds measured.

use core::fmt;

/// One number a round.
#[derive(Debug, Clone, Default)]
pub(crate) struct Series(Vec<f64>);

impl Series {
    /// Adds a round's number.
    pub(crate) fn push(&mut self, value: f64) {
        self.0.push(value);
    }

    /// The middle one; NaN without any.
    pub(crate) fn median(&self) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let middle = sorted.len() / 2;
        match sorted.len() {
            0 => f64::NAN,
            len if len % 2 == 1 => sorted[middle],
            _ => f64::midpoint(sorted[middle - 1], sorted[middle]),
        }
    }

    /// The smallest; infinite without any.
    pub(crate) fn min(&self) -> f64 {
        self.0.iter().copied().fold(f64::INFINITY, f64::min)
    }

    /// The largest.
    pub(crate) fn max(&self) -> f64 {
        self.0.iter().copied().fold(f64::NEG_INFINITY, f64::max)
    }

    /// This series over another, round by round: what disturbs a round disturbs both.
    pub(crate) fn over(&self, other: &Self) -> Self {
        Self(self.0.iter().zip(&other.0).map(|(a, b)| a / b).collect())
    }
}

/// The median and, in brackets, the smallest and the largest.
impl fmt::Display for Series {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = f.precision().unwrap_or(3);
        let (median, min, max) = (self.median(), self.min(), self.max());
        f.pad_integral(
            true,
            "",
            &format!("{median:.digits$} [{min:.digits$}..{max:.digits$}]"),
        )
    }
}

/// What tells a run by `cargo bench` from one by `cargo test`, which only wants
/// to see the program work.
pub(crate) fn is_benchmark() -> bool {
    std::env::args().any(|argument| argument == "--bench")
}

/// The number after the argument `name`.
pub(crate) fn argument<T: core::str::FromStr>(name: &str) -> Option<T> {
    let mut arguments = std::env::args().skip_while(|argument| argument != name);
    arguments.nth(1)?.parse().ok()
}
