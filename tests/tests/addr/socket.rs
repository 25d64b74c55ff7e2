//! The address functions of Python's `socket`, and scopes as sockets have them.

use core::net::{Ipv6Addr, SocketAddrV6};

use amphi_core::addr::Scoped;
use amphi_core::inet::{htonl, htons, ntohl, ntohs};

#[test]
fn numbers_change_to_the_order_of_the_network_and_back() {
    for number in [0, 1, 0x1234, 0xff00, u16::MAX] {
        assert_eq!(htons(number).to_ne_bytes(), number.to_be_bytes());
        assert_eq!(ntohs(htons(number)), number);
    }
    for number in [0, 1, 0x1234_5678, 0xff00_0000, u32::MAX] {
        assert_eq!(htonl(number).to_ne_bytes(), number.to_be_bytes());
        assert_eq!(ntohl(htonl(number)), number);
    }
}

#[test]
fn a_scope_becomes_the_number_of_its_interface() {
    let index_of = |name: &str| (name == "eth0").then_some(7);
    let socket = |text| {
        Scoped::<Ipv6Addr>::parse(text)
            .unwrap()
            .to_socket(80, index_of)
    };
    let expected = |scope| SocketAddrV6::new("fe80::1".parse().unwrap(), 80, 0, scope);
    assert_eq!(socket("fe80::1%eth0"), Some(expected(7)));
    // A number is the index itself, whether or not there is such an interface.
    assert_eq!(socket("fe80::1%12"), Some(expected(12)));
    assert_eq!(socket("fe80::1"), Some(expected(0)));
    assert_eq!(socket("fe80::1%nosuch"), None);
    assert_eq!(socket("fe80::1%99999999999"), None);
}
