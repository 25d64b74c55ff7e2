//! Networks, interfaces and ranges as text for people and as octets for machines.

use core::fmt::Debug;
use core::net::Ipv6Addr;

use amphi_core::addr::{
    IpInterface, IpNetwork, Ipv4Interface, Ipv4Network, Ipv4Range, Ipv6Interface, Ipv6Network,
    Ipv6Range, Scoped,
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

/// As `round`, for values that borrow from what they are read from.
macro_rules! borrowed {
    ($Type:ty, $value:expr, $text:literal, $octets:expr) => {
        let value: Scoped<'_, $Type> = $value.unwrap();
        let json = serde_json::to_string(&value).unwrap();
        assert_eq!(json, concat!("\"", $text, "\""));
        assert_eq!(
            serde_json::from_str::<Scoped<'_, $Type>>(&json).unwrap(),
            value
        );
        let packed = postcard::to_allocvec(&value).unwrap();
        assert_eq!(packed, $octets);
        assert_eq!(
            postcard::from_bytes::<Scoped<'_, $Type>>(&packed).unwrap(),
            value
        );
    };
}

#[test]
fn a_scope_goes_with_its_address() {
    let address = "fe80::1".parse::<Ipv6Addr>().unwrap().octets();
    let scope = [1, 4, b'e', b't', b'h', b'0'];
    let octets = [&address[..], &scope].concat();
    borrowed!(
        Ipv6Addr,
        Scoped::parse("fe80::1%eth0"),
        "fe80::1%eth0",
        octets
    );
    borrowed!(
        Ipv6Addr,
        Scoped::parse("fe80::1"),
        "fe80::1",
        [&address[..], &[0]].concat()
    );
    let octets = [&address[..], &[64], &scope].concat();
    let interface = Scoped::parse_interface("fe80::1%eth0/64");
    borrowed!(Ipv6Interface, interface, "fe80::1%eth0/64", octets);
    let octets = [
        &"fe80::".parse::<Ipv6Addr>().unwrap().octets()[..],
        &[64],
        &scope,
    ]
    .concat();
    borrowed!(
        Ipv6Network,
        Scoped::parse_network("fe80::%eth0/64"),
        "fe80::%eth0/64",
        octets
    );
    assert!(serde_json::from_str::<Scoped<'_>>("\"fe80::1%\"").is_err());
    assert!(postcard::from_bytes::<Scoped<'_>>(&[&address[..], &[1, 0]].concat()).is_err());
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
