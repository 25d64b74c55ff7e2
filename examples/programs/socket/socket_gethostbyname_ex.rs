//! All that is known of hosts by their names.

use amphi_examples::programs::HostOptions;
use amphi_std::names::gethostbyname_ex;

fn main() {
    for host in HostOptions::read(&["localhost", "nosuchname.invalid"]) {
        println!("{host}");
        match gethostbyname_ex(&host) {
            Ok(entry) => {
                println!("  Hostname: {}", entry.name);
                println!("  Aliases : {:?}", entry.aliases);
                println!(" Addresses: {:?}", entry.addresses);
            }
            Err(error) => println!("ERROR: {}", error.text()),
        }
        println!();
    }
}
