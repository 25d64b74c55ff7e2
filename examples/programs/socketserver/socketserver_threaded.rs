//! A server that serves each request in a thread.

use core::net::{Ipv4Addr, SocketAddr};
use core::time::Duration;
use std::process::ExitCode;
use std::thread;

use amphi_core::serve::{Connection, StreamRequestHandler};
use amphi_core::socket::{Blocking, Net as _};
use amphi_examples::programs::{Octets, Options};
use amphi_std::serve::{Stop, ThreadingServer, Threads, serve_forever};
use amphi_std::{DefaultSelector, Host, HostError};
use embedded_io::Write as _;

struct ThreadedEchoRequestHandler;

impl StreamRequestHandler for ThreadedEchoRequestHandler {
    fn handle<C: Connection>(&mut self, connection: &mut C) -> Result<(), C::Error> {
        // Echo the data back to the client, after the thread's name.
        let mut data = [0; 1024];
        let count = connection.read(&mut data)?;
        let name = thread::current().name().unwrap_or("nameless").to_owned();
        connection.write_all(name.as_bytes())?;
        connection.write_all(b": ")?;
        connection.write_all(&data[..count])
    }
}

fn client(address: SocketAddr) -> Result<(), HostError> {
    let mut s = Blocking::connect(Host, address, None)?;
    let message = b"Hello, world";
    println!("Sending : {}", Octets(message));
    s.write_all(message)?;
    // The response comes in pieces; the server closes after the last.
    let mut response = Vec::new();
    let mut data = [0; 1024];
    while let count @ 1.. = s.read(&mut data)? {
        response.extend_from_slice(&data[..count]);
    }
    println!("Received: {}", Octets(&response));
    Ok(())
}

fn run() -> Result<(), HostError> {
    let listener = Host.tcp_listen((Ipv4Addr::LOCALHOST, 0).into(), 5)?;
    let mut selector = DefaultSelector::new()?;
    let threads = Threads::new(selector.waker()?, 8);
    let handlers = |_: &SocketAddr| ThreadedEchoRequestHandler;
    let mut server = ThreadingServer::with_process(listener, handlers, threads);
    let address = server.server_address()?;
    let stop = Stop::new();

    thread::scope(|scope| {
        let loops = scope.spawn(|| {
            let name = thread::current().id();
            println!("Server loop running in thread: {name:?}");
            serve_forever(
                &mut selector,
                &mut [&mut server],
                &stop,
                Duration::from_secs(1),
            )
        });
        let talked = client(address);
        stop.request();
        let served = loops.join().expect("the server does not panic");
        talked.and(served)
    })
}

fn main() -> ExitCode {
    Options::end(run())
}
