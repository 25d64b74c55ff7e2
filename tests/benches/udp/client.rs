//! Sockets that keep datagrams on their way, and check what comes back.

use core::net::{Ipv4Addr, SocketAddr};
use core::time::Duration;
use std::io;
use std::time::Instant;

use amphi_core::select::{Event, Interest, Ready, Register, Selector};
use amphi_core::socket::{Batch, Datagram, Net, Received};
use amphi_core::{Error, ErrorKind};
use amphi_std::{EpollSelector, Host, UdpSocket};

use crate::OCTETS;

/// Datagrams on their way on all sockets together: enough that the server never
/// waits, and few enough for its receive buffer.
pub(crate) const WINDOW: usize = 128;
/// After so long without an answer, what is on its way is lost.
const PATIENCE: Duration = Duration::from_millis(200);

pub(crate) struct Client {
    server: SocketAddr,
    peers: Vec<Peer>,
    selector: EpollSelector<usize>,
    lost: u64,
}

struct Peer {
    socket: UdpSocket,
    /// The number of the next datagram, and how many have no answer yet.
    next: u64,
    open: usize,
}

impl Client {
    pub(crate) fn new(server: SocketAddr, sockets: usize) -> io::Result<Self> {
        let mut selector = EpollSelector::new().map_err(io::Error::other)?;
        let mut peers = Vec::new();
        for number in 0..sockets {
            let socket = Host
                .udp_bind((Ipv4Addr::LOCALHOST, 0).into())
                .map_err(io::Error::other)?;
            selector
                .register(&socket, Interest::READ, number)
                .map_err(io::Error::other)?;
            peers.push(Peer {
                socket,
                next: 0,
                open: 0,
            });
        }
        Ok(Self {
            server,
            peers,
            selector,
            lost: 0,
        })
    }

    pub(crate) const fn lost(&self) -> u64 {
        self.lost
    }

    /// Sends until `end`, takes in the last answers, and tells how many there were.
    pub(crate) fn run(&mut self, end: Instant) -> io::Result<u64> {
        let window = (WINDOW / self.peers.len()).max(1);
        let mut answers = 0;
        let mut events = [Event::new(0, Ready::NONE); 64];
        for peer in &mut self.peers {
            peer.send(window, &self.server)?;
        }
        loop {
            let count = self
                .selector
                .select(&mut events, Some(PATIENCE))
                .map_err(io::Error::other)?;
            let is_over = Instant::now() >= end;
            for event in &events[..count] {
                let peer = &mut self.peers[event.key];
                let came = peer.receive()?;
                answers += came as u64;
                if !is_over {
                    peer.send(came, &self.server)?;
                }
            }
            if count == 0 {
                for peer in &mut self.peers {
                    self.lost += peer.open as u64;
                    peer.open = 0;
                    if !is_over {
                        peer.send(window, &self.server)?;
                    }
                }
            }
            if is_over && self.peers.iter().all(|peer| peer.open == 0) {
                return Ok(answers);
            }
        }
    }
}

impl Peer {
    fn send(&mut self, count: usize, server: &SocketAddr) -> io::Result<()> {
        let mut octets = [[0; OCTETS]; WINDOW];
        for (number, octets) in (self.next..).zip(octets.iter_mut()).take(count) {
            octets.fill(number as u8);
            octets[..8].copy_from_slice(&number.to_be_bytes());
        }
        let mut sent = 0;
        while sent < count {
            // Equal datagrams to one address: one way through the kernel for 32 of them.
            let some = octets[sent..count].chunks(32).next().unwrap_or(&[]);
            let result = self
                .socket
                .send_segments(some.as_flattened(), OCTETS as u16, server);
            match result.map_err(|error| error.reason()) {
                Ok(()) => sent += some.len(),
                Err(ErrorKind::WouldBlock) => {}
                Err(error) => return Err(io::Error::other(error)),
            }
        }
        self.next += count as u64;
        self.open += count;
        Ok(())
    }

    /// Takes in what came, and tells how many datagrams that were.
    fn receive(&mut self) -> io::Result<usize> {
        let mut octets = [0; WINDOW * OCTETS];
        let mut received: [Option<Received<SocketAddr>>; WINDOW] = [const { None }; WINDOW];
        let mut batch = Batch::new(&mut octets, &mut received);
        match self.socket.recv_batch(&mut batch) {
            Err(error) if error.reason() == ErrorKind::WouldBlock => return Ok(0),
            done => done.map_err(io::Error::other)?,
        };
        for (octets, received) in batch.iter() {
            let number = octets.first_chunk().map(|first| u64::from_be_bytes(*first));
            let is_right = received.len == OCTETS
                && number.is_some_and(|number| {
                    number < self.next && octets[8..].iter().all(|it| *it == number as u8)
                });
            if !is_right {
                return Err(io::Error::other("an answer that was not asked for"));
            }
        }
        let count = batch.len();
        // What was given up may come after all.
        self.open = self.open.saturating_sub(count);
        Ok(count)
    }
}
