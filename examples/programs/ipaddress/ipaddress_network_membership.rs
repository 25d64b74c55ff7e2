//! Which network holds an address.

use core::net::IpAddr;

use amphi_core::addr::{IpNetwork, ip};

const NETWORKS: [IpNetwork; 2] = [
    IpNetwork::literal("10.9.0.0/24"),
    IpNetwork::literal("fdfd:87b5:b475:5e3e::/64"),
];

const ADDRESSES: [IpAddr; 2] = [
    ip::literal("10.9.0.6"),
    ip::literal("fdfd:87b5:b475:5e3e:b1bc:e121:a8eb:14aa"),
];

fn main() {
    for address in ADDRESSES {
        for net in NETWORKS {
            println!("{address}");
            println!("is in {net}: {}", net.contains(address));
            println!();
        }
    }
}
