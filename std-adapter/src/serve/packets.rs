use core::fmt;
use std::os::fd::{AsFd, OwnedFd};

use amphi_core::select::{Interest, Ready, Register, Selector};
use amphi_core::serve::{
    Closed, DatagramRequestHandler, Hooks, Job, Key, Limits, Outcome, Packet, Part, Process,
    StreamTally, Tally, Turn, WhenFull,
};
use amphi_core::socket::{Blocking, Datagram};
use amphi_core::time::{Duration, Instant};
use amphi_core::{Error, ErrorKind};

use super::Interrupt;

/// The longest answer, in octets.
const LONGEST: usize = 65_536;
/// How long a socket rests after an error that it may go on to report.
const REST: Duration = Duration::from_millis(100);

/// One datagram, its handler, and a socket to answer by.
///
/// ```
/// use amphi_core::ErrorKind;
/// use amphi_core::select::Selector;
/// use amphi_core::serve::{DatagramRequestHandler, Key, Packet, Process};
/// use amphi_std::UdpSocket;
/// use amphi_std::serve::{PacketJob, Threads};
/// use core::net::SocketAddr;
/// use embedded_io::Write;
///
/// struct Echo;
///
/// impl DatagramRequestHandler for Echo {
///     fn handle(&mut self, rfile: &mut &[u8], wfile: &mut Packet<'_>) -> Result<(), ErrorKind> {
///         wfile.write_all(rfile)
///     }
/// }
///
/// /// Whatever runs such jobs.
/// fn is_idle<Sel: Selector<Key = Key>, P: Process<PacketJob<UdpSocket, Echo>, Sel>>(
///     process: &P,
/// ) -> bool {
///     process.active() == 0 && !process.is_full()
/// }
///
/// let mut selector = amphi_std::DefaultSelector::<Key>::new()?;
/// let threads = Threads::<SocketAddr>::new(selector.waker()?, 8);
/// assert!(is_idle::<amphi_std::DefaultSelector<Key>, _>(&threads));
/// # Ok::<(), amphi_std::HostError>(())
/// ```
pub struct PacketJob<S: Datagram, H> {
    socket: S,
    octets: Box<[u8]>,
    from: S::Addr,
    handler: H,
    limits: Limits,
}

impl<S: Datagram, H: DatagramRequestHandler> Job for PacketJob<S, H> {
    type Addr = S::Addr;

    fn remote(&self) -> &S::Addr {
        &self.from
    }

    fn run(mut self) -> Outcome {
        let mut room = vec![0; LONGEST];
        let mut wfile = Packet::new(&mut room);
        let handled = self.handler.handle(&mut &*self.octets, &mut wfile);
        let answer = wfile.written();
        let mut tally = Tally {
            received: self.octets.len() as u64,
            sent: 0,
        };
        let sent = handled.and_then(|()| {
            if answer.is_empty() {
                return Ok(());
            }
            let mut socket = Blocking::new(self.socket).with_timeout(self.limits.progress);
            tally.sent = answer.len() as u64;
            let sent = socket.send_to(answer, &self.from);
            sent.map_err(|error| error.reason())
        });
        if sent.is_err() {
            tally.sent = 0;
        }
        let why = sent.map_or_else(Closed::Failed, |()| Closed::ByHandler);
        Outcome { why, tally }
    }
}

/// A datagram is answered soon or not at all.
impl<S: Datagram, H> Interrupt for PacketJob<S, H> {
    fn interrupt(&self) -> Option<OwnedFd> {
        None
    }
}

/// Serves each datagram of a socket in a thread or a process of its own: Python's
/// `ThreadingUDPServer`, `ForkingUDPServer`, and their kin of Unix sockets. Handlers
/// answer by duplicates of the socket.
///
/// Of the limits, [`Limits::connections`], [`Limits::connections_per_peer`] and
/// [`Limits::progress`] hold. A datagram that there is no thread or process for
/// waits in the socket's buffer, or is dropped there when that is full; with
/// another [`WhenFull`], it is dropped at once.
///
/// ```
/// use amphi_core::ErrorKind;
/// use amphi_core::serve::{DatagramRequestHandler, Packet};
/// use amphi_core::socket::{Blocking, Net};
/// use amphi_std::serve::{PacketServer, Stop, Threads, serve_forever};
/// use amphi_std::{DefaultSelector, Host};
/// use core::net::SocketAddr;
/// use core::time::Duration;
/// use embedded_io::Write;
///
/// struct Echo;
///
/// impl DatagramRequestHandler for Echo {
///     fn handle(&mut self, rfile: &mut &[u8], wfile: &mut Packet<'_>) -> Result<(), ErrorKind> {
///         wfile.write_all(rfile)
///     }
/// }
///
/// let mut selector = DefaultSelector::new()?;
/// let threads = Threads::new(selector.waker()?, 8);
/// let socket = Host.udp_bind("127.0.0.1:0".parse().unwrap())?;
/// let mut server = PacketServer::new(socket, |_: &SocketAddr| Echo, threads);
/// let address = server.server_address()?;
///
/// let stop = Stop::new();
/// let at_the_end = stop.clone();
/// let client = std::thread::spawn(move || {
///     let mut client = Blocking::new(Host.udp_bind("127.0.0.1:0".parse().unwrap())?);
///     client.send_to(b"hello", &address)?;
///     let received = client.recv_from(&mut [0; 8])?;
///     at_the_end.request();
///     Ok::<_, amphi_std::HostError>(received.len)
/// });
/// serve_forever(&mut selector, &mut [&mut server], &stop, Duration::from_secs(1))?;
/// assert_eq!(client.join().unwrap()?, 5);
/// # Ok::<(), amphi_std::HostError>(())
/// ```
pub struct PacketServer<S, F, P> {
    socket: Option<S>,
    hooks: F,
    process: P,
    limits: Limits,
    interest: Interest,
    /// While the socket rests after an error: until when.
    resting: Option<Instant>,
    tally: StreamTally,
}

impl<S, F, P> PacketServer<S, F, P>
where
    S: Datagram + AsFd + From<OwnedFd>,
    F: Hooks<S::Addr, Handler: DatagramRequestHandler>,
{
    /// Serves `socket` with handlers from `hooks`, which run where `process` says.
    pub fn new(socket: S, hooks: F, process: P) -> Self {
        Self {
            socket: Some(socket),
            hooks,
            process,
            limits: Limits::DEFAULT,
            interest: Interest::READ,
            resting: None,
            tally: StreamTally::default(),
        }
    }

    /// The same with other limits.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The address at which it receives.
    ///
    /// # Errors
    ///
    /// `Closed` when the server has stopped; else as
    /// [`Socket::local`](amphi_core::socket::Socket::local).
    pub fn server_address(&self) -> Result<S::Addr, S::Error> {
        self.socket.as_ref().ok_or(ErrorKind::Closed)?.local()
    }

    /// The hooks.
    pub const fn hooks(&self) -> &F {
        &self.hooks
    }

    /// The counters; a datagram counts as a connection does elsewhere.
    pub const fn tally(&self) -> StreamTally {
        self.tally
    }

    fn is_full<Sel>(&self) -> bool
    where
        Sel: Selector<Key = Key>,
        P: Process<PacketJob<S, F::Handler>, Sel>,
    {
        let most = self.limits.connections;
        self.process.is_full() || most.is_some_and(|most| self.process.active() >= most)
    }

    fn receive<Sel>(&mut self, turn: &mut Turn<'_, Sel>)
    where
        Sel: Selector<Key = Key>,
        P: Process<PacketJob<S, F::Handler>, Sel>,
    {
        let full = self.is_full();
        let Some(socket) = &mut self.socket else {
            return;
        };
        if full && self.limits.when_full == WhenFull::Wait {
            return;
        }
        match socket.recv_from(turn.scratch) {
            Ok(received) => {
                let octets = turn.scratch.get(..received.len).map(Box::from);
                self.admit(turn, octets, received.from, full);
            }
            Err(error) => match error.reason() {
                ErrorKind::WouldBlock | ErrorKind::Interrupted => {}
                kind => {
                    self.tally.errors.count(kind);
                    self.resting = Some(turn.now + REST);
                }
            },
        }
    }

    fn admit<Sel>(
        &mut self,
        turn: &mut Turn<'_, Sel>,
        octets: Option<Box<[u8]>>,
        from: S::Addr,
        full: bool,
    ) where
        Sel: Selector<Key = Key>,
        P: Process<PacketJob<S, F::Handler>, Sel>,
    {
        use amphi_core::socket::Address;
        let most = self.limits.connections_per_peer;
        let refused = full
            || most.is_some_and(|most| self.process.active_of(from.peer()) >= most)
            || !self.hooks.verify_request(&from);
        if refused {
            self.tally.refused += 1;
            let (why, tally) = (Closed::Refused, Tally::default());
            return self.end(&from, Outcome { why, tally });
        }
        self.tally.accepted += 1;
        self.hooks.process_request(&from);
        let handler = self.hooks.finish_request(&from);
        if let Err(kind) = self.start(turn, octets, from.clone(), handler) {
            let (why, tally) = (Closed::Failed(kind), Tally::default());
            self.end(&from, Outcome { why, tally });
        }
    }

    fn start<Sel>(
        &mut self,
        turn: &mut Turn<'_, Sel>,
        octets: Option<Box<[u8]>>,
        from: S::Addr,
        handler: F::Handler,
    ) -> Result<(), ErrorKind>
    where
        Sel: Selector<Key = Key>,
        P: Process<PacketJob<S, F::Handler>, Sel>,
    {
        let octets = octets.ok_or(ErrorKind::MessageTooLong)?;
        let socket = self.socket.as_ref().ok_or(ErrorKind::Closed)?;
        let twin = socket.as_fd().try_clone_to_owned();
        let socket = S::from(twin.map_err(|_| ErrorKind::Exhausted)?);
        let limits = self.limits;
        let job = PacketJob {
            socket,
            octets,
            from,
            handler,
            limits,
        };
        self.process.process_request(turn, job)
    }

    fn end(&mut self, from: &S::Addr, Outcome { why, tally }: Outcome) {
        self.tally.received += tally.received;
        self.tally.sent += tally.sent;
        if let Closed::Failed(kind) = why {
            self.tally.errors.count(kind);
        }
        if why.is_failure() {
            self.tally.failed += 1;
            self.hooks.handle_error(from, why);
        }
        self.hooks.shutdown_request(from);
        self.hooks.close_request(from, why, tally);
    }

    /// Takes in what has ended, and watches the socket while there is room for more.
    fn settle<Sel>(&mut self, turn: &mut Turn<'_, Sel>)
    where
        Sel: Selector<Key = Key> + Register<S>,
        P: Process<PacketJob<S, F::Handler>, Sel>,
    {
        while let Some((from, outcome)) = self.process.finished(turn) {
            self.end(&from, outcome);
        }
        if self.resting.is_some_and(|until| until <= turn.now) {
            self.resting = None;
        }
        let waits = self.is_full() && self.limits.when_full == WhenFull::Wait;
        let interest = if waits || self.resting.is_some() {
            Interest::NONE
        } else {
            Interest::READ
        };
        if interest != self.interest
            && let Some(socket) = &self.socket
        {
            let changed = turn.selector.modify(socket, interest, turn.key(SOCKET));
            match changed {
                Ok(()) => self.interest = interest,
                Err(_) => self.resting = Some(turn.now + REST),
            }
        }
    }
}

/// The socket's token; processes have the numbers below.
const SOCKET: u32 = u32::MAX;

impl<S, F, P, Sel> Part<Sel> for PacketServer<S, F, P>
where
    S: Datagram + AsFd + From<OwnedFd>,
    F: Hooks<S::Addr, Handler: DatagramRequestHandler>,
    Sel: Selector<Key = Key> + Register<S>,
    P: Process<PacketJob<S, F::Handler>, Sel>,
{
    fn start(&mut self, turn: &mut Turn<'_, Sel>) -> Result<(), <Sel as Selector>::Error> {
        self.socket.as_ref().map_or(Ok(()), |socket| {
            turn.selector
                .register(socket, Interest::READ, turn.key(SOCKET))
        })
    }

    fn ready(&mut self, turn: &mut Turn<'_, Sel>, token: u32, _ready: Ready) {
        if token == SOCKET {
            self.receive(turn);
        } else {
            self.process.ready(turn, token);
        }
        self.settle(turn);
    }

    fn deadline(&self) -> Instant {
        self.resting.unwrap_or(Instant::NEVER)
    }

    fn expire(&mut self, turn: &mut Turn<'_, Sel>) {
        self.settle(turn);
    }

    fn end_turn(&mut self, turn: &mut Turn<'_, Sel>) -> Instant {
        self.settle(turn);
        self.hooks.service_actions(&self.tally);
        Part::<Sel>::deadline(self)
    }

    fn handle_timeout(&mut self) {
        self.hooks.handle_timeout();
    }

    fn stop(&mut self, turn: &mut Turn<'_, Sel>) {
        self.resting = None;
        if let Some(socket) = self.socket.take() {
            // Dropping it closes it; a failure to unregister changes nothing.
            let _ = turn.selector.unregister(&socket);
        }
        self.settle(turn);
    }

    fn is_done(&self) -> bool {
        self.process.active() == 0
    }

    fn close(&mut self, turn: &mut Turn<'_, Sel>) {
        self.stop(turn);
        self.process.close(turn);
        self.settle(turn);
    }
}

impl<S, F, P> fmt::Debug for PacketServer<S, F, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PacketServer")
            .field("tally", &self.tally)
            .finish_non_exhaustive()
    }
}
