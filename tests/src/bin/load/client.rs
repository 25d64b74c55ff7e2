//! Many connections to one echo server, each with one message on its way.

use core::net::{IpAddr, Ipv4Addr, SocketAddr};
use core::time::Duration;
use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Instant;

use nix::errno::Errno;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use nix::sys::socket::{self, AddressFamily, SockFlag, SockType, SockaddrIn};

/// The longest message, in octets. Any socket takes that much at once when all
/// before it was answered.
pub(crate) const LONGEST: usize = 4096;
/// How many events one wait takes.
const EVENTS: usize = 256;
/// Connections from one source address, far fewer than there are ports.
const PER_SOURCE: usize = 2_000;
/// How many different messages there are.
const KINDS: usize = 4_093;

/// When to stop sending.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Until {
    /// After so many messages on each connection.
    Rounds(u64),
    /// At this time.
    #[allow(dead_code, reason = "only the benchmark runs by time")]
    Time(Instant),
}

/// What came of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// Messages that came back whole.
    pub(crate) messages: u64,
    /// Connections that brought other octets, fewer or more than were sent.
    pub(crate) wrong: u64,
    /// Connections that failed, or brought nothing in time.
    pub(crate) failed: u64,
}

/// The connections.
#[derive(Debug)]
pub(crate) struct Client {
    epoll: Epoll,
    peers: Vec<Peer>,
    octets: usize,
    /// The source of all messages.
    noise: Vec<u8>,
}

#[derive(Debug)]
struct Peer {
    stream: TcpStream,
    /// The number of the message that is on its way, or of the next one.
    message: u64,
    /// How much of it came back.
    received: usize,
    waits: bool,
    broken: bool,
}

impl Client {
    /// Opens `count` connections to `server` for messages of `octets`, at most [`LONGEST`].
    pub(crate) fn connect(
        server: SocketAddr,
        count: usize,
        octets: usize,
        patience: Duration,
    ) -> io::Result<Self> {
        let deadline = Instant::now() + patience;
        let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
        let mut peers = Vec::with_capacity(count);
        for number in 0..count {
            let left = deadline.saturating_duration_since(Instant::now());
            let stream = open(server, number, left)?;
            epoll.add(&stream, EpollEvent::new(EpollFlags::EPOLLIN, number as u64))?;
            peers.push(Peer {
                stream,
                message: 0,
                received: 0,
                waits: false,
                broken: false,
            });
        }
        Ok(Self {
            epoll,
            peers,
            octets: octets.clamp(1, LONGEST),
            noise: noise(),
        })
    }

    /// Keeps one message on its way on each connection `until` then, and takes in the last replies.
    pub(crate) fn run(&mut self, until: Until, patience: Duration) -> io::Result<Outcome> {
        let deadline = Instant::now() + patience;
        let mut outcome = Outcome::default();
        let mut waiting = 0;
        let first: Vec<u64> = self.peers.iter().map(|peer| peer.message).collect();
        for number in 0..self.peers.len() {
            waiting += usize::from(self.send(number, &mut outcome));
        }
        let mut events = [EpollEvent::empty(); EVENTS];
        while waiting > 0 {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                outcome.failed += waiting as u64;
                break;
            }
            let timeout = EpollTimeout::try_from(left).unwrap_or(EpollTimeout::MAX);
            let count = match self.epoll.wait(&mut events, timeout) {
                Err(Errno::EINTR) => continue,
                done => done?,
            };
            let late = matches!(until, Until::Time(end) if Instant::now() >= end);
            for event in &events[..count] {
                let number = event.data() as usize;
                if !self.receive(number, &mut outcome) {
                    continue;
                }
                waiting -= 1;
                let go_on = match until {
                    Until::Rounds(rounds) => self.peers[number].message - first[number] < rounds,
                    Until::Time(_) => !late,
                };
                if go_on && !self.peers[number].broken {
                    waiting += usize::from(self.send(number, &mut outcome));
                }
            }
        }
        Ok(outcome)
    }

    /// Sends the next message, and tells whether there is a reply to wait for.
    fn send(&mut self, number: usize, outcome: &mut Outcome) -> bool {
        let peer = &mut self.peers[number];
        if peer.broken {
            return false;
        }
        let message = message(&self.noise, number, peer.message, self.octets);
        if matches!((&peer.stream).write(message), Ok(count) if count == message.len()) {
            (peer.received, peer.waits) = (0, true);
            return true;
        }
        outcome.failed += 1;
        self.give_up(number);
        false
    }

    /// Takes in what came, and tells whether that ended the wait for a reply.
    fn receive(&mut self, number: usize, outcome: &mut Outcome) -> bool {
        let peer = &mut self.peers[number];
        let mut buf = [0; LONGEST];
        let expected = message(&self.noise, number, peer.message, self.octets);
        match (&peer.stream).read(&mut buf) {
            Err(error)
                if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) =>
            {
                return false;
            }
            Ok(count) if count > 0 => {
                let rest = expected.get(peer.received..).filter(|_| peer.waits);
                if rest.is_some_and(|rest| rest.starts_with(&buf[..count])) {
                    peer.received += count;
                    if peer.received < expected.len() {
                        return false;
                    }
                    outcome.messages += 1;
                    peer.message += 1;
                    peer.waits = false;
                    return true;
                }
                outcome.wrong += 1;
            }
            _ => outcome.failed += 1,
        }
        let waited = peer.waits;
        self.give_up(number);
        waited
    }

    fn give_up(&mut self, number: usize) {
        let peer = &mut self.peers[number];
        (peer.broken, peer.waits) = (true, false);
        let _ = self.epoll.delete(&peer.stream);
    }
}

/// Connects from an address of its own when the server is on the loopback
/// network, so that ports do not run out.
fn open(server: SocketAddr, number: usize, patience: Duration) -> io::Result<TcpStream> {
    if patience.is_zero() {
        return Err(ErrorKind::TimedOut.into());
    }
    let stream = match server.ip() {
        IpAddr::V4(ip) if ip.is_loopback() => {
            let fd = socket::socket(
                AddressFamily::Inet,
                SockType::Stream,
                SockFlag::SOCK_CLOEXEC,
                None,
            )?;
            let stream = TcpStream::from(fd);
            // connect(2) keeps to it, too (socket(7)).
            stream.set_write_timeout(Some(patience))?;
            let source = 2 + (number / PER_SOURCE % 200) as u8;
            let from = SockaddrIn::from(core::net::SocketAddrV4::new(
                Ipv4Addr::new(127, 0, 0, source),
                0,
            ));
            socket::bind(std::os::fd::AsRawFd::as_raw_fd(&stream), &from)?;
            let to = SockaddrIn::from(core::net::SocketAddrV4::new(ip, server.port()));
            socket::connect(std::os::fd::AsRawFd::as_raw_fd(&stream), &to)?;
            stream
        }
        _ => TcpStream::connect_timeout(&server, patience)?,
    };
    stream.set_nonblocking(true)?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Octets without a pattern, from a linear congruential generator.
fn noise() -> Vec<u8> {
    let mut state = 0x616d_7068_6921_u64;
    let next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    core::iter::repeat_with(next)
        .take(KINDS + LONGEST)
        .collect()
}

/// The message `round` of connection `number`: neighbours and successors differ.
fn message(noise: &[u8], number: usize, round: u64, octets: usize) -> &[u8] {
    let start = (number * 31 + round as usize) % KINDS;
    &noise[start..start + octets]
}
