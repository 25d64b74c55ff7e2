//! Collections against sets of single addresses, which are slow and plain.

use std::collections::BTreeSet;

use amphi_core::addr::{
    IpNetwork, Ipv4Network, Ipv4Range, Ipv6Network, PrefixTable, Segment, TableError,
    collapse_addresses, difference,
};
use core::net::{Ipv4Addr, Ipv6Addr};

use crate::random::Random;

/// A network among 256 addresses at one of both ends of the space.
fn small(random: &mut Random) -> Ipv4Network {
    let base = if random.below(2) == 0 { 0 } else { 0xffff_ff00 };
    let address = Ipv4Addr::from_bits(base | random.next() as u32 & 0xff);
    Ipv4Network::truncating(address, 32 - random.below(7) as u8).unwrap()
}

fn some(random: &mut Random) -> Vec<Ipv4Network> {
    (0..random.below(20)).map(|_| small(random)).collect()
}

fn members(networks: &[Ipv4Network]) -> BTreeSet<Ipv4Addr> {
    networks
        .iter()
        .flat_map(|network| network.addresses())
        .collect()
}

/// Whether no two networks overlap or make up a third.
fn fewest(networks: &[Ipv4Network]) -> bool {
    networks.windows(2).all(|pair| {
        let (a, b) = (pair[0], pair[1]);
        let halves = a.prefix_len() == b.prefix_len() && a.supernet(1) == b.supernet(1);
        a < b && !a.overlaps(b) && !halves
    })
}

#[test]
fn collapse_keeps_the_addresses_in_the_fewest_networks() {
    let mut random = Random::new(11);
    for _ in 0..5_000 {
        let mut networks = some(&mut random);
        let before = members(&networks);
        let collapsed = collapse_addresses(&mut networks);
        assert!(fewest(collapsed), "{collapsed:?}");
        assert_eq!(members(collapsed), before);
    }
}

#[test]
fn collapse_sorts_many_networks_as_it_sorts_few() {
    let mut random = Random::new(12);
    let mut v4: Vec<_> = (0..2_000)
        .map(|_| Ipv4Network::truncating(random.v4(), 8 + random.below(25) as u8).unwrap())
        .collect();
    let mut v6: Vec<_> = (0..2_000)
        .map(|_| Ipv6Network::truncating(random.v6(), random.below(129) as u8).unwrap())
        .collect();
    let mut both: Vec<IpNetwork> = v4.iter().copied().map(IpNetwork::V4).collect();
    both.extend(v6.iter().copied().map(IpNetwork::V6));
    // The slow way: as they come, against all that is there.
    let mut slow: BTreeSet<Ipv4Network> = v4.iter().copied().collect();
    loop {
        let next = slow.iter().copied().find_map(|n| {
            let parent = n.supernet(1).unwrap();
            let other = parent.subnets(1).unwrap().find(|half| *half != n);
            let covered =
                (0..n.prefix_len()).any(|len| slow.contains(&n.supernet_to(len).unwrap()));
            let joined = !covered && n.prefix_len() > 0 && other.is_some_and(|o| slow.contains(&o));
            (covered || joined).then_some((n, joined.then_some(parent)))
        });
        match next {
            Some((network, parent)) => {
                slow.remove(&network);
                slow.extend(parent);
            }
            None => break,
        }
    }
    let v4 = collapse_addresses(&mut v4);
    let v6 = collapse_addresses(&mut v6);
    assert!(v4.iter().copied().eq(slow));
    assert!(v6.is_sorted() && v6.windows(2).all(|pair| !pair[0].overlaps(pair[1])));
    let both = collapse_addresses(&mut both);
    let apart: Vec<IpNetwork> = v4
        .iter()
        .copied()
        .map(IpNetwork::V4)
        .chain(v6.iter().copied().map(IpNetwork::V6))
        .collect();
    assert_eq!(both, apart);
}

#[test]
fn difference_takes_away_exactly_the_holes() {
    let mut random = Random::new(13);
    for _ in 0..5_000 {
        let (mut networks, mut holes) = (some(&mut random), some(&mut random));
        let networks = collapse_addresses(&mut networks);
        let holes = collapse_addresses(&mut holes);
        let left: Vec<_> = difference(networks, holes).collect();
        let expected: BTreeSet<_> = members(networks)
            .difference(&members(holes))
            .copied()
            .collect();
        assert_eq!(members(&left), expected, "{networks:?} without {holes:?}");
        assert!(left.is_sorted());
    }
    let everything = [Ipv6Network::ALL];
    let top = [Ipv6Network::host(Ipv6Addr::from_bits(u128::MAX))];
    assert_eq!(difference(&everything, &top).count(), 128);
    assert_eq!(difference(&top, &everything).count(), 0);
}

#[test]
fn summaries_are_exact_at_both_ends() {
    let mut random = Random::new(14);
    for _ in 0..5_000 {
        let (a, b) = (small(&mut random), small(&mut random));
        let (first, last) = (
            a.network_address().min(b.network_address()),
            a.network_address().max(b.broadcast_address()),
        );
        if last.to_bits() - first.to_bits() > 1_000 {
            continue;
        }
        let range = Ipv4Range::new(first, last).unwrap();
        let networks: Vec<_> = range.networks().collect();
        assert!(
            range
                .addresses()
                .eq(networks.iter().flat_map(|n| n.addresses()))
        );
        assert!(fewest(&networks) || networks.len() > 1);
    }
}

/// Networks of four kinds: anywhere, close together, side by side, and one in another.
macro_rules! networks {
    ($Network:ident, $Addr:ident, $Bits:ident, $random:ident, $max:literal, $many:expr, $from:expr) => {{
        let from: &mut Random = $from;
        let crowded = from.$random().to_bits();
        let near = $Bits::MAX >> from.below($max);
        let mut networks: Vec<$Network> = (0..$many)
            .map(|turn: usize| {
                let address = match from.below(4) {
                    0 => from.$random().to_bits(),
                    1 => crowded ^ $Bits::from(from.next() as u16),
                    2 => crowded.wrapping_add((turn as $Bits) << 3),
                    _ => crowded ^ (from.$random().to_bits() & near),
                };
                let len = from.below($max + 1) as u8;
                $Network::truncating($Addr::from_bits(address), len).unwrap()
            })
            .collect();
        networks.sort();
        networks.dedup();
        networks
    }};
}

macro_rules! table {
    ($name:ident, $Network:ident, $Addr:ident, $Bits:ident, $random:ident, $max:literal) => {
        #[test]
        fn $name() {
            let mut random = Random::new(15);
            for turn in 0..400 {
                let many = random.below(if turn % 10 == 0 { 400 } else { 12 });
                let networks = networks!($Network, $Addr, $Bits, $random, $max, many, &mut random);
                let mut entries: Vec<_> = networks.iter().map(|n| (*n, ())).collect();
                let mut segments = vec![Segment::default(); 2 * networks.len() + 1];
                let mut index = vec![0; 1 + random.below(12 * many + 5)];
                let table = PrefixTable::build(&mut entries, &mut segments, &mut index).unwrap();
                let mut asked: Vec<_> = (0..40).map(|_| random.$random()).collect();
                for network in &networks {
                    let (first, last) = (network.network_address(), network.broadcast_address());
                    asked.extend([first, last]);
                    asked.push(first.to_bits().wrapping_sub(1).into());
                    asked.push(last.to_bits().wrapping_add(1).into());
                }
                for address in asked {
                    let slow = networks
                        .iter()
                        .filter(|n| n.contains(address))
                        .max_by_key(|n| n.prefix_len());
                    let found = table.get(address).map(|(network, ())| network);
                    assert_eq!(
                        found,
                        slow,
                        "{address} in {networks:?}, {} cells",
                        index_len(&table)
                    );
                }
            }
        }
    };
}

fn index_len<N: amphi_core::addr::FamilyBlock>(table: &PrefixTable<'_, N>) -> usize {
    table.index_bytes()
}

table!(
    the_longest_match_is_the_slow_search_s_v4,
    Ipv4Network,
    Ipv4Addr,
    u32,
    v4,
    32
);
table!(
    the_longest_match_is_the_slow_search_s_v6,
    Ipv6Network,
    Ipv6Addr,
    u128,
    v6,
    128
);

#[test]
fn a_table_refuses_what_it_cannot_hold() {
    let network = Ipv4Network::literal("10.0.0.0/8");
    let build = |entries: &mut [(Ipv4Network, u8)], segments: usize, index: usize| {
        let (mut segments, mut index) = (vec![Segment::default(); segments], vec![0; index]);
        PrefixTable::build(entries, &mut segments, &mut index).map(|_| ())
    };
    assert_eq!(
        build(&mut [(network, 1), (network, 2)], 9, 9),
        Err(TableError::Duplicate)
    );
    assert_eq!(build(&mut [(network, 1)], 2, 9), Err(TableError::Segments));
    assert_eq!(build(&mut [(network, 1)], 3, 0), Err(TableError::Index));
    assert_eq!(build(&mut [(network, 1)], 3, 1), Ok(()));
    assert_eq!(build(&mut [], 1, 1), Ok(()));
}
