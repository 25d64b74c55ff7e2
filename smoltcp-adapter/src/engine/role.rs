use amphi_core::ErrorKind;
use amphi_core::time::Instant;
use smoltcp::time::Duration;
use smoltcp::wire::IpEndpoint;

use super::demux::Tuple;
#[cfg(feature = "udp")]
use super::groups::Membership;
use super::list::List;
#[cfg(feature = "udp")]
use crate::convert;

/// What a slot is used for.
#[derive(Debug)]
pub(crate) enum Role {
    Free,
    Stream(Stream),
    Listener(Listener),
    #[cfg(feature = "udp")]
    Datagram(Datagram),
    /// The client that asks for this interface's address.
    #[cfg(feature = "dhcp")]
    Dhcp(super::dhcp::Client),
}

/// A connection, pending, in use, or dropped and on its way out.
#[derive(Debug)]
pub(crate) struct Stream {
    pub(super) stage: Stage,
    /// Whose it is while it is pending.
    pub(super) listener: u16,
    /// When it came to its listener; or, once it is dropped, when it is given up, whatever
    /// it still owes.
    pub(super) when: Instant,
    /// For the look-up: this side's address and the peer's.
    pub(super) tuple: Tuple,
    /// Why it died, when it did not end in order.
    pub(super) failure: Option<ErrorKind>,
    pub(super) read_shut: bool,
    /// The sequence number of the first octet that its owner has not read.
    pub(super) unread: u32,
    /// How long it may take to deliver what it owes when it is dropped.
    pub(super) linger: Duration,
}

/// How far a connection is: with a listener, in use, or dropped, when it closes by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    /// Its handshake is under way.
    HalfOpen,
    /// It waits to be accepted.
    Queued,
    /// It is a `TcpStream`'s.
    Used,
    /// Dropped, it owes its peer octets, an end or a reset.
    Owing,
    /// Dropped; the peer has all, and may still send.
    HalfClosed,
    /// It is over, and only keeps its address from new connections.
    TimeWait,
}

impl Stage {
    pub(super) fn is_dropped(self) -> bool {
        self > Self::Used
    }
}

#[derive(Debug)]
pub(crate) struct Listener {
    pub(super) local: IpEndpoint,
    /// How many connections may be pending.
    pub(super) backlog: u16,
    /// Those whose handshake is under way, in the order of their coming.
    pub(super) half_open: List,
    /// Those that stand and wait to be accepted.
    pub(super) queue: List,
}

impl Listener {
    pub(super) const fn pending(&self) -> u16 {
        self.half_open.len() + self.queue.len()
    }

    /// One that is pending.
    pub(super) fn first(&self) -> Option<u16> {
        self.half_open.first().or(self.queue.first())
    }

    /// The list of those at a stage.
    pub(super) const fn list(&mut self, stage: Stage) -> &mut List {
        if matches!(stage, Stage::Queued) {
            &mut self.queue
        } else {
            &mut self.half_open
        }
    }
}

#[derive(Debug)]
#[cfg(feature = "udp")]
pub(crate) struct Datagram {
    pub(super) local: IpEndpoint,
    /// The only one that it hears, and sends to without being told.
    pub(super) peer: Option<IpEndpoint>,
    /// What the peer's side said of the last datagram.
    pub(super) failure: Option<ErrorKind>,
    pub(super) groups: Membership,
    /// Hop limit of datagrams to groups.
    pub(super) group_hops: u8,
    /// Hop limit of others; the stack's own unless set.
    pub(super) hops: Option<u8>,
    /// Whether what it has queued is for groups.
    pub(super) to_groups: bool,
    /// Whether own members hear what it sends to groups.
    pub(super) looped: bool,
    /// How often the neighbour of its first datagram was asked for, so far in vain.
    pub(super) requests: u8,
    /// Where the last datagram goes.
    #[cfg(feature = "neighbours")]
    pub(super) to: smoltcp::wire::IpAddress,
    /// Once it is dropped: it goes when what it sent has left, or at this time.
    pub(super) closing: Instant,
}

#[cfg(feature = "udp")]
impl Datagram {
    pub(super) fn is_closing(&self) -> bool {
        self.closing != Instant::NEVER
    }

    /// Whether a datagram to `to` from `from` is for it, if it is for its address at all.
    pub(super) fn takes(&self, to: IpEndpoint, from: IpEndpoint) -> bool {
        let bound = self.local.addr;
        self.local.port == to.port
            && (bound == to.addr || bound == convert::unspecified(to.addr))
            && self.peer.is_none_or(|peer| peer == from)
            && !self.is_closing()
    }
}
