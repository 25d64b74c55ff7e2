//! What serves the datagrams of a socket, the same for all handlers: the code is not made
//! anew for each.

use super::kept::{Envelope, Kept};
use super::outbox::Outbox;
use super::{DatagramHandler, DatagramTally, Key, Request, Turn};
use crate::logged::{Fault, Peer};
use crate::select::{Interest, Ready, Register, Selector};
use crate::socket::{Batch, Datagram, Received};
use crate::time::Instant;
use crate::{Error, ErrorKind};

/// The socket's token.
const SOCKET: u32 = 0;
/// How many datagrams are handled before other sockets have their turn.
const AT_ONCE: usize = 16;
/// How long a socket rests after an error that it may go on to report, in microseconds.
const REST: u64 = 100_000;
/// How often in a row a datagram is refused by a socket that says it has room, before it is
/// dropped: a Unix socket's peer that does not read keeps only itself from an answer.
const REFUSALS: u8 = 10;

/// A handler of whatever type.
type Handler<'h, A> = &'h mut dyn DatagramHandler<A>;
/// What receives and serves many datagrams at once.
type Bulk<'s, S> = fn(&mut Desk<'s, S>, Instant, Handler<'_, <S as crate::socket::Socket>::Addr>);

/// What a handler is called for, besides a datagram.
#[derive(Clone, Copy)]
enum Call {
    Setup,
    Room,
    Wake,
}

/// A socket, and what is to be done with it.
pub(super) struct Desk<'s, S: Datagram> {
    kept: Kept<'s, S>,
    /// What was received and is not handled yet; without room unless it was lent.
    batch: Batch<'s, S::Addr>,
    /// Where room for many was lent; so that who never lends it has none of that code.
    bulk: Option<Bulk<'s, S>>,
    interest: Interest,
    wake: Instant,
    /// Until when the socket rests after an error; never if it does not.
    resting: Instant,
    /// How often the first datagram that waits was refused though there was room.
    refusals: u8,
    stopping: bool,
}

impl<'s, S: Datagram> Desk<'s, S> {
    pub(super) const fn new(socket: S, kept: &'s mut [u8]) -> Self {
        Self {
            kept: Kept::new(socket, kept),
            batch: Batch::new(&mut [], &mut []),
            bulk: None,
            interest: Interest::READ,
            wake: Instant::NEVER,
            resting: Instant::NEVER,
            refusals: 0,
            stopping: false,
        }
    }

    /// Lends room for many datagrams at once.
    pub(super) fn lend(&mut self, batch: Batch<'s, S::Addr>, replies: &'s mut [Envelope<S::Addr>]) {
        self.bulk = (batch.capacity() > 0).then_some(Self::serve_many);
        self.batch = batch;
        self.kept.lend(replies);
    }

    pub(super) const fn socket(&self) -> Option<&S> {
        self.kept.socket.as_ref()
    }

    pub(super) const fn tally(&self) -> &DatagramTally {
        &self.kept.tally
    }

    pub(super) const fn is_done(&self) -> bool {
        self.kept.is_empty() && self.batch.is_empty()
    }

    /// Whether the handler may speak unasked.
    const fn is_open(&self) -> bool {
        self.kept.is_empty() && !self.stopping
    }

    #[cfg_attr(target_pointer_width = "32", inline(never))]
    pub(super) fn deadline(&self) -> Instant {
        if self.is_open() {
            self.wake.min(self.resting)
        } else {
            self.resting
        }
    }

    pub(super) fn start<Sel>(
        &mut self,
        turn: &mut Turn<'_, Sel>,
        handler: Handler<'_, S::Addr>,
    ) -> Result<(), <Sel as Selector>::Error>
    where
        Sel: Selector<Key = Key> + Register<S>,
    {
        let Some(socket) = &self.kept.socket else {
            return Ok(());
        };
        turn.selector
            .register(socket, self.interest, turn.key(SOCKET))?;
        self.speak(turn.now, handler, Call::Setup);
        self.settle(turn);
        Ok(())
    }

    pub(super) fn ready<Sel>(
        &mut self,
        turn: &mut Turn<'_, Sel>,
        token: u32,
        ready: Ready,
        handler: Handler<'_, S::Addr>,
    ) where
        Sel: Selector<Key = Key> + Register<S>,
    {
        if token != SOCKET {
            return;
        }
        if !self.kept.is_empty() {
            if ready.is_writable() {
                self.send_kept(turn.now, handler);
            }
        } else if ready.is_readable() && !self.stopping {
            self.receive(turn.now, turn.scratch, handler);
        }
        self.settle(turn);
    }

    pub(super) fn expire<Sel>(&mut self, turn: &mut Turn<'_, Sel>, handler: Handler<'_, S::Addr>)
    where
        Sel: Selector<Key = Key> + Register<S>,
    {
        if self.resting <= turn.now {
            self.resting = Instant::NEVER;
        }
        if self.wake <= turn.now && self.is_open() {
            self.wake = Instant::NEVER;
            self.speak(turn.now, handler, Call::Wake);
        }
        self.settle(turn);
    }

    /// As [`Part::end_turn`](super::Part::end_turn).
    pub(super) fn end_turn<Sel>(
        &mut self,
        turn: &mut Turn<'_, Sel>,
        handler: Handler<'_, S::Addr>,
    ) -> Instant
    where
        Sel: Selector<Key = Key> + Register<S>,
    {
        handler.service_actions(&self.kept.tally);
        if self.deadline() <= turn.now {
            self.expire(turn, handler);
        }
        self.deadline()
    }

    pub(super) fn stop<Sel>(&mut self, turn: &mut Turn<'_, Sel>)
    where
        Sel: Selector<Key = Key> + Register<S>,
    {
        self.stopping = true;
        self.settle(turn);
    }

    pub(super) fn close<Sel>(&mut self, turn: &mut Turn<'_, Sel>)
    where
        Sel: Selector<Key = Key> + Register<S>,
    {
        if let Some(socket) = self.kept.socket.take() {
            // Dropping it closes it; a failure to unregister changes nothing.
            let _ = turn.selector.unregister(&socket);
        }
    }

    /// A call in which nothing was received.
    fn speak(&mut self, now: Instant, handler: Handler<'_, S::Addr>, call: Call) {
        if self.kept.socket.is_none() {
            return;
        }
        let mut outbox = Outbox::new(&mut self.kept, now, &mut self.wake);
        match call {
            Call::Setup => handler.setup(&mut outbox),
            Call::Room => handler.room(&mut outbox),
            Call::Wake => handler.wake(&mut outbox),
        }
        if self.bulk.is_some() {
            self.flush(now);
        }
    }

    /// Sends what the handler has said meanwhile.
    fn flush(&mut self, now: Instant) {
        self.kept.flush();
        if let Some(kind) = self.kept.take_fault() {
            self.rest(kind, now);
        }
    }

    fn receive(&mut self, now: Instant, scratch: &mut [u8], handler: Handler<'_, S::Addr>) {
        if let Some(bulk) = self.bulk {
            return bulk(self, now, handler);
        }
        for _ in 0..AT_ONCE {
            let Some(socket) = self.kept.idle_socket() else {
                return;
            };
            let received = match socket.recv_from(scratch) {
                Ok(received) => received,
                Err(error) => return self.fail(error.reason(), now),
            };
            serve(
                handler,
                scratch,
                &received,
                &mut self.kept,
                now,
                &mut self.wake,
            );
        }
    }

    /// Receives many at once, if none is left, and handles them as long as there is room
    /// for replies, and sends these.
    fn serve_many(&mut self, now: Instant, handler: Handler<'_, S::Addr>) {
        let Some(socket) = &mut self.kept.socket else {
            return;
        };
        if self.batch.is_empty()
            && let Err(error) = socket.recv_batch(&mut self.batch)
        {
            return self.fail(error.reason(), now);
        }
        loop {
            if !self.kept.has_room() {
                self.kept.flush();
            }
            if !self.kept.has_room() {
                break;
            }
            let Some((octets, received)) = self.batch.pop() else {
                break;
            };
            serve(
                handler,
                octets,
                received,
                &mut self.kept,
                now,
                &mut self.wake,
            );
        }
        self.flush(now);
    }

    /// There is room, says the selector; whether the peer's queue has some, no event tells.
    fn send_kept(&mut self, now: Instant, handler: Handler<'_, S::Addr>) {
        let waiting = self.kept.waiting();
        if self.refusals == REFUSALS {
            self.kept.drop_first();
        }
        self.flush(now);
        if self.kept.waiting() == waiting {
            self.refusals += 1;
            self.resting = now.saturating_add_micros(REST);
            return;
        }
        self.refusals = 0;
        if self.kept.is_empty()
            && !self.batch.is_empty()
            && let Some(bulk) = self.bulk
        {
            bulk(self, now, handler);
        }
        if self.is_open() {
            self.speak(now, handler, Call::Room);
        }
    }

    fn fail(&mut self, kind: ErrorKind, now: Instant) {
        if kind.is_passing() {
            return;
        }
        self.kept.tally.errors.count(kind);
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
            self.resting = now.saturating_add_micros(REST);
        }
    }

    fn settle<Sel>(&mut self, turn: &mut Turn<'_, Sel>)
    where
        Sel: Selector<Key = Key> + Register<S>,
    {
        let interest = match (self.resting != Instant::NEVER, self.kept.is_empty()) {
            (true, _) => Interest::NONE,
            (false, false) => Interest::WRITE,
            (false, true) if self.stopping => Interest::NONE,
            (false, true) => Interest::READ,
        };
        if interest == self.interest {
            return;
        }
        let Some(socket) = &self.kept.socket else {
            return;
        };
        match turn.selector.modify(socket, interest, turn.key(SOCKET)) {
            Ok(()) => self.interest = interest,
            Err(error) => {
                warn_!("cannot watch the datagram socket: {}", Fault(&error));
                // Tried again with the next event, or when the rest is over.
                self.resting = turn.now.saturating_add_micros(REST);
            }
        }
    }
}

/// Calls the handler for one datagram, of which `buf` has what was not cut.
fn serve<S: Datagram>(
    handler: Handler<'_, S::Addr>,
    buf: &[u8],
    received: &Received<S::Addr>,
    kept: &mut Kept<'_, S>,
    now: Instant,
    wake: &mut Instant,
) {
    let Some(octets) = buf.get(..received.len) else {
        let len = received.len;
        debug!("{} octets from {} do not fit", len, Peer(&received.from));
        kept.tally.truncated += 1;
        return handler.truncated(len, &received.from);
    };
    kept.tally.received += 1;
    let request = Request {
        octets,
        from: &received.from,
        to: received.to,
    };
    handler.handle(&request, &mut Outbox::new(kept, now, wake));
}
