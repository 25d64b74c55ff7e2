//! A network of either family answers as its family's own type does.

use core::net::IpAddr;

use amphi_core::addr::{IpInterface, IpNetwork, NetworkError};

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
