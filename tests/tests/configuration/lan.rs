//! Two stacks on an Ethernet in virtual time: the one is configured, the other knows how.

use core::net::Ipv4Addr;

use amphi_core::socket::{Listener, Net, Stream};
use amphi_core::time::Duration;
use amphi_smoltcp::link::{End, Pair};
use amphi_smoltcp::smoltcp::phy::{Device, Medium};
use amphi_smoltcp::smoltcp::wire::EthernetAddress;
use amphi_smoltcp::{
    Config, DhcpPlace, Platform, Pool, Slot, Stack, TcpPlace, TcpStream, UdpPlace, VirtualClock,
};

pub(crate) type Link<'a> = End<'a, 1514, 32>;
pub(crate) type TestStack<'a> = Stack<'a, Link<'a>, &'a VirtualClock>;
pub(crate) type TestStream<'n, 'a> = TcpStream<'n, 'a, Link<'a>, &'a VirtualClock>;

pub(crate) struct Lan<'n, 'a> {
    pub(crate) clock: &'a VirtualClock,
    /// The one that is configured.
    pub(crate) near: &'n TestStack<'a>,
    pub(crate) far: &'n TestStack<'a>,
}

pub(crate) struct Room<'a> {
    tcp: [TcpPlace<'a, 512, 512>; 2],
    udp: [UdpPlace<'a, 8192, 24>; 2],
    slots: [Slot<'a>; 7],
}

impl<'a> Room<'a> {
    pub(crate) const fn new() -> Self {
        Self {
            tcp: [const { TcpPlace::new() }; 2],
            udp: [const { UdpPlace::new() }; 2],
            slots: [const { Slot::new() }; 7],
        }
    }

    pub(crate) fn stack<D: Device, P: Platform>(
        &'a mut self,
        last: u8,
        link: D,
        clock: P,
    ) -> Stack<'a, D, P> {
        let pool = Pool {
            tcp: &mut self.tcp,
            udp: &mut self.udp,
            slots: &mut self.slots,
        };
        let mut config = Config::new(EthernetAddress([2, 0, 0, 0, 0, last]).into());
        config.seed += u64::from(last);
        Stack::new(link, clock, config, pool).expect("a stack")
    }
}

pub(crate) fn on_lan(
    test: impl for<'n, 'a> FnOnce(&Lan<'n, 'a>, &'a mut DhcpPlace<'a>, &'a mut DhcpPlace<'a>),
) {
    let clock = VirtualClock::new();
    let (mut places, mut rooms) = (
        [DhcpPlace::new(), DhcpPlace::new()],
        [const { Room::new() }; 2],
    );
    let mut pair = Pair::<1514, 32>::new(Medium::Ethernet);
    let ([place, another], [room, far_room]) = (&mut places, &mut rooms);
    let (near, far) = pair.split();
    let (near, far) = (room.stack(1, near, &clock), far_room.stack(2, far, &clock));
    let lan = Lan {
        clock: &clock,
        near: &near,
        far: &far,
    };
    test(&lan, place, another);
}

impl<'n, 'a> Lan<'n, 'a> {
    /// Gives both stacks, and `also` with them, their turns for `time`.
    pub(crate) fn pass(&self, time: Duration, mut also: impl FnMut()) {
        let end = self.clock.now() + time;
        while self.clock.now() < end {
            let _ = (self.near.drive(), self.far.drive());
            also();
            // What the far one sends now, the near one takes in; then it asks for a turn.
            let next = self.far.drive().min(self.near.drive());
            self.clock.wait(next.min(end));
        }
    }

    /// A connection from the far stack to `at` on the near one: the end there, and the
    /// one here.
    pub(crate) fn connect(&self, at: Ipv4Addr) -> (TestStream<'n, 'a>, TestStream<'n, 'a>) {
        let mut listener = self.near.tcp_listen((at, 7).into(), 1).expect("a listener");
        let mut far = self.far.tcp_connect((at, 7).into()).expect("an attempt");
        self.pass(Duration::from_secs(2), || ());
        far.finish_connect().expect("a connection");
        let (near, _) = listener.accept().expect("one waits");
        (far, near)
    }
}

/// A stack on a link whose other end is a test's own.
pub(crate) struct Alone<'n, 'a> {
    pub(crate) clock: &'a VirtualClock,
    pub(crate) near: &'n TestStack<'a>,
    pub(crate) far: Link<'a>,
}

pub(crate) fn on_bare_link(test: impl for<'n, 'a> FnOnce(&mut Alone<'n, 'a>)) {
    let clock = VirtualClock::new();
    let mut room = Room::new();
    let mut pair = Pair::<1514, 32>::new(Medium::Ethernet);
    let (near, far) = pair.split();
    let near = room.stack(1, near, &clock);
    test(&mut Alone {
        clock: &clock,
        near: &near,
        far,
    });
}

impl Alone<'_, '_> {
    /// Gives the stack the turns that it asks for.
    pub(crate) fn pass(&self, time: Duration) {
        let end = self.clock.now() + time;
        while self.clock.now() < end {
            let next = self.near.drive();
            self.clock.wait(next.min(end));
        }
    }
}
