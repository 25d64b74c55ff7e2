//! The way of datagrams, in to those who hear them and out.

use amphi_core::ErrorKind;
use smoltcp::wire::IpEndpoint;

use super::demux::Tuple;
use super::device::{Exit, LoopFrame, Nowhere, Port};
use super::drive::{INTERFACE, Sent};
use super::index::Index;
use super::ports::Protocol;
use super::state::Inner;

impl Inner<'_> {
    /// Lets a socket send what one frame carries.
    pub(super) fn emit_datagram(
        &mut self,
        exit: &mut dyn Exit,
        looped: &mut LoopFrame,
        index: u16,
    ) -> Sent {
        self.drop_undeliverable(index);
        let (is_looped, mute) = self.outgoing(index);
        let mut port = Port::new(&[], exit);
        if self.attends() {
            // A report of the interface's would be copied, or kept here, in its place.
            self.ask(INTERFACE, &mut port);
            if port.sent {
                return Sent::Some;
            }
        }
        port.copy = (is_looped || mute).then_some(&mut *looped);
        port.mute = mute;
        let look = self.ask(index, &mut port);
        if let Some(frame) = looped.take().filter(|_| is_looped) {
            self.route(&mut Port::new(frame, &mut Nowhere));
        }
        let sent = self.after_look(index, look);
        self.count_requests(index, look);
        #[cfg(feature = "neighbours")]
        self.seek_neighbour(exit, index, look);
        if sent != Sent::Some {
            self.after_datagrams(index);
            #[cfg(feature = "dhcp")]
            self.follow_lease(index);
        }
        sent
    }

    /// Hands a datagram to its socket, or to all that hear it.
    pub(super) fn route_datagram(&mut self, ends: &Tuple, port: &mut Port<'_>) {
        let (to, from) = (ends.local(), ends.remote());
        #[cfg(feature = "dhcp")]
        if let Some(index) = self.dhcp_client(to, from) {
            if self.hears_server(index, port.frame) {
                self.deliver(index, port);
                self.follow_lease(index);
            }
            return;
        }
        if self.is_for_many(to.addr) {
            let hash = Index::of_port(Protocol::Udp, to.port);
            let group = self.groups.find(to.addr);
            let mut at = None;
            while let Some(index) = Index::after(self.slots, hash, at) {
                if self.hears(index, group, to, from) {
                    self.deliver(index, port);
                }
                at = Some(index);
            }
        } else if let Some(index) = self.find_datagram(to, from) {
            self.deliver(index, port);
        } else {
            self.deliver_control(port);
        }
    }

    /// The socket for a datagram to `to` alone: the one that is connected to its
    /// sender, or bound to that very address, or to all.
    fn find_datagram(&self, to: IpEndpoint, from: IpEndpoint) -> Option<u16> {
        let hash = Index::of_port(Protocol::Udp, to.port);
        let (mut best, mut found) = (0, None);
        for index in Index::chain(self.slots, hash) {
            let Some(datagram) = self.datagram(index).filter(|one| one.takes(to, from)) else {
                continue;
            };
            let exact = datagram.local.addr == to.addr;
            let rank = 1 + u8::from(exact) + 2 * u8::from(datagram.peer.is_some());
            if rank > best {
                (best, found) = (rank, Some(index));
            }
        }
        found
    }

    /// Whether a socket hears a datagram to a broadcast address, or to `group`.
    fn hears(&self, index: u16, group: Option<usize>, to: IpEndpoint, from: IpEndpoint) -> bool {
        self.datagram(index).is_some_and(|datagram| {
            let member = match group {
                Some(group) => datagram.groups.contains(group),
                None => !to.addr.is_multicast(),
            };
            member && datagram.takes(to, from)
        })
    }

    /// What a report says of a datagram is told to a connected socket only: no other
    /// can know which of its datagrams is meant (RFC 1122, section 4.1.3.3).
    pub(super) fn fail_datagram(&mut self, ends: &Tuple, failure: ErrorKind) {
        let (local, remote) = (ends.local(), ends.remote());
        let found = self.find_datagram(local, remote);
        let connected = found.filter(|index| self.peer(*index) == Ok(remote));
        if let Some(index) = connected {
            if let Some(datagram) = self.datagram_mut(index) {
                datagram.failure = Some(failure);
            }
            self.mark(index);
        }
    }

    /// Whether what a socket sends is copied to own members, and whether it stays here.
    fn outgoing(&self, index: u16) -> (bool, bool) {
        let Some(datagram) = self.datagram(index) else {
            return (false, false);
        };
        let to_groups = datagram.to_groups;
        // With a hop limit of zero it does not even reach a device that loops back.
        let mute = to_groups && datagram.group_hops == 0;
        let looped = to_groups && datagram.looped && (mute || !self.settings.device_loops_back);
        (looped, mute)
    }

    /// A dropped socket goes when all that it sent has left, or it was given up.
    pub(super) fn after_datagrams(&mut self, index: u16) {
        let closing = self.datagram(index).filter(|it| it.is_closing());
        let Some(give_up) = closing.map(|datagram| datagram.closing) else {
            return;
        };
        if self.now < give_up && self.has_queued(index) {
            return self.due_at_most(index, give_up);
        }
        self.rebind(index, 0);
        self.release(index);
    }
}
