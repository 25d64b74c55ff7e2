//! Collections of any networks: a table finds what a slow search finds, and a
//! collapsed set holds what it held.
#![no_main]

use amphi_core::addr::{
    Ipv4Network, Ipv6Network, PrefixTable, Segment, collapse_addresses, difference,
};
use core::net::{Ipv4Addr, Ipv6Addr};
use libfuzzer_sys::fuzz_target;

macro_rules! collections {
    ($networks:expr, $rest:expr) => {{
        let mut networks: Vec<_> = $networks.collect();
        networks.sort();
        networks.dedup();
        let mut entries: Vec<_> = networks.iter().map(|network| (*network, ())).collect();
        let mut segments = vec![Segment::EMPTY; 2 * entries.len() + 1];
        let mut index = vec![0; 1 + $rest * entries.len()];
        let table = PrefixTable::build(&mut entries, &mut segments, &mut index).unwrap();
        let mut all = networks.clone();
        let collapsed = collapse_addresses(&mut all);
        for network in &networks {
            let (first, last) = (network.network_address(), network.broadcast_address());
            let before = first.to_bits().wrapping_sub(1).into();
            let after = last.to_bits().wrapping_add(1).into();
            for address in [before, first, last, after] {
                let slow = networks
                    .iter()
                    .filter(|n| n.contains(address))
                    .max_by_key(|n| n.prefix_len());
                assert_eq!(table.get(address).map(|(n, ())| n), slow);
                let holding = collapsed.iter().filter(|n| n.contains(address)).count();
                assert_eq!(holding, usize::from(slow.is_some()));
            }
        }
        let one = &collapsed[..collapsed.len() / 2];
        assert!(difference(collapsed, one).eq(collapsed[one.len()..].iter().copied()));
    }};
}

fuzz_target!(|octets: &[u8]| {
    let (chunks, rest) = octets.as_chunks::<6>();
    collections!(
        chunks.iter().map(|[a, b, c, d, len, _]| {
            Ipv4Network::truncating(Ipv4Addr::new(*a, *b, *c, *d), len % 33).unwrap()
        }),
        rest.len()
    );
    collections!(
        chunks.iter().map(|[a, b, c, d, len, place]| {
            let bits = u128::from(u32::from_be_bytes([*a, *b, *c, *d])) << (place % 97);
            Ipv6Network::truncating(Ipv6Addr::from_bits(bits), len % 129).unwrap()
        }),
        rest.len()
    );
});
