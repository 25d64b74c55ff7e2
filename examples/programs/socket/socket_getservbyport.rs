//! Web addresses of the services at well-known ports.

use std::process::ExitCode;

use amphi_examples::programs::Options;
use amphi_std::names::{ResolveError, getservbyport};

const PORTS: [u16; 9] = [80, 443, 21, 70, 25, 143, 993, 110, 995];

fn show() -> Result<(), ResolveError> {
    for port in PORTS {
        let service = getservbyport(port, None)?;
        println!("{}://example.com/", service.name);
    }
    Ok(())
}

fn main() -> ExitCode {
    Options::end(show())
}
