use core::fmt;

use super::Next;
use super::spill::{Kept, Spill};
use crate::socket::Stream;
use crate::time::Instant;
use crate::{Error, ErrorKind};

/// Where a reply goes first. Zero octets taken means: no room now.
pub(super) trait Sink {
    fn write(&mut self, octets: &[u8]) -> Result<usize, ErrorKind>;
}

impl<S: Stream> Sink for S {
    #[cfg_attr(not(target_pointer_width = "32"), inline(always))]
    fn write(&mut self, octets: &[u8]) -> Result<usize, ErrorKind> {
        match Stream::write(self, octets) {
            Ok(count) => Ok(count),
            Err(error) if error.reason().is_passing() => Ok(0),
            Err(error) => Err(error.reason()),
        }
    }
}

/// A sink that takes nothing, so that all is kept.
struct Full;

impl Sink for Full {
    fn write(&mut self, _octets: &[u8]) -> Result<usize, ErrorKind> {
        Ok(0)
    }
}

/// How a handler answers: straight to the socket, and what that refuses is kept.
///
/// ```
/// use amphi_core::serve::{Next, Reply};
///
/// // A handler's own test: a socket that takes nothing, and room for four octets.
/// let mut kept = [0; 4];
/// let answer = Reply::record(&mut kept, |reply| {
///     assert_eq!(reply.room(), 4);
///     assert_eq!(reply.send(b"hello"), 4);
///     Next::More // the rest, when these have left
/// });
/// assert_eq!(answer, (Next::More, 4));
/// assert_eq!(&kept, b"hell");
/// ```
pub struct Reply<'a> {
    sink: &'a mut dyn Sink,
    spill: Spill<'a>,
    now: Instant,
    wake: &'a mut Instant,
    sent: u64,
    failed: Option<ErrorKind>,
}

impl<'a> Reply<'a> {
    pub(super) fn new(
        sink: &'a mut dyn Sink,
        spill: Spill<'a>,
        now: Instant,
        wake: &'a mut Instant,
    ) -> Self {
        Self {
            sink,
            spill,
            now,
            wake,
            sent: 0,
            failed: None,
        }
    }

    /// Sends `octets` and tells how many were taken: all when there are at most
    /// [`room`](Self::room) of them, else as many as the socket and the room
    /// take. Offer the rest again when [`Next::More`] brings the next call.
    ///
    /// After the socket failed, everything is taken and dropped; the connection
    /// closes when the handler returns.
    #[cfg_attr(not(target_pointer_width = "32"), inline)]
    pub fn send(&mut self, octets: &[u8]) -> usize {
        if self.failed.is_some() {
            return octets.len();
        }
        let direct = if self.spill.is_empty() && !octets.is_empty() {
            match self.sink.write(octets) {
                Ok(count) => count,
                Err(kind) => {
                    self.failed = Some(kind);
                    return octets.len();
                }
            }
        } else {
            0
        };
        self.sent += direct as u64;
        if direct == octets.len() {
            return direct;
        }
        self.keep(octets, direct)
    }

    /// Keeps what is left of `octets` behind those that were sent, and tells how many were taken.
    #[cfg_attr(target_pointer_width = "32", inline(always))]
    #[cfg_attr(not(target_pointer_width = "32"), cold, inline(never))]
    fn keep(&mut self, octets: &[u8], sent: usize) -> usize {
        sent + self.spill.push(octets.get(sent..).unwrap_or_default())
    }

    /// How many octets will certainly be taken now.
    #[must_use]
    pub fn room(&self) -> usize {
        self.spill.room()
    }

    /// How many octets of earlier replies the socket has not taken yet.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.spill.pending().len()
    }

    /// The time of this turn, on the stack's clock.
    #[must_use]
    pub const fn now(&self) -> Instant {
        self.now
    }

    /// Asks for a call of [`wake`](super::StreamHandler::wake) at `when`, once;
    /// a second call moves it, [`Instant::NEVER`] takes it back. While a reply
    /// waits to leave, the call waits too.
    pub const fn wake_at(&mut self, when: Instant) {
        *self.wake = when;
    }

    /// For tests of a handler: calls it with a reply that keeps all in `kept`, and
    /// gives its answer with the number of octets kept.
    pub fn record(kept: &mut [u8], call: impl FnOnce(&mut Reply<'_>) -> Next) -> (Next, usize) {
        let (mut wake, mut range) = (Instant::NEVER, Kept::NOTHING);
        let spill = Spill::new(&mut range, kept);
        let next = call(&mut Reply::new(
            &mut Full,
            spill,
            Instant::ORIGIN,
            &mut wake,
        ));
        (next, range.len())
    }

    /// What the server needs afterwards: octets that the socket took, and its failure.
    pub(super) const fn outcome(&self) -> (u64, Option<ErrorKind>) {
        (self.sent, self.failed)
    }
}

/// `write!` into a reply; fails when a piece of text does not fit whole.
impl fmt::Write for Reply<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if text.len() > self.room() {
            return Err(fmt::Error);
        }
        self.send(text.as_bytes());
        Ok(())
    }
}

impl fmt::Debug for Reply<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply")
            .field("room", &self.room())
            .field("pending", &self.pending())
            .field("failed", &self.failed)
            .finish_non_exhaustive()
    }
}
