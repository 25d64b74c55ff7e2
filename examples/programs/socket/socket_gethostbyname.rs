//! The IPv4 addresses of hosts.

use amphi_examples::programs::HostOptions;
use amphi_std::names::gethostbyname;

fn main() {
    for host in HostOptions::read(&["localhost", "nosuchname.invalid"]) {
        match gethostbyname(&host) {
            Ok(address) => println!("{host} : {address}"),
            Err(error) => println!("{host} : {}", error.text()),
        }
    }
}
