//! What an address tells of itself.

use core::net::IpAddr;

use amphi_core::addr::{ParseError, ip};
use amphi_examples::programs::Hex;

const ADDRESSES: [&str; 2] = ["10.9.0.6", "fdfd:87b5:b475:5e3e:b1bc:e121:a8eb:14aa"];

fn main() -> Result<(), ParseError> {
    for text in ADDRESSES {
        let address = ip::parse(text)?;
        println!("{address:?}");
        println!("   IP version: {}", if address.is_ipv4() { 4 } else { 6 });
        println!("   is private: {}", ip::is_private(address));
        match address {
            IpAddr::V4(v4) => println!("  packed form: {}", Hex(&v4.octets())),
            IpAddr::V6(v6) => println!("  packed form: {}", Hex(&v6.octets())),
        }
        println!("      integer: {}", ip::to_int(address));
        println!();
    }
    Ok(())
}
