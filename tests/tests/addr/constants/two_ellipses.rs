// at most one '::' permitted: '::' at octet 9
use amphi_core::addr::ipv6;

const _: core::net::Ipv6Addr = ipv6::literal("2001::db8::1");

fn main() {}
