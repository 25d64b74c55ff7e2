use core::fmt;

use super::door::{Door, LISTENER};
use super::limits::{Bounds, Limits, WhenFull};
use super::peers::{self, Ask};
use super::slot::{Connection, Left, Loan, Slot, Visit};
use super::{Closed, Hooks, Key, Part, StreamHandler, StreamTally, Tally, Turn};
use crate::logged::{Fault, Peer};
use crate::select::{Interest, Ready, Register, Selector};
use crate::socket::{Listener, Shutdown, Socket, Stream};
use crate::time::Instant;
use crate::timers::Timers;
use crate::{Error, ErrorKind};

/// No slot.
const NONE: u32 = u32::MAX;
/// How often in one turn a connection is read that fills its room, where to ask again costs a
/// call; not more, so that one fast peer does not keep the others waiting.
const READS: usize = 4;
/// How many connections are accepted before the others get their turn.
const ACCEPTS: usize = 64;

/// What counts the slots of each peer.
type Peers<S, H> = peers::Table<Slot<S, H>, <S as Socket>::Addr>;

/// Serves the connections of one listener: Python's `TCPServer` and
/// `UnixStreamServer`, as a [`Part`].
///
/// The slots are the caller's: an array in firmware, a boxed slice on a host.
/// Their number is the number of connections at a time.
///
/// ```
/// use amphi_core::select::{Event, Ready};
/// use amphi_core::serve::{Key, Next, Reply, Service, Slot, StreamHandler, StreamServer};
/// use amphi_core::socket::{Blocking, Net, Socket};
/// use amphi_std::{DefaultSelector, Host};
/// use core::net::SocketAddr;
/// use core::time::Duration;
///
/// struct Echo;
///
/// impl StreamHandler for Echo {
///     fn handle(&mut self, input: &[u8], reply: &mut Reply<'_>) -> Next {
///         reply.send(input);
///         Next::Keep
///     }
/// }
///
/// let listener = Host.tcp_listen("127.0.0.1:0".parse().unwrap(), 8)?;
/// let address = listener.local()?;
/// let mut slots = [const { Slot::new() }; 4];
/// let mut buffers = [0; 4 * 256];
/// let mut server = StreamServer::new(listener, |_: &SocketAddr| Echo, &mut slots, &mut buffers);
///
/// let mut client = Blocking::connect(Host, address, None)?;
/// client.write(b"hello")?;
///
/// let mut selector = DefaultSelector::new()?;
/// let mut events = [Event::new(Key::default(), Ready::NONE); 8];
/// let mut scratch = [0; 256];
/// let mut parts: [&mut dyn amphi_core::serve::Part<_>; 1] = [&mut server];
/// let mut service = Service::new(Host, &mut selector, &mut parts, &mut events, &mut scratch);
/// service.start()?;
/// service.turn(None)?; // accepts
/// service.turn(None)?; // echoes
/// assert_eq!(client.read(&mut [0; 8])?, 5);
/// service.finish(Duration::ZERO)?;
/// assert_eq!(server.tally().received, 5);
/// # Ok::<(), amphi_std::HostError>(())
/// ```
///
/// `LIMITED` is whether it has limits of its own, by [`with_limits`](Self::with_limits): a server
/// with the defaults has no code for others.
pub struct StreamServer<'s, L, F, const LIMITED: bool = false>
where
    L: Listener,
    F: Hooks<L::Addr, Handler: StreamHandler>,
{
    door: Door<L>,
    service: F,
    slots: &'s mut [Slot<L::Stream, F::Handler>],
    buffers: &'s mut [u8],
    /// How much of the buffers each slot has.
    share: usize,
    /// None for the defaults.
    limits: Option<Bounds>,
    /// Counts the connections of each peer, where a limit asks for it.
    peers: Option<Peers<L::Stream, F::Handler>>,
    timers: Timers,
    first_free: u32,
    live: u32,
    tally: StreamTally,
}

impl<'s, L, F> StreamServer<'s, L, F>
where
    L: Listener,
    F: Hooks<L::Addr, Handler: StreamHandler>,
{
    /// Serves `listener` with `service` in `slots`. `buffers` is shared out evenly
    /// among them: what each slot keeps of a reply that its socket would not
    /// take, and how many octets are read at once, so that an equally long reply
    /// always fits. Slots that another server used before are emptied.
    ///
    /// A connection of a server without an octet of buffer for each slot fails
    /// with `InvalidInput`.
    pub fn new(
        listener: L,
        service: F,
        slots: &'s mut [Slot<L::Stream, F::Handler>],
        buffers: &'s mut [u8],
    ) -> Self {
        let mut first_free = NONE;
        for (index, slot) in (0..LISTENER).zip(slots.iter_mut()).rev() {
            *slot.reset() = first_free;
            first_free = index;
        }
        Self {
            door: Door::new(listener),
            service,
            share: buffers.len() / slots.len().max(1),
            slots,
            buffers,
            limits: None,
            peers: None,
            timers: Timers::new(),
            first_free,
            live: 0,
            tally: StreamTally::default(),
        }
    }
}

impl<'s, L, F, const LIMITED: bool> StreamServer<'s, L, F, LIMITED>
where
    L: Listener,
    F: Hooks<L::Addr, Handler: StreamHandler>,
{
    /// The same with other limits.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> StreamServer<'s, L, F, true> {
        self.door.set_rate(limits.accept_rate);
        if limits.connections_per_peer.is_some() {
            self.slots.iter_mut().for_each(Slot::unlink);
        }
        StreamServer {
            door: self.door,
            service: self.service,
            slots: self.slots,
            buffers: self.buffers,
            share: self.share,
            limits: Some(Bounds::new(&limits)),
            peers: limits
                .connections_per_peer
                .map(|_| peers::table as Peers<L::Stream, F::Handler>),
            timers: self.timers,
            first_free: self.first_free,
            live: self.live,
            tally: self.tally,
        }
    }

    /// The listener, until the server stops.
    pub const fn listener(&self) -> Option<&L> {
        self.door.listener()
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

    /// The service.
    pub const fn service(&self) -> &F {
        &self.service
    }

    /// How many connections are open.
    pub const fn live(&self) -> u32 {
        self.live
    }

    /// The counters.
    pub const fn tally(&self) -> StreamTally {
        self.tally
    }

    /// Whether there is no place for another connection.
    fn is_full(&self) -> bool {
        self.first_free == NONE
            || (LIMITED && self.live >= bounds::<LIMITED>(&self.limits).connections)
    }

    #[cfg_attr(not(target_pointer_width = "32"), inline(never))]
    fn accept<Sel>(&mut self, turn: &mut Turn<'_, Sel>)
    where
        Sel: Selector<Key = Key> + Register<L> + Register<L::Stream>,
    {
        for _ in 0..ACCEPTS {
            let full = self.is_full();
            if full && bounds::<LIMITED>(&self.limits).when_full == WhenFull::Wait {
                return self.door.pause(turn, Instant::NEVER);
            }
            match self.door.accept::<_, LIMITED>(turn, &mut self.tally) {
                Some((stream, remote)) => self.admit(turn, stream, remote, full),
                None => return,
            }
        }
    }

    fn admit<Sel>(
        &mut self,
        turn: &mut Turn<'_, Sel>,
        stream: L::Stream,
        remote: L::Addr,
        full: bool,
    ) where
        Sel: Selector<Key = Key> + Register<L> + Register<L::Stream>,
    {
        let reset = full && bounds::<LIMITED>(&self.limits).when_full == WhenFull::Reset;
        if full || self.is_one_too_many(&remote) || !self.service.verify_request(&remote) {
            return self.refuse(stream, &remote, reset);
        }
        let index = self.first_free;
        let key = turn.key(index);
        if let Err(error) = turn
            .selector
            .register_by_edges(&stream, Interest::READ, key)
        {
            warn_!("{}: {}", Peer(&remote), Fault(&error));
            self.tally.errors.count(error.reason());
            return self.refuse(stream, &remote, true);
        }
        info!("{} accepted", Peer(&remote));
        self.tally.accepted += 1;
        self.live += 1;
        self.service.process_request(&remote);
        if let Some(peers) = self.peers() {
            peers(self.slots, Ask::Count(index, &remote));
        }
        let handler = self.service.finish_request(&remote);
        if let Some(slot) = self.slots.get_mut(index as usize) {
            self.first_free = slot.next_free;
            slot.connection = Some(Connection::new(stream, remote, handler, turn.now));
        }
        self.visit(turn, index, Visit::Open);
    }

    /// Whether `remote` has as many connections as one peer may have.
    fn is_one_too_many(&mut self, remote: &L::Addr) -> bool {
        let many = bounds::<LIMITED>(&self.limits).connections_per_peer;
        self.peers()
            .is_some_and(|peers| peers(self.slots, Ask::HasMany(remote, many)))
    }

    const fn peers(&self) -> Option<Peers<L::Stream, F::Handler>> {
        if LIMITED { self.peers } else { None }
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
        self.service.shutdown_request(remote);
        let (why, tally) = (Closed::Refused, Tally::default());
        self.service.close_request(remote, why, tally);
    }

    /// Calls into a slot, and then closes it, or brings its registration and deadline up to
    /// date. On a host it is made anew for each visit, as ten instructions a message count there.
    #[cfg_attr(not(target_pointer_width = "32"), inline(always))]
    fn visit<Sel>(&mut self, turn: &mut Turn<'_, Sel>, index: u32, visit: Visit)
    where
        Sel: Selector<Key = Key> + Register<L> + Register<L::Stream>,
    {
        let start = index as usize * self.share;
        let slot = self.slots.get_mut(index as usize);
        let buffer = self.buffers.get_mut(start..start + self.share);
        let (Some(connection), Some(buffer)) = (slot.and_then(|it| it.connection.as_mut()), buffer)
        else {
            return;
        };
        let limits = bounds::<LIMITED>(&self.limits);
        let mut loan = Loan {
            now: turn.now,
            buffer,
            totals: &mut self.tally,
        };
        let mut left = match visit {
            Visit::Ready(_) => Left::Unknown,
            _ => Left::Nothing,
        };
        let lingered = connection.lingers().is_some();
        let mut reads = if Register::<L::Stream>::has_edges(turn.selector) {
            READS
        } else {
            1
        };
        let outcome = loop {
            let outcome = connection.visit(visit, limits, &mut loan, turn.scratch, &mut left);
            reads -= 1;
            if reads == 0 || outcome.is_err() || !connection.has_more(left) {
                break outcome;
            }
        };
        // A deadline that has come is armed no more.
        if outcome.is_ok()
            && left == Left::Nothing
            && matches!(visit, Visit::Ready(_))
            && connection.is_steady()
        {
            return;
        }
        self.settle(turn, index, lingered, left, outcome);
    }

    /// Brings a slot's registration and deadline up to date after a visit, or closes it.
    #[cfg_attr(target_pointer_width = "32", inline(always))]
    #[cfg_attr(not(target_pointer_width = "32"), cold, inline(never))]
    fn settle<Sel>(
        &mut self,
        turn: &mut Turn<'_, Sel>,
        index: u32,
        lingered: bool,
        left: Left,
        mut outcome: Result<(), Closed>,
    ) where
        Sel: Selector<Key = Key> + Register<L> + Register<L::Stream>,
    {
        let slot = self.slots.get_mut(index as usize);
        let Some(connection) = slot.and_then(|it| it.connection.as_mut()) else {
            return;
        };
        if outcome.is_ok() {
            let key = turn.key(index);
            let asked = match connection.changed_interest() {
                Some(interest) => turn.selector.modify(&connection.stream, interest, key),
                None if left != Left::Nothing => turn.selector.again(&connection.stream),
                None => Ok(()),
            };
            outcome = asked.map_err(|error| Closed::Failed(error.reason()));
        }
        if let Some(why) = connection.lingers()
            && !lingered
        {
            last_word(&mut self.service, &connection.remote, why);
        }
        match outcome {
            Ok(()) => {
                if !Sel::is_flat() {
                    let due = connection.due(bounds::<LIMITED>(&self.limits));
                    self.timers.arm(self.slots, index, due);
                }
            }
            Err(why) => self.close_slot(turn, index, why),
        }
    }

    fn visit_all<Sel>(&mut self, turn: &mut Turn<'_, Sel>, visit: Visit)
    where
        Sel: Selector<Key = Key> + Register<L> + Register<L::Stream>,
    {
        for index in 0..u32::try_from(self.slots.len()).unwrap_or(LISTENER) {
            self.visit(turn, index, visit);
        }
    }

    /// Does what is due, and tells what is next.
    #[cfg_attr(target_pointer_width = "32", inline(always))]
    #[cfg_attr(not(target_pointer_width = "32"), cold, inline(never))]
    fn expire_late<Sel>(&mut self, turn: &mut Turn<'_, Sel>) -> Instant
    where
        Sel: Selector<Key = Key> + Register<L> + Register<L::Stream>,
    {
        Part::<Sel>::expire(self, turn);
        Part::<Sel>::deadline(self)
    }

    /// Does what is due without a timer for each slot, and tells what is next.
    fn look_at_all<Sel>(&mut self, turn: &mut Turn<'_, Sel>) -> Instant
    where
        Sel: Selector<Key = Key> + Register<L> + Register<L::Stream>,
    {
        self.door.expire(turn);
        let mut next = self.door.deadline();
        for index in 0..u32::try_from(self.slots.len()).unwrap_or(LISTENER) {
            let due = self.due(index);
            if due <= turn.now {
                self.visit(turn, index, Visit::Due);
            }
            next = next.min(due);
        }
        next
    }

    /// When something has to be done in a slot.
    fn due(&self, index: u32) -> Instant {
        let slot = self.slots.get(index as usize);
        let connection = slot.and_then(|slot| slot.connection.as_ref());
        connection.map_or(Instant::NEVER, |connection| {
            connection.due(bounds::<LIMITED>(&self.limits))
        })
    }

    #[cfg_attr(target_pointer_width = "32", inline(always))]
    fn close_slot<Sel>(&mut self, turn: &mut Turn<'_, Sel>, index: u32, why: Closed)
    where
        Sel: Selector<Key = Key> + Register<L> + Register<L::Stream>,
    {
        if !Sel::is_flat() {
            self.timers.cancel(self.slots, index);
        }
        if let Some(peers) = self.peers() {
            peers(self.slots, Ask::Forget(index));
        }
        let Some(slot) = self.slots.get_mut(index as usize) else {
            return;
        };
        let Some(connection) = &mut slot.connection else {
            return;
        };
        // It was registered when the slot was filled; there is nothing to do about a failure.
        let _ = turn.selector.unregister(&connection.stream);
        let lingered = connection.lingers().is_some();
        connection.finish(why);
        let (received, sent) = (connection.tally.received, connection.tally.sent);
        info!(
            "{} closed, {} octets in, {} out: {}",
            Peer(&connection.remote),
            received,
            sent,
            why
        );
        let (remote, tally) = (connection.remote.clone(), connection.tally);
        if !matches!(why, Closed::Aborted | Closed::Stalled) {
            // Dropped where it is, as to move it takes code.
            slot.connection = None;
        } else if let Some(connection) = slot.connection.take() {
            connection.stream.abort();
        }
        slot.next_free = self.first_free;
        self.first_free = index;
        self.live -= 1;
        self.tally.failed += u64::from(why.is_failure());
        if let Closed::Failed(kind) = why {
            self.tally.errors.count(kind);
        }
        if !lingered {
            last_word(&mut self.service, &remote, why);
        }
        self.service.close_request(&remote, why, tally);
        self.door.unpause(turn);
    }
}

impl<L, F, Sel, const LIMITED: bool> Part<Sel> for StreamServer<'_, L, F, LIMITED>
where
    L: Listener,
    F: Hooks<L::Addr, Handler: StreamHandler>,
    Sel: Selector<Key = Key> + Register<L> + Register<L::Stream>,
{
    fn start(&mut self, turn: &mut Turn<'_, Sel>) -> Result<(), <Sel as Selector>::Error> {
        self.door.start(turn)
    }

    fn ready(&mut self, turn: &mut Turn<'_, Sel>, token: u32, ready: Ready) {
        if token == LISTENER {
            return self.accept(turn);
        }
        self.visit(turn, token, Visit::Ready(ready));
    }

    fn deadline(&self) -> Instant {
        let next = if Sel::is_flat() {
            let limits = bounds::<LIMITED>(&self.limits);
            let connections = self
                .slots
                .iter()
                .filter_map(|slot| slot.connection.as_ref());
            let dues = connections.map(|connection| connection.due(limits));
            dues.fold(Instant::NEVER, Instant::min)
        } else {
            self.timers.next(self.slots)
        };
        next.min(self.door.deadline())
    }

    fn expire(&mut self, turn: &mut Turn<'_, Sel>) {
        if Sel::is_flat() {
            self.look_at_all(turn);
            return;
        }
        self.door.expire(turn);
        // A handler may ask for its next turn at once; the others come first.
        for _ in 0..self.live {
            let Some(index) = self.timers.pop(self.slots, turn.now) else {
                return;
            };
            let due = self.due(index);
            if due <= turn.now {
                self.visit(turn, index, Visit::Due);
            } else {
                self.timers.arm(self.slots, index, due);
            }
        }
    }

    fn stop(&mut self, turn: &mut Turn<'_, Sel>) {
        self.door.stop(turn);
        self.visit_all(turn, Visit::Stop);
    }

    fn end_turn(&mut self, turn: &mut Turn<'_, Sel>) -> Instant {
        self.service.service_actions(&self.tally);
        if Sel::is_flat() {
            return self.look_at_all(turn);
        }
        let due = Part::<Sel>::deadline(self);
        if due > turn.now {
            return due;
        }
        self.expire_late(turn)
    }

    fn handle_timeout(&mut self) {
        self.service.handle_timeout();
    }

    fn is_done(&self) -> bool {
        self.live == 0
    }

    fn close(&mut self, turn: &mut Turn<'_, Sel>) {
        self.stop(turn);
        self.visit_all(turn, Visit::Close);
    }
}

/// The limits of a server: its own, or the defaults.
const fn bounds<const LIMITED: bool>(own: &Option<Bounds>) -> &Bounds {
    match own {
        Some(own) if LIMITED => own,
        _ => &Bounds::DEFAULT,
    }
}

/// This side has said its last word in a connection.
fn last_word<A, F: Hooks<A>>(service: &mut F, remote: &A, why: Closed) {
    if why.is_failure() {
        service.handle_error(remote, why);
    }
    service.shutdown_request(remote);
}

impl<L, F, const LIMITED: bool> fmt::Debug for StreamServer<'_, L, F, LIMITED>
where
    L: Listener,
    F: Hooks<L::Addr, Handler: StreamHandler>,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamServer")
            .field("slots", &self.slots.len())
            .field("live", &self.live)
            .field("door", &self.door.deadline())
            .field("tally", &self.tally)
            .finish_non_exhaustive()
    }
}
