//! The contracts of every stack, on the machine itself: its processor, its clock and its
//! sleep, and a stack that talks to itself. A line for each that is kept; one that is broken
//! ends the machine as a panic does.
#![no_std]
#![no_main]

use core::net::{Ipv4Addr, Ipv6Addr};

use amphi_boards::{Board, Machine};
use amphi_conformance::World;
use amphi_core::serve::Key;
use amphi_smoltcp::smoltcp::phy::Medium;
use amphi_smoltcp::smoltcp::wire::EthernetAddress;
use amphi_smoltcp::{Config, Loopback, Pool, Slot, Stack, StackSelector, TcpPlace, UdpPlace};

amphi_boards::entry!(run);

/// The longest frame, in octets.
const MTU: usize = 1514;
/// What a datagram shares a frame with, in octets: Ethernet, IPv4 and UDP headers.
const HEADERS: usize = 14 + 20 + 8;
const CONNECTIONS: usize = 6;

type Link = Loopback<MTU, 16>;
/// The machine's clock and sleep, which each contract's stack uses in turn.
type Clock = <Machine as Board>::Platform;
type LinkStack<'a> = Stack<'a, Link, &'a Clock>;

/// One stack on a link with itself.
struct Guest<'net, 'a> {
    stack: &'net LinkStack<'a>,
}

impl<'net, 'a> World for Guest<'net, 'a> {
    type Net = &'net LinkStack<'a>;
    type Selector = StackSelector<'net, 'a, Link, &'a Clock, Key, 16>;

    fn net(&self) -> Self::Net {
        self.stack
    }

    fn selector(&self) -> Self::Selector {
        StackSelector::new(self.stack)
    }

    fn largest_datagram(&self) -> usize {
        MTU - HEADERS
    }

    fn connections(&self) -> usize {
        CONNECTIONS
    }
}

/// Runs `contract` in a new world.
#[inline(never)]
fn keep(clock: &Clock, name: &str, contract: impl FnOnce(&mut Guest<'_, '_>)) {
    let mut tcp = [const { TcpPlace::<2048, 2048>::new() }; 2 * CONNECTIONS];
    let mut udp = [const { UdpPlace::<4096, 8>::new() }; 6];
    let mut slots = [const { Slot::new() }; 2 * CONNECTIONS + 6 + 4];
    let pool = Pool {
        tcp: &mut tcp,
        udp: &mut udp,
        slots: &mut slots,
    };
    let mut config = Config::new(EthernetAddress([2, 0, 0, 0, 0, 1]).into());
    config.device_loops_back = true;
    let device = Link::new(Medium::Ethernet);
    let stack = Stack::new(device, clock, config, pool).expect("a stack");
    for (address, prefix_len) in [
        (Ipv4Addr::LOCALHOST.into(), 8),
        (Ipv6Addr::LOCALHOST.into(), 128),
    ] {
        stack.add_address(address, prefix_len).expect("an address");
    }
    contract(&mut Guest { stack: &stack });
    defmt::info!("kept {=str}", name);
}

macro_rules! on_this_machine {
    ($($module:ident { $($name:ident)* })*) => {
        fn all(clock: &Clock) -> u32 {
            let mut count = 0;
            $($(
                keep(
                    clock,
                    concat!(stringify!($module), "::", stringify!($name)),
                    |world| amphi_conformance::contracts::$module::$name(world),
                );
                count += 1;
            )*)*
            count
        }
    };
}

amphi_conformance::contracts!(on_this_machine);

fn run(machine: Machine) -> ! {
    let (_, clock) = machine.split();
    let count = all(&clock);
    defmt::info!("{} contracts kept", count);
    Machine::exit(0)
}
