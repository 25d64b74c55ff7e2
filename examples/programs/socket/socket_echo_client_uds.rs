//! A client of a Unix socket that sends a message and prints what comes back.

use std::process::ExitCode;

use amphi_core::socket::Blocking;
use amphi_examples::programs::{MESSAGE, Octets, Options, PathOptions};
use amphi_std::{Host, HostError, UnixAddr};
use embedded_io::Write as _;

fn talk(options: &PathOptions) -> Result<(), HostError> {
    let address = UnixAddr::from_path(&options.path)?;
    println!("connecting to {address}");
    let mut sock = Blocking::new(Host.unix_connect(&address)?);

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
    Options::end(talk(&PathOptions::read()))
}
