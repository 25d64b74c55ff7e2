//! Listeners: attempts to connect, and connections until they are accepted.

use core::net::SocketAddr;

use amphi_core::ErrorKind;
use amphi_core::time::Instant;
use smoltcp::socket::tcp::State;
use smoltcp::wire::IpEndpoint;

use super::demux::Tuple;
use super::index::Index;
use super::list::{Kind, List};
use super::ports::Protocol;
use super::role::{Listener, Role, Stage};
use super::state::Inner;
use crate::convert;

impl Inner<'_> {
    pub(super) fn listener(&self, index: u16) -> Option<&Listener> {
        match &self.slots[usize::from(index)].role {
            Role::Listener(listener) => Some(listener),
            _ => None,
        }
    }

    pub(super) fn listener_mut(&mut self, index: u16) -> Option<&mut Listener> {
        match &mut self.slots[usize::from(index)].role {
            Role::Listener(listener) => Some(listener),
            _ => None,
        }
    }

    pub(crate) fn listen(&mut self, local: SocketAddr, backlog: usize) -> Result<u16, ErrorKind> {
        let local = self.claim(Protocol::Tcp, convert::endpoint(local)?)?;
        let free = &mut self.free.listeners;
        let index = free.pop(self.slots).ok_or(ErrorKind::Exhausted)?;
        let listener = Role::Listener(Listener {
            local,
            backlog: u16::try_from(backlog.max(1)).unwrap_or(u16::MAX),
            half_open: List::new(Kind::Stage),
            queue: List::new(Kind::Stage),
        });
        self.enter(index, listener);
        Ok(index)
    }

    /// The listener for connections to `local`: one at that very address, or at all.
    pub(super) fn find_listener(&self, local: IpEndpoint) -> Option<u16> {
        let hash = Index::of_port(Protocol::Tcp, local.port);
        let any = convert::unspecified(local.addr);
        let mut found = None;
        for index in Index::chain(self.slots, hash) {
            let listener = self.listener(index).map(|listener| listener.local);
            let Some(bound) = listener.filter(|bound| bound.port == local.port) else {
                continue;
            };
            if bound.addr == local.addr {
                return Some(index);
            }
            if bound.addr == any {
                found = Some(index);
            }
        }
        found
    }

    /// Arms a socket for the segment that asks `listener` for a new connection, if
    /// there is room.
    pub(super) fn half_open(&mut self, listener: u16, tuple: Tuple) -> Option<u16> {
        let full = self.listener(listener)?;
        if full.pending() >= full.backlog {
            return None;
        }
        let index = self.allocate()?;
        // A socket from the pool is closed, and the port is not 0.
        let _ = self.tcp_mut(index)?.listen(tuple.local());
        self.begin(index, Some(listener), tuple);
        Some(index)
    }

    pub(crate) fn accept(&mut self, index: u16) -> Result<(u16, SocketAddr), ErrorKind> {
        let listener = self.listener(index).ok_or(ErrorKind::Closed)?;
        let accepted = listener.queue.first().ok_or(ErrorKind::WouldBlock)?;
        self.set_stage(accepted, Stage::Used, Instant::NEVER);
        Ok((accepted, self.remote(accepted)?))
    }

    pub(crate) fn close_listener(&mut self, index: u16) {
        while let Some(pending) = self.listener(index).and_then(Listener::first) {
            self.abort(pending);
        }
        self.release(index);
    }

    /// A connection that its listener has not seen yet.
    pub(super) fn observe_half_open(&mut self, index: u16, listener: u16, after: State) {
        match after {
            State::SynReceived => {}
            // Its segment was malformed, or the peer took it back.
            State::Listen => self.forget_connection(index),
            // The peer fell silent, or refused; it is told so if it is still there.
            State::Closed => self.abort(index),
            _ => {
                self.set_stage(index, Stage::Queued, self.now);
                self.mark(listener);
            }
        }
    }
}
