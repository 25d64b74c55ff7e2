//! A server whose every hook says when it is called, and its client.

use core::net::{Ipv4Addr, SocketAddr};
use core::time::Duration;
use std::process::ExitCode;
use std::thread;

use amphi_core::serve::{Closed, Connection, Hooks, RequestServer, StreamRequestHandler, Tally};
use amphi_core::socket::{Blocking, Net as _};
use amphi_examples::programs::{Octets, Options};
use amphi_std::serve::{Stop, serve_forever};
use amphi_std::{DefaultSelector, Host, HostError};
use embedded_io::Write as _;

struct EchoRequestHandler;

impl EchoRequestHandler {
    fn new() -> Self {
        println!("EchoRequestHandler: new");
        Self
    }
}

impl StreamRequestHandler for EchoRequestHandler {
    fn setup<C: Connection>(&mut self, _connection: &mut C) -> Result<(), C::Error> {
        println!("EchoRequestHandler: setup");
        Ok(())
    }

    fn handle<C: Connection>(&mut self, connection: &mut C) -> Result<(), C::Error> {
        println!("EchoRequestHandler: handle");
        // Echo the data back to the client.
        let mut data = [0; 1024];
        let count = connection.read(&mut data)?;
        println!("EchoRequestHandler: read()->{}", Octets(&data[..count]));
        connection.write_all(&data[..count])
    }

    fn finish<C: Connection>(&mut self, connection: &mut C) -> Result<(), C::Error> {
        println!("EchoRequestHandler: finish");
        connection.flush()
    }
}

/// The hooks of the server.
struct EchoServer;

impl Hooks<SocketAddr> for EchoServer {
    type Handler = EchoRequestHandler;

    fn verify_request(&mut self, remote: &SocketAddr) -> bool {
        println!("EchoServer: verify_request({remote})");
        true
    }

    fn process_request(&mut self, remote: &SocketAddr) {
        println!("EchoServer: process_request({remote})");
    }

    fn finish_request(&mut self, remote: &SocketAddr) -> EchoRequestHandler {
        println!("EchoServer: finish_request({remote})");
        EchoRequestHandler::new()
    }

    fn shutdown_request(&mut self, remote: &SocketAddr) {
        println!("EchoServer: shutdown_request({remote})");
    }

    fn close_request(&mut self, remote: &SocketAddr, why: Closed, tally: Tally) {
        println!("EchoServer: close_request({remote}): {why}");
        println!(
            "EchoServer: {} octets in, {} out",
            tally.received, tally.sent
        );
    }
}

fn client(address: SocketAddr) -> Result<(), HostError> {
    println!("client: Server on {}:{}", address.ip(), address.port());
    println!("client: connecting to server");
    let mut s = Blocking::connect(Host, address, None)?;

    let message = b"Hello, world";
    println!("client: sending data: {}", Octets(message));
    s.write_all(message)?;

    println!("client: waiting for response");
    let mut response = [0; 1024];
    let count = s.read(&mut response)?;
    println!(
        "client: response from server: {}",
        Octets(&response[..count])
    );
    // The server closes first, so that all of its lines are there.
    while s.read(&mut response)? > 0 {}

    println!("client: closing socket");
    drop(s);
    println!("client: done");
    Ok(())
}

fn run() -> Result<(), HostError> {
    println!("EchoServer: server_activate");
    let listener = Host.tcp_listen((Ipv4Addr::LOCALHOST, 0).into(), 5)?;
    let mut server = RequestServer::new(listener, EchoServer);
    let address = server.server_address()?;
    let mut selector = DefaultSelector::new()?;
    let stop = Stop::new();

    thread::scope(|scope| {
        let loops = scope.spawn(|| {
            println!("EchoServer: waiting for request");
            let mut parts: [&mut dyn amphi_core::serve::Part<_>; 1] = [&mut server];
            let served = serve_forever(&mut selector, &mut parts, &stop, Duration::from_secs(1));
            println!("EchoServer: shutdown");
            served
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
