//! Our servers, each in a process of its own.

use core::net::{Ipv4Addr, SocketAddr};
use core::time::Duration;
use std::io;

use amphi_core::serve::framing::LineReader;
use amphi_core::serve::{
    Connection, Next, Process, Reply, RequestServer, Slot, StreamHandler, StreamJob,
    StreamRequestHandler, StreamServer,
};
use amphi_core::socket::{Net, Socket};
use amphi_std::serve::{Forks, Stop, Threads, listen_shared, serve_forever};
use amphi_std::{DefaultSelector, Host, HostError, TcpListener, TcpStream};

type Selector = DefaultSelector<amphi_core::serve::Key>;

/// How many requests run at a time.
const MOST: usize = 64;
/// How much work each message of the loops takes, in rounds of a hash.
const WORK: u32 = 60_000;

/// One line back.
struct Line;

impl StreamRequestHandler for Line {
    fn handle<C: Connection>(&mut self, connection: &mut C) -> Result<(), C::Error> {
        let mut reader = LineReader::<1024>::new();
        if let Ok(Some(line)) = reader.read(connection) {
            connection.write_all(line)?;
            connection.write_all(b"\n")?;
        }
        Ok(())
    }
}

/// Works on each message before it goes back.
struct Worker;

impl StreamHandler for Worker {
    fn handle(&mut self, input: &[u8], reply: &mut Reply<'_>) -> Next {
        let mut hash = 0x811c_9dc5_u32;
        for round in 0..WORK {
            hash = (hash ^ round).wrapping_mul(0x0100_0193);
        }
        core::hint::black_box(hash);
        reply.send(input);
        Next::Keep
    }
}

/// Serves in the way `kind` until the process is killed.
pub(crate) fn serve(kind: &str) -> io::Result<()> {
    let any = (Ipv4Addr::LOCALHOST, 0).into();
    if let Some(count) = kind.strip_prefix("loops") {
        return loops(any, count.parse().unwrap_or(1));
    }
    let listener = Host.tcp_listen(any, 1024).map_err(io::Error::from)?;
    let mut selector = Selector::new()?;
    let waker = selector.waker()?;
    match kind {
        "forks" => requests(listener, selector, Forks::new(MOST)),
        "pool" => requests(listener, selector, Threads::pool(waker, 8, MOST)?),
        _ => requests(listener, selector, Threads::new(waker, MOST)),
    }
}

fn requests<P>(listener: TcpListener, mut selector: Selector, process: P) -> io::Result<()>
where
    P: Process<StreamJob<TcpStream, Line>, Selector>,
{
    println!("{}", listener.local()?);
    let mut server = RequestServer::with_process(listener, |_: &SocketAddr| Line, process);
    let stop = Stop::new();
    Ok(serve_forever(
        &mut selector,
        &mut [&mut server],
        &stop,
        Duration::ZERO,
    )?)
}

fn loops(any: SocketAddr, count: usize) -> io::Result<()> {
    let first = listen_shared(any, 1024)?;
    let address = first.local()?;
    let more: Result<Vec<_>, _> = (1..count).map(|_| listen_shared(address, 1024)).collect();
    println!("{address}");
    let each = |listener| std::thread::spawn(move || one_loop(listener));
    let threads: Vec<_> = more?.into_iter().chain([first]).map(each).collect();
    for thread in threads {
        thread.join().map_err(|_| io::ErrorKind::Other)??;
    }
    Ok(())
}

fn one_loop(listener: TcpListener) -> Result<(), HostError> {
    let mut slots: Vec<_> = (0..MOST).map(|_| Slot::new()).collect();
    let mut buffers = vec![0; MOST * 1024];
    let make = |_: &SocketAddr| Worker;
    let mut server = StreamServer::new(listener, make, &mut slots, &mut buffers);
    let mut selector = Selector::new()?;
    serve_forever(
        &mut selector,
        &mut [&mut server],
        &Stop::new(),
        Duration::ZERO,
    )
}
