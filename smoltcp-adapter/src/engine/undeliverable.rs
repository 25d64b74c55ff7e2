//! Datagrams whose neighbour does not answer.
//!
//! smoltcp keeps a socket's datagrams in order and the first until its neighbour is known, so
//! that one to nobody would keep all others from leaving, for ever.

use amphi_core::ErrorKind;

use super::device::Look;
use super::drive::DISCOVERY_MICROS;
use super::state::Inner;

/// How often a neighbour is asked for, a second apart as RFC 1122, section 2.3.2.1,
/// wants it. Not once only: another socket may have used up that second's request.
const REQUESTS: u8 = 2;

impl Inner<'_> {
    /// Counts how often the neighbour of a socket's first datagram was asked for.
    pub(super) fn count_requests(&mut self, index: u16, look: Look) {
        if look.sent {
            if let Some(datagram) = self.datagram_mut(index) {
                datagram.requests = 0;
            }
        } else if look.asked
            && self.slots[usize::from(index)].due
                == self.now.saturating_add_micros(DISCOVERY_MICROS)
        {
            // What waits for an answer wants to ask again in exactly that time.
            if let Some(datagram) = self.datagram_mut(index) {
                datagram.requests += 1;
            }
        }
    }

    /// Drops what a socket has queued when the neighbour of the first was asked for often
    /// enough and has had its time to answer, as an answer would have let it leave. Who is
    /// connected is told.
    pub(super) fn drop_undeliverable(&mut self, index: u16) {
        if self.slots[usize::from(index)].due > self.now {
            return;
        }
        let Some(datagram) = self.datagram_mut(index) else {
            return;
        };
        if datagram.requests < REQUESTS {
            return;
        }
        datagram.requests = 0;
        datagram.failure = datagram.peer.map(|_| ErrorKind::Unreachable);
        let port = datagram.local.port;
        self.rebind(index, port);
        self.waiting.remove(self.slots, index);
        self.mark(index);
    }
}
