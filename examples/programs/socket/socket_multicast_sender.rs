//! Sends one datagram to a multicast group and prints who answers.

use core::time::Duration;
use std::process::ExitCode;

use amphi_core::socket::{Blocking, Multicast as _, Net};
use amphi_core::{Error as _, ErrorKind};
use amphi_examples::programs::{
    MulticastOptions, Octets, Options, StackKind, any_port_like, on_linked_stacks, peers,
};
use amphi_std::Host;

const MESSAGE: &[u8] = b"very important data";

fn send<N: Net>(net: N, options: &MulticastOptions) -> Result<(), N::Error> {
    let mut socket = net.udp_bind(any_port_like(options.group))?;
    // The datagrams leave through one interface and go no further than its link.
    socket.set_multicast_interface(options.interface())?;
    socket.set_multicast_hop_limit(1)?;
    // With a timeout, the socket does not block indefinitely when it receives.
    let mut sock = Blocking::new(socket).with_timeout(Some(Duration::from_millis(200)));

    println!("sending {}", Octets(MESSAGE));
    sock.send_to(MESSAGE, &options.group)?;

    // Look for responses from all recipients.
    loop {
        println!("waiting to receive");
        let mut data = [0; 16];
        match sock.recv_from(&mut data) {
            Ok(received) => {
                let data = &data[..received.len.min(16)];
                println!("received {} from {}", Octets(data), received.from);
            }
            Err(error) if error.reason() == ErrorKind::TimedOut => {
                println!("timed out, no more responses");
                break;
            }
            Err(error) => return Err(error),
        }
    }
    println!("closing socket");
    Ok(())
}

fn main() -> ExitCode {
    let options = &MulticastOptions::read();
    match options.stack {
        StackKind::Host => Options::end(send(Host, options)),
        StackKind::Loopback => Options::end(on_linked_stacks(
            options.address(),
            |net| peers::group_member(net, options.group),
            |net| send(net, options),
        )),
    }
}
