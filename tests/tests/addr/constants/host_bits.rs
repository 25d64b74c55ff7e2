// host bits set: '192.0.2.1' at octet 0
use amphi_core::addr::Ipv4Network;

const _: Ipv4Network = Ipv4Network::literal("192.0.2.1/24");

fn main() {}
