use core::fmt;

use super::kept::{Envelope, Kept};
use super::outbox::Outbox;
use super::{DatagramHandler, DatagramTally, ErrorTally, Key, Part, Request, Turn};
use crate::logged::{Fault, Peer};
use crate::select::{Interest, Ready, Register, Selector};
use crate::socket::{Batch, Datagram, Received};
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
    /// What was received and is not handled yet; without room unless it was lent.
    batch: Batch<'s, S::Addr>,
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
            batch: Batch::new(&mut [], &mut []),
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

    /// The same, with as many datagrams at once as `received` has entries: by one call
    /// of the system to receive them and one to send the replies, where there are such
    /// calls. What waits in the socket beyond that has its turn after the others'.
    ///
    /// Each datagram has its even share of `octets`, and the service's scratch buffer
    /// is not used; a longer one is cut. Replies are kept until all have been handled
    /// or the room is full: `replies` is for how many, and `kept` (of
    /// [`new`](Self::new)) for their octets, at least twice as many as the longest has.
    ///
    /// ```
    /// # use amphi_core::select::{Event, Ready};
    /// # use amphi_core::serve::{DatagramHandler, DatagramServer, Envelope, Key, Outbox};
    /// # use amphi_core::serve::{Request, Service};
    /// # use amphi_core::socket::{Net, Socket};
    /// # use amphi_std::{DefaultSelector, Host};
    /// # use core::time::Duration;
    /// # struct Silent;
    /// # impl<A> DatagramHandler<A> for Silent {
    /// #     fn handle(&mut self, _: &Request<'_, A>, _: &mut Outbox<'_, A>) {}
    /// # }
    /// # let socket = Host.udp_bind("127.0.0.1:0".parse().unwrap())?;
    /// let (mut octets, mut kept) = ([0; 32 * 512], [0; 32 * 512]);
    /// let mut received = [const { None }; 32];
    /// let mut replies = [const { Envelope::new() }; 32];
    /// let mut server = DatagramServer::new(socket, Silent, &mut kept)
    ///     .with_batches(&mut octets, &mut received, &mut replies);
    /// # let mut parts: [&mut dyn amphi_core::serve::Part<DefaultSelector<Key>>; 1] = [&mut server];
    /// # Ok::<(), amphi_std::HostError>(())
    /// ```
    #[must_use]
    pub fn with_batches(
        mut self,
        octets: &'s mut [u8],
        received: &'s mut [Option<Received<S::Addr>>],
        replies: &'s mut [Envelope<S::Addr>],
    ) -> Self {
        self.batch = Batch::new(octets, received);
        self.kept.lend(replies);
        self
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
        let (kept, wake, tally) = (&mut self.kept, &mut self.wake, &mut self.tally);
        let mut outbox = Outbox::new(socket, kept, now, wake, tally);
        call(&mut self.handler, &mut outbox);
    }

    /// Sends what the handler has said meanwhile.
    fn flush(&mut self, now: Instant) {
        if let Some(socket) = &mut self.socket {
            self.kept.flush(socket, &mut self.tally);
        }
        if let Some(kind) = self.kept.take_fault() {
            self.rest(kind, now);
        }
    }

    fn receive(&mut self, now: Instant, scratch: &mut [u8]) {
        let Some(socket) = &mut self.socket else {
            return;
        };
        if self.batch.capacity() > 0 {
            return match socket.recv_batch(&mut self.batch) {
                Ok(_) => self.serve_batch(now),
                Err(error) => self.fail(error.reason(), now),
            };
        }
        let received = match socket.recv_from(scratch) {
            Ok(received) => received,
            Err(error) => return self.fail(error.reason(), now),
        };
        let (kept, wake) = (&mut self.kept, &mut self.wake);
        let outbox = Outbox::new(socket, kept, now, wake, &mut self.tally);
        serve(&mut self.handler, scratch, &received, outbox);
    }

    /// Handles the batch as long as there is room for replies, and sends these.
    fn serve_batch(&mut self, now: Instant) {
        let Some(socket) = &mut self.socket else {
            return;
        };
        loop {
            if !self.kept.has_room() {
                self.kept.flush(socket, &mut self.tally);
            }
            if !self.kept.has_room() {
                break;
            }
            let Some((octets, received)) = self.batch.pop() else {
                break;
            };
            let (kept, wake) = (&mut self.kept, &mut self.wake);
            let outbox = Outbox::new(socket, kept, now, wake, &mut self.tally);
            serve(&mut self.handler, octets, received, outbox);
        }
        self.flush(now);
    }

    fn send_kept(&mut self, now: Instant) {
        self.flush(now);
        if self.kept.is_empty() && !self.batch.is_empty() {
            self.serve_batch(now);
        }
        if self.kept.is_empty() && !self.stopping {
            self.speak(now, H::room);
        }
    }

    /// A call in which nothing was received.
    fn speak(&mut self, now: Instant, call: impl FnOnce(&mut H, &mut Outbox<'_, S::Addr>)) {
        self.call(now, call);
        if self.batch.capacity() > 0 {
            self.flush(now);
        }
    }

    fn fail(&mut self, kind: ErrorKind, now: Instant) {
        if kind.is_passing() {
            return;
        }
        self.tally.errors.count(kind);
        self.rest(kind, now);
    }

    /// After an error that the socket may go on to report, it rests.
    fn rest(&mut self, kind: ErrorKind, now: Instant) {
        warn_!("datagram socket: {}", kind);
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
        let Some(socket) = &self.socket else {
            return;
        };
        match turn.selector.modify(socket, interest, turn.key(SOCKET)) {
            Ok(()) => self.interest = interest,
            Err(error) => {
                warn_!("cannot watch the datagram socket: {}", Fault(&error));
                // Tried again with the next event, or when the rest is over.
                self.resting = Some(turn.now + REST);
            }
        }
    }
}

/// Calls the handler for one datagram, of which `buf` has what was not cut.
fn serve<A: crate::socket::Address, H: DatagramHandler<A>>(
    handler: &mut H,
    buf: &[u8],
    received: &Received<A>,
    mut outbox: Outbox<'_, A>,
) {
    let Some(octets) = buf.get(..received.len) else {
        let len = received.len;
        debug!("{} octets from {} do not fit", len, Peer(&received.from));
        outbox.count_truncated();
        return handler.truncated(len, &received.from);
    };
    outbox.count_received();
    let request = Request {
        octets,
        from: &received.from,
        to: received.to,
    };
    handler.handle(&request, &mut outbox);
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
        self.speak(turn.now, H::setup);
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
            self.speak(turn.now, H::wake);
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
        self.kept.is_empty() && self.batch.is_empty()
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
