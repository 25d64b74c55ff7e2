//! A TCP server that sends back what it receives, one client after the other.

use std::process::ExitCode;

use amphi_core::socket::{Blocking, Net, Socket as _};
use amphi_examples::programs::{Octets, Options, StackKind, on_linked_stacks, peers};
use amphi_std::Host;
use embedded_io::Write as _;

fn serve<N: Net>(net: N, options: &Options) -> Result<(), N::Error> {
    let listener = net.tcp_listen(options.address, 1)?;
    let local = listener.local()?;
    println!("starting up on {} port {}", local.ip(), local.port());
    let mut sock = Blocking::new(listener);

    for _ in options.rounds() {
        println!("waiting for a connection");
        let (mut connection, client_address) = sock.accept()?;
        println!("connection from {client_address}");

        // Receive the data in small chunks and retransmit it.
        let mut data = [0; 16];
        loop {
            let count = connection.read(&mut data)?;
            println!("received {}", Octets(&data[..count]));
            if count == 0 {
                println!("no data from {client_address}");
                break;
            }
            println!("sending data back to the client");
            connection.write_all(&data[..count])?;
        }
    }
    Ok(())
}

fn main() -> ExitCode {
    let options = &Options::read();
    match options.stack {
        StackKind::Host => Options::end(serve(Host, options)),
        StackKind::Loopback => Options::end(on_linked_stacks(
            options.address.ip(),
            |net| serve(net, options),
            |net| peers::tcp_client(net, options.address),
        )),
    }
}
