//! What a slot and its handler say to each other, and to the socket.

use super::{Bounds, Connection, Left, Loan, Phase};
use crate::serve::reply::{Reply, Sink};
use crate::serve::spill::Spill;
use crate::serve::{Closed, Next, StreamHandler};
use crate::socket::Stream;
use crate::time::Instant;
use crate::{Error, ErrorKind};

/// How often in one turn a handler that says [`Next::More`] is called, so that
/// one long reply to a fast peer does not keep the others waiting.
const BURST: usize = 16;

/// What a handler is called for.
pub(super) enum Call<'c> {
    Setup,
    Input(&'c [u8]),
    End,
    Wake,
}

impl<S: Stream, H: StreamHandler> Connection<S, H> {
    /// Whether there may be more to read, and nothing hinders it.
    pub(in crate::serve) fn has_more(&self, left: Left) -> bool {
        left == Left::More && self.phase == Phase::Open && !self.wants_write()
    }

    #[cfg_attr(not(target_pointer_width = "32"), inline(always))]
    pub(super) fn read(
        &mut self,
        limits: &Bounds,
        loan: &mut Loan<'_>,
        scratch: &mut [u8],
        left: &mut Left,
    ) -> Result<(), Closed> {
        let now = loan.now;
        let mut len = scratch.len().min(loan.buffer.len());
        let allowed = limits.octets_left(self.tally.received);
        // The peer has sent all it may: what follows must be its end of file.
        let is_past = allowed == 0;
        len = len.min(usize::try_from(allowed.max(1)).unwrap_or(len));
        let buf = scratch.get_mut(..len).unwrap_or_default();
        if buf.is_empty() {
            // Zero octets read would look like the end of file.
            return Err(Closed::Failed(ErrorKind::InvalidInput));
        }
        match self.stream.read(buf) {
            Ok(0) => {
                self.eof = true;
                self.run(loan, Call::End)
            }
            Ok(_) if is_past => self.begin_close(Closed::TooMuch, now),
            Ok(count) => {
                *left = left_of(count, buf.len());
                self.moved = now;
                self.tally.received += count as u64;
                loan.totals.received += count as u64;
                self.run(loan, Call::Input(buf.get(..count).unwrap_or_default()))
            }
            Err(error) => {
                *left = Left::Unknown;
                ignore_would_block(error.reason())
            }
        }
    }

    /// Writes what is kept; when all of it left, goes on with what waited for that.
    pub(super) fn resume(&mut self, loan: &mut Loan<'_>, left: &mut Left) -> Result<(), Closed> {
        let now = loan.now;
        let mut spill = Spill::new(&mut self.kept, loan.buffer);
        if !spill.is_empty() {
            let count = Sink::write(&mut self.stream, spill.pending()).map_err(Closed::Failed)?;
            if count > 0 {
                self.moved = now;
                self.tally.sent += count as u64;
                loan.totals.sent += count as u64;
                spill.consume(count);
            }
            if !spill.is_empty() {
                if count > 0 {
                    *left = Left::Nothing;
                }
                return Ok(());
            }
        }
        match self.phase {
            _ if self.more => {
                let outcome = self.run(loan, Call::Input(&[]));
                if !self.kept.is_empty() {
                    *left = Left::Nothing;
                }
                outcome
            }
            Phase::Closing(why) => self.begin_close(why, now),
            _ => Ok(()),
        }
    }

    /// Calls the handler, again while it has more to say and the socket takes it.
    #[inline(never)]
    pub(super) fn run(&mut self, loan: &mut Loan<'_>, first: Call<'_>) -> Result<(), Closed> {
        let mut call = first;
        let mut left = BURST;
        let next = loop {
            let next = self.call(loan, call)?;
            left -= 1;
            if next != Next::More || !self.kept.is_empty() || left == 0 {
                break next;
            }
            call = Call::Input(&[]);
        };
        // Mostly this is all; what is rare stands apart.
        if next == Next::Keep && self.phase == Phase::Open && !self.eof {
            self.more = false;
            return Ok(());
        }
        self.go_on(loan, next)
    }

    #[cfg_attr(target_pointer_width = "32", inline(always))]
    #[cfg_attr(not(target_pointer_width = "32"), cold, inline(never))]
    fn go_on(&mut self, loan: &mut Loan<'_>, next: Next) -> Result<(), Closed> {
        self.more = next == Next::More;
        let why = match (next, self.phase) {
            (Next::More, _) => return Ok(()),
            (Next::Abort, _) => return Err(Closed::Aborted),
            (_, Phase::Closing(why)) => why,
            // After the peer's end of file there is only the clock to wait for.
            (Next::Keep, _) if self.eof && self.wake != Instant::NEVER => return Ok(()),
            (Next::Keep | Next::Close, _) if self.eof => Closed::EndOfFile,
            (Next::Keep, _) => return Ok(()),
            (Next::Close, _) => Closed::ByHandler,
        };
        self.begin_close(why, loan.now)
    }

    #[cfg_attr(not(target_pointer_width = "32"), inline(always))]
    fn call(&mut self, loan: &mut Loan<'_>, call: Call<'_>) -> Result<Next, Closed> {
        let spill = Spill::new(&mut self.kept, loan.buffer);
        let sink: &mut dyn Sink = &mut self.stream;
        let mut reply = Reply::new(sink, spill, loan.now, &mut self.wake);
        let handler = &mut self.handler;
        let next = match call {
            Call::Setup => handler.setup(&mut reply),
            Call::Input(input) => handler.handle(input, &mut reply),
            Call::End => handler.end_of_input(&mut reply),
            Call::Wake => handler.wake(&mut reply),
        };
        let (sent, failed) = reply.outcome();
        if sent > 0 {
            self.moved = loan.now;
            self.tally.sent += sent;
            loan.totals.sent += sent;
        }
        failed.map_or(Ok(next), |kind| Err(Closed::Failed(kind)))
    }
}

impl<S: Stream, H> Connection<S, H> {
    /// Drops what arrives after our end of file, one buffer a turn, until the peer's.
    pub(super) fn discard(
        &mut self,
        why: Closed,
        scratch: &mut [u8],
        left: &mut Left,
    ) -> Result<(), Closed> {
        match self.stream.read(scratch) {
            Ok(0) => Err(why),
            Ok(count) => {
                *left = left_of(count, scratch.len());
                Ok(())
            }
            // The connection has served its purpose, whatever becomes of it.
            Err(error) => ignore_would_block(error.reason()).map_err(|_| why),
        }
    }
}

const fn left_of(count: usize, room: usize) -> Left {
    if count < room {
        Left::Nothing
    } else {
        Left::More
    }
}

fn ignore_would_block(kind: ErrorKind) -> Result<(), Closed> {
    if kind.is_passing() {
        Ok(())
    } else {
        Err(Closed::Failed(kind))
    }
}
