//! Two connections at a time to one server, and a message in parts over each.

use std::process::ExitCode;

use amphi_core::socket::{Blocking, Socket as _};
use amphi_examples::programs::{Octets, Options};
use amphi_std::{Host, HostError};
use embedded_io::Write as _;

const MESSAGES: [&[u8]; 3] = [b"This is the message. ", b"It will be sent ", b"in parts."];

fn talk(options: &Options) -> Result<(), HostError> {
    let server = options.address;
    // Connect the sockets to the port where the server is listening.
    println!("connecting to {} port {}", server.ip(), server.port());
    let mut socks = [
        Blocking::connect(Host, server, None)?,
        Blocking::connect(Host, server, None)?,
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
    Options::end(talk(&Options::read()))
}
