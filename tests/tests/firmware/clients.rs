use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use core::time::Duration;

use amphi_core::ErrorKind;
use amphi_core::select::{Event, Interest, Ready, Register, Selector};
use amphi_core::socket::{Blocking, Datagram, Net, Shutdown, Stream};
use amphi_smoltcp::link::Tunnel;
use amphi_smoltcp::smoltcp::phy::Medium;
use amphi_smoltcp::smoltcp::wire::EthernetAddress;
use amphi_smoltcp::{
    Config, Pool, SelectPlatform, Slot, Stack, StackSelector, TcpPlace, UdpPlace, UdpSocket,
};
use amphi_std::{Host, PollSelector, UnixAddr, UnixDatagram};

use crate::names::NameServer;
use crate::wire::Wire;
use crate::{FIRMWARE, TESTER};

const ECHO: SocketAddr = SocketAddr::new(IpAddr::V4(FIRMWARE), 7);
const ECHO_V6: SocketAddr =
    SocketAddr::new(IpAddr::V6(Ipv6Addr::new(0xFEC0, 0, 0, 0, 0, 0, 0, 0x15)), 7);
const TESTER_V6: Ipv6Addr = Ipv6Addr::new(0xFEC0, 0, 0, 0, 0, 0, 0, 2);
const CONTROL: SocketAddr = SocketAddr::new(IpAddr::V4(FIRMWARE), 9);
const NAME_SERVER: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(10, 0, 2, 3)), 53);
const GROUP: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(224, 3, 29, 71)), 10_000);
const STRANGE_GROUP: SocketAddr =
    SocketAddr::new(IpAddr::V4(Ipv4Addr::new(224, 3, 29, 72)), 10_000);
/// How long one operation may take.
const PATIENCE: Option<Duration> = Some(Duration::from_secs(60));
/// How long an answer may take before the question is repeated, and how often it is.
const SOON: Duration = Duration::from_secs(1);
const TRIES: usize = 60;
/// Clients that come at once; the firmware has half as many slots.
const CLIENTS: usize = 8;
/// Octets over the troubled wire.
const TRANSFER: usize = 8_000;

type Link = Tunnel<UnixDatagram, 1514>;
type Platform = SelectPlatform<Host, PollSelector<()>>;
type TesterStack<'a> = Stack<'a, Link, Platform>;
type Tester<'n, 'a> = &'n TesterStack<'a>;

/// Runs `test` on a stack at one end of `wire`.
pub(crate) fn on_stack<R>(wire: &Wire, test: impl FnOnce(&Client<'_, '_>) -> R) -> R {
    let address = |path| UnixAddr::from_path(path).expect("a short path");
    let socket = Host
        .unix_bind(&address(wire.stack_end()))
        .expect("a socket");
    let mut selector = PollSelector::new().expect("a selector");
    selector
        .register(&socket, Interest::READ, ())
        .expect("a registration");
    let mut tcp = [const { TcpPlace::<4096, 4096>::new() }; CLIENTS + 4];
    let mut udp = [const { UdpPlace::<4096, 8>::new() }; 2];
    let mut slots = [const { Slot::new() }; CLIENTS + 6];
    let pool = Pool {
        tcp: &mut tcp,
        udp: &mut udp,
        slots: &mut slots,
    };
    let stack = Stack::new(
        Link::new(socket, address(wire.far_end()), Medium::Ethernet),
        SelectPlatform::new(Host, selector),
        Config::new(EthernetAddress([2, 0, 0, 0, 0, 1]).into()),
        pool,
    )
    .expect("a stack");
    stack.add_address(TESTER.into(), 24).expect("an address");
    test(&Client { net: &stack })
}

/// Who asks the firmware.
pub(crate) struct Client<'n, 'a> {
    net: Tester<'n, 'a>,
}

impl<'n, 'a> Client<'n, 'a> {
    fn connect(&self) -> Blocking<<Tester<'n, 'a> as Net>::Stream> {
        let connection = Blocking::connect(self.net, ECHO, PATIENCE).expect("a connection");
        connection.with_timeout(PATIENCE)
    }

    fn bind(&self) -> Blocking<UdpSocket<'n, 'a, Link, Platform>> {
        let socket = self.net.udp_bind((TESTER, 0).into()).expect("a socket");
        Blocking::new(socket).with_timeout(PATIENCE)
    }

    /// A message over TCP, and its echo.
    pub(crate) fn echo_stream(&self) {
        let mut connection = self.connect();
        write_all(&mut connection, b"hello");
        assert_eq!(read_exact(&mut connection, 5), b"hello");
    }

    /// A message over TCP and IPv6, and its echo.
    pub(crate) fn echo_stream_over_ipv6(&self) {
        self.net
            .add_address(TESTER_V6.into(), 64)
            .expect("an address");
        let connection = Blocking::connect(self.net, ECHO_V6, PATIENCE).expect("a connection");
        let mut connection = connection.with_timeout(PATIENCE);
        write_all(&mut connection, b"hello");
        assert_eq!(read_exact(&mut connection, 5), b"hello");
    }

    /// Where the firmware asks for names.
    pub(crate) fn name_server(&self) -> NameServer<UdpSocket<'n, 'a, Link, Platform>> {
        self.net
            .add_address(NAME_SERVER.ip(), 24)
            .expect("an address");
        let socket = self.net.udp_bind(NAME_SERVER).expect("a socket");
        NameServer(Blocking::new(socket).with_timeout(PATIENCE))
    }

    /// What comes back for `message`, which is as long.
    pub(crate) fn answer_to(&self, message: &[u8]) -> Vec<u8> {
        let mut connection = self.connect();
        write_all(&mut connection, message);
        read_exact(&mut connection, message.len())
    }

    /// Datagrams of all sizes that a frame holds.
    pub(crate) fn echo_datagrams(&self) {
        let mut socket = self.bind();
        let mut buf = [0; 2048];
        for len in [0, 1, 700, 1472] {
            let sent = octets(len);
            socket.send_to(&sent, &ECHO).expect("room");
            let received = socket.recv_from(&mut buf).expect("an echo");
            assert_eq!(received.from, ECHO);
            assert_eq!(&buf[..received.len], sent);
        }
    }

    /// A connection that is served in the end: while the machine asks for neighbours that are
    /// not there, it may not get to ask for us.
    pub(crate) fn echo_stream_in_the_end(&self) {
        let connection = (0..TRIES).find_map(|_| Blocking::connect(self.net, ECHO, PATIENCE).ok());
        let connection = connection.expect("a connection");
        let mut connection = connection.with_timeout(PATIENCE);
        write_all(&mut connection, b"hello");
        assert_eq!(read_exact(&mut connection, 5), b"hello");
    }

    /// A datagram whose echo comes in the end, however often it is lost before.
    pub(crate) fn echo_datagram_in_the_end(&self) {
        let socket = self.net.udp_bind((TESTER, 0).into()).expect("a socket");
        let mut socket = Blocking::new(socket).with_timeout(Some(SOON));
        let mut buf = [0; 16];
        let answered = (0..TRIES).any(|_| {
            socket.send_to(b"there?", &ECHO).expect("room");
            socket.recv_from(&mut buf).is_ok()
        });
        assert!(answered, "no echo of {TRIES} datagrams");
    }

    /// The joined group is answered, and another one is not, though each frame arrives.
    pub(crate) fn group_answers_and_others_do_not(&self) {
        let mut socket = self.bind();
        let mut buf = [0; 16];
        socket.send_to(b"anybody?", &STRANGE_GROUP).expect("room");
        socket.send_to(b"anybody?", &GROUP).expect("room");
        let received = socket.recv_from(&mut buf).expect("an answer");
        assert_eq!(&buf[..received.len], b"ack");
        // An echo comes after what could have come for the other group.
        socket.send_to(b"last", &ECHO).expect("room");
        let received = socket.recv_from(&mut buf).expect("an echo");
        assert_eq!(&buf[..received.len], b"last");
        let nothing = socket.get_mut().recv_from(&mut buf);
        assert_eq!(nothing.map(|_| ()), Err(ErrorKind::WouldBlock));
    }

    /// Each client is served in the end, whoever has to wait.
    pub(crate) fn eight_connections_on_four_slots(&self) {
        let mut selector = StackSelector::<_, _, usize, CLIENTS>::new(self.net);
        let mut waiting: [_; CLIENTS] = core::array::from_fn(|number| {
            let stream = self.net.tcp_connect(ECHO).expect("an attempt");
            selector
                .register(&stream, Interest::WRITE, number)
                .expect("a registration");
            Some(stream)
        });
        let mut events = [Event::new(0, Ready::NONE); CLIENTS];
        let mut left = CLIENTS;
        while left > 0 {
            let count = selector.select(&mut events, PATIENCE).expect("a wait");
            assert!(count > 0, "{left} clients are not served");
            for event in &events[..count] {
                let stream = waiting[event.key].as_mut().expect("it is registered");
                stream.finish_connect().expect("a connection");
                selector.unregister(stream).expect("it is registered");
                let stream = waiting[event.key].take().expect("it is there");
                let mut stream = Blocking::new(stream).with_timeout(PATIENCE);
                let message = octets(100);
                write_all(&mut stream, &message);
                assert_eq!(read_exact(&mut stream, message.len()), message);
                left -= 1;
            }
        }
    }

    /// A connection that is reset in the middle, and one beside it.
    pub(crate) fn reset_harms_nobody(&self) {
        let mut other = self.connect();
        let mut aborted = self.connect();
        write_all(&mut aborted, b"accepted");
        assert_eq!(read_exact(&mut aborted, 8), b"accepted");
        write_all(&mut aborted, b"gone before the answer");
        aborted.into_inner().abort();
        write_all(&mut other, b"still here");
        assert_eq!(read_exact(&mut other, 10), b"still here");
    }

    /// All that was sent before the end comes back, and then the other end.
    pub(crate) fn half_close_brings_the_rest(&self) {
        let mut connection = self.connect();
        let sent = octets(3000);
        write_all(&mut connection, &sent);
        let shut = connection.get_mut().shutdown(Shutdown::Write);
        assert_eq!(shut, Ok(()));
        assert_eq!(read_exact(&mut connection, sent.len()), sent);
        assert_eq!(connection.read(&mut [0; 1]), Ok(0));
    }

    /// More than any buffer holds, sent and read at the same time.
    pub(crate) fn transfer_whole(&self) {
        let mut connection = self.connect();
        let sent = octets(TRANSFER);
        let (mut to_send, mut received) = (&sent[..], Vec::new());
        while received.len() < TRANSFER {
            let (piece, rest) = to_send.split_at(to_send.len().min(500));
            write_all(&mut connection, piece);
            to_send = rest;
            received.extend(read_exact(&mut connection, piece.len()));
        }
        assert!(received == sent, "the octets came in order");
        end(&mut connection);
    }

    /// Small messages over one connection, each after the echo of the one before.
    pub(crate) fn echo_stream_often(&self, messages: u32, len: usize) {
        let mut connection = self.connect();
        let message = octets(len);
        for _ in 0..messages {
            write_all(&mut connection, &message);
            assert_eq!(read_exact(&mut connection, len), message);
        }
    }

    /// The same by datagrams.
    pub(crate) fn echo_datagrams_often(&self, messages: u32, len: usize) {
        let mut socket = self.bind();
        let (message, mut buf) = (octets(len), [0; 128]);
        for _ in 0..messages {
            socket.send_to(&message, &ECHO).expect("room");
            let received = socket.recv_from(&mut buf).expect("an echo");
            assert_eq!(buf[..received.len], message);
        }
    }

    /// Microseconds that a metered machine is awake for `work`.
    pub(crate) fn awake_for(&self, work: impl FnOnce(&Self)) -> u32 {
        let before = self.awake();
        work(self);
        self.awake() - before
    }

    fn awake(&self) -> u32 {
        let mut socket = self.bind();
        let mut buf = [0; 4];
        socket.send_to(b"awake", &CONTROL).expect("room");
        socket.recv_from(&mut buf).expect("an answer");
        u32::from_be_bytes(buf)
    }

    /// Tells the machine how to end.
    pub(crate) fn tell(&self, word: &[u8]) {
        let mut socket = self.bind();
        socket.send_to(word, &CONTROL).expect("room");
        // Its answer may not leave any more; the end of the machine is waited for elsewhere.
        let drained = self.net.drain(self.net.now() + Duration::from_secs(5));
        assert_eq!(drained, Ok(true), "everything has left");
    }
}

/// Octets that tell their place.
fn octets(len: usize) -> Vec<u8> {
    (0..len).map(|place| (place ^ (place >> 8)) as u8).collect()
}

/// Says the end and waits for the other side's, so that it has closed when this returns.
fn end<S: Stream<Error = ErrorKind>>(stream: &mut Blocking<S>) {
    assert_eq!(stream.get_mut().shutdown(Shutdown::Write), Ok(()));
    assert_eq!(stream.read(&mut [0; 1]), Ok(0));
}

fn write_all<S: Stream<Error = ErrorKind>>(stream: &mut Blocking<S>, mut octets: &[u8]) {
    while !octets.is_empty() {
        let count = stream.write(octets).expect("the firmware takes it");
        octets = &octets[count..];
    }
}

fn read_exact<S: Stream<Error = ErrorKind>>(stream: &mut Blocking<S>, len: usize) -> Vec<u8> {
    let (mut received, mut buf) = (Vec::new(), [0; 2048]);
    while received.len() < len {
        let count = stream.read(&mut buf).expect("octets");
        assert!(count > 0, "an end after {} of {len} octets", received.len());
        received.extend_from_slice(&buf[..count]);
    }
    received
}
