//! Connections and listeners.

use core::net::SocketAddr;

use amphi_core::ErrorKind;
use amphi_core::socket::Shutdown;
use amphi_core::time::Instant;
use smoltcp::socket::tcp::{self, RecvError, SendError, State};
use smoltcp::wire::IpListenEndpoint;

use super::demux::Tuple;
use super::ports::Protocol;
use super::queue::{List, Queue};
use super::role::{Listener, Owner, Role, Stream};
use super::state::Inner;
use crate::convert;
use crate::place::OneSocket;

/// What made smoltcp look at a socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    Frame,
    Timer,
}

impl<'a> Inner<'a> {
    #[inline]
    pub(super) fn tcp_state(&self, index: u16) -> Option<State> {
        (index < self.tcp)
            .then(|| self.tcp(index).map(tcp::Socket::state))
            .flatten()
    }

    #[inline]
    pub(super) fn tcp(&self, index: u16) -> Option<&tcp::Socket<'a>> {
        self.slots[usize::from(index)]
            .socket
            .as_ref()
            .map(OneSocket::peek)
    }

    fn tcp_mut(&mut self, index: u16) -> Result<&mut tcp::Socket<'a>, ErrorKind> {
        let socket = self.slots[usize::from(index)].socket.as_mut();
        socket.map(OneSocket::get).ok_or(ErrorKind::Closed)
    }

    fn stream_mut(&mut self, index: u16) -> Result<&mut Stream, ErrorKind> {
        match &mut self.slots[usize::from(index)].role {
            Role::Stream(stream) => Ok(stream),
            _ => Err(ErrorKind::Closed),
        }
    }

    fn listener_mut(&mut self, index: u16) -> Option<&mut Listener> {
        match &mut self.slots[usize::from(index)].role {
            Role::Listener(listener) => Some(listener),
            _ => None,
        }
    }

    pub(super) fn listener(&self, index: u16) -> Option<&Listener> {
        match &self.slots[usize::from(index)].role {
            Role::Listener(listener) => Some(listener),
            _ => None,
        }
    }

    pub(crate) fn listen(&mut self, local: SocketAddr, backlog: usize) -> Result<u16, ErrorKind> {
        let local = self.claim(Protocol::Tcp, local)?;
        let mut slots = self.listener_slots();
        let free = |index: &u16| matches!(self.slots[usize::from(*index)].role, Role::Free);
        let index = slots.find(free).ok_or(ErrorKind::Exhausted)?;
        self.slots[usize::from(index)].role = Role::Listener(Listener {
            local,
            backlog: u16::try_from(backlog.max(1)).unwrap_or(u16::MAX),
            pending: 0,
            queue: Queue::new(List::Accept),
        });
        Ok(index)
    }

    /// The listener for connections to `local`: one at that very address, or at all.
    pub(super) fn find_listener(&self, local: SocketAddr) -> Option<u16> {
        let at = |ip| {
            let wanted = SocketAddr::new(ip, local.port());
            self.listener_slots().find(|index| {
                self.listener(*index)
                    .is_some_and(|listener| listener.local == wanted)
            })
        };
        at(local.ip()).or_else(|| at(convert::unspecified(local.ip())))
    }

    /// Arms a socket for the segment that asks for a new connection, if there is room.
    pub(super) fn half_open(&mut self, tuple: Tuple) -> Option<u16> {
        let local = tuple.local();
        let slot = self.find_listener(local)?;
        let listener = self.listener(slot)?;
        if listener.pending >= listener.backlog {
            return None;
        }
        let index = self.allocate()?;
        let endpoint = IpListenEndpoint {
            addr: Some(convert::address(local.ip())?),
            port: local.port(),
        };
        self.tcp_mut(index).ok()?.listen(endpoint).ok()?;
        self.begin(
            index,
            Owner::Listener {
                slot,
                queued: false,
            },
            tuple,
        );
        self.listener_mut(slot)?.pending += 1;
        Some(index)
    }

    /// A free socket, or one that only waits for time to pass after its end.
    fn allocate(&mut self) -> Option<u16> {
        let free = |index: &u16| matches!(self.slots[usize::from(*index)].role, Role::Free);
        if let Some(index) = self.tcp_slots().find(free) {
            return Some(index);
        }
        // Of the dropped ones, first those that are done but for time, then
        // those that only owe a reset.
        let dropped = |index: &u16, state| {
            self.tcp_state(*index) == Some(state)
                && self
                    .stream(*index)
                    .is_some_and(|stream| stream.owner == Owner::Nobody)
        };
        let index = self
            .tcp_slots()
            .find(|index| dropped(index, State::TimeWait))
            .or_else(|| self.tcp_slots().find(|index| dropped(index, State::Closed)))?;
        self.forget_connection(index);
        Some(index)
    }

    fn begin(&mut self, index: u16, owner: Owner, tuple: Tuple) {
        let handshake = convert::duration(self.config.handshake_timeout);
        self.slots[usize::from(index)].role = Role::Stream(Stream {
            owner,
            tuple,
            failure: None,
            read_shut: false,
            initiated: owner == Owner::User,
            give_up: Instant::NEVER,
        });
        if let Ok(socket) = self.tcp_mut(index) {
            socket.set_timeout(Some(handshake));
            socket.set_keep_alive(None);
            socket.set_nagle_enabled(false);
            socket.set_hop_limit(None);
        }
    }

    pub(crate) fn connect(&mut self, remote: SocketAddr) -> Result<u16, ErrorKind> {
        let to = convert::endpoint(remote).ok_or(ErrorKind::Unsupported)?;
        if remote.port() == 0 || remote.ip().is_unspecified() || self.is_for_many(remote.ip()) {
            return Err(ErrorKind::InvalidInput);
        }
        let from = self
            .iface
            .get_source_address(&to.addr)
            .ok_or(ErrorKind::Unreachable)?;
        let local = self.claim_tuple(convert::ip(from), remote)?;
        let index = self.allocate().ok_or(ErrorKind::Exhausted)?;
        let socket = self.slots[usize::from(index)]
            .socket
            .as_mut()
            .ok_or(ErrorKind::Closed)?;
        socket
            .get::<tcp::Socket<'_>>()
            .connect(self.iface.context(), to, (from, local.port()))
            .map_err(|_| ErrorKind::Unreachable)?;
        self.begin(index, Owner::User, Tuple::new(local, remote));
        self.touch(index);
        Ok(index)
    }

    pub(crate) fn accept(&mut self, index: u16) -> Result<(u16, SocketAddr), ErrorKind> {
        loop {
            let Role::Listener(listener) = &mut self.slots[usize::from(index)].role else {
                return Err(ErrorKind::Closed);
            };
            let mut queue = listener.queue;
            let accepted = queue.pop(self.slots).ok_or(ErrorKind::WouldBlock)?;
            if let Some(listener) = self.listener_mut(index) {
                listener.queue = queue;
                listener.pending -= 1;
            }
            if self.tcp_state(accepted) == Some(State::Closed) {
                // It died while it waited; that it may still have octets does not revive it.
                self.release(accepted);
                continue;
            }
            let stream = self.stream_mut(accepted)?;
            stream.owner = Owner::User;
            let remote = stream.tuple.remote();
            return Ok((accepted, remote));
        }
    }

    pub(crate) fn close_listener(&mut self, index: u16, now: Instant) {
        for stream in self.tcp_slots() {
            let pending = self.stream(stream).map(|stream| stream.owner);
            if matches!(pending, Some(Owner::Listener { slot, .. }) if slot == index) {
                self.abort(stream, now);
            }
        }
        if let Some(listener) = self.listener_mut(index) {
            let mut queue = listener.queue;
            while queue.pop(self.slots).is_some() {}
        }
        self.release(index);
    }

    /// Follows what smoltcp did with a connection.
    pub(super) fn observe(&mut self, index: u16, before: State, cause: Cause, now: Instant) {
        let Some(after) = self.tcp_state(index) else {
            return;
        };
        if (before, after) == (State::Established, State::Established) {
            // Nothing has changed, and a dropped connection is not established.
            return;
        }
        let Some(stream) = self.stream(index) else {
            return;
        };
        match stream.owner {
            Owner::Nobody => self.observe_orphan(index, after, now),
            owner => {
                if after == before && after != State::Listen {
                    return;
                }
                if after == State::Closed {
                    self.note_failure(index, before, cause);
                }
                if is_established(after) && !is_established(before) {
                    self.keep_alive(index);
                }
                if let Owner::Listener {
                    slot,
                    queued: false,
                } = owner
                {
                    self.observe_pending(index, slot, after);
                }
            }
        }
    }

    fn note_failure(&mut self, index: u16, before: State, cause: Cause) {
        let failure = match (before, cause) {
            (State::SynSent, Cause::Frame) => Some(ErrorKind::Refused),
            (State::LastAck | State::TimeWait | State::Closing, Cause::Frame)
            | (State::TimeWait | State::Closed, _) => None,
            (_, Cause::Frame) => Some(ErrorKind::Reset),
            (_, Cause::Timer) => Some(ErrorKind::TimedOut),
        };
        if let Ok(stream) = self.stream_mut(index) {
            stream.failure = stream.failure.or(failure);
        }
        self.mark(index);
    }

    fn keep_alive(&mut self, index: u16) {
        let timeout = convert::duration(self.config.peer_timeout);
        let interval = convert::duration(self.config.keep_alive);
        if let Ok(socket) = self.tcp_mut(index) {
            socket.set_timeout(Some(timeout));
            socket.set_keep_alive(Some(interval));
        }
    }

    /// A connection that its listener has not seen yet.
    fn observe_pending(&mut self, index: u16, slot: u16, after: State) {
        match after {
            State::SynReceived => {}
            // Its segment was malformed, or the peer took it back, or fell silent.
            State::Listen | State::Closed => {
                if let Ok(socket) = self.tcp_mut(index) {
                    socket.close();
                }
                self.release(index);
                if let Some(listener) = self.listener_mut(slot) {
                    listener.pending -= 1;
                }
            }
            _ => {
                if let Ok(stream) = self.stream_mut(index) {
                    stream.owner = Owner::Listener { slot, queued: true };
                }
                let Some(listener) = self.listener(slot) else {
                    return;
                };
                let mut queue = listener.queue;
                queue.push(self.slots, index);
                if let Some(listener) = self.listener_mut(slot) {
                    listener.queue = queue;
                }
                self.mark(slot);
            }
        }
    }

    /// A dropped connection: what still arrives is thrown away, so that the peer
    /// is not kept from finishing; at the end the slot is free again.
    fn observe_orphan(&mut self, index: u16, after: State, now: Instant) {
        let Ok(socket) = self.tcp_mut(index) else {
            return;
        };
        if socket.can_recv() {
            let _ = socket.recv(|octets| (octets.len(), ()));
            self.egress.push(self.slots, index);
        }
        let Some(socket) = self.tcp(index) else {
            return;
        };
        // An aborted one still has its peer until the reset has left.
        if after == State::Closed && socket.remote_endpoint().is_none() {
            return self.release(index);
        }
        let give_up = self.stream(index).map_or(now, |stream| stream.give_up);
        if now < give_up {
            self.due_at_most(index, give_up);
        } else if after != State::TimeWait {
            self.forget_connection(index);
        }
    }

    /// Makes the socket new without a word to the peer, and its slot free.
    fn forget_connection(&mut self, index: u16) {
        if let Ok(socket) = self.tcp_mut(index) {
            socket.abort();
            // To listen is what empties a socket; port 1 is as good as any, for no time.
            let _ = socket.listen(1);
            socket.close();
        }
        self.release(index);
    }

    pub(crate) fn read(&mut self, index: u16, buf: &mut [u8]) -> Result<usize, ErrorKind> {
        let stream = self.stream_mut(index)?;
        let (failure, read_shut) = (stream.failure, stream.read_shut);
        let socket = self.tcp_mut(index)?;
        if read_shut || buf.is_empty() {
            return Ok(0);
        }
        if matches!(socket.state(), State::SynSent | State::SynReceived) {
            return Err(ErrorKind::WouldBlock);
        }
        match socket.recv_slice(buf) {
            Ok(0) => Err(ErrorKind::WouldBlock),
            Ok(count) => {
                // It makes nothing ready that was not: no mark is needed.
                self.egress.push(self.slots, index);
                Ok(count)
            }
            Err(RecvError::Finished) => Ok(0),
            Err(RecvError::InvalidState) => failure.map_or(Ok(0), Err),
        }
    }

    pub(crate) fn write(&mut self, index: u16, buf: &[u8]) -> Result<usize, ErrorKind> {
        let failure = self.stream_mut(index)?.failure;
        let socket = self.tcp_mut(index)?;
        if matches!(socket.state(), State::SynSent | State::SynReceived) {
            return Err(ErrorKind::WouldBlock);
        }
        match socket.send_slice(buf) {
            Ok(0) if !buf.is_empty() => Err(ErrorKind::WouldBlock),
            Ok(count) => {
                // It makes nothing ready that was not: no mark is needed.
                self.egress.push(self.slots, index);
                Ok(count)
            }
            Err(SendError::InvalidState) => Err(failure.unwrap_or(ErrorKind::BrokenPipe)),
        }
    }

    pub(crate) fn finish_connect(&mut self, index: u16) -> Result<(), ErrorKind> {
        let failure = self.stream_mut(index)?.failure;
        match self.tcp_mut(index)?.state() {
            State::SynSent | State::SynReceived => Err(ErrorKind::WouldBlock),
            State::Closed | State::Listen => Err(failure.unwrap_or(ErrorKind::NotConnected)),
            _ => Ok(()),
        }
    }

    pub(crate) fn shutdown(&mut self, index: u16, how: Shutdown) -> Result<(), ErrorKind> {
        let failure = self.stream_mut(index)?.failure;
        let socket = self.tcp_mut(index)?;
        if matches!(
            socket.state(),
            State::SynSent | State::Closed | State::Listen
        ) {
            return Err(failure.unwrap_or(ErrorKind::NotConnected));
        }
        if how != Shutdown::Read {
            socket.close();
        }
        if how != Shutdown::Write {
            self.stream_mut(index)?.read_shut = true;
        }
        self.touch(index);
        Ok(())
    }

    /// A dropped stream: it closes in order, with nobody to watch it.
    pub(crate) fn orphan(&mut self, index: u16, now: Instant) {
        let timeout = convert::duration(self.config.close_timeout);
        let Ok(socket) = self.tcp_mut(index) else {
            return;
        };
        if socket.state() == State::SynSent {
            // Nobody knows of it yet.
            return self.forget_connection(index);
        }
        socket.close();
        socket.set_timeout(Some(timeout));
        self.disown(index, now);
    }

    /// Closes with a reset.
    pub(crate) fn abort(&mut self, index: u16, now: Instant) {
        let Ok(socket) = self.tcp_mut(index) else {
            return;
        };
        socket.abort();
        self.disown(index, now);
    }

    fn disown(&mut self, index: u16, now: Instant) {
        self.slots[usize::from(index)].watch = None;
        let give_up = now + self.config.close_timeout;
        if let Ok(stream) = self.stream_mut(index) {
            stream.owner = Owner::Nobody;
            stream.give_up = give_up;
        }
        self.egress.push(self.slots, index);
        if let Some(state) = self.tcp_state(index) {
            self.observe_orphan(index, state, now);
        }
    }

    pub(super) fn stream_owes(&self, index: u16) -> bool {
        let Some(socket) = self.tcp(index) else {
            return false;
        };
        let orphan = self
            .stream(index)
            .is_some_and(|stream| stream.owner == Owner::Nobody);
        orphan && !matches!(socket.state(), State::FinWait2 | State::TimeWait)
    }
}

const fn is_established(state: State) -> bool {
    !matches!(
        state,
        State::Listen | State::SynSent | State::SynReceived | State::Closed
    )
}
