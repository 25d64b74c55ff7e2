mod talk;

use core::fmt;

use self::talk::Call;
use super::limits::Bounds;
use super::peers::{Link, Linked};
use super::spill::Kept;
use super::{Closed, StreamHandler, StreamTally, Tally};
use crate::select::{Interest, Ready};
use crate::socket::{Shutdown, Stream};
use crate::time::Instant;
use crate::timers::{Timed, Timer};

/// Room for one connection: the socket and the handler. The buffer for what the
/// socket would not take lies elsewhere, so that slots are small.
///
/// ```
/// use amphi_core::serve::{Next, Reply, Slot, StreamHandler};
/// # use amphi_core::socket::Stream;
/// # struct Echo;
/// # impl StreamHandler for Echo {
/// #     fn handle(&mut self, input: &[u8], reply: &mut Reply<'_>) -> Next {
/// #         reply.send(input);
/// #         Next::Keep
/// #     }
/// # }
/// fn four_slots<S: Stream>() -> [Slot<S, Echo>; 4] {
///     [const { Slot::new() }; 4]
/// }
///
/// assert_eq!(four_slots::<amphi_std::TcpStream>().len(), 4);
/// ```
pub struct Slot<S: Stream, H> {
    timer: Timer,
    link: Link,
    pub(super) next_free: u32,
    pub(super) connection: Option<Connection<S, H>>,
}

/// What a slot is lent for one call.
pub(super) struct Loan<'l> {
    pub(super) now: Instant,
    /// The slot's buffer.
    pub(super) buffer: &'l mut [u8],
    /// The server's counters.
    pub(super) totals: &'l mut StreamTally,
}

/// What a call left of what its socket was ready for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Left {
    /// Nobody has looked.
    Unknown,
    /// All room was filled: there may be more.
    More,
    /// The socket gave less than there was room for, or took less than it was offered.
    Nothing,
}

/// What a slot is called for.
#[derive(Clone, Copy)]
pub(super) enum Visit {
    /// It was filled: the handler speaks first.
    Open,
    /// The socket is ready.
    Ready(Ready),
    /// A deadline has come: the socket's, the handler's, or none after all.
    Due,
    /// The server stops.
    Stop,
    /// Patience has ended: it is closed as it is.
    Close,
}

pub(super) struct Connection<S: Stream, H> {
    pub(super) stream: S,
    pub(super) remote: S::Addr,
    handler: H,
    kept: Kept,
    phase: Phase,
    /// What the selector knows.
    interest: Interest,
    /// The handler said `More`.
    more: bool,
    /// The peer has sent its end of file.
    eof: bool,
    opened: Instant,
    /// When an octet last moved, either way, or it began to linger.
    moved: Instant,
    /// When the handler wants to be called.
    wake: Instant,
    pub(super) tally: Tally,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Open,
    /// The kept octets leave, then it ends.
    Closing(Closed),
    /// All has left, our end of file too; what still arrives is dropped.
    Lingering(Closed),
}

impl<S: Stream, H> Slot<S, H> {
    /// An empty slot.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            timer: Timer::new(),
            link: Link::new(),
            next_free: u32::MAX,
            connection: None,
        }
    }

    /// Empties the slot and gives its link for the list of free ones.
    pub(super) fn reset(&mut self) -> &mut u32 {
        self.connection = None;
        self.timer = Timer::new();
        &mut self.next_free
    }

    /// It is no peer's.
    pub(super) const fn unlink(&mut self) {
        self.link = Link::new();
    }
}

impl<S: Stream, H> Connection<S, H> {
    pub(super) const fn new(stream: S, remote: S::Addr, handler: H, now: Instant) -> Self {
        Self {
            stream,
            remote,
            handler,
            kept: Kept::NOTHING,
            phase: Phase::Open,
            interest: Interest::READ,
            more: false,
            eof: false,
            opened: now,
            moved: now,
            wake: Instant::NEVER,
            tally: Tally {
                received: 0,
                sent: 0,
            },
        }
    }

    /// Whether this side has said its last word, and why.
    pub(super) const fn lingers(&self) -> Option<Closed> {
        match self.phase {
            Phase::Lingering(why) => Some(why),
            _ => None,
        }
    }

    /// What the selector should know, when that is another than it does.
    pub(super) fn changed_interest(&mut self) -> Option<Interest> {
        let interest = if self.wants_write() {
            Interest::WRITE
        } else if self.eof {
            // The end of file would be reported for ever.
            Interest::NONE
        } else {
            Interest::READ
        };
        (interest != self.interest).then(|| {
            self.interest = interest;
            interest
        })
    }

    /// Whether octets at most have moved in this visit: then the selector knows what it should,
    /// and what is due is no earlier than at the end of the visit before, when it was armed.
    pub(super) fn is_steady(&self) -> bool {
        // It saves time, and where words have 32 bits it is the code that counts.
        cfg!(not(target_pointer_width = "32"))
            && self.phase == Phase::Open
            && self.interest == Interest::READ
            && !self.eof
            && !self.wants_write()
            && self.wake == Instant::NEVER
    }

    /// Reading and writing exclude each other: while anything waits to leave, nothing is read.
    const fn wants_write(&self) -> bool {
        self.more || !self.kept.is_empty()
    }

    /// When something has to be done, if nothing happens before.
    pub(super) fn due(&self, limits: &Bounds) -> Instant {
        let own = self.own_limit(limits);
        if limits.has_total() {
            own.min(self.total_limit(limits))
        } else {
            own
        }
    }

    fn total_limit(&self, limits: &Bounds) -> Instant {
        self.opened.saturating_add_micros(limits.total)
    }

    /// The limit of what it does just now.
    #[cfg_attr(target_pointer_width = "32", inline(never))]
    fn own_limit(&self, limits: &Bounds) -> Instant {
        let (limit, wake) = match self.phase {
            Phase::Lingering(_) => (limits.linger, Instant::NEVER),
            _ if self.wants_write() => (limits.progress, Instant::NEVER),
            Phase::Open => (limits.idle, self.wake),
            Phase::Closing(_) => return Instant::NEVER,
        };
        self.moved.saturating_add_micros(limit).min(wake)
    }
}

impl<S: Stream, H: StreamHandler> Connection<S, H> {
    /// An error is the reason to close.
    #[cfg_attr(not(target_pointer_width = "32"), inline(always))]
    pub(super) fn visit(
        &mut self,
        visit: Visit,
        limits: &Bounds,
        loan: &mut Loan<'_>,
        scratch: &mut [u8],
        left: &mut Left,
    ) -> Result<(), Closed> {
        match visit {
            Visit::Ready(ready) => self.ready(ready, limits, loan, scratch, left),
            Visit::Due => self.expire(limits, loan),
            Visit::Open => self.run(loan, Call::Setup),
            Visit::Stop => self.begin_close(Closed::Shutdown, loan.now),
            Visit::Close => Err(Closed::Shutdown),
        }
    }

    #[cfg_attr(not(target_pointer_width = "32"), inline(always))]
    fn ready(
        &mut self,
        ready: Ready,
        limits: &Bounds,
        loan: &mut Loan<'_>,
        scratch: &mut [u8],
        left: &mut Left,
    ) -> Result<(), Closed> {
        let lingers = matches!(self.phase, Phase::Lingering(_));
        if !lingers && !self.wants_write() && ready.is_readable() {
            return self.read(limits, loan, scratch, left);
        }
        self.ready_otherwise(ready, loan, scratch, left)
    }

    /// It is ready for something else than to be read.
    #[cfg_attr(not(target_pointer_width = "32"), cold, inline(never))]
    fn ready_otherwise(
        &mut self,
        ready: Ready,
        loan: &mut Loan<'_>,
        scratch: &mut [u8],
        left: &mut Left,
    ) -> Result<(), Closed> {
        match self.phase {
            Phase::Lingering(why) => self.discard(why, scratch, left),
            _ if self.wants_write() && ready.is_writable() => self.resume(loan, left),
            _ => Ok(()),
        }
    }

    fn expire(&mut self, limits: &Bounds, loan: &mut Loan<'_>) -> Result<(), Closed> {
        let now = loan.now;
        match self.phase {
            Phase::Lingering(why) => return Err(why),
            _ if limits.has_total() && self.total_limit(limits) <= now => {
                return Err(Closed::Expired);
            }
            _ if self.wants_write() => return Err(Closed::Stalled),
            _ => {}
        }
        if self.wake <= now {
            self.wake = Instant::NEVER;
            return self.run(loan, Call::Wake);
        }
        self.begin_close(Closed::Idle, now)
    }

    /// Ends the connection in order: what waits to leave, leaves first.
    fn begin_close(&mut self, why: Closed, now: Instant) -> Result<(), Closed> {
        if matches!(self.phase, Phase::Lingering(_)) {
            return Ok(());
        }
        self.phase = Phase::Closing(why);
        if self.wants_write() {
            return Ok(());
        }
        // Also after the peer's end of file: a copy of the socket may live on in a child.
        if self.stream.shutdown(Shutdown::Write).is_err() || self.eof {
            // Both ends have said their last word, or one is gone: nothing can follow.
            return Err(why);
        }
        self.handler.finish(why);
        self.phase = Phase::Lingering(why);
        self.moved = now;
        Ok(())
    }

    /// The handler's last word, unless it was said before.
    pub(super) fn finish(&mut self, why: Closed) {
        if self.lingers().is_none() {
            self.handler.finish(why);
        }
    }
}

impl<S: Stream, H> Default for Slot<S, H> {
    fn default() -> Self {
        Self::new()
    }
}

impl<S: Stream, H> Timed for Slot<S, H> {
    fn timer(&self) -> &Timer {
        &self.timer
    }

    fn timer_mut(&mut self) -> &mut Timer {
        &mut self.timer
    }
}

impl<S: Stream, H> Linked for Slot<S, H> {
    fn link(&self) -> &Link {
        &self.link
    }

    fn link_mut(&mut self) -> &mut Link {
        &mut self.link
    }
}

impl<S: Stream, H> fmt::Debug for Slot<S, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slot")
            .field("remote", &self.connection.as_ref().map(|it| &it.remote))
            .finish_non_exhaustive()
    }
}
