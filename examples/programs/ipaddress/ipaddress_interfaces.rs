//! An address together with its network.

use amphi_core::addr::{IpInterface, ParseError};

const ADDRESSES: [&str; 2] = ["10.9.0.6/24", "fdfd:87b5:b475:5e3e:b1bc:e121:a8eb:14aa/64"];

fn main() -> Result<(), ParseError> {
    for text in ADDRESSES {
        let iface = IpInterface::parse(text)?;
        println!("{iface:?}");
        println!("network:\n   {}", iface.network());
        println!("ip:\n   {}", iface.ip());
        println!("IP with prefixlen:\n   {}", iface.with_prefixlen());
        println!("netmask:\n   {}", iface.with_netmask());
        println!("hostmask:\n   {}", iface.with_hostmask());
        println!();
    }
    Ok(())
}
