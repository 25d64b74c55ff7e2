//! A server that serves each request in a process.

use core::net::{Ipv4Addr, SocketAddr};
use core::time::Duration;
use std::process::ExitCode;

use amphi_core::select::{Event, Ready};
use amphi_core::serve::{Connection, Key, Service, StreamRequestHandler};
use amphi_core::socket::{Blocking, Net as _};
use amphi_examples::programs::{Octets, Options};
use amphi_std::serve::{ForkingServer, Forks};
use amphi_std::{DefaultSelector, Host, HostError};
use embedded_io::Write as _;

struct ForkingEchoRequestHandler;

impl StreamRequestHandler for ForkingEchoRequestHandler {
    fn handle<C: Connection>(&mut self, connection: &mut C) -> Result<(), C::Error> {
        // Echo the data back to the client, after the number of the process.
        let mut data = [0; 1024];
        let count = connection.read(&mut data)?;
        connection.write_all(std::process::id().to_string().as_bytes())?;
        connection.write_all(b": ")?;
        connection.write_all(&data[..count])
    }
}

/// A process with several threads cannot fork, so the client shares the one there is:
/// the kernel accepts its connection and keeps its message until the server comes.
fn run() -> Result<(), HostError> {
    let listener = Host.tcp_listen((Ipv4Addr::LOCALHOST, 0).into(), 5)?;
    let handlers = |_: &SocketAddr| ForkingEchoRequestHandler;
    let mut server = ForkingServer::with_process(listener, handlers, Forks::new(40));
    println!("Server loop running in process: {}", std::process::id());

    let mut s = Blocking::connect(Host, server.server_address()?, None)?;
    let message = b"Hello, world";
    println!("Sending : {}", Octets(message));
    s.write_all(message)?;

    let mut selector = DefaultSelector::new()?;
    let mut events = [Event::new(Key::default(), Ready::NONE); 4];
    let mut parts: [&mut dyn amphi_core::serve::Part<_>; 1] = [&mut server];
    let mut service = Service::new(Host, &mut selector, &mut parts, &mut events, &mut []);
    service.start()?;
    service.handle_request(None)?; // starts a child
    service.finish(Duration::from_secs(10))?; // waits for it

    let mut response = Vec::new();
    let mut data = [0; 1024];
    while let count @ 1.. = s.read(&mut data)? {
        response.extend_from_slice(&data[..count]);
    }
    println!("Received: {}", Octets(&response));
    Ok(())
}

fn main() -> ExitCode {
    Options::end(run())
}
