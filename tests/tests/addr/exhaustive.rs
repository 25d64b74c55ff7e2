//! What can be tried out: every prefix length at every edge, and, as a release
//! step, every IPv4 address.

use core::net::{Ipv4Addr, Ipv6Addr};

use amphi_core::addr::{Ipv4Network, Ipv6Network, ipv4, ipv6};

macro_rules! lengths {
    ($name:ident, $Network:ident, $Addr:ident, $Bits:ident, $module:ident, $max:literal) => {
        #[test]
        fn $name() {
            let mut edges: Vec<$Bits> = vec![
                0,
                1,
                2,
                $Bits::MAX,
                $Bits::MAX - 1,
                $Bits::MAX / 2,
                $Bits::MAX / 2 + 1,
                $Bits::MAX / 3,
            ];
            for bit in 0..$max {
                edges.extend([1 << bit, (1 << bit) - 1, !((1 << bit) - 1), !(1 << bit)]);
            }
            for bits in edges {
                let address = $Addr::from_bits(bits);
                let text = $module::compressed(address);
                assert_eq!(text.as_str(), address.to_string());
                assert_eq!($module::parse(&text), Ok(address));
                for len in 0..=$max {
                    check(address, len as u8);
                }
                assert!($Network::truncating(address, $max + 1).is_err());
            }

            fn check(address: $Addr, len: u8) {
                // One bit at a time, as slow as can be.
                let (mut mask, mut host): ($Bits, $Bits) = (0, 0);
                for bit in 0..$max {
                    let one = 1 << ($max - 1 - bit);
                    if bit < len as u32 {
                        mask |= one
                    } else {
                        host |= one
                    }
                }
                let network = $Network::truncating(address, len).unwrap();
                let (first, last) = (address.to_bits() & mask, address.to_bits() | host);
                assert_eq!(network.network_address().to_bits(), first);
                assert_eq!(network.broadcast_address().to_bits(), last);
                assert_eq!(
                    (network.netmask().to_bits(), network.hostmask().to_bits()),
                    (mask, host)
                );
                assert_eq!(
                    $Network::new(address, len).is_ok(),
                    address.to_bits() & host == 0
                );
                assert!(network.contains(address) && network.contains($Addr::from_bits(last)));
                assert_eq!(
                    first
                        .checked_sub(1)
                        .map($Addr::from_bits)
                        .is_some_and(|a| network.contains(a)),
                    false
                );
                assert_eq!(
                    last.checked_add(1)
                        .map($Addr::from_bits)
                        .is_some_and(|a| network.contains(a)),
                    false
                );
                assert_eq!($Network::parse(&network.with_prefixlen()), Ok(network));
                if $max == 32 {
                    // 0.0.0.0 and 255.255.255.255 are netmasks, whichever way they are meant.
                    assert_eq!($Network::parse(&network.with_netmask()), Ok(network));
                    if len > 0 && len < $max {
                        assert_eq!($Network::parse(&network.with_hostmask()), Ok(network));
                    }
                }
                assert_eq!(network.addresses().next(), Some($Addr::from_bits(first)));
                assert_eq!(
                    network.addresses().next_back(),
                    Some($Addr::from_bits(last))
                );
                assert_eq!(
                    (
                        network.nth(host).map($Addr::to_bits),
                        network.nth_back(host).map($Addr::to_bits)
                    ),
                    (Some(last), Some(first))
                );
                assert_eq!(host.checked_add(1).and_then(|n| network.nth(n)), None);
                let outer = network.supernet(1).unwrap();
                assert!(outer.supernet_of(network) && outer.overlaps(network));
                assert!(outer.address_exclude(network).unwrap().count() == usize::from(len > 0));
                let everywhere = $Network::ALL.address_exclude(network).unwrap();
                assert!(
                    everywhere.len() == len as usize
                        && everywhere.rev().all(|n| !n.overlaps(network))
                );
                let mut halves = network.subnets(1.min($max - len)).unwrap();
                assert_eq!(
                    halves.next().map($Network::network_address),
                    Some($Addr::from_bits(first))
                );
                assert_eq!(
                    halves
                        .next_back()
                        .map_or(last, |half| half.broadcast_address().to_bits()),
                    last
                );
                assert_eq!(halves.next(), None);
                let singles = network.subnets_to($max).unwrap();
                assert_eq!(
                    singles.clone().last().map($Network::network_address),
                    Some($Addr::from_bits(last))
                );
                assert_eq!(singles.size_hint(), network.addresses().size_hint());
            }
        }
    };
}

lengths!(
    every_length_at_every_edge_v4,
    Ipv4Network,
    Ipv4Addr,
    u32,
    ipv4,
    32
);
lengths!(
    every_length_at_every_edge_v6,
    Ipv6Network,
    Ipv6Addr,
    u128,
    ipv6,
    128
);

#[test]
fn every_ipv4_text_is_read_as_it_was_written() {
    if std::env::var_os("AMPHI_ADDR_ALL").is_none() {
        println!(
            "skipped: all 2^32 addresses are a release step; set AMPHI_ADDR_ALL=1, use --release"
        );
        return;
    }
    let workers = std::thread::available_parallelism().map_or(1, |n| n.get() as u64);
    std::thread::scope(|scope| {
        for worker in 0..workers {
            scope.spawn(move || {
                let end = ((worker + 1) << 32) / workers;
                for bits in (worker << 32) / workers..end {
                    let address = Ipv4Addr::from_bits(bits as u32);
                    let text = ipv4::compressed(address);
                    assert_eq!(ipv4::parse_ascii(text.as_bytes()), Ok(address));
                }
            });
        }
    });
    println!("all 2^32 addresses came back");
}
