//! A server at a Unix socket that sends back what it receives.

use std::process::ExitCode;

use amphi_core::socket::{Blocking, Socket as _};
use amphi_examples::programs::{Octets, Options, PathOptions};
use amphi_std::{HostError, UnixAddr, UnixOptions};
use embedded_io::Write as _;

fn serve(options: &PathOptions) -> Result<(), HostError> {
    let address = UnixAddr::from_path(&options.path)?;
    // A socket file whose server is gone is replaced; one that is served is not.
    let listener = UnixOptions::new()
        .replace_stale(true)
        .unlink(true)
        .listen(&address, 1)?;
    println!("starting up on {}", listener.local()?);
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
    Options::end(serve(&PathOptions::read()))
}
