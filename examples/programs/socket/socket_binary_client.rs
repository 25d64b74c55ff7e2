//! Sends a record of a number, two letters and a measure.

use std::process::ExitCode;

use amphi_core::pack::record;
use amphi_core::socket::{Blocking, Net};
use amphi_examples::programs::{Hex, Octets, Options, StackKind, on_linked_stacks, peers};
use amphi_std::Host;
use embedded_io::Write as _;

record! {
    struct Packer = "I 2s f";
}

fn talk<N: Net>(net: N, options: &Options) -> Result<(), N::Error> {
    let mut sock = Blocking::connect(net, options.address, None)?;

    let values = (1, *b"ab", 2.7);
    let packed_data = Packer::pack(values);
    let (number, letters, measure) = values;
    println!("values = ({number}, {}, {measure})", Octets(&letters));
    println!("sending {}", Hex(&packed_data));
    sock.write_all(&packed_data)?;
    println!("closing socket");
    Ok(())
}

fn main() -> ExitCode {
    let options = &Options::read();
    match options.stack {
        StackKind::Host => Options::end(talk(Host, options)),
        StackKind::Loopback => Options::end(on_linked_stacks(
            options.address.ip(),
            |net| peers::record_server(net, options.address),
            |net| talk(net, options),
        )),
    }
}
