//! A network of either family answers as its family's own type does.

use core::net::IpAddr;

use amphi_core::addr::{
    IpInterface, IpNetwork, Ipv4Network, Ipv4Range, NetworkError, Scoped, ip, ipv4,
    summarize_address_range,
};

const NETWORKS: [&str; 10] = [
    "0.0.0.0/0",
    "10.0.0.0/8",
    "192.0.2.0/30",
    "192.0.2.4/31",
    "255.255.255.255/32",
    "::/0",
    "fd00::/64",
    "2001:db8::/126",
    "2001:db8::2/127",
    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128",
];

/// The answers of the type for both, and of the family's own, side by side.
macro_rules! both {
    ($network:expr, $of:ident => $answer:expr) => {{
        let answer = {
            let $of = $network;
            format!("{:?}", $answer)
        };
        let own = match $network {
            IpNetwork::V4($of) => format!("{:?}", $answer),
            IpNetwork::V6($of) => format!("{:?}", $answer),
        };
        assert_eq!(answer, own, "{} of {}", stringify!($answer), $network);
    }};
}

#[test]
fn a_network_answers_as_its_family_does() {
    for text in NETWORKS {
        let network = IpNetwork::literal(text);
        both!(network, it => it.addresses().take(3).collect::<Vec<_>>());
        both!(network, it => it.addresses().rev().take(3).collect::<Vec<_>>());
        both!(network, it => it.hosts().take(3).collect::<Vec<_>>());
        both!(network, it => it.hosts().nth_back(1));
        both!(network, it => (it.nth(2), it.nth_back(2)));
        both!(network, it => it.subnets(1).map(Iterator::collect::<Vec<_>>));
        both!(network, it => it.subnets_to(32).map(|mut nets| (nets.nth(1), nets.next_back())));
        both!(network, it => it.supernet_to(1));
        both!(network, it => (it.with_prefixlen(), it.reverse_pointer()));
        both!(network, it => (it.is_private(), it.is_global(), it.is_multicast()));
    }
}

#[test]
fn the_number_of_addresses_is_exact() {
    let count = |text| IpNetwork::literal(text).num_addresses();
    assert_eq!(count("0.0.0.0/0"), Some(1 << 32));
    assert_eq!(count("::/0"), None);
    assert_eq!(count("::/1"), Some(1 << 127));
    assert_eq!(IpNetwork::literal("0.0.0.0/0").nth(1 << 32), None);
    assert_eq!(IpNetwork::literal("0.0.0.0/0").nth_back(u128::MAX), None);
}

#[test]
fn families_do_not_mix() {
    let (four, six) = (
        IpNetwork::literal("10.0.0.0/8"),
        IpNetwork::literal("fd00::/8"),
    );
    assert_eq!(
        four.address_exclude(six).unwrap_err(),
        NetworkError::MixedVersions
    );
    assert_eq!(six.compare(four).unwrap_err(), NetworkError::MixedVersions);
    let left: Vec<_> = four
        .address_exclude(IpNetwork::literal("10.0.0.0/10"))
        .unwrap()
        .map(|network| network.to_string())
        .collect();
    assert_eq!(left, ["10.128.0.0/9", "10.64.0.0/10"]);
}

#[test]
fn an_interface_answers_for_its_address() {
    let home = IpInterface::literal("192.168.1.7/24");
    assert!(home.is_private() && !home.is_global() && !home.is_loopback());
    assert_eq!(home.with_prefixlen().as_str(), "192.168.1.7/24");
    assert_eq!(home.reverse_pointer().as_str(), "7.1.168.192.in-addr.arpa");
    assert_eq!(home.ip(), "192.168.1.7".parse::<IpAddr>().unwrap());
}

#[test]
fn texts_are_filled_up_to_the_width() {
    let scoped = Scoped::parse("fe80::1%eth0").unwrap();
    assert_eq!(format!("{scoped:>15}|"), "   fe80::1%eth0|");
    assert_eq!(format!("{scoped:*^15}|"), "*fe80::1%eth0**|");
    assert_eq!(format!("{scoped:3}|"), "fe80::1%eth0|");
    let scoped = Scoped::parse_interface("fe80::1%e/64").unwrap();
    assert_eq!(format!("{scoped:15}|"), "fe80::1%e/64   |");
    let range = Ipv4Range::parse("10.0.0.1-10.0.0.9").unwrap();
    assert_eq!(format!("{range:20}|"), "10.0.0.1-10.0.0.9   |");
    assert_eq!(
        format!("{:>12}|", IpNetwork::literal("10.0.0.0/8")),
        "  10.0.0.0/8|"
    );
}

#[test]
fn addresses_of_either_family_are_reckoned_with() {
    let (low, high) = (ip::literal("0.0.0.0"), ip::literal("255.255.255.255"));
    assert_eq!(ip::checked_add(low, u128::from(u32::MAX)), Some(high));
    assert_eq!(ip::checked_add(low, 1 << 32), None);
    assert_eq!(ip::checked_sub(high, 1 << 32), None);
    assert_eq!(
        ip::checked_sub(ip::literal("::1"), 1),
        Some(ip::literal("::"))
    );
    assert_eq!(ip::checked_sub(ip::literal("::"), 1), None);
    let all: Vec<_> = summarize_address_range(low, high).unwrap().collect();
    assert_eq!(all, [IpNetwork::literal("0.0.0.0/0")]);
    let mixed = summarize_address_range(low, ip::literal("::1"));
    assert_eq!(mixed, Err(NetworkError::MixedVersions));
    assert_eq!(
        summarize_address_range(high, low),
        Err(NetworkError::Reversed)
    );
    let block = ip::special(ip::literal("::ffff:1.2.3.4")).unwrap();
    assert_eq!(block.name, "IPv4-mapped Address");
    for len in 0..=32 {
        let network = Ipv4Network::truncating([10, 9, 8, 7].into(), len).unwrap();
        assert_eq!(ipv4::mask_len(network.netmask()), Some(len));
        let other = ipv4::mask_len(network.hostmask());
        // 0.0.0.0 and 255.255.255.255 are netmasks, as in texts.
        assert_eq!(other, Some(if len % 32 == 0 { 32 - len } else { len }));
    }
}
