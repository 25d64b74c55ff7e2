//! A TCP server that listens at all addresses of the machine.

use core::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;

use amphi_core::socket::{Blocking, Net, Socket as _};
use amphi_examples::programs::{Octets, Options, StackKind, on_linked_stacks, peers};
use amphi_std::Host;
use embedded_io::Write as _;

fn serve<N: Net>(net: N, options: &Options) -> Result<(), N::Error> {
    // Python's empty host name is the unspecified address.
    let any = SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), options.address.port());
    let listener = net.tcp_listen(any, 1)?;
    let local = listener.local()?;
    println!("starting up on {} port {}", local.ip(), local.port());
    let mut sock = Blocking::new(listener);

    for _ in options.rounds() {
        println!("waiting for a connection");
        let (mut connection, client_address) = sock.accept()?;
        println!("client connected: {client_address}");
        let mut data = [0; 16];
        loop {
            let count = connection.read(&mut data)?;
            println!("received {}", Octets(&data[..count]));
            if count == 0 {
                break;
            }
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
