//! Two connections at a time to one server, and a message in parts over each.

use std::process::ExitCode;

use amphi_core::socket::{Blocking, Net, Socket as _};
use amphi_examples::programs::{Octets, Options, StackKind, on_linked_stacks, peers};
use amphi_std::Host;
use embedded_io::Write as _;

const MESSAGES: [&[u8]; 3] = [b"This is the message. ", b"It will be sent ", b"in parts."];

fn talk<N: Net>(net: N, options: &Options) -> Result<(), N::Error> {
    let server = options.address;
    // Connect the sockets to the port where the server is listening.
    println!("connecting to {} port {}", server.ip(), server.port());
    let mut socks = [
        Blocking::connect(net, server, None)?,
        Blocking::connect(net, server, None)?,
    ];

    for outgoing_data in MESSAGES {
        // Send messages on both sockets.
        for s in &mut socks {
            let local = s.get_ref().local()?;
            println!("{local}: sending {}", Octets(outgoing_data));
            s.write_all(outgoing_data)?;
        }
        // Read responses on both sockets.
        for s in &mut socks {
            let local = s.get_ref().local()?;
            let mut left = outgoing_data.len();
            while left > 0 {
                let mut data = [0; 1024];
                let count = s.read(&mut data)?;
                println!("{local}: received {}", Octets(&data[..count]));
                if count == 0 {
                    println!("closing socket {local}");
                    return Ok(());
                }
                left = left.saturating_sub(count);
            }
        }
    }
    Ok(())
}

fn main() -> ExitCode {
    let options = &Options::read();
    match options.stack {
        StackKind::Host => Options::end(talk(Host, options)),
        StackKind::Loopback => Options::end(on_linked_stacks(
            options.address.ip(),
            |net| peers::tcp_server_of_two(net, options.address),
            |net| talk(net, options),
        )),
    }
}
