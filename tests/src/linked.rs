//! A world of two smoltcp stacks that share a link and a virtual clock.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use amphi_core::serve::Key;
use amphi_core::socket::Interface;
use amphi_core::time::Duration;
use amphi_smoltcp::link::End;
use amphi_smoltcp::smoltcp::phy::{Device, Medium};
use amphi_smoltcp::smoltcp::wire::{EthernetAddress, HardwareAddress};
use amphi_smoltcp::{Config, Pool, SharedClock, Slot, Stack, StackSelector, TcpPlace, UdpPlace};

use crate::World;

/// The longest frame, in octets.
pub const MTU: usize = 1514;
/// How many frames one direction holds.
pub const FRAMES: usize = 64;
const CONNECTIONS: usize = 6;

/// One end of the link.
pub type PairEnd<'l> = End<'l, MTU, FRAMES>;
/// The clock of both.
pub type Clock<'net> = SharedClock<'net, 2>;
/// A stack on one end of the link, or on a device around it.
pub type LinkedStack<'net, 'a, D> = Stack<'a, D, &'net Clock<'net>>;

/// Room for one stack's sockets: both ends of a connection can be on it.
#[derive(Debug)]
pub struct Storage<'a> {
    tcp: [TcpPlace<'a, 2048, 2048>; 2 * CONNECTIONS],
    udp: [UdpPlace<'a, 4096, 8>; 6],
    slots: [Slot<'a>; 2 * CONNECTIONS + 6 + 4],
}

impl<'a> Default for Storage<'a> {
    fn default() -> Self {
        Self::new()
    }
}

impl<'a> Storage<'a> {
    /// Empty room.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            tcp: [const { TcpPlace::new() }; 2 * CONNECTIONS],
            udp: [const { UdpPlace::new() }; 6],
            slots: [const { Slot::new() }; 2 * CONNECTIONS + 6 + 4],
        }
    }
}

/// The IPv4 address of `side` 0 or 1 (RFC 5737).
#[must_use]
pub const fn address(side: u8) -> Ipv4Addr {
    Ipv4Addr::new(198, 51, 100, 1 + side)
}

/// The IPv6 address of `side` 0 or 1 (RFC 3849).
#[must_use]
pub const fn address_v6(side: u8) -> Ipv6Addr {
    Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1 + side as u16)
}

/// The stack of `side` 0 or 1 on `device`.
pub fn stack<'net, 'a, D: Device>(
    side: u8,
    device: D,
    clock: &'net Clock<'net>,
    storage: &'a mut Storage<'a>,
) -> LinkedStack<'net, 'a, D> {
    let mut config = Config::new(match device.capabilities().medium {
        Medium::Ethernet => EthernetAddress([2, 0, 0, 0, 0, 1 + side]).into(),
        Medium::Ip => HardwareAddress::Ip,
    });
    config.seed += u64::from(side);
    // Who waits for a free place behind a connection whose reset was lost waits long.
    config.handshake_timeout = Duration::from_secs(60);
    let pool = Pool {
        tcp: &mut storage.tcp,
        udp: &mut storage.udp,
        slots: &mut storage.slots,
    };
    let stack = Stack::new(device, clock, config, pool).expect("a stack");
    for (ip, prefix) in [
        (IpAddr::V4(address(side)), 24),
        (address_v6(side).into(), 64),
    ] {
        stack.add_address(ip, prefix).expect("an address");
    }
    stack
}

/// What is under test on one stack, its peers on the other.
#[derive(Debug)]
pub struct TwoStacks<'net, 'c, 'a, D: Device> {
    /// The stack of side 0.
    pub near: &'net LinkedStack<'c, 'a, D>,
    /// The stack of side 1.
    pub far: &'net LinkedStack<'c, 'a, D>,
    /// The longest datagram over IPv4, in octets.
    pub largest_datagram: usize,
    /// How slow the link is: [`World::pace`].
    pub pace: u32,
}

impl<'net, 'c, 'a, D: Device> World for TwoStacks<'net, 'c, 'a, D> {
    type Net = &'net LinkedStack<'c, 'a, D>;
    type Selector = StackSelector<'net, 'a, D, &'c Clock<'c>, Key, 16>;

    fn net(&self) -> Self::Net {
        self.near
    }

    fn selector(&self) -> Self::Selector {
        StackSelector::new(self.near)
    }

    fn far(&self) -> Self::Net {
        self.far
    }

    fn far_selector(&self) -> Self::Selector {
        StackSelector::new(self.far)
    }

    fn address(&self) -> IpAddr {
        address(0).into()
    }

    fn far_address(&self) -> IpAddr {
        address(1).into()
    }

    fn address_v6(&self) -> Option<IpAddr> {
        Some(address_v6(0).into())
    }

    fn interface(&self) -> Interface {
        address(0).into()
    }

    fn far_interface(&self) -> Interface {
        address(1).into()
    }

    fn groups_v6(&self) -> Option<(IpAddr, Interface)> {
        Some((address_v6(0).into(), Interface::Index(1)))
    }

    fn far_groups_v6(&self) -> Option<(IpAddr, Interface)> {
        Some((address_v6(1).into(), Interface::Index(1)))
    }

    fn largest_datagram(&self) -> usize {
        self.largest_datagram
    }

    fn connections(&self) -> usize {
        CONNECTIONS
    }

    fn pace(&self) -> u32 {
        self.pace
    }
}
