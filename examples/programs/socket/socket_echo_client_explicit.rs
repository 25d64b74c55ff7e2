//! A TCP client of the server at the address of a name.

use std::process::ExitCode;

use amphi_core::names::{Hosts, Resolver};
use amphi_core::socket::{Blocking, Net};
use amphi_examples::programs::{
    MESSAGE, NameOptions, Octets, Options, StackKind, on_linked_stacks, peers,
};
use amphi_std::Host;
use amphi_std::names::SystemResolver;
use embedded_io::Write as _;

fn talk<N: Net>(
    net: N,
    mut names: impl Resolver,
    options: &NameOptions,
) -> Result<(), Box<dyn core::error::Error>>
where
    N::Error: 'static,
{
    let address = names
        .resolve(&options.host, options.port)
        .map_err(|error| error.to_string())?
        .next()
        .ok_or("the name has no address")?;
    println!("connecting to {} port {}", options.host, options.port);
    let mut sock = Blocking::connect(net, address, None)?;

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
    Ok(())
}

fn main() -> ExitCode {
    let options = &NameOptions::read();
    match options.stack {
        StackKind::Host => Options::end(talk(Host, SystemResolver, options)),
        StackKind::Loopback => Options::end(on_linked_stacks(
            [127, 0, 0, 1].into(),
            |net| peers::tcp_server(net, ([127, 0, 0, 1], options.port).into()),
            |net| options.told(talk(net, Hosts::new(&[]), options)),
        )),
    }
}
