// leading zeros are not permitted: '010' at octet 3
use amphi_core::addr::ipv4;

const _: core::net::Ipv4Addr = ipv4::literal("10.010.0.1");

fn main() {}
