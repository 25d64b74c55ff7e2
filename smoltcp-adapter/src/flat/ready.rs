//! What is ready, and what is still owed.

use amphi_core::select::Ready;
use amphi_core::time::Instant;
use smoltcp::socket::tcp::State;

use super::pool::Stage;
use super::sockets::{Sockets, is_young};

impl Sockets<'_> {
    /// For what a socket or a listener is ready now.
    pub(super) fn readiness(&mut self, index: usize) -> Ready {
        if index >= self.count {
            return readable(self.waiting(index).is_some());
        }
        let Some((slot, socket)) = self.at(index) else {
            return Ready::NONE;
        };
        if is_young(socket) {
            return Ready::NONE;
        }
        let mut ready = readable(socket.can_recv() || !socket.may_recv() || slot.read_shut);
        if socket.can_send() || !socket.may_send() {
            ready |= Ready::WRITABLE;
        }
        if slot.failure.is_some() {
            ready |= Ready::ERROR;
        }
        if matches!(
            slot.state,
            State::Closed | State::TimeWait | State::Closing | State::LastAck
        ) {
            ready |= Ready::HANGUP;
        }
        ready
    }

    /// The connection that has waited at a listener for longest.
    pub(super) fn waiting(&self, listener: usize) -> Option<usize> {
        let mut oldest = None;
        let mut until = Instant::NEVER;
        for (index, slot) in self.slots.iter().enumerate().take(self.count) {
            let waits = slot.owner == listener
                && slot.stage == Stage::Idle
                && matches!(slot.state, State::Established | State::CloseWait);
            if waits && slot.until < until {
                (oldest, until) = (Some(index), slot.until);
            }
        }
        oldest
    }

    /// Whether a socket that nobody holds has something to send to its peer.
    pub(super) fn owes(&mut self) -> bool {
        (0..self.count).any(|index| {
            self.at(index).is_some_and(|(slot, socket)| {
                let owes = match socket.state() {
                    State::Closed => slot.stage != Stage::Held,
                    State::FinWait2 | State::TimeWait => false,
                    _ => slot.stage == Stage::Dropped,
                };
                owes && socket.remote_endpoint().is_some()
            })
        })
    }
}

const fn readable(is_it: bool) -> Ready {
    if is_it { Ready::READABLE } else { Ready::NONE }
}
