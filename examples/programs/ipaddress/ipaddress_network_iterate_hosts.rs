//! The first addresses of a network that a host can have.

use amphi_core::addr::IpNetwork;

const NETWORKS: [IpNetwork; 2] = [
    IpNetwork::literal("10.9.0.0/24"),
    IpNetwork::literal("fdfd:87b5:b475:5e3e::/64"),
];

fn main() {
    for net in NETWORKS {
        println!("{net:?}");
        for address in net.hosts().take(3) {
            println!("{address}");
        }
        println!();
    }
}
