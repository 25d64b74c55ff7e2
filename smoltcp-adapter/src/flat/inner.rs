//! smoltcp's interface and sockets, and what is kept beside them.

use amphi_core::ErrorKind;
use amphi_core::time::Instant;
use smoltcp::iface::{Interface, PollIngressSingleResult};
use smoltcp::phy::Device;
use smoltcp::socket::tcp::{Socket, State};
use smoltcp::time::Duration;

use super::pool::{FlatSlot, Stage};
use super::sockets::{Sockets, is_young};
use super::wire::Outgoing;
use crate::{Config, convert};

/// How often the timers of connections are looked at, in microseconds.
const TICK: u64 = 10_000;
/// How long the reset of a connection that has ended may wait for the link.
const RESET_TIME: Duration = Duration::from_secs(1);
/// How often, in one turn, all that has come is taken in and each socket sends a segment.
const ROUNDS: usize = 16;
/// How many frames are taken in before the sockets are asked for something to send.
const FRAMES: usize = 16;

pub(super) struct Inner<'a, D> {
    pub(super) device: D,
    pub(super) iface: Interface,
    pub(super) sockets: Sockets<'a>,
    pub(super) settings: Settings,
    pub(super) next_port: u16,
    pub(super) last_selector: u16,
}

/// What applies of a [`Config`], as smoltcp has it.
pub(super) struct Settings {
    pub(super) handshake_timeout: Duration,
    pub(super) ack_delay: Option<Duration>,
    pub(super) keep_alive: Duration,
    pub(super) peer_timeout: Duration,
    pub(super) close_timeout: Duration,
}

impl Settings {
    pub(super) fn new(config: &Config) -> Self {
        Self {
            handshake_timeout: convert::duration(config.handshake_timeout),
            ack_delay: convert::delay(config.ack_delay),
            keep_alive: convert::duration(config.keep_alive),
            peer_timeout: convert::duration(config.peer_timeout),
            close_timeout: convert::duration(config.close_timeout),
        }
    }

    /// Notes that a socket is in another state, and how long it may be.
    fn note(&self, slot: &mut FlatSlot, socket: &mut Socket<'_>, now: Instant, cause: ErrorKind) {
        let state = socket.state();
        let mut patience = self.close_timeout;
        if state == State::Closed {
            slot.failure = failure(slot.state, cause);
            patience = RESET_TIME;
        }
        slot.state = state;
        slot.until = convert::later(now, patience);
        // Once it stands, its peer may be silent for longer.
        socket.set_timeout(Some(if is_young(socket) {
            self.handshake_timeout
        } else {
            self.peer_timeout
        }));
    }
}

impl<'a, D: Device> Inner<'a, D> {
    /// Moves what can be moved now, and tells when to call again at the latest.
    pub(super) fn poll(&mut self, now: Instant) -> Instant {
        let at = convert::instant(now);
        for _ in 0..ROUNDS {
            let mut frames = 0;
            while frames < FRAMES
                && self
                    .iface
                    .poll_ingress_single(at, &mut self.device, &mut self.sockets.set)
                    != PollIngressSingleResult::None
            {
                self.follow(now, ErrorKind::Reset);
                frames += 1;
            }
            let mut outgoing = Outgoing::new(&mut self.device);
            // Whether it sent something is told in less code by the device.
            self.iface
                .poll_egress(at, &mut outgoing, &mut self.sockets.set);
            let sent = outgoing.has_sent();
            let stands = self.follow(now, ErrorKind::TimedOut);
            if frames == 0 && !sent {
                return if stands {
                    now.saturating_add_micros(TICK)
                } else {
                    Instant::NEVER
                };
            }
        }
        now
    }

    /// Follows what smoltcp did with the sockets: who has died did so for `cause`, and who
    /// has ended is used again. Tells whether any has a peer.
    #[inline(never)]
    fn follow(&mut self, now: Instant, cause: ErrorKind) -> bool {
        let mut stands = false;
        for index in 0..self.sockets.count {
            let Some((slot, socket)) = self.sockets.at(index) else {
                continue;
            };
            let (before, state) = (slot.state, socket.state());
            if before != state {
                self.settings.note(slot, socket, now, cause);
            }
            let has_peer = socket.remote_endpoint().is_some();
            stands |= has_peer;
            if slot.stage == Stage::Held {
                continue;
            }
            let is_late = now >= slot.until;
            if socket.is_open() {
                // What arrives after all has left has nobody to read it.
                let unread = state == State::FinWait2 && socket.can_recv();
                if slot.stage == Stage::Dropped && (is_late || unread) {
                    socket.abort();
                }
                if before == state || state != State::SynReceived {
                    continue;
                }
                let peers = (socket.local_endpoint(), socket.remote_endpoint());
                if !self.sockets.is_double(index, peers) {
                    continue;
                }
            } else if !is_late && has_peer {
                let owner = slot.owner;
                if state != State::TimeWait || self.sockets.hears(owner) {
                    continue;
                }
            }
            self.sockets.arm(index);
        }
        stands
    }

    pub(super) fn at(&mut self, index: usize) -> Option<(&mut FlatSlot, &mut Socket<'a>)> {
        self.sockets.at(index)
    }
}

/// Why a connection that was in a state is closed.
fn failure(before: State, cause: ErrorKind) -> Option<ErrorKind> {
    match (before, cause) {
        (State::LastAck | State::TimeWait | State::Closing, _) => None,
        (State::SynSent, ErrorKind::Reset) => Some(ErrorKind::Refused),
        _ => Some(cause),
    }
}
