use core::net::{IpAddr, SocketAddr};

use amphi_core::ErrorKind;
use amphi_core::time::Instant;
use heapless::Vec;

use super::demux::Tuple;
use super::queue::Queue;

/// How many groups one socket can be in.
pub(super) const GROUPS: usize = 4;

/// What a slot is used for.
#[derive(Debug)]
pub(crate) enum Role {
    Free,
    Stream(Stream),
    Listener(Listener),
    Datagram(Datagram),
}

/// A connection, pending, in use, or dropped and on its way out.
#[derive(Debug)]
pub(crate) struct Stream {
    pub(super) owner: Owner,
    /// For the look-up: this side's address and the peer's.
    pub(super) tuple: Tuple,
    /// Why it died, when it did not end in order.
    pub(super) failure: Option<ErrorKind>,
    pub(super) read_shut: bool,
    /// Whether this side connected.
    pub(super) initiated: bool,
    /// When a dropped one is given up, whatever it still owes.
    pub(super) give_up: Instant,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    /// A listener; `queued` once it is established.
    Listener { slot: u16, queued: bool },
    /// A `TcpStream`.
    User,
    /// Nobody; it closes by itself.
    Nobody,
}

#[derive(Debug)]
pub(crate) struct Listener {
    pub(super) local: SocketAddr,
    /// How many connections may be pending.
    pub(super) backlog: u16,
    /// How many are: half-open ones and those in the queue.
    pub(super) pending: u16,
    pub(super) queue: Queue,
}

#[derive(Debug)]
pub(crate) struct Datagram {
    pub(super) local: SocketAddr,
    pub(super) groups: Vec<IpAddr, GROUPS>,
    /// Hop limit of datagrams to groups.
    pub(super) hops: u8,
    /// Whether own members hear what it sends to groups.
    pub(super) looped: bool,
    /// Dropped; it goes when what it sent has left, or at this time.
    pub(super) closing: Option<Instant>,
}
