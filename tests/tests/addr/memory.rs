//! Nothing here takes memory from a heap.

use amphi_core::addr::{
    Ipv4Network, Ipv6Network, PrefixTable, Segment, collapse_addresses, difference, ip,
};

use crate::counting::taken;
use crate::random::Random;

#[test]
fn a_hundred_thousand_networks_take_no_memory() {
    let mut random = Random::new(21);
    let count = 100_000;
    let mut networks: Vec<_> = (0..count)
        .map(|_| Ipv4Network::truncating(random.v4(), 16 + random.below(17) as u8).unwrap())
        .collect();
    let mut wide: Vec<_> = (0..count)
        .map(|_| Ipv6Network::truncating(random.v6(), 32 + random.below(97) as u8).unwrap())
        .collect();
    let mut segments = vec![Segment::default(); 2 * count + 1];
    let mut index = vec![0; count];
    let before = taken();
    let collapsed = collapse_addresses(&mut networks);
    let wide = collapse_addresses(&mut wide);
    let (one, two) = wide.split_at(wide.len() / 2);
    let left = difference(one, two).count();
    let text = ip::compressed(ip::parse("2001:db8::1").unwrap());
    let mut entries = [(collapsed[0], ()), (collapsed[1], ())];
    let table = PrefixTable::build(&mut entries, &mut segments, &mut index).unwrap();
    let found = table.get(collapsed[0].network_address()).is_some();
    assert_eq!(taken(), before, "something was taken from the heap");
    assert!(found && left > 0 && text == "2001:db8::1");
}
