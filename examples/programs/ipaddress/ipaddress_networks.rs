//! What a network tells of itself.

use amphi_core::addr::IpNetwork;

const NETWORKS: [IpNetwork; 2] = [
    IpNetwork::literal("10.9.0.0/24"),
    IpNetwork::literal("fdfd:87b5:b475:5e3e::/64"),
];

fn main() {
    for net in NETWORKS {
        println!("{net:?}");
        println!("     is private: {}", net.is_private());
        println!("      broadcast: {}", net.broadcast_address());
        println!("     compressed: {}", net.with_prefixlen());
        println!("   with netmask: {}", net.with_netmask());
        println!("  with hostmask: {}", net.with_hostmask());
        match net.num_addresses() {
            Some(count) => println!("  num addresses: {count}"),
            None => println!("  num addresses: 2^128"),
        }
        println!();
    }
}
