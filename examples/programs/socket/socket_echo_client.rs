//! A TCP client that sends a message and prints what comes back.

use std::process::ExitCode;

use amphi_core::socket::{Blocking, Net};
use amphi_examples::programs::{MESSAGE, Octets, Options, StackKind, on_linked_stacks, peers};
use amphi_std::Host;
use embedded_io::Write as _;

fn talk<N: Net>(net: N, options: &Options) -> Result<(), N::Error> {
    let server = options.address;
    println!("connecting to {} port {}", server.ip(), server.port());
    let mut sock = Blocking::connect(net, server, None)?;

    println!("sending {}", Octets(MESSAGE));
    sock.write_all(MESSAGE)?;

    // Look for the response.
    let mut data = [0; 16];
    let mut amount_received = 0;
    while amount_received < MESSAGE.len() {
        let count = sock.read(&mut data)?;
        println!("received {}", Octets(&data[..count]));
        if count == 0 {
            break;
        }
        amount_received += count;
    }
    println!("closing socket");
    Ok(())
}

fn main() -> ExitCode {
    let options = &Options::read();
    match options.stack {
        StackKind::Host => Options::end(talk(Host, options)),
        StackKind::Loopback => Options::end(on_linked_stacks(
            options.address.ip(),
            |net| peers::tcp_server(net, options.address),
            |net| talk(net, options),
        )),
    }
}
