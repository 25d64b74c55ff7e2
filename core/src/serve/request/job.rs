use core::fmt;

use super::{Exchange, StreamRequestHandler};
use crate::serve::{Closed, Limits, Tally};
use crate::socket::{Address, Stream};
use crate::time::Instant;

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Outcome {
    /// How it ended.
    pub why: Closed,
    /// What went through it.
    pub tally: Tally,
}

/// A request with all that it takes to serve it: it can be run here, or sent to a
/// thread or a process first. Dropped, it closes what it holds.
pub trait Job: Sized {
    /// Who asked.
    type Addr: Address;

    /// Who asked.
    fn remote(&self) -> &Self::Addr;

    /// Serves it to its end. Waits as long as that takes.
    fn run(self) -> Outcome;
}

/// One connection and its handler.
pub struct StreamJob<S: Stream, H> {
    stream: S,
    remote: S::Addr,
    handler: H,
    limits: Limits,
    opened: Instant,
}

impl<S: Stream, H: StreamRequestHandler> StreamJob<S, H> {
    /// A job for `handler`: to serve `stream` of `remote`, accepted at `opened`.
    pub const fn new(
        stream: S,
        remote: S::Addr,
        handler: H,
        limits: Limits,
        opened: Instant,
    ) -> Self {
        Self {
            stream,
            remote,
            handler,
            limits,
            opened,
        }
    }

    /// The connection.
    pub const fn stream(&self) -> &S {
        &self.stream
    }
}

impl<S: Stream, H: StreamRequestHandler> Job for StreamJob<S, H> {
    type Addr = S::Addr;

    fn remote(&self) -> &S::Addr {
        &self.remote
    }

    fn run(self) -> Outcome {
        let mut handler = self.handler;
        let mut exchange = Exchange::new(self.stream, self.limits, self.opened);
        let result = handler.setup(&mut exchange).and_then(|()| {
            let handled = handler.handle(&mut exchange);
            let finished = handler.finish(&mut exchange);
            handled.and(finished)
        });
        exchange.close(result)
    }
}

impl<S: Stream, H> fmt::Debug for StreamJob<S, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamJob")
            .field("remote", &self.remote)
            .finish_non_exhaustive()
    }
}
