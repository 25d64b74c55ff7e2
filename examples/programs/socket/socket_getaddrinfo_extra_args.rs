//! The addresses of a host's web service, as asked for: IPv4, TCP, with the host's own name.

use std::process::ExitCode;

use amphi_core::names::Transport;
use amphi_examples::programs::{HostOptions, Options};
use amphi_std::names::{Family, Hints, ResolveError, getaddrinfo};

fn show(host: &str) -> Result<(), ResolveError> {
    let hints = Hints::new()
        .family(Family::Ipv4)
        .transport(Transport::Tcp)
        .canonical_name();
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
    let mut hosts = HostOptions::read(&["localhost"]).into_iter();
    Options::end(hosts.try_for_each(|host| show(&host)))
}
