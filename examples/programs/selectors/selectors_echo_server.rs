//! A server that waits for all its clients at once, until the first has gone.

use core::net::SocketAddr;
use core::time::Duration;
use std::process::ExitCode;

use amphi_core::select::{Event, Interest, Ready, Selects};
use amphi_core::socket::{Blocking, Listener as _, Net, Socket as _, Stream as _};
use amphi_examples::programs::{Octets, Options, StackKind, on_linked_stacks, peers};
use amphi_smoltcp::StackSelector;
use amphi_std::{DefaultSelector, Host};
use embedded_io::Write as _;

/// What a source is registered with: in Python the function to call.
#[derive(Clone, Copy)]
enum Key {
    Accept,
    /// The number of a connection.
    Read(usize),
}

struct Server<N: Net, S> {
    mysel: S,
    sock: N::Listener,
    connections: Vec<Option<N::Stream>>,
    keep_running: bool,
}

impl<N: Net, S: Selects<N, Key = Key>> Server<N, S> {
    fn new(net: N, mut mysel: S, address: SocketAddr) -> Result<Self, N::Error> {
        let sock = net.tcp_listen(address, 5)?;
        let local = sock.local()?;
        println!("starting up on {} port {}", local.ip(), local.port());
        mysel.register(&sock, Interest::READ, Key::Accept)?;
        Ok(Self {
            mysel,
            sock,
            connections: Vec::new(),
            keep_running: true,
        })
    }

    fn run(&mut self) -> Result<(), N::Error> {
        let mut events = [Event::new(Key::Accept, Ready::NONE); 8];
        while self.keep_running {
            println!("waiting for I/O");
            let count = self
                .mysel
                .select(&mut events, Some(Duration::from_secs(1)))?;
            for event in &events[..count] {
                match event.key {
                    Key::Accept => self.accept()?,
                    Key::Read(number) => self.read(number)?,
                }
            }
        }
        println!("shutting down");
        self.mysel.unregister(&self.sock)
    }

    /// Callback for new connections.
    fn accept(&mut self) -> Result<(), N::Error> {
        let (new_connection, addr) = self.sock.accept()?;
        println!("accept({addr})");
        let key = Key::Read(self.connections.len());
        self.mysel.register(&new_connection, Interest::READ, key)?;
        self.connections.push(Some(new_connection));
        Ok(())
    }

    /// Callback for read events.
    fn read(&mut self, number: usize) -> Result<(), N::Error> {
        let Some(mut connection) = self.connections[number].take() else {
            return Ok(());
        };
        println!("read({})", connection.remote()?);
        let mut data = [0; 1024];
        let count = connection.read(&mut data)?;
        if count > 0 {
            // A readable socket has data.
            println!("  received {}", Octets(&data[..count]));
            let mut connection = Blocking::new(connection);
            connection.write_all(&data[..count])?;
            self.connections[number] = Some(connection.into_inner());
        } else {
            // Interpret empty result as closed connection.
            println!("  closing");
            self.mysel.unregister(&connection)?;
            // Tell the main loop to stop.
            self.keep_running = false;
        }
        Ok(())
    }
}

fn serve<N: Net, S: Selects<N, Key = Key>>(
    net: N,
    mysel: S,
    options: &Options,
) -> Result<(), N::Error> {
    Server::new(net, mysel, options.address)?.run()
}

fn main() -> ExitCode {
    let options = &Options::read();
    match options.stack {
        StackKind::Host => {
            Options::end(DefaultSelector::new().and_then(|mysel| serve(Host, mysel, options)))
        }
        StackKind::Loopback => Options::end(on_linked_stacks(
            options.address.ip(),
            |net| serve(net, StackSelector::<_, _, Key, 8>::new(net), options),
            |net| peers::tcp_client(net, options.address),
        )),
    }
}
