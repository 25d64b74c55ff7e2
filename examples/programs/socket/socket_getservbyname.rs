//! The ports of the services in web addresses.

use std::process::ExitCode;

use amphi_examples::programs::Options;
use amphi_std::names::{ResolveError, getservbyname};

const URLS: [&str; 9] = [
    "http://www.python.org",
    "https://www.mybank.com",
    "ftp://prep.ai.mit.edu",
    "gopher://gopher.micro.umn.edu",
    "smtp://mail.example.com",
    "imap2://mail.example.com",
    "imaps://mail.example.com",
    "pop3://pop.example.com",
    "pop3s://pop.example.com",
];

fn show() -> Result<(), ResolveError> {
    for url in URLS {
        let scheme = url.split_once("://").map_or(url, |(scheme, _)| scheme);
        let service = getservbyname(scheme, None)?;
        println!("{scheme:>6} : {}", service.port);
    }
    Ok(())
}

fn main() -> ExitCode {
    Options::end(show())
}
