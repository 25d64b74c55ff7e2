//! Networks, interfaces and ranges as text for people and as octets for machines.

use core::fmt::Debug;

use amphi_core::addr::{
    IpInterface, IpNetwork, Ipv4Interface, Ipv4Network, Ipv4Range, Ipv6Interface, Ipv6Network,
    Ipv6Range,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// There and back, in both forms.
#[track_caller]
fn round<T>(value: T, text: &str, octets: &[u8])
where
    T: Serialize + DeserializeOwned + PartialEq + Debug,
{
    let json = serde_json::to_string(&value).unwrap();
    assert_eq!(json, format!("\"{text}\""));
    assert_eq!(serde_json::from_str::<T>(&json).unwrap(), value);
    let packed = postcard::to_allocvec(&value).unwrap();
    assert_eq!(packed, octets);
    assert_eq!(postcard::from_bytes::<T>(&packed).unwrap(), value);
}

#[test]
fn text_for_people_and_octets_for_machines() {
    let net = Ipv4Network::literal("192.0.2.0/24");
    round(net, "192.0.2.0/24", &[192, 0, 2, 0, 24]);
    // The enum of `core::net` has its variant in front.
    round(IpNetwork::V4(net), "192.0.2.0/24", &[0, 192, 0, 2, 0, 24]);
    let at = Ipv4Interface::literal("10.1.2.3/8");
    round(at, "10.1.2.3/8", &[10, 1, 2, 3, 8]);
    round(IpInterface::V4(at), "10.1.2.3/8", &[0, 10, 1, 2, 3, 8]);
    let range = Ipv4Range::new([10, 0, 0, 1].into(), [10, 0, 0, 9].into()).unwrap();
    round(range, "10.0.0.1-10.0.0.9", &[10, 0, 0, 1, 10, 0, 0, 9]);

    let mut octets = [0; 17];
    (octets[0], octets[1], octets[16]) = (0xfd, 0x07, 16);
    let net = Ipv6Network::literal("fd07::/16");
    round(net, "fd07::/16", &octets);
    let at = Ipv6Interface::literal("fd07::/16");
    round(at, "fd07::/16", &octets);
    let range = Ipv6Range::new(net.network_address(), net.network_address()).unwrap();
    let twice = [&octets[..16], &octets[..16]].concat();
    round(range, "fd07::-fd07::", &twice);
}

#[test]
fn what_is_wrong_is_told() {
    let told = |json: &str| {
        let error = serde_json::from_str::<Ipv4Network>(json).unwrap_err();
        error.to_string()
    };
    assert!(
        told("\"10.0.0.1/8\"").contains("host bits"),
        "{}",
        told("\"10.0.0.1/8\"")
    );
    assert!(told("\"010.0.0.0/8\"").contains("leading zeros"));
    assert!(told("8").contains("expected an IPv4 network"));

    let host_bits = postcard::from_bytes::<Ipv4Network>(&[10, 0, 0, 1, 8]);
    assert!(host_bits.is_err());
    let too_long = postcard::from_bytes::<Ipv4Interface>(&[10, 0, 0, 1, 33]);
    assert!(too_long.is_err());
    let backwards = postcard::from_bytes::<Ipv4Range>(&[10, 0, 0, 9, 10, 0, 0, 1]);
    assert!(backwards.is_err());
}
