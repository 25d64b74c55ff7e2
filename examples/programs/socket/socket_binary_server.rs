//! Receives records of a number, two letters and a measure.

use std::process::ExitCode;

use amphi_core::pack::{ReadError, RecordReader, record};
use amphi_core::socket::{Blocking, Net, Socket as _};
use amphi_examples::programs::{Hex, Octets, Options, StackKind, on_linked_stacks, peers};
use amphi_std::Host;

record! {
    struct Unpacker = "I 2s f";
}

fn serve<N: Net>(net: N, options: &Options) -> Result<(), N::Error> {
    let listener = net.tcp_listen(options.address, 1)?;
    let local = listener.local()?;
    println!("starting up on {} port {}", local.ip(), local.port());
    let mut sock = Blocking::new(listener);

    for _ in options.rounds() {
        println!("\nwaiting for a connection");
        let (mut connection, _) = sock.accept()?;
        // A record may arrive in pieces.
        match RecordReader::<Unpacker>::new().read_blocking(&mut connection) {
            Ok(Some(values)) => {
                println!("received {}", Hex(&Unpacker::pack(values)));
                let (number, letters, measure) = values;
                println!("unpacked: ({number}, {}, {measure})", Octets(&letters));
            }
            Ok(None) => println!("received nothing"),
            Err(ReadError::Stream(error)) => return Err(error),
            Err(error) => println!("received less than a record: {error}"),
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
            |net| peers::record_client(net, options.address),
        )),
    }
}
