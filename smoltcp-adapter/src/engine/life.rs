//! The life of a connection: from its first segment to the end, dropped or not.

use amphi_core::ErrorKind;
use amphi_core::time::Instant;
use smoltcp::socket::tcp::{self, State};

use super::demux::Tuple;
use super::role::{Role, Stage, Stream};
use super::state::Inner;
use crate::convert;

/// How long the reset of a connection that was given up may wait for the link.
const RESET_TIME_MICROS: u64 = 1_000_000;

/// What made smoltcp look at a socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cause {
    Frame,
    Timer,
}

impl Inner<'_> {
    /// A free socket, or one that only waits for time to pass after its end
    /// (RFC 6191 allows that where room is short).
    pub(super) fn allocate(&mut self) -> Option<u16> {
        if let Some(oldest) = self.time_wait.first().filter(|_| self.free.tcp.is_empty()) {
            self.forget_connection(oldest);
        }
        self.free.tcp.pop(self.slots)
    }

    /// A new connection, of a listener or of a `TcpStream`.
    pub(super) fn begin(&mut self, index: u16, listener: Option<u16>, tuple: Tuple) {
        let stream = Role::Stream(Stream {
            stage: Stage::Used,
            listener: listener.unwrap_or_default(),
            when: self.now,
            tuple,
            failure: None,
            read_shut: false,
            unread: 0,
            linger: self.settings.close_timeout,
        });
        self.enter(index, stream);
        if listener.is_some() {
            self.set_stage(index, Stage::HalfOpen, self.now);
        }
        let settings = &self.settings;
        if let Some(socket) = &mut self.slots[usize::from(index)].socket {
            let socket = socket.get::<tcp::Socket<'_>>();
            socket.set_timeout(Some(settings.handshake_timeout));
            // Now, as the handshake sets the time of the first one: asked of a connection
            // that stands, smoltcp sends one at once.
            socket.set_keep_alive(Some(settings.keep_alive));
            socket.set_ack_delay(settings.ack_delay);
            socket.set_nagle_enabled(false);
            socket.set_hop_limit(None);
        }
    }

    /// Follows what smoltcp did with a connection.
    #[inline]
    pub(super) fn observe(&mut self, index: u16, (before, after): (State, State), cause: Cause) {
        // Mostly nothing has changed, and a dropped connection is not established.
        if (before, after) != (State::Established, State::Established) {
            self.observe_change(index, before, cause);
        }
    }

    #[cfg_attr(target_pointer_width = "32", inline(never))]
    #[cfg_attr(not(target_pointer_width = "32"), cold, inline(never))]
    fn observe_change(&mut self, index: u16, before: State, cause: Cause) {
        let (Some(after), Some(stream)) = (self.tcp_state(index), self.stream(index)) else {
            return;
        };
        let (stage, listener) = (stream.stage, stream.listener);
        self.guard_end(index, after);
        if stage.is_dropped() {
            return self.observe_orphan(index, after);
        }
        if after == before && after != State::Listen {
            return;
        }
        if (is_established(after) && !is_established(before)) || after == State::FinWait2 {
            self.be_patient(index);
        }
        match stage {
            Stage::HalfOpen => self.observe_half_open(index, listener, after),
            _ if after != State::Closed => {}
            // It died while it waited; that it may still have octets does not revive it.
            Stage::Queued => self.abort(index),
            _ => self.note_failure(index, before, cause),
        }
    }

    fn note_failure(&mut self, index: u16, before: State, cause: Cause) {
        let failure = match (before, cause) {
            (State::SynSent, Cause::Frame) => Some(ErrorKind::Refused),
            (State::LastAck | State::TimeWait | State::Closing, Cause::Frame)
            | (State::TimeWait | State::Closed, _) => None,
            (_, Cause::Frame) => Some(ErrorKind::Reset),
            // Nobody on the link has the next hop's address.
            (State::SynSent, Cause::Timer) if self.waiting.contains(self.slots, index) => {
                Some(ErrorKind::Unreachable)
            }
            (_, Cause::Timer) => Some(ErrorKind::TimedOut),
        };
        if before == State::SynSent {
            // Who never answered needs no reset.
            self.empty_socket(index);
        }
        self.fail(index, failure);
    }

    pub(super) fn fail(&mut self, index: u16, failure: Option<ErrorKind>) {
        if let Some(stream) = self.stream_mut(index) {
            stream.failure = stream.failure.or(failure);
        }
        self.mark(index);
    }

    /// An attempt to connect that a router or the peer's host reports as hopeless. A
    /// connection that stands is not given up for a report (RFC 1122, section 4.2.3.9).
    pub(super) fn fail_attempt(&mut self, tuple: &Tuple, failure: ErrorKind) {
        let attempt = self.find_stream(tuple);
        let attempt = attempt.filter(|index| self.tcp_state(*index) == Some(State::SynSent));
        if let Some(index) = attempt.filter(|_| failure != ErrorKind::MessageTooLong) {
            self.empty_socket(index);
            self.fail(index, Some(failure));
        }
    }

    /// The peer of a connection that stands may be silent for longer.
    fn be_patient(&mut self, index: u16) {
        let timeout = self.settings.peer_timeout;
        if let Some(socket) = self.tcp_mut(index) {
            socket.set_timeout(Some(timeout));
        }
    }

    /// A dropped stream: it closes in order, with nobody to watch it.
    pub(crate) fn orphan(&mut self, index: u16) {
        let Some((stream, socket)) = self.connection(index) else {
            return;
        };
        let linger = stream.linger;
        if linger == smoltcp::time::Duration::ZERO {
            return self.abort(index);
        }
        if socket.state() == State::SynSent {
            // Nobody knows of it yet.
            return self.forget_connection(index);
        }
        socket.close();
        self.disown(index, convert::later(self.now, linger));
    }

    /// Closes with a reset, which leaves with the next drive.
    pub(crate) fn abort(&mut self, index: u16) {
        let Some(socket) = self.tcp_mut(index) else {
            return;
        };
        socket.abort();
        self.disown(index, convert::later(self.now, self.settings.close_timeout));
    }

    fn disown(&mut self, index: u16, give_up: Instant) {
        self.slots[usize::from(index)].watch = None;
        self.set_stage(index, Stage::HalfClosed, give_up);
        self.egress.push(self.slots, index);
        if let Some(state) = self.tcp_state(index) {
            self.observe_orphan(index, state);
        }
    }

    /// A dropped connection: what still arrives is thrown away, so that the peer
    /// is not kept from finishing; at the end the slot is free again.
    fn observe_orphan(&mut self, index: u16, after: State) {
        let Some(socket) = self.tcp_mut(index) else {
            return;
        };
        let arrived = socket.can_recv();
        if arrived {
            let _ = socket.recv(|octets| (octets.len(), ()));
        }
        // An aborted one still has its peer until the reset has left.
        if after == State::Closed && socket.remote_endpoint().is_none() {
            return self.release(index);
        }
        if arrived {
            self.egress.push(self.slots, index);
        }
        let Some(stream) = self.stream(index) else {
            return;
        };
        let (stage, give_up) = (stream.stage, stream.when);
        if after != State::TimeWait && self.now >= give_up {
            if after == State::Closed {
                return self.forget_connection(index);
            }
            if let Some(socket) = self.tcp_mut(index) {
                socket.abort();
            }
            return self.disown(index, self.now.saturating_add_micros(RESET_TIME_MICROS));
        }
        if after != State::TimeWait {
            self.due_at_most(index, give_up);
        }
        let reached = match after {
            State::TimeWait => Stage::TimeWait,
            State::FinWait2 => Stage::HalfClosed,
            _ => Stage::Owing,
        };
        if reached != stage {
            self.set_stage(index, reached, give_up);
        }
    }

    /// Makes the socket new without a word to the peer, and its slot free.
    #[cfg_attr(target_pointer_width = "32", inline(never))]
    pub(super) fn forget_connection(&mut self, index: u16) {
        self.empty_socket(index);
        self.release(index);
    }

    /// Makes the socket new without a word to the peer.
    pub(super) fn empty_socket(&mut self, index: u16) {
        if let Some(socket) = self.tcp_mut(index) {
            socket.abort();
            // To listen is what empties a socket; port 1 is as good as any, for no time.
            let _ = socket.listen(1);
            socket.close();
        }
    }
}

const fn is_established(state: State) -> bool {
    !matches!(
        state,
        State::Listen | State::SynSent | State::SynReceived | State::Closed
    )
}
