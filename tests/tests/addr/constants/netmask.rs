// not a valid netmask: '129' at octet 11
use amphi_core::addr::Ipv6Network;

const _: Ipv6Network = Ipv6Network::literal("2001:db8::/129");

fn main() {}
