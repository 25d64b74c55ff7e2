//! A server with select(2) that does something else when nobody comes for a second.

use core::net::SocketAddr;
use core::time::Duration;
use std::collections::VecDeque;
use std::os::fd::AsFd;
use std::process::ExitCode;

use amphi_core::socket::{Listener as _, Net as _, Socket as _, Stream as _};
use amphi_examples::programs::{Octets, Options};
use amphi_std::low::select;
use amphi_std::{Host, HostError, TcpStream};

/// A client, and what is to be sent to it.
struct Client {
    socket: TcpStream,
    address: SocketAddr,
    queue: VecDeque<Vec<u8>>,
    /// Whether the program waits until it can be written to.
    is_output: bool,
}

fn serve(options: &Options) -> Result<(), HostError> {
    let mut server = Host.tcp_listen(options.address, 5)?;
    let local = server.local()?;
    println!("starting up on {} port {}", local.ip(), local.port());
    let mut clients: Vec<Client> = Vec::new();
    let mut left = options.clients.unwrap_or(u32::MAX);

    while left > 0 {
        // Wait for at least one of the sockets to be ready for processing.
        println!("\nwaiting for the next event");
        let inputs = core::iter::once(&server as &dyn AsFd)
            .chain(clients.iter().map(|client| &client.socket as &dyn AsFd))
            .collect::<Vec<_>>();
        let outputs: Vec<usize> = (0..clients.len())
            .filter(|number| clients[*number].is_output)
            .collect();
        let writers = outputs
            .iter()
            .map(|number| &clients[*number].socket as &dyn AsFd);
        let found = select(
            &inputs,
            &writers.collect::<Vec<_>>(),
            &inputs,
            Some(Duration::from_secs(1)),
        )?;
        if found.is_empty() {
            println!("  timed out, do some other work here");
            continue;
        }
        // Place 0 is the server's.
        for place in &found.writable {
            let client = &mut clients[outputs[*place]];
            match client.queue.pop_front() {
                None => {
                    // No messages are waiting, so stop checking for writability.
                    println!("   {} queue empty", client.address);
                    client.is_output = false;
                }
                Some(next_msg) => {
                    println!("  sending {} to {}", Octets(&next_msg), client.address);
                    let count = client.socket.write(&next_msg)?;
                    if count < next_msg.len() {
                        client.queue.push_front(next_msg[count..].to_vec());
                    }
                }
            }
        }
        let mut gone = Vec::new();
        for number in found
            .readable
            .iter()
            .filter_map(|place| place.checked_sub(1))
        {
            let client = &mut clients[number];
            let mut data = [0; 1024];
            let count = client.socket.read(&mut data)?;
            if count > 0 {
                // A readable client socket has data.
                println!(
                    "  received {} from {}",
                    Octets(&data[..count]),
                    client.address
                );
                client.queue.push_back(data[..count].to_vec());
                client.is_output = true;
            } else {
                // Interpret empty result as closed connection.
                println!("  closing {}", client.address);
                gone.push(number);
            }
        }
        for number in found
            .exceptional
            .iter()
            .filter_map(|place| place.checked_sub(1))
        {
            println!("exception condition on {}", clients[number].address);
            gone.push(number);
        }
        gone.sort_unstable();
        gone.dedup();
        for number in gone.into_iter().rev() {
            clients.remove(number);
            left -= 1;
        }
        if found.readable.contains(&0) {
            // A readable server socket is ready to accept a connection.
            let (socket, address) = server.accept()?;
            println!("  connection from {address}");
            clients.push(Client {
                socket,
                address,
                queue: VecDeque::new(),
                is_output: false,
            });
        }
    }
    Ok(())
}

fn main() -> ExitCode {
    Options::end(serve(&Options::read()))
}
