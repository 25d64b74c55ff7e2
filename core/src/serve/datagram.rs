use core::fmt;

use super::outbox::{Kept, Outbox};
use super::{DatagramHandler, DatagramTally, ErrorTally, Key, Part, Request, Turn};
use crate::logged::{Fault, Peer};
use crate::select::{Interest, Ready, Register, Selector};
use crate::socket::Datagram;
use crate::time::{Duration, Instant};
use crate::{Error, ErrorKind};

/// The socket's token.
const SOCKET: u32 = 0;
/// How long a socket rests after an error that it may go on to report.
const REST: Duration = Duration::from_millis(100);

/// Serves the datagrams of one socket: Python's `UDPServer` and
/// `UnixDatagramServer`, as a [`Part`].
///
/// ```
/// use amphi_core::select::{Event, Ready};
/// use amphi_core::serve::{DatagramHandler, DatagramServer, Key, Outbox, Request, Service};
/// use amphi_core::socket::{Blocking, Net, Socket};
/// use amphi_std::{DefaultSelector, Host};
/// use core::time::Duration;
///
/// struct Length;
///
/// impl<A> DatagramHandler<A> for Length {
///     fn handle(&mut self, request: &Request<'_, A>, outbox: &mut Outbox<'_, A>) {
///         let answer = [request.octets.len() as u8];
///         let _ = outbox.send_to(&answer, request.from);
///     }
/// }
///
/// let socket = Host.udp_bind("127.0.0.1:0".parse().unwrap())?;
/// let address = socket.local()?;
/// let mut kept = [0; 1];
/// let mut server = DatagramServer::new(socket, Length, &mut kept);
///
/// let mut client = Blocking::new(Host.udp_bind("127.0.0.1:0".parse().unwrap())?);
/// client.send_to(b"how long?", &address)?;
///
/// let mut selector = DefaultSelector::new()?;
/// let mut events = [Event::new(Key::default(), Ready::NONE); 8];
/// let mut scratch = [0; 256];
/// let mut parts: [&mut dyn amphi_core::serve::Part<_>; 1] = [&mut server];
/// let mut service = Service::new(Host, &mut selector, &mut parts, &mut events, &mut scratch);
/// service.start()?;
/// service.turn(None)?;
/// service.finish(Duration::ZERO)?;
///
/// let mut answer = [0];
/// client.recv_from(&mut answer)?;
/// assert_eq!(answer, [9]);
/// # Ok::<(), amphi_std::HostError>(())
/// ```
pub struct DatagramServer<'s, S: Datagram, H> {
    socket: Option<S>,
    handler: H,
    kept: Kept<'s, S::Addr>,
    interest: Interest,
    wake: Instant,
    /// While the socket rests after an error: until when.
    resting: Option<Instant>,
    stopping: bool,
    tally: DatagramTally,
}

impl<'s, S: Datagram, H: DatagramHandler<S::Addr>> DatagramServer<'s, S, H> {
    /// Serves `socket` with `handler`. `kept` has room for one datagram that the
    /// socket refused for now: as long as the longest answer, in octets.
    pub const fn new(socket: S, handler: H, kept: &'s mut [u8]) -> Self {
        Self {
            socket: Some(socket),
            handler,
            kept: Kept::new(kept),
            interest: Interest::READ,
            wake: Instant::NEVER,
            resting: None,
            stopping: false,
            tally: DatagramTally {
                received: 0,
                sent: 0,
                truncated: 0,
                errors: ErrorTally::new(),
            },
        }
    }

    /// The socket, until the server is closed.
    pub const fn socket(&self) -> Option<&S> {
        self.socket.as_ref()
    }

    /// The handler.
    pub const fn handler(&self) -> &H {
        &self.handler
    }

    /// The address at which it receives: Python's `server_address`.
    ///
    /// # Errors
    ///
    /// `Closed` when the server is closed; else as
    /// [`Socket::local`](crate::socket::Socket::local).
    pub fn server_address(&self) -> Result<S::Addr, S::Error> {
        self.socket.as_ref().ok_or(ErrorKind::Closed)?.local()
    }

    /// The counters.
    pub const fn tally(&self) -> DatagramTally {
        self.tally
    }

    fn call(&mut self, now: Instant, call: impl FnOnce(&mut H, &mut Outbox<'_, S::Addr>)) {
        let Some(socket) = &mut self.socket else {
            return;
        };
        let errors = &mut self.tally.errors;
        let mut outbox = Outbox::new(socket, &mut self.kept, now, &mut self.wake, errors);
        call(&mut self.handler, &mut outbox);
        let sent = outbox.outcome();
        self.tally.sent += sent;
    }

    fn receive(&mut self, now: Instant, scratch: &mut [u8]) {
        let Some(socket) = &mut self.socket else {
            return;
        };
        let received = match socket.recv_from(scratch) {
            Ok(received) => received,
            Err(error) => return self.fail(error.reason(), now),
        };
        let Some(octets) = scratch.get(..received.len) else {
            debug!(
                "{} octets from {} do not fit",
                received.len,
                Peer(&received.from)
            );
            self.tally.truncated += 1;
            return self.handler.truncated(received.len, &received.from);
        };
        self.tally.received += 1;
        let request = Request {
            octets,
            from: &received.from,
            to: received.to,
        };
        self.call(now, |handler, outbox| handler.handle(&request, outbox));
    }

    fn send_kept(&mut self, now: Instant) {
        let Some(socket) = &mut self.socket else {
            return;
        };
        if let Err(kind) = self.kept.flush(socket) {
            self.fail(kind, now);
        }
        if self.kept.is_empty() && !self.stopping {
            self.call(now, H::room);
        }
    }

    fn fail(&mut self, kind: ErrorKind, now: Instant) {
        if kind.is_passing() {
            return;
        }
        warn_!("datagram socket: {}", kind);
        self.tally.errors.count(kind);
        let of_a_peer = matches!(
            kind,
            ErrorKind::Refused
                | ErrorKind::Reset
                | ErrorKind::Unreachable
                | ErrorKind::MessageTooLong
        );
        if !of_a_peer {
            self.resting = Some(now + REST);
        }
    }

    fn settle<Sel>(&mut self, turn: &mut Turn<'_, Sel>)
    where
        Sel: Selector<Key = Key> + Register<S>,
    {
        let interest = match (self.resting.is_some(), self.kept.is_empty()) {
            (true, _) => Interest::NONE,
            (false, false) => Interest::WRITE,
            (false, true) if self.stopping => Interest::NONE,
            (false, true) => Interest::READ,
        };
        if interest == self.interest {
            return;
        }
        self.interest = interest;
        if let Some(socket) = &self.socket
            && let Err(error) = turn.selector.modify(socket, interest, turn.key(SOCKET))
        {
            warn_!("cannot watch the datagram socket: {}", Fault(&error));
        }
    }
}

impl<S, H, Sel> Part<Sel> for DatagramServer<'_, S, H>
where
    S: Datagram,
    H: DatagramHandler<S::Addr>,
    Sel: Selector<Key = Key> + Register<S>,
{
    fn start(&mut self, turn: &mut Turn<'_, Sel>) -> Result<(), <Sel as Selector>::Error> {
        let Some(socket) = &self.socket else {
            return Ok(());
        };
        turn.selector
            .register(socket, self.interest, turn.key(SOCKET))?;
        self.call(turn.now, H::setup);
        self.settle(turn);
        Ok(())
    }

    fn ready(&mut self, turn: &mut Turn<'_, Sel>, token: u32, ready: Ready) {
        if token != SOCKET {
            return;
        }
        if !self.kept.is_empty() {
            if ready.is_writable() {
                self.send_kept(turn.now);
            }
        } else if ready.is_readable() && !self.stopping {
            self.receive(turn.now, turn.scratch);
        }
        self.settle(turn);
    }

    fn deadline(&self) -> Instant {
        let wake = if self.kept.is_empty() && !self.stopping {
            self.wake
        } else {
            Instant::NEVER
        };
        wake.min(self.resting.unwrap_or(Instant::NEVER))
    }

    fn expire(&mut self, turn: &mut Turn<'_, Sel>) {
        if self.resting.is_some_and(|until| until <= turn.now) {
            self.resting = None;
        }
        if self.wake <= turn.now && self.kept.is_empty() && !self.stopping {
            self.wake = Instant::NEVER;
            self.call(turn.now, H::wake);
        }
        self.settle(turn);
    }

    fn end_turn(&mut self, turn: &mut Turn<'_, Sel>) -> Instant {
        self.handler.service_actions(&self.tally);
        let due = Part::<Sel>::deadline(self);
        if due > turn.now {
            return due;
        }
        self.expire(turn);
        Part::<Sel>::deadline(self)
    }

    fn handle_timeout(&mut self) {
        self.handler.handle_timeout();
    }

    fn stop(&mut self, turn: &mut Turn<'_, Sel>) {
        self.stopping = true;
        self.settle(turn);
    }

    fn is_done(&self) -> bool {
        self.kept.is_empty()
    }

    fn close(&mut self, turn: &mut Turn<'_, Sel>) {
        if let Some(socket) = self.socket.take() {
            // Dropping it closes it; a failure to unregister changes nothing.
            let _ = turn.selector.unregister(&socket);
        }
    }
}

impl<S: Datagram, H> fmt::Debug for DatagramServer<'_, S, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DatagramServer")
            .field("tally", &self.tally)
            .finish_non_exhaustive()
    }
}
