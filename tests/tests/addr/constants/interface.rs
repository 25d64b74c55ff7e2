// octet above 255 not permitted: '256' at octet 8
use amphi_core::addr::Ipv4Interface;

const _: Ipv4Interface = Ipv4Interface::literal("192.0.2.256/24");

fn main() {}
