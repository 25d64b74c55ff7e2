use amphi_core::ErrorKind;
use amphi_core::time::{Duration, Instant};
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
    pub(super) owner: Owner,
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

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    /// A listener, which it came to at a certain time; `queued` once it is established.
    Listener {
        slot: u16,
        queued: bool,
        since: Instant,
    },
    /// A `TcpStream`.
    User,
    /// Nobody; it closes by itself, and is given up at a certain time, whatever it still owes.
    Nobody { give_up: Instant, stage: Stage },
}

/// How far a dropped connection is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// It owes its peer octets, an end or a reset.
    Owing,
    /// The peer has all, and may still send.
    HalfClosed,
    /// It is over, and only keeps its address from new connections.
    TimeWait,
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

    /// The list of those that are established, or not yet.
    pub(super) const fn list(&mut self, queued: bool) -> &mut List {
        if queued {
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
