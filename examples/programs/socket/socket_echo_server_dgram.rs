//! A UDP server that sends back each datagram.

use std::process::ExitCode;

use amphi_core::socket::{Blocking, Net, Socket as _};
use amphi_examples::programs::{Octets, Options, StackKind, on_linked_stacks, peers};
use amphi_std::Host;

fn serve<N: Net>(net: N, options: &Options) -> Result<(), N::Error> {
    let socket = net.udp_bind(options.address)?;
    let local = socket.local()?;
    println!("starting up on {} port {}", local.ip(), local.port());
    let mut sock = Blocking::new(socket);

    for _ in options.rounds() {
        println!("\nwaiting to receive message");
        let mut data = [0; 4096];
        let received = sock.recv_from(&mut data)?;
        let data = &data[..received.len.min(4096)];
        println!("received {} bytes from {}", data.len(), received.from);
        println!("{}", Octets(data));

        sock.send_to(data, &received.from)?;
        println!("sent {} bytes back to {}", data.len(), received.from);
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
            |net| peers::udp_client(net, options.address),
        )),
    }
}
