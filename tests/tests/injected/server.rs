//! The server of another process: echo of each kind, until the input ends.

use core::net::{Ipv4Addr, SocketAddr};
use core::time::Duration;
use std::io::{Read, Write};

use amphi_core::select::{Event, Ready, Selects};
use amphi_core::serve::{
    Connection, DatagramServer, Key, Part, RequestServer, Service, Slot, StreamRequestHandler,
    StreamServer,
};
use amphi_core::socket::{Net, Socket};
use amphi_examples::echo::{DatagramEcho, StreamEcho};
use amphi_std::options::Options;
use amphi_std::serve::{Stop, Threads};
use amphi_std::{
    EpollSelector, Host, HostError, PollSelector, SelectSelector, TcpListener, Uring,
    UringSelector, Waker,
};

/// More than the clients.
const PLACES: usize = 16;
const DRAIN: Duration = Duration::from_secs(5);

/// The status of a server that could not begin, or not go on.
pub(crate) const FAILED: i32 = 3;
/// The status of a server that has more descriptors than before.
pub(crate) const LEAKED: i32 = 4;

/// Serves, and gives the status to exit with.
pub(crate) fn run(kind: &str) -> i32 {
    let before = descriptors();
    let served = serve(kind);
    if let Err(error) = &served {
        println!("{error}");
    }
    let after = descriptors();
    match (served, after == before) {
        (_, false) => {
            println!("{after} descriptors, {before} before");
            LEAKED
        }
        (Err(_), true) => FAILED,
        (Ok(()), true) => 0,
    }
}

fn serve(kind: &str) -> Result<(), HostError> {
    match kind {
        "epoll" => by_epoll(),
        "poll" => {
            let mut selector = PollSelector::new()?;
            let waker = selector.waker()?;
            streams(Host, listen()?, &mut selector, waker)
        }
        "select" => {
            let mut selector = SelectSelector::new()?;
            let waker = selector.waker()?;
            streams(Host, listen()?, &mut selector, waker)
        }
        "uring" => match Uring::new() {
            Ok(uring) => {
                let mut selector = UringSelector::new(&uring);
                let waker = selector.waker()?;
                let listener = (&uring).tcp_listen(any(), PLACES)?;
                streams(&uring, listener, &mut selector, waker)
            }
            Err(_) => by_epoll(),
        },
        "threads" => threads(),
        _ => datagrams(),
    }
}

fn any() -> SocketAddr {
    (Ipv4Addr::LOCALHOST, 0).into()
}

/// A listener whose connections have small buffers, so that much is short.
fn listen() -> Result<TcpListener, HostError> {
    let listener = Host.tcp_listen(any(), PLACES)?;
    Options::of(&listener).set_send_buffer_size(4_096)?;
    Ok(listener)
}

fn by_epoll() -> Result<(), HostError> {
    let mut selector = EpollSelector::new()?;
    let waker = selector.waker()?;
    streams(Host, listen()?, &mut selector, waker)
}

fn streams<N: Net<Error = HostError>, S: Selects<N, Key = Key>>(
    net: N,
    listener: N::Listener,
    selector: &mut S,
    waker: Waker,
) -> Result<(), HostError> {
    let address = listener.local()?;
    let mut slots = [const { Slot::new() }; PLACES];
    let mut buffers = vec![0; PLACES * 1_024];
    let make = |_: &SocketAddr| StreamEcho;
    let mut server = StreamServer::new(listener, make, &mut slots, &mut buffers);
    until_the_input_ends(net, selector, &mut server, waker, address)
}

fn datagrams() -> Result<(), HostError> {
    let mut selector = EpollSelector::new()?;
    let waker = selector.waker()?;
    let socket = Host.udp_bind(any())?;
    let address = socket.local()?;
    let mut kept = [0; 2_048];
    let mut server = DatagramServer::new(socket, DatagramEcho, &mut kept);
    until_the_input_ends(Host, &mut selector, &mut server, waker, address)
}

/// The sequential echo.
struct Echo;

impl StreamRequestHandler for Echo {
    fn handle<C: Connection>(&mut self, connection: &mut C) -> Result<(), C::Error> {
        let mut buf = [0; 1_024];
        loop {
            match connection.read(&mut buf)? {
                0 => return Ok(()),
                count => connection.write_all(&buf[..count])?,
            }
        }
    }
}

fn threads() -> Result<(), HostError> {
    let mut selector = EpollSelector::new()?;
    let waker = selector.waker()?;
    let listener = listen()?;
    let address = listener.local()?;
    let threads = Threads::new(waker.clone(), PLACES);
    let mut server = RequestServer::with_process(listener, |_: &SocketAddr| Echo, threads);
    until_the_input_ends(Host, &mut selector, &mut server, waker, address)
}

/// Says where it listens, and serves.
fn until_the_input_ends<N: Net<Error = HostError>, S: Selects<N, Key = Key>>(
    net: N,
    selector: &mut S,
    part: &mut dyn Part<S>,
    waker: Waker,
    address: SocketAddr,
) -> Result<(), HostError> {
    let stop = Stop::new();
    stop.wakes(waker);
    let remote = stop.clone();
    let reader = std::thread::spawn(move || {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        remote.request();
    });
    println!("{address}");
    let _ = std::io::stdout().flush();
    let mut events = [Event::new(Key::default(), Ready::NONE); 8];
    let mut scratch = [0; 2_048];
    let mut parts = [part];
    let served = Service::new(net, selector, &mut parts, &mut events, &mut scratch)
        .serve_forever(stop.flag(), DRAIN);
    reader.join().expect("no panic");
    served
}

fn descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").expect("a list").count()
}
