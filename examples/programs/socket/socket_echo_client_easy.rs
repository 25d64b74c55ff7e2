//! A TCP client that connects by name, whatever the address.

use std::process::ExitCode;

use amphi_core::names::Transport;
use amphi_core::socket::Stream as _;
use amphi_examples::programs::{MESSAGE, NameOptions, Octets, Options};
use amphi_std::names::{Hints, create_connection, getaddrinfo};
use embedded_io::Write as _;

fn talk(options: &NameOptions) -> Result<(), Box<dyn core::error::Error>> {
    let mut sock = create_connection(&options.host, options.port, None)?;
    let remote = sock.get_ref().remote()?;
    let hints = Hints::new().transport(Transport::Tcp).numeric_host();
    for info in getaddrinfo(Some(&remote.ip().to_string()), None, &hints)? {
        println!("Family  : {:?}", info.family());
        println!(
            "Type    : {}",
            info.transport.map_or("raw", Transport::name)
        );
        println!("Protocol: {}", info.protocol);
        println!();
    }

    println!("sending {}", Octets(MESSAGE));
    sock.write_all(MESSAGE)?;

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
    Options::end(talk(&NameOptions::read()))
}
