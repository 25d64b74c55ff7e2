//! A server that waits for all its clients with poll(2).

use core::net::SocketAddr;
use core::time::Duration;
use std::collections::VecDeque;
use std::process::ExitCode;

use amphi_core::socket::{Listener as _, Net as _, Socket as _, Stream as _};
use amphi_examples::programs::{Octets, Options};
use amphi_std::low::{PollFd, PollFlags, poll};
use amphi_std::{Host, HostError, TcpStream};

/// Do not block forever.
const TIMEOUT: Duration = Duration::from_secs(1);

const READ_ONLY: PollFlags = PollFlags::from_bits(PollFlags::IN.bits() | PollFlags::PRI.bits());
const READ_WRITE: PollFlags = PollFlags::from_bits(READ_ONLY.bits() | PollFlags::OUT.bits());

/// A client, and what is to be sent to it.
struct Client {
    socket: TcpStream,
    address: SocketAddr,
    queue: VecDeque<Vec<u8>>,
    flags: PollFlags,
}

impl Client {
    /// Does what `reported` allows, and tells whether the client is still there.
    fn serve(&mut self, reported: PollFlags) -> Result<bool, HostError> {
        if reported.intersects(READ_ONLY) {
            let mut data = [0; 1024];
            let count = self.socket.read(&mut data)?;
            if count == 0 {
                println!("  closing {}", self.address);
                return Ok(false);
            }
            println!(
                "  received {} from {}",
                Octets(&data[..count]),
                self.address
            );
            self.queue.push_back(data[..count].to_vec());
            self.flags = READ_WRITE;
        } else if reported.contains(PollFlags::HUP) {
            println!("  closing {} (HUP)", self.address);
            return Ok(false);
        } else if reported.contains(PollFlags::OUT) {
            self.send()?;
        } else if reported.contains(PollFlags::ERR) {
            println!("  exception on {}", self.address);
            return Ok(false);
        }
        Ok(true)
    }

    fn send(&mut self) -> Result<(), HostError> {
        let Some(next_msg) = self.queue.pop_front() else {
            // No messages waiting, so stop checking.
            println!("{} queue empty", self.address);
            self.flags = READ_ONLY;
            return Ok(());
        };
        println!("  sending {} to {}", Octets(&next_msg), self.address);
        let count = self.socket.write(&next_msg)?;
        if count < next_msg.len() {
            self.queue.push_front(next_msg[count..].to_vec());
        }
        Ok(())
    }
}

fn serve(options: &Options) -> Result<(), HostError> {
    let mut server = Host.tcp_listen(options.address, 5)?;
    let local = server.local()?;
    println!("starting up on {} port {}", local.ip(), local.port());
    let mut clients: Vec<Client> = Vec::new();
    let mut left = options.clients.unwrap_or(u32::MAX);

    while left > 0 {
        println!("waiting for the next event");
        let mut fds = vec![PollFd::new(&server, READ_ONLY)];
        fds.extend(
            clients
                .iter()
                .map(|client| PollFd::new(&client.socket, client.flags)),
        );
        poll(&mut fds, Some(TIMEOUT))?;
        let reported: Vec<PollFlags> = fds.iter().map(PollFd::reported).collect();

        let mut events = reported.iter().skip(1);
        let mut result = Ok(());
        clients.retain_mut(|client| {
            let event = *events.next().unwrap_or(&PollFlags::NONE);
            let is_there = client.serve(event).unwrap_or_else(|error| {
                result = Err(error);
                false
            });
            left -= u32::from(!is_there);
            is_there
        });
        result?;
        if reported[0].intersects(READ_ONLY) {
            // A readable socket is ready to accept a connection.
            let (socket, address) = server.accept()?;
            println!("  connection {address}");
            clients.push(Client {
                socket,
                address,
                queue: VecDeque::new(),
                flags: READ_ONLY,
            });
        }
    }
    Ok(())
}

fn main() -> ExitCode {
    Options::end(serve(&Options::read()))
}
