//! A client that pauses between the parts of its message.

use core::time::Duration;
use std::process::ExitCode;
use std::thread::sleep;

use amphi_core::socket::{Blocking, Net};
use amphi_examples::programs::{Octets, Options, StackKind, on_linked_stacks, peers};
use amphi_std::Host;
use embedded_io::Write as _;

const MESSAGES: [&[u8]; 2] = [b"Part one of the message.", b"Part two of the message."];

fn talk<N: Net>(net: N, options: &Options) -> Result<(), N::Error> {
    let server = options.address;
    println!("connecting to {} port {}", server.ip(), server.port());
    let mut sock = Blocking::connect(net, server, None)?;
    sleep(Duration::from_secs(1));

    let amount_expected = MESSAGES.iter().map(|part| part.len()).sum::<usize>();
    for data in MESSAGES {
        println!("sending {}", Octets(data));
        sock.write_all(data)?;
        sleep(Duration::from_millis(1500));
    }

    // Look for the response.
    let mut amount_received = 0;
    while amount_received < amount_expected {
        let mut data = [0; 16];
        let count = sock.read(&mut data)?;
        if count == 0 {
            break;
        }
        amount_received += count;
        println!("received {}", Octets(&data[..count]));
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
