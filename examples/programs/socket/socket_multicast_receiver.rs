//! A member of a multicast group that acknowledges what it hears.

use std::process::ExitCode;

use amphi_core::socket::{Blocking, Multicast as _, Net};
use amphi_examples::programs::{
    MulticastOptions, Octets, Options, StackKind, on_linked_stacks, peers,
};
use amphi_std::Host;

fn receive<N: Net>(net: N, options: &MulticastOptions) -> Result<(), N::Error> {
    // Bound to the group's own address, the socket hears nothing else.
    let mut sock = Blocking::new(net.udp_bind(options.group)?);
    // Tell the stack to add the socket to the group on one interface.
    sock.get_mut()
        .join(options.group.ip(), options.interface())?;

    for _ in options.rounds() {
        println!("\nwaiting to receive message");
        let mut data = [0; 1024];
        let received = sock.recv_from(&mut data)?;
        let data = &data[..received.len.min(1024)];
        println!("received {} bytes from {}", data.len(), received.from);
        println!("{}", Octets(data));

        println!("sending acknowledgement to {}", received.from);
        sock.send_to(b"ack", &received.from)?;
    }
    Ok(())
}

fn main() -> ExitCode {
    let options = &MulticastOptions::read();
    match options.stack {
        StackKind::Host => Options::end(receive(Host, options)),
        StackKind::Loopback => Options::end(on_linked_stacks(
            options.address(),
            |net| receive(net, options),
            |net| peers::group_sender(net, options.group),
        )),
    }
}
