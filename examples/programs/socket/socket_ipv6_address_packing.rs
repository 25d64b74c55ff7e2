//! An IPv6 address as the network carries it.

use amphi_core::addr::ParseError;
use amphi_core::inet::{inet_ntop6, inet_pton6};
use amphi_examples::programs::Hex;

fn main() -> Result<(), ParseError> {
    let address = "2002:ac10:10a:1234:21e:52ff:fe74:40e";
    let packed = inet_pton6(address.as_bytes())?;
    println!("Original: {address}");
    println!("Packed  : {}", Hex(&packed));
    println!("Unpacked: {}", inet_ntop6(packed));
    Ok(())
}
