//! Networks, interfaces and ranges from any octets, and back.
#![no_main]

use amphi_core::addr::{
    IpInterface, IpNetwork, Ipv4Network, Ipv4Range, Ipv6Network, Ipv6Range, Scoped,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|octets: &[u8]| {
    let _ = (
        Ipv4Network::parse_ascii(octets),
        Ipv6Network::parse_ascii(octets),
    );
    let Ok(text) = core::str::from_utf8(octets) else {
        return;
    };
    match IpNetwork::parse(text) {
        Ok(network) => {
            assert_eq!(IpNetwork::parse(&network.to_string()), Ok(network));
            assert!(network.contains(network.broadcast_address()));
            assert_eq!(IpNetwork::parse_lenient(text), Ok(network));
        }
        Err(error) => {
            assert!(error.span().end <= octets.len());
            assert!(!error.explain(text).to_string().is_empty());
        }
    }
    if let Ok(interface) = IpInterface::parse(text) {
        assert_eq!(IpInterface::parse(&interface.to_string()), Ok(interface));
        assert!(interface.network().contains(interface.ip()));
    }
    if let Ok(scoped) = Scoped::parse_interface(text) {
        assert_eq!(Scoped::parse_interface(&scoped.to_string()), Ok(scoped));
    }
    let _ = Scoped::parse_network(text);
    if let Ok(range) = Ipv4Range::parse(text) {
        assert_eq!(
            range.networks().next().map(Ipv4Network::network_address),
            Some(range.first())
        );
    }
    if let Ok(range) = Ipv6Range::parse(text) {
        assert_eq!(
            range.networks().last().map(Ipv6Network::broadcast_address),
            Some(range.last())
        );
    }
});
