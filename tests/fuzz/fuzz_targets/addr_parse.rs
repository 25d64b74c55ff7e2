//! Addresses from any octets: as `core::net` reads them, and back.
#![no_main]

use amphi_core::addr::{Scoped, ip, ipv4, ipv6};
use core::net::{Ipv4Addr, Ipv6Addr};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|octets: &[u8]| {
    if let Err(error) = ipv4::parse_ascii(octets) {
        assert!(error.span().end <= octets.len());
    }
    if let Err(error) = ipv6::parse_ascii(octets) {
        assert!(error.span().end <= octets.len());
    }
    let _ = ip::parse_ascii(octets);
    let Ok(text) = core::str::from_utf8(octets) else {
        return;
    };
    assert_eq!(ipv4::parse(text).ok(), text.parse::<Ipv4Addr>().ok());
    assert_eq!(ipv6::parse(text).ok(), text.parse::<Ipv6Addr>().ok());
    match ip::parse(text) {
        Ok(address) => assert_eq!(ip::compressed(address), address.to_string().as_str()),
        Err(error) => assert!(!error.explain(text).to_string().is_empty()),
    }
    if let Ok(scoped) = Scoped::<Ipv6Addr>::parse(text) {
        assert_eq!(Scoped::<Ipv6Addr>::parse(&scoped.to_string()), Ok(scoped));
    }
});
