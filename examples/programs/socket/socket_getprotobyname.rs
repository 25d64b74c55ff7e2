//! The numbers of protocols above IP.

use std::process::ExitCode;

use amphi_core::names;
use amphi_examples::programs::Options;
use amphi_std::names::{ResolveError, getprotobyname};

fn show() -> Result<(), ResolveError> {
    for name in ["icmp", "udp", "tcp"] {
        let protocol = getprotobyname(name)?;
        // The table that firmware has, which needs no file.
        let known = names::getprotobyname(name).map(|known| known.number);
        println!(
            "{name:>4} -> {:2} (core's table: {known:?})",
            protocol.number
        );
    }
    Ok(())
}

fn main() -> ExitCode {
    Options::end(show())
}
