use core::fmt;

use super::{Inline, Outcome, Process, StreamJob, StreamRequestHandler};
use crate::ErrorKind;
use crate::logged::Peer;
use crate::select::{Ready, Register, Selector};
use crate::serve::door::{Door, LISTENER};
use crate::serve::{Closed, Hooks, Key, Limits, Part, StreamTally, Tally, Turn, WhenFull};
use crate::socket::{Address, Listener, Shutdown, Stream};
use crate::time::Instant;

/// Serves the connections of one listener by handlers that are written straight
/// down: Python's `TCPServer` and `UnixStreamServer` with `StreamRequestHandler`,
/// as a [`Part`].
///
/// Where the requests run is the third parameter: [`Inline`], in the loop itself,
/// works on any stack. What `ThreadingMixIn` and `ForkingMixIn` do is
/// `amphi_std::serve`'s `Threads` and `Forks`.
///
/// ```
/// use amphi_core::select::{Event, Ready};
/// use amphi_core::serve::{Connection, Key, RequestServer, Service, StreamRequestHandler};
/// use amphi_core::socket::{Blocking, Net};
/// use amphi_std::{DefaultSelector, Host};
/// use core::net::SocketAddr;
/// use core::time::Duration;
///
/// struct Once;
///
/// impl StreamRequestHandler for Once {
///     fn handle<C: Connection>(&mut self, connection: &mut C) -> Result<(), C::Error> {
///         let mut buf = [0; 16];
///         let count = connection.read(&mut buf)?;
///         connection.write_all(&buf[..count])
///     }
/// }
///
/// let listener = Host.tcp_listen("127.0.0.1:0".parse().unwrap(), 8)?;
/// let mut server = RequestServer::new(listener, |_: &SocketAddr| Once);
/// let mut client = Blocking::connect(Host, server.server_address()?, None)?;
/// client.write(b"hello")?;
/// # let mut client_end = std::thread::spawn(move || {
/// #     assert_eq!(client.read(&mut [0; 8]).unwrap(), 5);
/// # });
///
/// let mut selector = DefaultSelector::new()?;
/// let mut events = [Event::new(Key::default(), Ready::NONE); 8];
/// let mut parts: [&mut dyn amphi_core::serve::Part<_>; 1] = [&mut server];
/// let mut service = Service::new(Host, &mut selector, &mut parts, &mut events, &mut []);
/// service.start()?;
/// service.handle_request(None)?; // accepts, serves and closes
/// service.finish(Duration::ZERO)?;
/// assert_eq!(server.tally().sent, 5);
/// # client_end.join().unwrap();
/// # Ok::<(), amphi_std::HostError>(())
/// ```
pub struct RequestServer<L: Listener, F, P = Inline<<L as crate::socket::Socket>::Addr>> {
    door: Door<L>,
    hooks: F,
    process: P,
    limits: Limits,
    tally: StreamTally,
}

impl<L, F> RequestServer<L, F>
where
    L: Listener,
    F: Hooks<L::Addr, Handler: StreamRequestHandler>,
{
    /// Serves `listener` with handlers from `hooks`, one connection after the other.
    pub fn new(listener: L, hooks: F) -> Self {
        Self::with_process(listener, hooks, Inline::new())
    }
}

impl<L, F, P> RequestServer<L, F, P>
where
    L: Listener,
    F: Hooks<L::Addr, Handler: StreamRequestHandler>,
{
    /// Serves `listener` with handlers from `hooks`, which run where `process` says.
    pub fn with_process(listener: L, hooks: F, process: P) -> Self {
        Self {
            door: Door::new(listener),
            hooks,
            process,
            limits: Limits::DEFAULT,
            tally: StreamTally::default(),
        }
    }

    /// The same with other limits.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self.door.set_rate(limits.accept_rate);
        self
    }

    /// The address at which it listens: Python's `server_address`.
    ///
    /// # Errors
    ///
    /// `Closed` when the server has stopped; else as
    /// [`Socket::local`](crate::socket::Socket::local).
    pub fn server_address(&self) -> Result<L::Addr, L::Error> {
        let listener = self.door.listener().ok_or(ErrorKind::Closed)?;
        listener.local()
    }

    /// The hooks.
    pub const fn hooks(&self) -> &F {
        &self.hooks
    }

    /// Where the requests run.
    pub const fn process(&self) -> &P {
        &self.process
    }

    /// The counters.
    pub const fn tally(&self) -> StreamTally {
        self.tally
    }

    fn accept<Sel>(&mut self, turn: &mut Turn<'_, Sel>)
    where
        Sel: Selector<Key = Key> + Register<L>,
        P: Process<StreamJob<L::Stream, F::Handler>, Sel>,
    {
        let most = self.limits.connections;
        let full = self.process.is_full() || most.is_some_and(|most| self.process.active() >= most);
        if full && self.limits.when_full == WhenFull::Wait {
            return self.door.pause(turn, Instant::NEVER);
        }
        if let Some((stream, remote)) = self.door.accept::<_, true>(turn, &mut self.tally) {
            self.admit(turn, stream, remote, full);
        }
    }

    fn admit<Sel>(
        &mut self,
        turn: &mut Turn<'_, Sel>,
        stream: L::Stream,
        remote: L::Addr,
        full: bool,
    ) where
        Sel: Selector<Key = Key> + Register<L>,
        P: Process<StreamJob<L::Stream, F::Handler>, Sel>,
    {
        let most = self.limits.connections_per_peer;
        let too_many = most.is_some_and(|most| self.process.active_of(remote.peer()) >= most);
        if full || too_many || !self.hooks.verify_request(&remote) {
            let reset = full && self.limits.when_full == WhenFull::Reset;
            return self.refuse(stream, &remote, reset);
        }
        info!("{} accepted", Peer(&remote));
        self.tally.accepted += 1;
        self.hooks.process_request(&remote);
        let handler = self.hooks.finish_request(&remote);
        let address = remote.clone();
        let job = StreamJob::new(stream, remote, handler, self.limits, turn.now);
        if let Err(kind) = self.process.process_request(turn, job) {
            warn_!("{} cannot be served: {}", Peer(&address), kind);
            let (why, tally) = (Closed::Failed(kind), Tally::default());
            self.end(&address, Outcome { why, tally });
        }
    }

    fn refuse(&mut self, mut stream: L::Stream, remote: &L::Addr, reset: bool) {
        debug!("{} refused", Peer(remote));
        self.tally.refused += 1;
        if reset {
            stream.abort();
        } else {
            // Where that fails, the peer is gone already.
            let _ = stream.shutdown(Shutdown::Write);
            drop(stream);
        }
        self.hooks.shutdown_request(remote);
        let (why, tally) = (Closed::Refused, Tally::default());
        self.hooks.close_request(remote, why, tally);
    }

    /// Takes in what has ended.
    fn collect<Sel>(&mut self, turn: &mut Turn<'_, Sel>)
    where
        Sel: Selector<Key = Key> + Register<L>,
        P: Process<StreamJob<L::Stream, F::Handler>, Sel>,
    {
        while let Some((remote, outcome)) = self.process.finished(turn) {
            self.end(&remote, outcome);
            self.door.unpause(turn);
        }
    }

    fn end(&mut self, remote: &L::Addr, outcome: Outcome) {
        let Outcome { why, tally } = outcome;
        let (received, sent) = (tally.received, tally.sent);
        info!(
            "{} closed, {} octets in, {} out: {}",
            Peer(remote),
            received,
            sent,
            why
        );
        self.tally.received += received;
        self.tally.sent += sent;
        if let Closed::Failed(kind) = why {
            self.tally.errors.count(kind);
        }
        if why.is_failure() {
            self.tally.failed += 1;
            self.hooks.handle_error(remote, why);
        }
        self.hooks.shutdown_request(remote);
        self.hooks.close_request(remote, why, tally);
    }
}

impl<L, F, P, Sel> Part<Sel> for RequestServer<L, F, P>
where
    L: Listener,
    F: Hooks<L::Addr, Handler: StreamRequestHandler>,
    Sel: Selector<Key = Key> + Register<L>,
    P: Process<StreamJob<L::Stream, F::Handler>, Sel>,
{
    fn start(&mut self, turn: &mut Turn<'_, Sel>) -> Result<(), <Sel as Selector>::Error> {
        self.door.start(turn)
    }

    fn ready(&mut self, turn: &mut Turn<'_, Sel>, token: u32, _ready: Ready) {
        if token == LISTENER {
            self.accept(turn);
        } else {
            self.process.ready(turn, token);
        }
        self.collect(turn);
    }

    fn deadline(&self) -> Instant {
        self.door.deadline()
    }

    fn expire(&mut self, turn: &mut Turn<'_, Sel>) {
        self.door.expire(turn);
    }

    fn end_turn(&mut self, turn: &mut Turn<'_, Sel>) -> Instant {
        self.collect(turn);
        self.hooks.service_actions(&self.tally);
        self.door.expire(turn);
        self.door.deadline()
    }

    fn handle_timeout(&mut self) {
        self.hooks.handle_timeout();
    }

    fn stop(&mut self, turn: &mut Turn<'_, Sel>) {
        self.door.stop(turn);
        self.collect(turn);
    }

    fn is_done(&self) -> bool {
        self.process.active() == 0
    }

    fn close(&mut self, turn: &mut Turn<'_, Sel>) {
        self.door.stop(turn);
        self.process.close(turn);
        self.collect(turn);
    }
}

impl<L: Listener, F, P> fmt::Debug for RequestServer<L, F, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestServer")
            .field("tally", &self.tally)
            .finish_non_exhaustive()
    }
}
