//! A server of one request, and its client.

use core::net::{Ipv4Addr, SocketAddr};
use core::time::Duration;
use std::process::ExitCode;
use std::thread;

use amphi_core::serve::{Connection, RequestServer, StreamRequestHandler};
use amphi_core::socket::{Blocking, Net as _};
use amphi_examples::programs::{Octets, Options};
use amphi_std::serve::{Stop, serve_forever};
use amphi_std::{DefaultSelector, Host, HostError};
use embedded_io::Write as _;

struct EchoRequestHandler;

impl StreamRequestHandler for EchoRequestHandler {
    fn handle<C: Connection>(&mut self, connection: &mut C) -> Result<(), C::Error> {
        // Echo the data back to the client.
        let mut data = [0; 1024];
        let count = connection.read(&mut data)?;
        connection.write_all(&data[..count])
    }
}

fn client(address: SocketAddr) -> Result<(), HostError> {
    let mut s = Blocking::connect(Host, address, None)?;
    let message = b"Hello, world";
    println!("Sending : {}", Octets(message));
    s.write_all(message)?;
    let mut response = [0; 1024];
    let count = s.read(&mut response)?;
    println!("Received: {}", Octets(&response[..count]));
    Ok(())
}

fn run() -> Result<(), HostError> {
    // Port 0: let the kernel assign one.
    let listener = Host.tcp_listen((Ipv4Addr::LOCALHOST, 0).into(), 5)?;
    let mut server = RequestServer::new(listener, |_: &SocketAddr| EchoRequestHandler);
    let address = server.server_address()?;
    let mut selector = DefaultSelector::new()?;
    let stop = Stop::new();

    thread::scope(|scope| {
        let loops = scope.spawn(|| {
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
