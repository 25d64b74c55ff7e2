use core::fmt;

use super::limits::{Limits, WhenFull};
use super::slot::{Loan, Slot};
use super::{Closed, Key, Part, StreamService, Turn};
use crate::select::{Interest, Ready, Register, Selector};
use crate::socket::{Listener, Stream};
use crate::time::{Duration, Instant};
use crate::timers::Timers;
use crate::{Error, ErrorKind};

/// The listener's token; slots have the numbers below.
const LISTENER: u32 = u32::MAX;
/// No slot.
const NONE: u32 = u32::MAX;
/// How many connections are accepted before the others get their turn.
const ACCEPTS: usize = 64;
/// How long a listener rests after the system had no descriptor for a connection.
const REST: Duration = Duration::from_millis(100);

/// A slot, and what it is lent.
type Lent<'l, S, H> = (&'l mut Slot<S, H>, Loan<'l>);

/// What a [`StreamServer`] has seen since it was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct StreamTally {
    /// Connections that got a slot.
    pub accepted: u64,
    /// Connections that were closed at once: no slot, or not verified.
    pub refused: u64,
    /// Connections that ended otherwise than by end of file, the handler, or shutdown.
    pub failed: u64,
    /// Octets read from peers, of closed connections.
    pub received: u64,
    /// Octets that sockets took, of closed connections.
    pub sent: u64,
}

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
pub struct StreamServer<'s, L, F>
where
    L: Listener,
    F: StreamService<L::Addr>,
{
    listener: Option<L>,
    service: F,
    slots: &'s mut [Slot<L::Stream, F::Handler>],
    buffers: &'s mut [u8],
    /// How much of the buffers each slot has.
    share: usize,
    limits: Limits,
    timers: Timers,
    first_free: u32,
    live: u32,
    /// While the listener is paused: when to look again.
    paused: Option<Instant>,
    tally: StreamTally,
}

impl<'s, L, F> StreamServer<'s, L, F>
where
    L: Listener,
    F: StreamService<L::Addr>,
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
            listener: Some(listener),
            service,
            share: buffers.len() / slots.len().max(1),
            slots,
            buffers,
            limits: Limits::DEFAULT,
            timers: Timers::new(),
            first_free,
            live: 0,
            paused: None,
            tally: StreamTally::default(),
        }
    }

    /// The same with other limits.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The listener, until the server stops.
    pub const fn listener(&self) -> Option<&L> {
        self.listener.as_ref()
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

    /// A slot, and what it is lent.
    fn lend(&mut self, index: u32, now: Instant) -> Option<Lent<'_, L::Stream, F::Handler>> {
        let index = index as usize;
        let start = index * self.share;
        let slot = self.slots.get_mut(index)?;
        let loan = Loan {
            limits: &self.limits,
            now,
            buffer: self.buffers.get_mut(start..start + self.share)?,
        };
        Some((slot, loan))
    }

    fn accept<Sel>(&mut self, turn: &mut Turn<'_, Sel>)
    where
        Sel: Selector<Key = Key> + Register<L> + Register<L::Stream>,
    {
        for _ in 0..ACCEPTS {
            if self.first_free == NONE && self.limits.when_full == WhenFull::Wait {
                return self.pause(turn, Instant::NEVER);
            }
            let Some(listener) = &mut self.listener else {
                return;
            };
            match listener.accept().map_err(|error| (error.reason(), error)) {
                Ok((stream, remote)) => self.admit(turn, stream, remote),
                Err((ErrorKind::WouldBlock, _)) => return,
                Err((ErrorKind::Interrupted | ErrorKind::Aborted, _)) => {}
                Err((_, error)) => {
                    warn_!("cannot accept: {}", error);
                    return self.pause(turn, turn.now + REST);
                }
            }
        }
    }

    fn admit<Sel>(&mut self, turn: &mut Turn<'_, Sel>, stream: L::Stream, remote: L::Addr)
    where
        Sel: Selector<Key = Key> + Register<L> + Register<L::Stream>,
    {
        let index = self.first_free;
        let verified = index != NONE && self.service.verify_request(&remote);
        let Some(slot) = self.slots.get_mut(index as usize).filter(|_| verified) else {
            debug!("{} refused", remote);
            self.tally.refused += 1;
            return stream.abort();
        };
        if let Err(error) = turn
            .selector
            .register(&stream, Interest::READ, turn.key(index))
        {
            warn_!("{} refused: {}", remote, error);
            self.tally.refused += 1;
            return stream.abort();
        }
        info!("{} accepted", remote);
        self.tally.accepted += 1;
        self.live += 1;
        self.first_free = slot.next_free;
        let handler = self.service.handler(&remote);
        let Some((slot, mut loan)) = self.lend(index, turn.now) else {
            return;
        };
        let outcome = slot.open(stream, remote, handler, &mut loan);
        self.settle(turn, index, outcome);
    }

    /// After every call into a slot: close it, or bring its registration and deadline up to date.
    fn settle<Sel>(&mut self, turn: &mut Turn<'_, Sel>, index: u32, outcome: Result<(), Closed>)
    where
        Sel: Selector<Key = Key> + Register<L> + Register<L::Stream>,
    {
        let Some(slot) = self.slots.get_mut(index as usize) else {
            return;
        };
        let mut outcome = outcome;
        if outcome.is_ok()
            && let Some(interest) = slot.changed_interest()
            && let Some(stream) = slot.stream()
            && let Err(error) = turn.selector.modify(stream, interest, turn.key(index))
        {
            outcome = Err(Closed::Failed(error.reason()));
        }
        match outcome {
            Ok(()) => {
                let due = slot.due(&self.limits);
                self.timers.arm(self.slots, index, due);
            }
            Err(why) => self.close_slot(turn, index, why),
        }
    }

    fn close_slot<Sel>(&mut self, turn: &mut Turn<'_, Sel>, index: u32, why: Closed)
    where
        Sel: Selector<Key = Key> + Register<L> + Register<L::Stream>,
    {
        self.timers.cancel(self.slots, index);
        let Some(slot) = self.slots.get_mut(index as usize) else {
            return;
        };
        if let Some(stream) = slot.stream() {
            // It was registered when the slot was filled; there is nothing to do about a failure.
            let _ = turn.selector.unregister(stream);
        }
        let Some(finished) = slot.close(why) else {
            return;
        };
        slot.next_free = self.first_free;
        self.first_free = index;
        self.live -= 1;
        let (received, sent) = (finished.tally.received, finished.tally.sent);
        info!(
            "{} closed, {} octets in, {} out: {}",
            finished.remote, received, sent, why
        );
        self.tally.received += received;
        self.tally.sent += sent;
        let expected = matches!(
            why,
            Closed::EndOfFile | Closed::ByHandler | Closed::Shutdown
        );
        self.tally.failed += u64::from(!expected);
        self.service.closed(&finished.remote, why, finished.tally);
        self.unpause(turn);
    }

    /// Stops to watch the listener until something was closed, or `until`.
    fn pause<Sel>(&mut self, turn: &mut Turn<'_, Sel>, until: Instant)
    where
        Sel: Selector<Key = Key> + Register<L>,
    {
        self.watch_listener(turn, Interest::NONE);
        self.paused = Some(until);
    }

    fn unpause<Sel>(&mut self, turn: &mut Turn<'_, Sel>)
    where
        Sel: Selector<Key = Key> + Register<L>,
    {
        if self.paused.take().is_some() {
            self.watch_listener(turn, Interest::READ);
        }
    }

    fn watch_listener<Sel>(&self, turn: &mut Turn<'_, Sel>, interest: Interest)
    where
        Sel: Selector<Key = Key> + Register<L>,
    {
        if let Some(listener) = &self.listener
            && let Err(error) = turn.selector.modify(listener, interest, turn.key(LISTENER))
        {
            warn_!("cannot watch the listener: {}", error);
        }
    }
}

impl<L, F, Sel> Part<Sel> for StreamServer<'_, L, F>
where
    L: Listener,
    F: StreamService<L::Addr>,
    Sel: Selector<Key = Key> + Register<L> + Register<L::Stream>,
{
    fn start(&mut self, turn: &mut Turn<'_, Sel>) -> Result<(), <Sel as Selector>::Error> {
        match &self.listener {
            Some(listener) => turn
                .selector
                .register(listener, Interest::READ, turn.key(LISTENER)),
            None => Ok(()),
        }
    }

    fn ready(&mut self, turn: &mut Turn<'_, Sel>, token: u32, ready: Ready) {
        if token == LISTENER {
            return self.accept(turn);
        }
        let Some((slot, mut loan)) = self.lend(token, turn.now) else {
            return;
        };
        let outcome = slot.ready(ready, &mut loan, turn.scratch);
        self.settle(turn, token, outcome);
    }

    fn deadline(&self) -> Instant {
        self.timers
            .next(self.slots)
            .min(self.paused.unwrap_or(Instant::NEVER))
    }

    fn expire(&mut self, turn: &mut Turn<'_, Sel>) {
        if self.paused.is_some_and(|until| until <= turn.now) {
            self.unpause(turn);
        }
        // A handler may ask for its next turn at once; the others come first.
        for _ in 0..self.live {
            let Some(index) = self.timers.pop(self.slots, turn.now) else {
                return;
            };
            let Some((slot, mut loan)) = self.lend(index, turn.now) else {
                return;
            };
            let outcome = slot.expire(&mut loan);
            self.settle(turn, index, outcome);
        }
    }

    fn stop(&mut self, turn: &mut Turn<'_, Sel>) {
        if let Some(listener) = self.listener.take() {
            // Dropping it closes it; a failure to unregister changes nothing.
            let _ = turn.selector.unregister(&listener);
        }
        for index in 0..u32::try_from(self.slots.len()).unwrap_or(LISTENER) {
            let Some(slot) = self.slots.get_mut(index as usize) else {
                return;
            };
            let outcome = slot.begin_close(Closed::Shutdown, &self.limits, turn.now);
            self.settle(turn, index, outcome);
        }
    }

    fn is_done(&self) -> bool {
        self.live == 0
    }

    fn close(&mut self, turn: &mut Turn<'_, Sel>) {
        self.stop(turn);
        for index in 0..u32::try_from(self.slots.len()).unwrap_or(LISTENER) {
            self.close_slot(turn, index, Closed::Shutdown);
        }
    }
}

impl<L, F> fmt::Debug for StreamServer<'_, L, F>
where
    L: Listener,
    F: StreamService<L::Addr>,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamServer")
            .field("slots", &self.slots.len())
            .field("live", &self.live)
            .field("paused", &self.paused)
            .field("tally", &self.tally)
            .finish_non_exhaustive()
    }
}
