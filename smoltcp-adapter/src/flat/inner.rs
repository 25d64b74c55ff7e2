//! smoltcp's interface and sockets, and what is kept beside them.

use amphi_core::ErrorKind;
use amphi_core::time::Instant;
use smoltcp::iface::{Interface, PollIngressSingleResult, SocketSet};
use smoltcp::phy::Device;
use smoltcp::socket::AnySocket;
use smoltcp::socket::tcp::{Socket, State};
use smoltcp::time::Duration;

use super::pool::{FlatSlot, Stage};
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
    pub(super) sockets: SocketSet<'a>,
    /// First those of the sockets, in their order, then those of listeners.
    pub(super) slots: &'a mut [FlatSlot],
    /// How many sockets there are.
    pub(super) count: usize,
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
                    .poll_ingress_single(at, &mut self.device, &mut self.sockets)
                    != PollIngressSingleResult::None
            {
                self.follow(now, ErrorKind::Reset);
                frames += 1;
            }
            let mut outgoing = Outgoing::new(&mut self.device);
            // Whether it sent something is told in less code by the device.
            self.iface.poll_egress(at, &mut outgoing, &mut self.sockets);
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
        for index in 0..self.count {
            let is_short = self.is_short(index);
            let is_double = self.is_double(index);
            let Some((slot, socket)) = at(self.slots, &mut self.sockets, index) else {
                continue;
            };
            let state = socket.state();
            if slot.state != state {
                slot.failure = failure(slot.state, state, cause);
                slot.state = state;
                let patience = if state == State::Closed {
                    RESET_TIME
                } else {
                    self.settings.close_timeout
                };
                slot.until = convert::later(now, patience);
                if !is_young(socket) {
                    // Now that it stands, its peer may be silent for longer.
                    socket.set_timeout(Some(self.settings.peer_timeout));
                }
            }
            let has_peer = socket.remote_endpoint().is_some();
            stands |= has_peer;
            if slot.stage == Stage::Held {
                continue;
            }
            let is_late = now >= slot.until;
            if is_double {
                socket.abort();
                self.arm(index);
            } else if socket.is_open() {
                // What arrives after all has left has nobody to read it.
                let unread = state == State::FinWait2 && socket.can_recv();
                if slot.stage == Stage::Dropped && (is_late || unread) {
                    socket.abort();
                }
            } else if is_late || is_short || !has_peer {
                self.arm(index);
            }
        }
        stands
    }

    /// Whether a socket in TIME-WAIT has to give way, as no other of its listener's hears.
    fn is_short(&self, index: usize) -> bool {
        let all = self.slots.get(..self.count).unwrap_or_default();
        all.get(index).is_some_and(|slot| {
            slot.state == State::TimeWait
                && !all
                    .iter()
                    .any(|other| other.owner == slot.owner && other.state == State::Listen)
        })
    }

    /// Whether it has just taken a request for a connection that another has, or has taken
    /// before: smoltcp leads what is sent once more to the first socket that listens.
    fn is_double(&mut self, index: usize) -> bool {
        let Some((slot, socket)) = self.at(index) else {
            return false;
        };
        if slot.state != State::Listen || socket.state() != State::SynReceived {
            return false;
        }
        let tuple = (socket.local_endpoint(), socket.remote_endpoint());
        (0..self.count).any(|other| {
            let other = self.at(other).filter(|_| other != index);
            other.is_some_and(|(slot, socket)| {
                slot.state != State::TimeWait
                    && tuple == (socket.local_endpoint(), socket.remote_endpoint())
            })
        })
    }

    /// Makes a socket that has ended its listener's again, or free.
    fn arm(&mut self, index: usize) {
        let owner = self.slots.get(index).map_or(0, |slot| slot.owner);
        let local = self.slots.get(owner).map(|slot| slot.local);
        let timeout = self.settings.handshake_timeout;
        let (Some(local), Some((slot, socket))) = (local, self.at(index)) else {
            return;
        };
        slot.stage = Stage::Idle;
        if owner != 0 && socket.listen(local).is_ok() {
            slot.state = State::Listen;
            socket.set_timeout(Some(timeout));
        }
    }

    /// The selector that watches a slot; zero for none.
    pub(super) fn watcher(&self, index: usize) -> u16 {
        self.slots.get(index).map_or(0, |slot| slot.selector)
    }

    pub(super) fn at(&mut self, index: usize) -> Option<(&mut FlatSlot, &mut Socket<'a>)> {
        at(self.slots, &mut self.sockets, index)
    }
}

/// A socket and its slot.
fn at<'s, 'a>(
    slots: &'s mut [FlatSlot],
    sockets: &'s mut SocketSet<'a>,
    index: usize,
) -> Option<(&'s mut FlatSlot, &'s mut Socket<'a>)> {
    Some((slots.get_mut(index)?, socket(sockets, index)?))
}

/// A socket. It finds its place by counting, which takes less code than a handle.
pub(super) fn socket<'s, 'a>(
    sockets: &'s mut SocketSet<'a>,
    index: usize,
) -> Option<&'s mut Socket<'a>> {
    let (_, socket) = sockets.iter_mut().nth(index)?;
    Socket::downcast_mut(socket)
}

/// Why a connection that was in one state is in another.
fn failure(before: State, after: State, cause: ErrorKind) -> Option<ErrorKind> {
    match (before, cause) {
        _ if after != State::Closed => None,
        (State::LastAck | State::TimeWait | State::Closing, _) => None,
        (State::SynSent, ErrorKind::Reset) => Some(ErrorKind::Refused),
        _ => Some(cause),
    }
}

/// Whether its handshake goes on.
pub(super) fn is_young(socket: &Socket<'_>) -> bool {
    matches!(
        socket.state(),
        State::Listen | State::SynSent | State::SynReceived
    )
}
