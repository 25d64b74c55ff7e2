//! A client that sends when it can write and receives when it can read.

use core::time::Duration;
use std::process::ExitCode;

use amphi_core::select::{Event, Interest, Ready, Selects};
use amphi_core::socket::{Blocking, Net, Stream as _};
use amphi_examples::programs::{Octets, Options, StackKind, on_linked_stacks, peers};
use amphi_smoltcp::StackSelector;
use amphi_std::{DefaultSelector, Host};
use embedded_io::Write as _;

fn talk<N: Net, S: Selects<N, Key = ()>>(
    net: N,
    mut mysel: S,
    options: &Options,
) -> Result<(), N::Error> {
    let mut outgoing: Vec<&[u8]> = vec![b"It will be repeated.", b"This is the message.  "];
    let mut bytes_sent = 0;
    let mut bytes_received = 0;

    // Connecting waits; from here on the socket is only used when it is ready.
    let server = options.address;
    println!("connecting to {} port {}", server.ip(), server.port());
    let mut sock = Blocking::connect(net, server, None)?;
    mysel.register(sock.get_ref(), Interest::READ | Interest::WRITE, ())?;

    let mut events = [Event::new((), Ready::NONE); 1];
    let mut keep_running = true;
    while keep_running {
        println!("waiting for I/O");
        let count = mysel.select(&mut events, Some(Duration::from_secs(1)))?;
        for event in &events[..count] {
            println!("client({})", sock.get_ref().remote()?);
            if event.ready.is_readable() {
                println!("  ready to read");
                let mut data = [0; 1024];
                let count = sock.read(&mut data)?;
                if count > 0 {
                    println!("  received {}", Octets(&data[..count]));
                    bytes_received += count;
                }
                // An empty response is the end, and so is the last of what was sent.
                let all_received = outgoing.is_empty() && bytes_received == bytes_sent;
                keep_running = count > 0 && !all_received;
            }
            if event.ready.is_writable() {
                println!("  ready to write");
                if let Some(next_msg) = outgoing.pop() {
                    println!("  sending {}", Octets(next_msg));
                    sock.write_all(next_msg)?;
                    bytes_sent += next_msg.len();
                } else {
                    // Out of messages: no need to write any more.
                    println!("  switching to read-only");
                    mysel.modify(sock.get_ref(), Interest::READ, ())?;
                }
            }
        }
    }
    println!("shutting down");
    mysel.unregister(sock.get_ref())
}

fn main() -> ExitCode {
    let options = &Options::read();
    match options.stack {
        StackKind::Host => {
            Options::end(DefaultSelector::new().and_then(|mysel| talk(Host, mysel, options)))
        }
        StackKind::Loopback => Options::end(on_linked_stacks(
            options.address.ip(),
            |net| peers::tcp_server(net, options.address),
            |net| talk(net, StackSelector::<_, _, (), 2>::new(net), options),
        )),
    }
}
