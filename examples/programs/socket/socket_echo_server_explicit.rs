//! A TCP server at the address of a name.

use std::process::ExitCode;

use amphi_core::names::{Hosts, Resolver};
use amphi_core::socket::{Blocking, Net, Socket as _};
use amphi_examples::programs::{NameOptions, Octets, Options, StackKind, on_linked_stacks, peers};
use amphi_std::Host;
use amphi_std::names::SystemResolver;
use embedded_io::Write as _;

fn serve<N: Net>(
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
    let listener = net.tcp_listen(address, 1)?;
    let local = listener.local()?;
    println!("starting up on {} port {}", options.host, local.port());
    let mut sock = Blocking::new(listener);

    for _ in options.rounds() {
        println!("waiting for a connection");
        let (mut connection, client_address) = sock.accept()?;
        println!("client connected: {client_address}");
        let mut data = [0; 16];
        loop {
            let count = connection.read(&mut data)?;
            println!("received {}", Octets(&data[..count]));
            if count == 0 {
                break;
            }
            connection.write_all(&data[..count])?;
        }
    }
    Ok(())
}

fn main() -> ExitCode {
    let options = &NameOptions::read();
    match options.stack {
        StackKind::Host => Options::end(serve(Host, SystemResolver, options)),
        StackKind::Loopback => Options::end(on_linked_stacks(
            [127, 0, 0, 1].into(),
            |net| options.told(serve(net, Hosts::new(&[]), options)),
            |net| peers::tcp_client(net, ([127, 0, 0, 1], options.port).into()),
        )),
    }
}
