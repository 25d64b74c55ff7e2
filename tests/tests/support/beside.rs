//! A flat stack's connections, with the datagrams of a `Stack` beside it.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use amphi_conformance::World;
use amphi_core::ErrorKind;
use amphi_core::select::{Event, Interest, Register, Registration, Selector};
use amphi_core::serve::Key;
use amphi_core::socket::Net;
use amphi_core::time::{Duration, Instant};
use amphi_smoltcp::flat::{
    FlatListener, FlatPool, FlatSelector, FlatSlot, FlatStack, FlatStream, SocketStorage,
};
use amphi_smoltcp::smoltcp::phy::{Device, Medium};
use amphi_smoltcp::smoltcp::wire::{EthernetAddress, HardwareAddress};
use amphi_smoltcp::{
    Config, Loopback, Pool, SharedClock, Slot, Stack, StackSelector, TcpPlace, UdpPlace, UdpSocket,
};

/// How many connections to itself the flat stack has room for.
const CONNECTIONS: usize = 6;
/// Both ends of each, and a backlog that is as long again.
const SOCKETS: usize = 4 * CONNECTIONS;
const LISTENERS: usize = 4;
const SLOTS: usize = SOCKETS + LISTENERS;
const DATAGRAMS: usize = 6;
const ADDRESSES: [(IpAddr, u8); 2] = [
    (IpAddr::V4(Ipv4Addr::LOCALHOST), 8),
    (IpAddr::V6(Ipv6Addr::LOCALHOST), 128),
];

/// The longest frame, in octets.
pub(crate) const MTU: usize = 1514;
pub(crate) type Link = Loopback<MTU, 16>;
type Clock<'net> = &'net SharedClock<'net, 2>;
type Flat<'net, 'a, D> = FlatStack<'a, D, Clock<'net>>;
type Datagrams<'net, 'a> = Stack<'a, Link, Clock<'net>>;

/// Room for the flat stack.
pub(crate) struct Room<'a> {
    buffers: [([u8; 2048], [u8; 2048]); SOCKETS],
    sockets: [SocketStorage<'a>; SOCKETS],
    slots: [FlatSlot; SLOTS],
}

impl Room<'_> {
    pub(crate) const fn new() -> Self {
        Self {
            buffers: [([0; 2048], [0; 2048]); SOCKETS],
            sockets: [const { SocketStorage::EMPTY }; SOCKETS],
            slots: [const { FlatSlot::new() }; SLOTS],
        }
    }
}

/// The flat stack on `link`.
pub(crate) fn flat<'net, 'a, D: Device>(
    link: D,
    clock: Clock<'net>,
    room: &'a mut Room<'a>,
) -> Flat<'net, 'a, D> {
    let pool = FlatPool {
        buffers: &mut room.buffers,
        sockets: &mut room.sockets,
        slots: &mut room.slots,
    };
    let config = Config::new(match link.capabilities().medium {
        Medium::Ethernet => EthernetAddress([2, 0, 0, 0, 0, 1]).into(),
        Medium::Ip => HardwareAddress::Ip,
    });
    let stack = FlatStack::new(link, clock, config, pool).expect("a stack");
    for (address, prefix) in ADDRESSES {
        stack.add_address(address, prefix).expect("an address");
    }
    stack
}

/// Room for the stack beside it.
pub(crate) struct RoomOfDatagrams<'a> {
    tcp: [TcpPlace<'a, 64, 64>; 0],
    udp: [UdpPlace<'a, 4096, 8>; DATAGRAMS],
    slots: [Slot<'a>; DATAGRAMS],
}

impl RoomOfDatagrams<'_> {
    pub(crate) const fn new() -> Self {
        Self {
            tcp: [],
            udp: [const { UdpPlace::new() }; DATAGRAMS],
            slots: [const { Slot::new() }; DATAGRAMS],
        }
    }
}

/// The stack beside it, on a link without neighbours to ask for, so that what is sent is there
/// at once.
pub(crate) fn datagrams<'net, 'a>(
    clock: Clock<'net>,
    room: &'a mut RoomOfDatagrams<'a>,
) -> Datagrams<'net, 'a> {
    let pool = Pool {
        tcp: &mut room.tcp,
        udp: &mut room.udp,
        slots: &mut room.slots,
    };
    let mut config = Config::new(HardwareAddress::Ip);
    config.device_loops_back = true;
    let stack = Stack::new(Link::new(Medium::Ip), clock, config, pool).expect("a stack");
    for (address, prefix) in ADDRESSES {
        stack.add_address(address, prefix).expect("an address");
    }
    stack
}

/// The two stacks, the flat one on a device `D`.
pub(crate) struct Beside<'net, 'a, D> {
    pub(crate) flat: &'net Flat<'net, 'a, D>,
    pub(crate) datagrams: &'net Datagrams<'net, 'a>,
    /// How slow the link is: [`World::pace`].
    pub(crate) pace: u32,
}

impl<D> Clone for Beside<'_, '_, D> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<D> Copy for Beside<'_, '_, D> {}

impl<'net, 'a, D: Device> Net for Beside<'net, 'a, D> {
    type Error = ErrorKind;
    type Stream = FlatStream<'net, 'a, D, Clock<'net>>;
    type Listener = FlatListener<'net, 'a, D, Clock<'net>>;
    type Datagram = UdpSocket<'net, 'a, Link, Clock<'net>>;

    fn now(&self) -> Instant {
        self.flat.now()
    }

    fn tcp_listen(&self, local: SocketAddr, backlog: usize) -> Result<Self::Listener, ErrorKind> {
        self.flat.tcp_listen(local, backlog)
    }

    fn tcp_connect(&self, remote: SocketAddr) -> Result<Self::Stream, ErrorKind> {
        self.flat.tcp_connect(remote)
    }

    fn udp_bind(&self, local: SocketAddr) -> Result<Self::Datagram, ErrorKind> {
        self.datagrams.udp_bind(local)
    }

    fn drain(&self, deadline: Instant) -> Result<bool, ErrorKind> {
        Ok(self.datagrams.drain(deadline)? & self.flat.drain(deadline)?)
    }
}

/// Watches both: first a look at the datagrams, which are there at once or not at all, then a
/// wait for connections.
pub(crate) struct Both<'net, 'a, D: Device> {
    flat: FlatSelector<'net, 'a, D, Clock<'net>, Key, SLOTS>,
    datagrams: StackSelector<'net, 'a, Link, Clock<'net>, Key, 8>,
    /// Who is asked first, as there may be room for one event only.
    flat_first: bool,
}

impl<D: Device> Selector for Both<'_, '_, D> {
    type Key = Key;
    type Error = ErrorKind;

    fn select(
        &mut self,
        events: &mut [Event<Key>],
        timeout: Option<Duration>,
    ) -> Result<usize, ErrorKind> {
        const LOOK: Option<Duration> = Some(Duration::ZERO);
        self.flat_first = !self.flat_first;
        let first = if self.flat_first {
            self.flat.select(events, LOOK)?
        } else {
            self.datagrams.select(events, LOOK)?
        };
        let rest = &mut events[first..];
        if rest.is_empty() {
            return Ok(first);
        }
        if self.flat_first {
            let second = self.datagrams.select(rest, LOOK)?;
            if first + second > 0 {
                return Ok(first + second);
            }
            return self.flat.select(rest, timeout);
        }
        let wait = if first > 0 { LOOK } else { timeout };
        Ok(first + self.flat.select(rest, wait)?)
    }

    fn is_flat() -> bool {
        true
    }

    fn flush(&mut self) {
        self.flat.flush();
        self.datagrams.flush();
    }

    fn len(&self) -> usize {
        self.flat.len() + self.datagrams.len()
    }

    fn registrations(&self) -> impl Iterator<Item = Registration<Key>> {
        self.flat
            .registrations()
            .chain(self.datagrams.registrations())
    }
}

macro_rules! watched_by {
    ($($selector:ident: $source:ident on $device:ty;)*) => { $(
        impl<'net, 'a, D: Device> Register<$source<'net, 'a, $device, Clock<'net>>>
            for Both<'net, 'a, D>
        {
            fn register(
                &mut self,
                source: &$source<'net, 'a, $device, Clock<'net>>,
                interest: Interest,
                key: Key,
            ) -> Result<(), ErrorKind> {
                self.$selector.register(source, interest, key)
            }

            fn modify(
                &mut self,
                source: &$source<'net, 'a, $device, Clock<'net>>,
                interest: Interest,
                key: Key,
            ) -> Result<(), ErrorKind> {
                self.$selector.modify(source, interest, key)
            }

            fn unregister(
                &mut self,
                source: &$source<'net, 'a, $device, Clock<'net>>,
            ) -> Result<(), ErrorKind> {
                self.$selector.unregister(source)
            }

            fn registration(
                &self,
                source: &$source<'net, 'a, $device, Clock<'net>>,
            ) -> Option<Registration<Key>> {
                self.$selector.registration(source)
            }
        }
    )* };
}

watched_by! {
    flat: FlatStream on D;
    flat: FlatListener on D;
    datagrams: UdpSocket on Link;
}

impl<'net, 'a, D: Device> World for Beside<'net, 'a, D> {
    type Net = Self;
    type Selector = Both<'net, 'a, D>;

    fn net(&self) -> Self::Net {
        *self
    }

    fn selector(&self) -> Self::Selector {
        Both {
            flat: FlatSelector::new(self.flat),
            datagrams: StackSelector::new(self.datagrams),
            flat_first: false,
        }
    }

    fn largest_datagram(&self) -> usize {
        1400
    }

    fn connections(&self) -> usize {
        CONNECTIONS
    }

    fn pace(&self) -> u32 {
        self.pace
    }
}
