//! The name of this machine.

use std::process::ExitCode;

use amphi_examples::programs::Options;
use amphi_std::names::gethostname;

fn main() -> ExitCode {
    Options::end(gethostname().map(|name| println!("{name}")))
}
