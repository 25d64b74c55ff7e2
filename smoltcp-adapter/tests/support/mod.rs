//! Stacks on links that misbehave, in virtual time.
#![allow(dead_code, reason = "each test uses some of it")]

use core::cell::{Cell, RefCell};
use core::net::{IpAddr, Ipv4Addr, SocketAddr};

use std::rc::Rc;

use amphi_core::ErrorKind;
use amphi_core::socket::{Listener, Net, Stream};
use amphi_core::time::Duration;
use amphi_smoltcp::link::{End, Pair};
use amphi_smoltcp::smoltcp::phy::{self, Device, DeviceCapabilities, Medium};
use amphi_smoltcp::smoltcp::time::Instant;
use amphi_smoltcp::smoltcp::wire::{
    HardwareAddress, IpAddress, IpProtocol, IpRepr, TCP_HEADER_LEN, TcpControl, TcpPacket, TcpRepr,
    TcpSeqNumber,
};
use amphi_smoltcp::{Config, Platform, Pool, Slot, Stack, TcpPlace, UdpPlace, VirtualClock};

pub(crate) const SERVER: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 1);
pub(crate) const CLIENT: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 2);

/// A stack at `address`/24 with sockets for `TCP` connections and two of UDP, and
/// room for four listeners.
pub(crate) fn with_stack<const TCP: usize, D: Device, R>(
    device: D,
    clock: &VirtualClock,
    address: Ipv4Addr,
    config: Config,
    with: impl FnOnce(&Stack<'_, D, &VirtualClock>) -> R,
) -> R {
    let mut tcp = [const { TcpPlace::<512, 512>::new() }; TCP];
    let mut udp = [const { UdpPlace::<512, 4>::new() }; 2];
    let mut slots: Vec<_> = (0..TCP + 6).map(|_| Slot::new()).collect();
    let pool = Pool {
        tcp: &mut tcp,
        udp: &mut udp,
        slots: &mut slots,
    };
    let stack = Stack::new(device, clock, config, pool).expect("a stack");
    stack
        .add_address(address.into(), 24)
        .expect("room for an address");
    with(&stack)
}

/// The port of the server of a linked pair.
pub(crate) const PORT: u16 = 7;
/// More than anything takes that does not wait for a timer.
pub(crate) const SOON: Duration = Duration::from_millis(50);

/// An end of a link between two stacks.
pub(crate) type LinkEnd<'l> = Inject<End<'l, 1500, 16>>;
pub(crate) type Linked<'l, 'a, 'c> = Stack<'a, LinkEnd<'l>, &'c VirtualClock>;

/// Two stacks with two TCP sockets each on a link, and their clock.
pub(crate) fn on_link(
    change: impl FnOnce(&mut Config),
    test: impl FnOnce(&VirtualClock, &Linked<'_, '_, '_>, &Linked<'_, '_, '_>),
) {
    let clock = VirtualClock::new();
    let mut config = Config::new(HardwareAddress::Ip);
    change(&mut config);
    let mut pair = Pair::<1500, 16>::new(Medium::Ip);
    let (near, far) = pair.split();
    with_stack::<2, _, _>(Inject::new(near), &clock, SERVER, config, |server| {
        with_stack::<2, _, _>(Inject::new(far), &clock, CLIENT, config, |client| {
            test(&clock, server, client);
        });
    });
}

pub(crate) fn at_server() -> SocketAddr {
    (SERVER, PORT).into()
}

/// A connection: the client's end, the server's end, and the listener.
pub(crate) fn connect<S: Net<Error = ErrorKind>, C: Net<Error = ErrorKind>>(
    server: S,
    client: C,
    pass: impl FnOnce(),
) -> (C::Stream, S::Stream, S::Listener) {
    let mut listener = server.tcp_listen(at_server(), 2).expect("a listener");
    let mut near = client.tcp_connect(at_server()).expect("an attempt");
    pass();
    assert_eq!(near.finish_connect(), Ok(()));
    let (far, _) = listener.accept().expect("one waits");
    (near, far, listener)
}

/// Lets two stacks have their turns for `time`, in steps of a millisecond.
pub(crate) fn pass<A: Device, B: Device>(
    clock: &VirtualClock,
    one: &Stack<'_, A, &VirtualClock>,
    other: &Stack<'_, B, &VirtualClock>,
    time: Duration,
) {
    let end = clock.now() + time;
    while clock.now() < end {
        one.drive();
        other.drive();
        clock.advance(Duration::from_millis(1));
    }
}

/// An IPv4 packet with a segment.
pub(crate) fn segment(from: SocketAddr, to: SocketAddr, control: TcpControl, seq: i32) -> Vec<u8> {
    let (IpAddr::V4(source), IpAddr::V4(target)) = (from.ip(), to.ip()) else {
        panic!("IPv4 only");
    };
    let segment = TcpRepr {
        src_port: from.port(),
        dst_port: to.port(),
        control,
        seq_number: TcpSeqNumber(seq),
        ack_number: None,
        window_len: 1024,
        window_scale: None,
        max_seg_size: None,
        sack_permitted: false,
        sack_ranges: [None; 3],
        timestamp: None,
        payload: &[],
    };
    let (source, target) = (IpAddress::Ipv4(source), IpAddress::Ipv4(target));
    let length = segment.buffer_len();
    let packet = IpRepr::new(source, target, IpProtocol::Tcp, length, 64);
    let checksums = phy::ChecksumCapabilities::default();
    let mut octets = vec![0; packet.buffer_len()];
    packet.emit(&mut octets, &checksums);
    let rest = &mut octets[packet.header_len()..];
    assert!(rest.len() >= TCP_HEADER_LEN);
    segment.emit(
        &mut TcpPacket::new_unchecked(rest),
        &source,
        &target,
        &checksums,
    );
    octets
}

/// A device on which, besides what comes from the link behind it, frames of a test's
/// own arrive; and which keeps what was sent, and can refuse to send.
pub(crate) struct Inject<D> {
    inner: D,
    /// What arrives at a certain time: asked until it has nothing.
    source: Box<dyn FnMut(Instant) -> Option<Vec<u8>>>,
    sent: Frames,
    blocked: Rc<Cell<bool>>,
}

/// Frames in the order of their sending.
pub(crate) type Frames = Rc<RefCell<Vec<Vec<u8>>>>;

impl<D> Inject<D> {
    pub(crate) fn new(inner: D) -> Self {
        Self::with_source(inner, |_| None)
    }

    pub(crate) fn with_source(
        inner: D,
        source: impl FnMut(Instant) -> Option<Vec<u8>> + 'static,
    ) -> Self {
        Self {
            inner,
            source: Box::new(source),
            sent: Frames::default(),
            blocked: Rc::default(),
        }
    }

    /// What will have been sent.
    pub(crate) fn sent(&self) -> Frames {
        Rc::clone(&self.sent)
    }

    /// Whether it refuses to send, to be changed while it is in use.
    pub(crate) fn blocked(&self) -> Rc<Cell<bool>> {
        Rc::clone(&self.blocked)
    }

    /// Lets several frames arrive, one after the other.
    pub(crate) fn arrive_all(&mut self, frames: Vec<Vec<u8>>) {
        let mut frames = frames.into_iter();
        self.source = Box::new(move |_| frames.next());
    }

    /// Lets `frame` arrive.
    pub(crate) fn arrive(&mut self, frame: Vec<u8>) {
        let mut frame = Some(frame);
        self.source = Box::new(move |_| frame.take());
    }
}

pub(crate) enum Rx<T> {
    Own(Vec<u8>),
    Inner(T),
}

pub(crate) enum Tx<T> {
    /// Answers to injected frames go nowhere.
    Nowhere,
    Inner(T, Frames),
}

impl<T: phy::RxToken> phy::RxToken for Rx<T> {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, f: F) -> R {
        match self {
            Self::Own(frame) => f(&frame),
            Self::Inner(token) => token.consume(f),
        }
    }
}

impl<T: phy::TxToken> phy::TxToken for Tx<T> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, len: usize, f: F) -> R {
        match self {
            Self::Nowhere => f(&mut vec![0; len]),
            Self::Inner(token, sent) => token.consume(len, |frame| {
                let result = f(frame);
                sent.borrow_mut().push(frame.to_vec());
                result
            }),
        }
    }
}

impl<D: Device> Device for Inject<D> {
    type RxToken<'a>
        = Rx<D::RxToken<'a>>
    where
        Self: 'a;
    type TxToken<'a>
        = Tx<D::TxToken<'a>>
    where
        Self: 'a;

    fn receive(&mut self, timestamp: Instant) -> Option<(Self::RxToken<'_>, Self::TxToken<'_>)> {
        if let Some(frame) = (self.source)(timestamp) {
            return Some((Rx::Own(frame), Tx::Nowhere));
        }
        let (rx, tx) = self.inner.receive(timestamp)?;
        Some((Rx::Inner(rx), Tx::Inner(tx, Rc::clone(&self.sent))))
    }

    fn transmit(&mut self, timestamp: Instant) -> Option<Self::TxToken<'_>> {
        if self.blocked.get() {
            return None;
        }
        let token = self.inner.transmit(timestamp)?;
        Some(Tx::Inner(token, Rc::clone(&self.sent)))
    }

    fn capabilities(&self) -> DeviceCapabilities {
        self.inner.capabilities()
    }
}
