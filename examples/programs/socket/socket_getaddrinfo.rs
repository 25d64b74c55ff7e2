//! All addresses of a host's web service, for each transport.

use std::process::ExitCode;

use amphi_core::names::Transport;
use amphi_examples::programs::{HostOptions, Options};
use amphi_std::names::{Hints, ResolveError, getaddrinfo};

fn show(host: &str) -> Result<(), ResolveError> {
    let hints = Hints::new();
    for response in getaddrinfo(Some(host), Some("http"), &hints)? {
        println!("Family        : {:?}", response.family());
        println!(
            "Type          : {}",
            response.transport.map_or("raw", Transport::name)
        );
        println!("Protocol      : {}", response.protocol);
        println!(
            "Canonical name: {}",
            response.canonical_name.as_deref().unwrap_or("")
        );
        println!("Socket address: {}", response.address);
        println!();
    }
    Ok(())
}

fn main() -> ExitCode {
    let mut hosts = HostOptions::read(&["127.0.0.1"]).into_iter();
    Options::end(hosts.try_for_each(|host| show(&host)))
}
