//! Collections of any networks: a table finds what a slow search finds, and a
//! collapsed set holds what it held.
#![no_main]

use amphi_core::addr::{Ipv4Network, PrefixTable, Segment, collapse_addresses, difference};
use core::net::Ipv4Addr;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|octets: &[u8]| {
    let (chunks, rest) = octets.as_chunks::<5>();
    let mut networks: Vec<_> = chunks
        .iter()
        .map(|[a, b, c, d, len]| {
            Ipv4Network::truncating(Ipv4Addr::new(*a, *b, *c, *d), len % 33).unwrap()
        })
        .collect();
    networks.sort();
    networks.dedup();
    let mut entries: Vec<_> = networks.iter().map(|network| (*network, ())).collect();
    let mut segments = vec![Segment::default(); 2 * entries.len() + 1];
    let mut index = vec![0; 2 + rest.len() * entries.len()];
    let table = PrefixTable::build(&mut entries, &mut segments, &mut index).unwrap();
    let mut all = networks.clone();
    let collapsed = collapse_addresses(&mut all);
    for network in &networks {
        for address in [network.network_address(), network.broadcast_address()] {
            let slow = networks
                .iter()
                .filter(|n| n.contains(address))
                .max_by_key(|n| n.prefix_len());
            assert_eq!(table.get(address).map(|(n, ())| n), slow);
            assert_eq!(collapsed.iter().filter(|n| n.contains(address)).count(), 1);
        }
    }
    let one = &collapsed[..collapsed.len() / 2];
    assert!(difference(collapsed, one).eq(collapsed[one.len()..].iter().copied()));
});
