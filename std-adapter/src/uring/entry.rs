use std::collections::VecDeque;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};

use amphi_core::select::{Interest, Ready};

use super::queue::Octets;

/// The most octets that wait in one direction before the ring stops to take more.
pub(super) const MOST_OCTETS: usize = 16_384;
/// The most connections that wait to be taken by whoever accepts.
pub(super) const MOST_ACCEPTED: usize = 64;

/// A request that the kernel may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Request {
    /// It has none.
    Off,
    /// It has one.
    On,
    /// It has one that is cancelled; the last completion is on its way.
    Ending,
}

/// Who wants to know when it is ready.
#[derive(Debug, Clone, Copy)]
pub(super) struct Watch {
    pub(super) selector: u32,
    pub(super) interest: Interest,
}

/// What the ring knows of one source.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) kind: Kind,
    pub(super) watch: Option<Watch>,
    /// It is in the queue of the selector that watches it.
    pub(super) queued: bool,
    /// It is in the list of those that something is to be asked for.
    pub(super) dirty: bool,
    /// Its socket is gone; it leaves when all is done.
    pub(super) dropped: bool,
    /// The request that lasts: to receive or to accept.
    pub(super) lasting: Request,
    pub(super) poll: Request,
}

#[derive(Debug)]
pub(super) enum Kind {
    Stream(Stream),
    Listener(Listener),
    Foreign(Foreign),
}

#[derive(Debug)]
pub(super) struct Stream {
    pub(super) fd: OwnedFd,
    pub(super) connecting: bool,
    pub(super) inbox: Octets,
    pub(super) outbox: Octets,
    /// The peer's end of file has come, or nothing more shall.
    pub(super) eof: bool,
    /// What the connection died of.
    pub(super) fault: Option<i32>,
    /// Why nothing can be sent any more.
    pub(super) broken: Option<i32>,
    /// The kernel has no room for what waits to be sent.
    pub(super) blocked: bool,
    pub(super) shut: Shut,
    /// What the last request to send came to, if it was not sent whole.
    pub(super) sent: Option<i32>,
}

/// What has become of the half that writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shut {
    No,
    /// As soon as all that waits has left.
    Wanted,
    Done,
}

#[derive(Debug)]
pub(super) struct Listener {
    pub(super) fd: OwnedFd,
    pub(super) accepted: VecDeque<OwnedFd>,
    pub(super) fault: Option<i32>,
    /// Somebody wants connections.
    pub(super) wanted: bool,
    /// A connection is waited for before one is accepted: there was no descriptor for
    /// it, which the kernel tells whether or not one waits.
    pub(super) wary: bool,
}

#[derive(Debug)]
pub(super) struct Foreign {
    /// Closed by others, maybe.
    pub(super) fd: RawFd,
    /// What the last poll told.
    pub(super) polled: Ready,
    /// It was closed while it was registered.
    pub(super) is_gone: bool,
}

impl Entry {
    pub(super) const fn new(kind: Kind) -> Self {
        Self {
            kind,
            watch: None,
            queued: false,
            dirty: false,
            dropped: false,
            lasting: Request::Off,
            poll: Request::Off,
        }
    }

    #[inline]
    pub(super) const fn stream(&mut self) -> Option<&mut Stream> {
        match &mut self.kind {
            Kind::Stream(stream) => Some(stream),
            _ => None,
        }
    }

    pub(super) const fn listener(&mut self) -> Option<&mut Listener> {
        match &mut self.kind {
            Kind::Listener(listener) => Some(listener),
            _ => None,
        }
    }

    pub(super) fn raw(&self) -> RawFd {
        match &self.kind {
            Kind::Stream(stream) => stream.fd.as_raw_fd(),
            Kind::Listener(listener) => listener.fd.as_raw_fd(),
            Kind::Foreign(foreign) => foreign.fd,
        }
    }

    /// What it is ready for.
    #[inline]
    pub(super) fn ready(&self) -> Ready {
        match &self.kind {
            Kind::Stream(stream) => stream.ready(),
            Kind::Listener(listener) if listener.has_news() => Ready::READABLE,
            Kind::Listener(_) => Ready::NONE,
            Kind::Foreign(foreign) => foreign.polled,
        }
    }

    /// What its selector shall report.
    #[inline]
    pub(super) fn report(&self) -> Ready {
        self.watch
            .map_or(Ready::NONE, |watch| self.ready().widen(watch.interest))
    }

    /// Whether octets wait to be sent.
    #[inline]
    pub(super) const fn owes(&self) -> bool {
        match &self.kind {
            Kind::Stream(stream) => !stream.outbox.is_empty(),
            _ => false,
        }
    }

    /// Whether something is to be done as soon as what waits has been sent.
    #[inline]
    pub(super) const fn waits_for_sending(&self) -> bool {
        let is_watched = match self.watch {
            Some(watch) => watch.interest.is_writable(),
            None => false,
        };
        let shuts = match &self.kind {
            Kind::Stream(stream) => matches!(stream.shut, Shut::Wanted),
            _ => false,
        };
        self.dropped || is_watched || shuts
    }

    /// Whether its socket is gone, and nothing is left to be done.
    #[inline]
    pub(super) const fn is_over(&self) -> bool {
        self.dropped
            && !self.owes()
            && matches!(self.lasting, Request::Off)
            && matches!(self.poll, Request::Off)
    }
}

impl Stream {
    pub(super) fn new(fd: OwnedFd, connecting: bool) -> Self {
        Self {
            fd,
            connecting,
            inbox: Octets::default(),
            outbox: Octets::default(),
            eof: false,
            fault: None,
            broken: None,
            blocked: false,
            shut: Shut::No,
            sent: None,
        }
    }

    pub(super) fn fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }

    #[inline]
    fn ready(&self) -> Ready {
        if self.fault.is_some() {
            return Ready::READABLE | Ready::WRITABLE | Ready::ERROR | Ready::HANGUP;
        }
        if self.connecting {
            return Ready::NONE;
        }
        let mut ready = Ready::NONE;
        if self.eof || !self.inbox.is_empty() {
            ready |= Ready::READABLE;
        }
        if self.outbox.len() < MOST_OCTETS {
            ready |= Ready::WRITABLE;
        }
        if self.broken.is_some() {
            ready |= Ready::ERROR;
        }
        if self.eof && self.shut == Shut::Done {
            ready |= Ready::HANGUP;
        }
        ready
    }

    /// Whether the kernel shall receive.
    #[inline]
    pub(super) const fn wants_octets(&self) -> bool {
        !self.connecting && !self.eof && self.fault.is_none() && self.inbox.len() < MOST_OCTETS
    }

    /// Whether there is something to send, and a way to do it.
    #[inline]
    pub(super) const fn can_send(&self) -> bool {
        !self.outbox.is_empty() && !self.blocked && !self.connecting
    }

    /// Whether the kernel shall tell when it is writable.
    #[inline]
    pub(super) const fn waits_for_room(&self) -> bool {
        self.connecting || (self.blocked && !self.outbox.is_empty())
    }
}

impl Listener {
    pub(super) fn fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }

    fn has_news(&self) -> bool {
        !self.accepted.is_empty() || self.fault.is_some()
    }

    /// Whether the kernel shall accept.
    pub(super) fn wants_connections(&self) -> bool {
        self.wanted && self.fault.is_none() && self.accepted.len() < MOST_ACCEPTED
    }
}
