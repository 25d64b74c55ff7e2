//! The ways to run requests, and what a test needs around a server.

use core::net::{Ipv4Addr, SocketAddr};
use core::sync::atomic::{AtomicU32, Ordering};
use core::time::Duration;
use std::os::fd::{AsFd, OwnedFd};

use amphi_conformance::Peer;
use amphi_core::ErrorKind;
use amphi_core::select::{Event, Ready};
use amphi_core::serve::{Job, Key, Outcome, Part, Process, Service, Turn};
use amphi_core::socket::{Address, Blocking, Datagram, Listener, Net, Stream};
use amphi_std::serve::{Forks, Interrupt, Threads};
use amphi_std::{
    DefaultSelector, Host, HostError, TcpListener, TcpStream, UdpSocket, UnixAddr, UnixDatagram,
    UnixListener, UnixStream,
};

pub(crate) type Selector = DefaultSelector<Key>;

/// A way to run requests, made for a selector and a bound.
pub(crate) enum Way<A> {
    Threads(Threads<A>),
    Forks(Forks<A>),
}

pub(crate) fn threads<A: Address>(selector: &mut Selector, most: usize) -> Way<A> {
    Way::Threads(Threads::new(selector.waker().expect("a waker"), most))
}

pub(crate) fn pool<A: Address>(selector: &mut Selector, most: usize) -> Way<A> {
    let waker = selector.waker().expect("a waker");
    Way::Threads(Threads::pool(waker, most, 0).expect("threads"))
}

pub(crate) fn forks<A: Address>(_selector: &mut Selector, most: usize) -> Way<A> {
    Way::Forks(Forks::new(most))
}

macro_rules! either {
    ($self:ident, $way:ident => $call:expr) => {
        match $self {
            Way::Threads($way) => $call,
            Way::Forks($way) => $call,
        }
    };
}

impl<J> Process<J, Selector> for Way<J::Addr>
where
    J: Job + Interrupt + Send + 'static,
{
    fn is_full(&self) -> bool {
        either!(self, way => Process::<J, Selector>::is_full(way))
    }

    fn active(&self) -> u32 {
        either!(self, way => Process::<J, Selector>::active(way))
    }

    fn active_of(&self, peer: u64) -> u32 {
        either!(self, way => Process::<J, Selector>::active_of(way, peer))
    }

    fn process_request(&mut self, turn: &mut Turn<'_, Selector>, job: J) -> Result<(), ErrorKind> {
        either!(self, way => way.process_request(turn, job))
    }

    fn ready(&mut self, turn: &mut Turn<'_, Selector>, token: u32) {
        either!(self, way => Process::<J, Selector>::ready(way, turn, token));
    }

    fn finished(&mut self, turn: &mut Turn<'_, Selector>) -> Option<(J::Addr, Outcome)> {
        either!(self, way => Process::<J, Selector>::finished(way, turn))
    }

    fn close(&mut self, turn: &mut Turn<'_, Selector>) {
        either!(self, way => Process::<J, Selector>::close(way, turn));
    }
}

/// A family of sockets, and a way to run what comes by it.
pub(crate) trait Family {
    type Addr: Address + Send + 'static;
    type Stream: Stream<Addr = Self::Addr, Error = HostError> + AsFd + Send + 'static;
    type Listener: Listener<Stream = Self::Stream, Addr = Self::Addr, Error = HostError> + AsFd;
    type Datagram: Datagram<Addr = Self::Addr, Error = HostError>
        + AsFd
        + From<OwnedFd>
        + Send
        + 'static;

    fn listen() -> Self::Listener;
    fn connect(address: &Self::Addr) -> Self::Stream;
    fn bind() -> Self::Datagram;
}

/// By the Internet protocols.
pub(crate) struct Inet;

impl Family for Inet {
    type Addr = SocketAddr;
    type Stream = TcpStream;
    type Listener = TcpListener;
    type Datagram = UdpSocket;

    fn listen() -> TcpListener {
        let any = (Ipv4Addr::LOCALHOST, 0).into();
        Host.tcp_listen(any, 64).expect("a listener")
    }

    fn connect(address: &SocketAddr) -> TcpStream {
        let connected = Blocking::connect(Host, *address, Some(Duration::from_secs(20)));
        connected.expect("a connection").into_inner()
    }

    fn bind() -> UdpSocket {
        let any = (Ipv4Addr::LOCALHOST, 0).into();
        Host.udp_bind(any).expect("a socket")
    }
}

/// Within the machine.
pub(crate) struct Unix;

impl Family for Unix {
    type Addr = UnixAddr;
    type Stream = UnixStream;
    type Listener = UnixListener;
    type Datagram = UnixDatagram;

    fn listen() -> UnixListener {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("amphi-process-{}-{number}", std::process::id());
        let address = UnixAddr::from_abstract_name(name).expect("a name");
        Host.unix_listen(&address, 64).expect("a listener")
    }

    fn connect(address: &UnixAddr) -> UnixStream {
        Host.unix_connect(address).expect("a connection")
    }

    fn bind() -> UnixDatagram {
        Host.unix_bind_any().expect("a socket")
    }
}

/// Runs `part` while `test` plays its clients, and closes it after `drain`.
#[track_caller]
pub(crate) fn run(
    selector: &mut Selector,
    part: &mut dyn Part<Selector>,
    drain: Duration,
    test: impl FnOnce(&mut Peer<'_, Host>),
) {
    run_all(selector, &mut [part], drain, test);
}

/// Runs all of `parts` so.
#[track_caller]
pub(crate) fn run_all(
    selector: &mut Selector,
    parts: &mut [&mut dyn Part<Selector>],
    drain: Duration,
    test: impl FnOnce(&mut Peer<'_, Host>),
) {
    let mut events = [Event::new(Key::default(), Ready::NONE); 16];
    let mut scratch = [0; 2048];
    let mut service = Service::new(Host, selector, parts, &mut events, &mut scratch);
    service.start().expect("it starts");
    test(&mut Peer::new(Host, &mut |time| {
        service.turn(Some(time)).expect("a turn");
    }));
    service.finish(drain).expect("it ends");
}

/// The open descriptors, threads and children of this process.
pub(crate) fn belongings() -> (usize, usize, usize) {
    let count = |folder: &str| std::fs::read_dir(folder).expect("a list").count();
    let children = std::fs::read_to_string("/proc/self/task/self/children")
        .or_else(|_| {
            let id = std::process::id();
            std::fs::read_to_string(format!("/proc/{id}/task/{id}/children"))
        })
        .map_or(0, |list| list.split_whitespace().count());
    (count("/proc/self/fd"), count("/proc/self/task"), children)
}
