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
use super::role::{Listener, Owner, Role};
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
        let hash = self.index.of_port(Protocol::Tcp, local.port);
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
    pub(super) fn half_open(&mut self, listener: u16, tuple: Tuple, now: Instant) -> Option<u16> {
        let full = self.listener(listener)?;
        if full.pending() >= full.backlog {
            return None;
        }
        let index = self.allocate()?;
        // A socket from the pool is closed, and the port is not 0.
        let _ = self.tcp_mut(index).ok()?.listen(tuple.local());
        let owner = Owner::Listener {
            slot: listener,
            queued: false,
            since: now,
        };
        self.begin(index, owner, tuple);
        self.with_listed(listener, false, |list, slots| list.push(slots, index));
        Some(index)
    }

    /// When an attempt came, while it is not accepted.
    pub(super) fn pending_since(&self, index: u16) -> Option<Instant> {
        match self.stream(index)?.owner {
            Owner::Listener { since, .. } => Some(since),
            _ => None,
        }
    }

    pub(crate) fn accept(&mut self, index: u16) -> Result<(u16, SocketAddr), ErrorKind> {
        let accepted = self
            .with_listed(index, true, List::pop)
            .ok_or(ErrorKind::Closed)?
            .ok_or(ErrorKind::WouldBlock)?;
        let stream = self.stream_mut(accepted)?;
        stream.owner = Owner::User;
        Ok((accepted, stream.tuple.remote().into()))
    }

    pub(crate) fn close_listener(&mut self, index: u16, now: Instant) {
        for queued in [false, true] {
            while let Some(Some(pending)) = self.with_listed(index, queued, |list, _| list.first())
            {
                self.abort(pending, now);
            }
        }
        self.release(index);
    }

    /// A connection that its listener has not seen yet.
    pub(super) fn observe_half_open(&mut self, index: u16, slot: u16, after: State, now: Instant) {
        match after {
            State::SynReceived => {}
            // Its segment was malformed, or the peer took it back.
            State::Listen => self.forget_connection(index),
            // The peer fell silent, or refused; it is told so if it is still there.
            State::Closed => self.abort(index, now),
            _ => {
                self.detach(index);
                if let Ok(stream) = self.stream_mut(index) {
                    stream.owner = Owner::Listener {
                        slot,
                        queued: true,
                        since: now,
                    };
                }
                self.with_listed(slot, true, |list, slots| list.push(slots, index));
                self.mark(slot);
            }
        }
    }
}
