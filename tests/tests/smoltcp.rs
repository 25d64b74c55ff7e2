//! The contracts inside smoltcp, on a loopback link in virtual time; and none of
//! them takes anything from the heap: neither sockets, selectors, servers nor the stack.
#![cfg(feature = "host")]

#[path = "support/counting.rs"]
mod counting;

use core::net::{Ipv4Addr, Ipv6Addr};

use amphi_conformance::World;
use amphi_core::serve::Key;
use amphi_smoltcp::smoltcp::phy::Medium;
use amphi_smoltcp::smoltcp::wire::{EthernetAddress, HardwareAddress};
use amphi_smoltcp::{
    Config, Loopback, Pool, Slot, Stack, StackSelector, TcpPlace, UdpPlace, VirtualClock,
};

/// The longest frame, in octets.
const MTU: usize = 1514;
const CONNECTIONS: usize = 6;

type Link = Loopback<MTU, 16>;
type LinkStack<'a> = Stack<'a, Link, VirtualClock>;

/// One stack on a link with itself.
struct LoopbackWorld<'net, 'a> {
    stack: &'net LinkStack<'a>,
    largest_datagram: usize,
}

impl<'net, 'a> World for LoopbackWorld<'net, 'a> {
    type Net = &'net LinkStack<'a>;
    type Selector = StackSelector<'net, 'a, Link, VirtualClock, Key, 16>;

    fn net(&self) -> Self::Net {
        self.stack
    }

    fn selector(&self) -> Self::Selector {
        StackSelector::new(self.stack)
    }

    fn largest_datagram(&self) -> usize {
        self.largest_datagram
    }

    fn connections(&self) -> usize {
        CONNECTIONS
    }
}

/// Runs `contract` in a new world on a link of `medium`, whose headers have `link_header` octets.
fn run(medium: Medium, link_header: usize, contract: impl FnOnce(&mut LoopbackWorld<'_, '_>)) {
    let mut tcp = [const { TcpPlace::<2048, 2048>::new() }; 2 * CONNECTIONS];
    let mut udp = [const { UdpPlace::<4096, 8>::new() }; 6];
    let mut slots = [const { Slot::new() }; 2 * CONNECTIONS + 6 + 4];
    let pool = Pool {
        tcp: &mut tcp,
        udp: &mut udp,
        slots: &mut slots,
    };
    let mut config = Config::new(match medium {
        Medium::Ethernet => EthernetAddress([2, 0, 0, 0, 0, 1]).into(),
        Medium::Ip => HardwareAddress::Ip,
    });
    config.device_loops_back = true;
    let device = Link::new(medium);
    let stack = Stack::new(device, VirtualClock::new(), config, pool).expect("a stack");
    stack
        .add_address(Ipv4Addr::LOCALHOST.into(), 8)
        .expect("an address");
    stack
        .add_address(Ipv6Addr::LOCALHOST.into(), 128)
        .expect("an address");
    // IPv4 and UDP headers have 20 and 8 octets.
    let largest_datagram = MTU - link_header - 28;
    let before = counting::taken();
    contract(&mut LoopbackWorld {
        stack: &stack,
        largest_datagram,
    });
    assert_eq!(
        counting::taken(),
        before,
        "something was taken from the heap"
    );
}

macro_rules! on_each_medium {
    ($($contracts:tt)*) => {
        mod ip { on_medium!(Ip 0 $($contracts)*); }
        mod ethernet { on_medium!(Ethernet 14 $($contracts)*); }
    };
}

macro_rules! on_medium {
    ($medium:ident $header:literal $($module:ident { $($name:ident)* })*) => { $(
        mod $module { $(
            #[test]
            fn $name() {
                crate::run(crate::Medium::$medium, $header, |world| {
                    amphi_conformance::contracts::$module::$name(world);
                });
            }
        )* }
    )* };
}

amphi_conformance::contracts!(on_each_medium);
