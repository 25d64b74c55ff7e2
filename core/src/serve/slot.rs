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
    kept: Kept,
    connection: Option<Connection<S, H>>,
}

/// What a slot is lent for one call.
pub(super) struct Loan<'l> {
    pub(super) limits: &'l Bounds,
    pub(super) now: Instant,
    /// The slot's buffer.
    pub(super) buffer: &'l mut [u8],
    /// The server's counters.
    pub(super) totals: &'l mut StreamTally,
    pub(super) left: Left,
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

struct Connection<S: Stream, H> {
    stream: S,
    remote: S::Addr,
    handler: H,
    phase: Phase,
    /// What the selector knows.
    interest: Interest,
    /// The handler said `More`.
    more: bool,
    /// The peer has sent its end of file.
    eof: bool,
    opened: Instant,
    /// When an octet last moved, either way.
    moved: Instant,
    /// When the handler wants to be called.
    wake: Instant,
    tally: Tally,
    /// The server knows that it lingers.
    announced: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Open,
    /// The kept octets leave, then it ends.
    Closing(Closed),
    /// All has left, our end of file too; what still arrives is dropped.
    Lingering(Closed, Instant),
}

/// What a finished connection leaves behind.
pub(super) struct Finished<A> {
    pub(super) remote: A,
    pub(super) tally: Tally,
    /// Whether this side had said its last word before.
    pub(super) lingered: bool,
}

impl<S: Stream, H> Slot<S, H> {
    /// An empty slot.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            timer: Timer::new(),
            link: Link::new(),
            next_free: u32::MAX,
            kept: Kept::NOTHING,
            connection: None,
        }
    }

    /// Empties the slot and gives its link for the list of free ones.
    pub(super) fn reset(&mut self) -> &mut u32 {
        self.connection = None;
        self.kept = Kept::NOTHING;
        self.timer = Timer::new();
        self.link = Link::new();
        &mut self.next_free
    }

    pub(super) fn stream(&self) -> Option<&S> {
        self.connection
            .as_ref()
            .map(|connection| &connection.stream)
    }

    pub(super) fn remote(&self) -> Option<&S::Addr> {
        self.connection
            .as_ref()
            .map(|connection| &connection.remote)
    }

    /// Whether it has begun to linger, and why; once.
    pub(super) fn begins_to_linger(&mut self) -> Option<Closed> {
        match &mut self.connection {
            Some(Connection {
                phase: Phase::Lingering(why, _),
                announced: announced @ false,
                ..
            }) => {
                *announced = true;
                Some(*why)
            }
            _ => None,
        }
    }

    /// What the selector should know, when that is another than it does.
    pub(super) fn changed_interest(&mut self) -> Option<Interest> {
        let wants_write = self.wants_write();
        let connection = self.connection.as_mut()?;
        let interest = match (wants_write, connection.eof) {
            (true, _) => Interest::WRITE,
            (false, false) => Interest::READ,
            // The end of file would be reported for ever.
            (false, true) => Interest::NONE,
        };
        (interest != connection.interest).then(|| {
            connection.interest = interest;
            interest
        })
    }

    /// Reading and writing exclude each other: while anything waits to leave, nothing is read.
    fn wants_write(&self) -> bool {
        !self.kept.is_empty()
            || self
                .connection
                .as_ref()
                .is_some_and(|connection| connection.more)
    }

    /// When something has to be done, if nothing happens before.
    pub(super) fn due(&self, limits: &Bounds) -> Instant {
        let Some(connection) = &self.connection else {
            return Instant::NEVER;
        };
        let total = connection.opened.saturating_add_micros(limits.total);
        let own = match connection.phase {
            Phase::Lingering(_, until) => until,
            _ if self.wants_write() => connection.moved.saturating_add_micros(limits.progress),
            Phase::Open => connection
                .moved
                .saturating_add_micros(limits.idle)
                .min(connection.wake),
            Phase::Closing(_) => Instant::NEVER,
        };
        own.min(total)
    }
}

impl<S: Stream, H: StreamHandler> Slot<S, H> {
    /// Puts a new connection in and lets its handler speak first.
    pub(super) fn open(
        &mut self,
        stream: S,
        remote: S::Addr,
        handler: H,
        loan: &mut Loan<'_>,
    ) -> Result<(), Closed> {
        let now = loan.now;
        self.kept = Kept::NOTHING;
        self.connection = Some(Connection {
            stream,
            remote,
            handler,
            phase: Phase::Open,
            interest: Interest::READ,
            more: false,
            eof: false,
            opened: now,
            moved: now,
            wake: Instant::NEVER,
            tally: Tally::default(),
            announced: false,
        });
        self.run(loan, Call::Setup)
    }

    /// Takes the connection out and closes it.
    pub(super) fn close(&mut self, why: Closed) -> Option<Finished<S::Addr>> {
        let mut connection = self.connection.take()?;
        self.kept = Kept::NOTHING;
        let lingers = matches!(connection.phase, Phase::Lingering(..));
        if !lingers {
            connection.handler.finish(why);
        }
        if matches!(why, Closed::Aborted | Closed::Stalled) {
            connection.stream.abort();
        }
        Some(Finished {
            remote: connection.remote,
            tally: connection.tally,
            lingered: lingers,
        })
    }

    /// The socket is ready. An error is the reason to close.
    pub(super) fn ready(
        &mut self,
        ready: Ready,
        loan: &mut Loan<'_>,
        scratch: &mut [u8],
    ) -> Result<(), Closed> {
        let wants_write = self.wants_write();
        let Some(connection) = &mut self.connection else {
            return Ok(());
        };
        match connection.phase {
            Phase::Lingering(why, _) => connection.discard(why, loan, scratch),
            _ if wants_write => {
                if ready.is_writable() {
                    return self.resume(loan);
                }
                Ok(())
            }
            _ if ready.is_readable() => self.read(loan, scratch),
            _ => Ok(()),
        }
    }

    /// A deadline has come: the socket's, the handler's, or none after all.
    pub(super) fn expire(&mut self, loan: &mut Loan<'_>) -> Result<(), Closed> {
        let (limits, now) = (loan.limits, loan.now);
        let wants_write = self.wants_write();
        let due = self.due(limits);
        let Some(connection) = &mut self.connection else {
            return Ok(());
        };
        if due > now {
            return Ok(());
        }
        if let Phase::Lingering(why, until) = connection.phase
            && until <= now
        {
            return Err(why);
        }
        if connection.opened.saturating_add_micros(limits.total) <= now {
            return Err(Closed::Expired);
        }
        if wants_write {
            return Err(Closed::Stalled);
        }
        if connection.wake <= now {
            connection.wake = Instant::NEVER;
            return self.run(loan, Call::Wake);
        }
        self.begin_close(Closed::Idle, limits, now)
    }

    /// Ends the connection in order: what waits to leave, leaves first.
    pub(super) fn begin_close(
        &mut self,
        why: Closed,
        limits: &Bounds,
        now: Instant,
    ) -> Result<(), Closed> {
        let wants_write = self.wants_write();
        let Some(connection) = &mut self.connection else {
            return Ok(());
        };
        if matches!(connection.phase, Phase::Lingering(..)) {
            return Ok(());
        }
        connection.phase = Phase::Closing(why);
        if wants_write {
            return Ok(());
        }
        if connection.eof || connection.stream.shutdown(Shutdown::Write).is_err() {
            // Both ends have said their last word, or one is gone: nothing can follow.
            return Err(why);
        }
        connection.handler.finish(why);
        connection.phase = Phase::Lingering(why, now.saturating_add_micros(limits.linger));
        Ok(())
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
            .field("remote", &self.remote())
            .finish_non_exhaustive()
    }
}
