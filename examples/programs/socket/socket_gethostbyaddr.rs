//! The name of the host at an address.

use core::net::IpAddr;
use std::process::ExitCode;

use amphi_examples::programs::{HostOptions, Options};
use amphi_std::names::{ResolveError, gethostbyaddr};

fn show(address: IpAddr) -> Result<(), ResolveError> {
    let host = gethostbyaddr(address)?;
    println!("Hostname : {}", host.name);
    println!("Aliases  : {:?}", host.aliases);
    println!("Addresses: {:?}", host.addresses);
    Ok(())
}

fn main() -> ExitCode {
    let mut texts = HostOptions::read(&["127.0.0.1"]).into_iter();
    Options::end(texts.try_for_each(|text| {
        let address = text.parse().map_err(|error| format!("{text}: {error}"))?;
        show(address).map_err(|error| error.to_string())
    }))
}
