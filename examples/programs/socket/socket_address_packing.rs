//! IPv4 addresses as the network carries them.

use amphi_core::inet::{inet_aton, inet_ntoa};
use amphi_examples::programs::Hex;

fn main() {
    for address in ["192.168.1.1", "127.0.0.1"] {
        let Some(packed) = inet_aton(address.as_bytes()) else {
            println!("{address}: illegal IP address string passed to inet_aton");
            continue;
        };
        println!("Original: {address}");
        println!("Packed  : {}", Hex(&packed));
        println!("Unpacked: {}", inet_ntoa(packed));
        println!();
    }
}
