//! What is ready, and which selector wants to know.

use core::net::SocketAddr;

use amphi_core::ErrorKind;
use amphi_core::select::{Interest, Ready};
use smoltcp::socket::tcp::{self, State};

use super::role::Role;
use super::state::Inner;

/// A selector's hold on a slot. A slot is in one selector at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Watch {
    pub(crate) selector: u32,
    /// The selector's own number for it.
    pub(crate) entry: u16,
    pub(crate) interest: Interest,
}

impl Inner<'_> {
    pub(crate) const fn new_selector(&mut self) -> u32 {
        self.next_selector += 1;
        self.next_selector
    }

    pub(crate) fn watch(&self, index: u16) -> Option<Watch> {
        self.slots[usize::from(index)].watch
    }

    pub(crate) fn set_watch(&mut self, index: u16, watch: Option<Watch>) {
        self.slots[usize::from(index)].watch = watch;
        self.mark(index);
    }

    /// Forgets all that a selector watched.
    pub(crate) fn forget(&mut self, selector: u32) {
        for slot in self.slots.iter_mut() {
            if slot.watch.is_some_and(|watch| watch.selector == selector) {
                slot.watch = None;
            }
        }
    }

    /// Reports the ready slots of one selector to `report`, until it wants no
    /// more. The mark of a slot stays as long as it is ready, and goes when it is not.
    pub(crate) fn collect(&mut self, selector: u32, mut report: impl FnMut(u16, Ready) -> bool) {
        for _ in 0..self.marked.len() {
            let Some(index) = self.marked.first() else {
                return;
            };
            let Some(watch) = self.watch(index) else {
                self.unmark(index);
                continue;
            };
            if watch.selector != selector {
                self.pass_over();
                continue;
            }
            let ready = self.readiness(index).widen(watch.interest);
            if ready.is_none() {
                self.unmark(index);
                continue;
            }
            self.marked.rotate(self.slots);
            if !report(watch.entry, ready) {
                return;
            }
        }
    }

    #[cfg_attr(target_pointer_width = "32", inline(always))]
    #[cfg_attr(not(target_pointer_width = "32"), cold)]
    fn unmark(&mut self, index: u16) {
        self.marked.remove(self.slots, index);
    }

    /// Leaves a mark to its selector.
    #[cfg_attr(target_pointer_width = "32", inline(always))]
    #[cfg_attr(not(target_pointer_width = "32"), cold)]
    fn pass_over(&mut self) {
        self.marked.rotate(self.slots);
    }

    /// For what a slot is ready now.
    pub(crate) fn readiness(&self, index: u16) -> Ready {
        match &self.slots[usize::from(index)].role {
            Role::Stream(stream) => {
                let error = if stream.failure.is_some() {
                    Ready::ERROR
                } else {
                    Ready::NONE
                };
                let shut = if stream.read_shut {
                    Ready::READABLE
                } else {
                    Ready::NONE
                };
                error | shut | self.stream_readiness(index)
            }
            _ => self.other_readiness(index),
        }
    }

    /// The same for what is no connection.
    #[cfg_attr(target_pointer_width = "32", inline(always))]
    #[cfg_attr(not(target_pointer_width = "32"), inline(never))]
    fn other_readiness(&self, index: u16) -> Ready {
        match &self.slots[usize::from(index)].role {
            Role::Listener(listener) if listener.queue.is_empty() => Ready::NONE,
            Role::Listener(_) => Ready::READABLE,
            #[cfg(feature = "udp")]
            Role::Datagram(datagram) => {
                let error = if datagram.failure.is_some() {
                    Ready::ERROR | Ready::READABLE
                } else {
                    Ready::NONE
                };
                error | self.datagram_readiness(index)
            }
            _ => Ready::NONE,
        }
    }

    fn stream_readiness(&self, index: u16) -> Ready {
        let Some(socket) = self.tcp(index) else {
            return Ready::NONE;
        };
        let state = socket.state();
        if state == State::Established {
            let readable = if socket.can_recv() {
                Ready::READABLE
            } else {
                Ready::NONE
            };
            let writable = if socket.can_send() {
                Ready::WRITABLE
            } else {
                Ready::NONE
            };
            return readable | writable;
        }
        edge_readiness(socket)
    }

    #[cfg(feature = "udp")]
    fn datagram_readiness(&self, index: u16) -> Ready {
        let Some(socket) = self.udp(index) else {
            return Ready::NONE;
        };
        let readable = if socket.can_recv() {
            Ready::READABLE
        } else {
            Ready::NONE
        };
        // Only an empty queue certainly has room for a datagram of any length; one of
        // datagrams without octets may be full.
        let writable = if socket.send_queue() == 0 && socket.can_send() {
            Ready::WRITABLE
        } else {
            Ready::NONE
        };
        readable | writable
    }

    pub(crate) fn local(&self, index: u16) -> Result<SocketAddr, ErrorKind> {
        match &self.slots[usize::from(index)].role {
            Role::Free => Err(ErrorKind::Closed),
            #[cfg(feature = "dhcp")]
            Role::Dhcp(_) => Err(ErrorKind::Closed),
            Role::Stream(stream) => Ok(stream.tuple.local().into()),
            Role::Listener(listener) => Ok(listener.local.into()),
            #[cfg(feature = "udp")]
            Role::Datagram(datagram) => Ok(datagram.local.into()),
        }
    }

    pub(crate) fn remote(&self, index: u16) -> Result<SocketAddr, ErrorKind> {
        self.stream(index)
            .map(|stream| stream.tuple.remote().into())
            .ok_or(ErrorKind::NotConnected)
    }
}

/// For what a connection is ready that does not stand yet, or no more both ways.
#[cfg_attr(not(target_pointer_width = "32"), cold, inline(never))]
fn edge_readiness(socket: &tcp::Socket<'_>) -> Ready {
    let state = socket.state();
    if matches!(state, State::SynSent | State::SynReceived) {
        return Ready::NONE;
    }
    let mut ready = Ready::NONE;
    if socket.can_recv() || !socket.may_recv() {
        ready |= Ready::READABLE;
    }
    if socket.can_send() || !socket.may_send() {
        ready |= Ready::WRITABLE;
    }
    if matches!(
        state,
        State::Closed | State::TimeWait | State::Closing | State::LastAck
    ) {
        ready |= Ready::HANGUP;
    }
    ready
}
