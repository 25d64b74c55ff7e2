use core::fmt;

use super::limits::Limits;
use super::reply::{Reply, Sink};
use super::spill::{Kept, Spill};
use super::{Closed, Next, StreamHandler, Tally};
use crate::select::{Interest, Ready};
use crate::socket::{Shutdown, Stream};
use crate::time::Instant;
use crate::timers::{Timed, Timer};
use crate::{Error, ErrorKind};

/// How often in one turn a handler that says [`Next::More`] is called, so that
/// one long reply to a fast peer does not keep the others waiting.
const BURST: usize = 16;

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
/// ```
pub struct Slot<S: Stream, H> {
    timer: Timer,
    pub(super) next_free: u32,
    kept: Kept,
    connection: Option<Connection<S, H>>,
}

/// What a slot is lent for one call.
pub(super) struct Loan<'l> {
    pub(super) limits: &'l Limits,
    pub(super) now: Instant,
    /// The slot's buffer.
    pub(super) buffer: &'l mut [u8],
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
}

impl<S: Stream, H> Slot<S, H> {
    /// An empty slot.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            timer: Timer::new(),
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
        &mut self.next_free
    }

    pub(super) fn stream(&self) -> Option<&S> {
        self.connection
            .as_ref()
            .map(|connection| &connection.stream)
    }

    /// What the selector should know, when that is another than it does.
    pub(super) fn changed_interest(&mut self) -> Option<Interest> {
        let wants_write = self.wants_write();
        let connection = self.connection.as_mut()?;
        let interest = if wants_write {
            Interest::WRITE
        } else {
            Interest::READ
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
    pub(super) fn due(&self, limits: &Limits) -> Instant {
        let Some(connection) = &self.connection else {
            return Instant::NEVER;
        };
        let after = |since: Instant, limit: Option<_>| limit.map_or(Instant::NEVER, |l| since + l);
        let total = after(connection.opened, limits.total);
        let own = match connection.phase {
            Phase::Lingering(_, until) => until,
            _ if self.wants_write() => after(connection.moved, limits.progress),
            Phase::Open => after(connection.moved, limits.idle).min(connection.wake),
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
        });
        self.run(loan, StreamHandler::setup)
    }

    /// Takes the connection out and closes it.
    pub(super) fn close(&mut self, why: Closed) -> Option<Finished<S::Addr>> {
        let mut connection = self.connection.take()?;
        self.kept = Kept::NOTHING;
        connection.handler.finish(why);
        if matches!(why, Closed::Aborted | Closed::Stalled) {
            connection.stream.abort();
        }
        Some(Finished {
            remote: connection.remote,
            tally: connection.tally,
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
            Phase::Lingering(why, _) => connection.discard(why, scratch),
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
        if limits
            .total
            .is_some_and(|total| connection.opened + total <= now)
        {
            return Err(Closed::Expired);
        }
        if wants_write {
            return Err(Closed::Stalled);
        }
        if connection.wake <= now {
            connection.wake = Instant::NEVER;
            return self.run(loan, StreamHandler::wake);
        }
        self.begin_close(Closed::Idle, limits, now)
    }

    /// Ends the connection in order: what waits to leave, leaves first.
    pub(super) fn begin_close(
        &mut self,
        why: Closed,
        limits: &Limits,
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
        connection.phase = Phase::Lingering(why, now + limits.linger);
        Ok(())
    }

    fn read(&mut self, loan: &mut Loan<'_>, scratch: &mut [u8]) -> Result<(), Closed> {
        let now = loan.now;
        let Some(connection) = &mut self.connection else {
            return Ok(());
        };
        let len = scratch.len().min(loan.buffer.len());
        let buf = scratch.get_mut(..len).unwrap_or_default();
        if buf.is_empty() {
            // Zero octets read would look like the end of file.
            return Err(Closed::Failed(ErrorKind::InvalidInput));
        }
        match connection.stream.read(buf) {
            Ok(0) => {
                connection.eof = true;
                self.run(loan, StreamHandler::end_of_input)
            }
            Ok(count) => {
                connection.moved = now;
                connection.tally.received += count as u64;
                let input = buf.get(..count).unwrap_or_default();
                self.run(loan, |handler, reply| handler.handle(input, reply))
            }
            Err(error) => ignore_would_block(error.reason()),
        }
    }

    /// Writes what is kept; when all of it left, goes on with what waited for that.
    fn resume(&mut self, loan: &mut Loan<'_>) -> Result<(), Closed> {
        let (limits, now) = (loan.limits, loan.now);
        let Some(connection) = &mut self.connection else {
            return Ok(());
        };
        let mut spill = Spill::new(&mut self.kept, loan.buffer);
        if !spill.is_empty() {
            let count = connection
                .stream
                .write(spill.pending())
                .or_else(|error| ignore_would_block(error.reason()).map(|()| 0))?;
            if count > 0 {
                connection.moved = now;
                connection.tally.sent += count as u64;
                spill.consume(count);
            }
            if !spill.is_empty() {
                return Ok(());
            }
        }
        match connection.phase {
            _ if connection.more => self.run(loan, |handler, reply| handler.handle(&[], reply)),
            Phase::Closing(why) => self.begin_close(why, limits, now),
            _ => Ok(()),
        }
    }

    /// Calls the handler, again while it has more to say and the socket takes it.
    fn run(
        &mut self,
        loan: &mut Loan<'_>,
        first: impl FnOnce(&mut H, &mut Reply<'_>) -> Next,
    ) -> Result<(), Closed> {
        let mut next = self.call(loan, first)?;
        for _ in 1..BURST {
            if next != Next::More || !self.kept.is_empty() {
                break;
            }
            next = self.call(loan, |handler, reply| handler.handle(&[], reply))?;
        }
        let Some(connection) = &mut self.connection else {
            return Ok(());
        };
        connection.more = next == Next::More;
        let why = match (next, connection.phase) {
            (Next::More, _) => return Ok(()),
            (Next::Abort, _) => return Err(Closed::Aborted),
            (_, Phase::Closing(why)) => why,
            // After the peer's end of file there is nothing left to wait for.
            (Next::Keep | Next::Close, _) if connection.eof => Closed::EndOfFile,
            (Next::Keep, _) => return Ok(()),
            (Next::Close, _) => Closed::ByHandler,
        };
        self.begin_close(why, loan.limits, loan.now)
    }

    fn call(
        &mut self,
        loan: &mut Loan<'_>,
        call: impl FnOnce(&mut H, &mut Reply<'_>) -> Next,
    ) -> Result<Next, Closed> {
        let Some(connection) = &mut self.connection else {
            return Ok(Next::Keep);
        };
        let spill = Spill::new(&mut self.kept, loan.buffer);
        let sink: &mut dyn Sink = &mut connection.stream;
        let mut reply = Reply::new(sink, spill, loan.now, &mut connection.wake);
        let next = call(&mut connection.handler, &mut reply);
        let (sent, failed) = reply.outcome();
        if sent > 0 {
            connection.moved = loan.now;
            connection.tally.sent += sent;
        }
        failed.map_or(Ok(next), |kind| Err(Closed::Failed(kind)))
    }
}

impl<S: Stream, H> Connection<S, H> {
    /// Drops what arrives after our end of file, one buffer a turn, until the peer's.
    fn discard(&mut self, why: Closed, scratch: &mut [u8]) -> Result<(), Closed> {
        match self.stream.read(scratch) {
            Ok(0) => Err(why),
            Ok(_) => Ok(()),
            Err(error) if error.reason() == ErrorKind::WouldBlock => Ok(()),
            Err(_) => Err(why),
        }
    }
}

fn ignore_would_block(kind: ErrorKind) -> Result<(), Closed> {
    match kind {
        ErrorKind::WouldBlock | ErrorKind::Interrupted => Ok(()),
        kind => Err(Closed::Failed(kind)),
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

impl<S: Stream, H> fmt::Debug for Slot<S, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slot")
            .field(
                "remote",
                &self
                    .connection
                    .as_ref()
                    .map(|connection| &connection.remote),
            )
            .finish_non_exhaustive()
    }
}
