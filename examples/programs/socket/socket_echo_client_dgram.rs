//! A UDP client that sends a message and prints what comes back.

use std::process::ExitCode;

use amphi_core::socket::{Blocking, Net};
use amphi_examples::programs::{
    MESSAGE, Octets, Options, StackKind, any_port_like, on_linked_stacks, peers,
};
use amphi_std::Host;

fn talk<N: Net>(net: N, options: &Options) -> Result<(), N::Error> {
    let server = options.address;
    let mut sock = Blocking::new(net.udp_bind(any_port_like(server))?);

    println!("sending {}", Octets(MESSAGE));
    sock.send_to(MESSAGE, &server)?;

    println!("waiting to receive");
    let mut data = [0; 4096];
    let received = sock.recv_from(&mut data)?;
    println!("received {}", Octets(&data[..received.len.min(4096)]));
    println!("closing socket");
    Ok(())
}

fn main() -> ExitCode {
    let options = &Options::read();
    match options.stack {
        StackKind::Host => Options::end(talk(Host, options)),
        StackKind::Loopback => Options::end(on_linked_stacks(
            options.address.ip(),
            |net| peers::udp_server(net, options.address),
            |net| talk(net, options),
        )),
    }
}
