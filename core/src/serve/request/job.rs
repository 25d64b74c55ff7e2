use core::fmt;

use super::{Exchange, StreamRequestHandler};
use crate::serve::{Closed, Limits, Tally};
use crate::socket::{Address, Stream};
use crate::time::Instant;

/// What became of a request.
///
/// ```
/// use amphi_core::serve::{Closed, Outcome, Tally};
///
/// let outcome = Outcome { why: Closed::ByHandler, tally: Tally::default() };
/// assert!(!outcome.why.is_failure());
/// assert_eq!(outcome.tally.sent, 0);
/// ```
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
///
/// ```
/// use amphi_core::serve::{Closed, Job, Outcome, Tally};
/// use core::net::SocketAddr;
///
/// /// A request that is answered in no time, to see what becomes of it.
/// struct Nothing(SocketAddr);
///
/// impl Job for Nothing {
///     type Addr = SocketAddr;
///
///     fn remote(&self) -> &SocketAddr {
///         &self.0
///     }
///
///     fn run(self) -> Outcome {
///         Outcome { why: Closed::ByHandler, tally: Tally::default() }
///     }
/// }
///
/// let job = Nothing("192.0.2.1:7".parse().unwrap());
/// assert_eq!(job.remote().port(), 7);
/// assert_eq!(job.run().why, Closed::ByHandler);
/// ```
pub trait Job: Sized {
    /// Who asked.
    type Addr: Address;

    /// Who asked.
    fn remote(&self) -> &Self::Addr;

    /// Serves it to its end. Waits as long as that takes.
    fn run(self) -> Outcome;
}

/// One connection and its handler.
///
/// ```
/// use amphi_core::serve::{Closed, Connection, Job, Limits, StreamJob, StreamRequestHandler};
/// use amphi_core::socket::{Blocking, Net, Shutdown, Socket, Stream};
/// use amphi_std::Host;
///
/// struct Greeting;
///
/// impl StreamRequestHandler for Greeting {
///     fn handle<C: Connection>(&mut self, connection: &mut C) -> Result<(), C::Error> {
///         connection.write_all(b"hello")
///     }
/// }
///
/// let listener = Host.tcp_listen("127.0.0.1:0".parse().unwrap(), 1)?;
/// let mut client = Blocking::connect(Host, listener.local()?, None)?;
/// let (stream, remote) = Blocking::new(listener).accept()?;
///
/// let stream = stream.into_inner();
/// let job = StreamJob::new(stream, remote, Greeting, Limits::DEFAULT, Host.now());
/// assert_eq!(*job.remote(), client.get_ref().local()?);
/// // It closes in order, and waits for the peer to do so.
/// client.get_mut().shutdown(Shutdown::Write)?;
/// let outcome = job.run();
/// assert_eq!((outcome.why, outcome.tally.sent), (Closed::ByHandler, 5));
/// assert_eq!(client.read(&mut [0; 8])?, 5);
/// # Ok::<(), amphi_std::HostError>(())
/// ```
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
