//! The full names of hosts.

use amphi_examples::programs::HostOptions;
use amphi_std::names::getfqdn;

fn main() {
    for host in HostOptions::read(&["localhost", "nosuchname.invalid"]) {
        println!("{host:>18} : {}", getfqdn(&host));
    }
}
