//! The sockets of a stack and their slots.

use smoltcp::iface::SocketSet;
use smoltcp::socket::AnySocket;
use smoltcp::socket::tcp::{Socket, State};
use smoltcp::wire::IpEndpoint;

use super::pool::{FlatSlot, Stage};

pub(super) struct Sockets<'a> {
    pub(super) set: SocketSet<'a>,
    /// First those of the sockets, in their order, then those of listeners.
    pub(super) slots: &'a mut [FlatSlot],
    /// How many sockets there are.
    pub(super) count: usize,
}

impl<'a> Sockets<'a> {
    /// A socket and its slot. It finds its place by counting, which takes less code than a
    /// handle, and than `nth`.
    #[inline(never)]
    pub(super) fn at(&mut self, index: usize) -> Option<(&mut FlatSlot, &mut Socket<'a>)> {
        let slot = self.slots.get_mut(index)?;
        let mut sockets = (0..).zip(self.set.iter_mut());
        let (_, (_, socket)) = sockets.find(|(number, _)| *number == index)?;
        Some((slot, Socket::downcast_mut(socket)?))
    }

    /// The selector that watches a slot; zero for none.
    pub(super) fn watcher(&self, index: usize) -> u16 {
        self.slots.get(index).map_or(0, |slot| slot.selector)
    }

    /// Nobody holds the socket any more: it ends, at once or in order.
    pub(super) fn release(&mut self, index: usize, at_once: bool) {
        if let Some((slot, socket)) = self.at(index) {
            if at_once {
                socket.abort();
            } else {
                socket.close();
            }
            slot.stage = Stage::Dropped;
            // As if it had changed, so that its time begins now.
            slot.state = State::Listen;
            slot.selector = 0;
        }
    }

    /// Whether any socket of a listener's hears.
    pub(super) fn hears(&self, owner: usize) -> bool {
        let mut slots = self.slots.iter();
        slots.any(|slot| slot.owner == owner && slot.state == State::Listen)
    }

    /// Whether it has just taken a request for a connection that another has, or has taken
    /// before: smoltcp leads what is sent once more to the first socket that listens.
    pub(super) fn is_double(
        &mut self,
        index: usize,
        peers: (Option<IpEndpoint>, Option<IpEndpoint>),
    ) -> bool {
        (0..self.count).any(|other| {
            let other = self.at(other).filter(|_| other != index);
            other.is_some_and(|(slot, socket)| {
                slot.state != State::TimeWait
                    && peers == (socket.local_endpoint(), socket.remote_endpoint())
            })
        })
    }

    /// Makes a socket that has ended its listener's again, or free.
    pub(super) fn arm(&mut self, index: usize) {
        if let Some((slot, socket)) = self.at(index) {
            slot.stage = Stage::Idle;
            if slot.local.port != 0 {
                // To listen takes a closed socket.
                socket.abort();
                if socket.listen(slot.local).is_ok() {
                    slot.state = State::Listen;
                }
            }
        }
    }
}

/// Whether its handshake goes on.
pub(super) fn is_young(socket: &Socket<'_>) -> bool {
    matches!(
        socket.state(),
        State::Listen | State::SynSent | State::SynReceived
    )
}
