//! Listeners, and who has which local address and port.

use core::net::SocketAddr;

use amphi_core::ErrorKind;
use smoltcp::phy::Device;
use smoltcp::wire::{IpAddress, IpListenEndpoint};

use super::inner::Inner;
use super::pool::Stage;
use crate::convert;

/// The first of the ports that nobody asks for by number (RFC 6335, section 6).
const EPHEMERAL: u16 = 49_152;

impl<D: Device> Inner<'_, D> {
    pub(super) fn listen(&mut self, local: SocketAddr, backlog: usize) -> Result<usize, ErrorKind> {
        let mut local = self.local_address(local)?;
        if local.port == 0 {
            local.port = self.free_port(|inner, port| !inner.is_taken(port, None));
        } else if self.is_taken(local.port, local.addr) {
            return Err(ErrorKind::AddrInUse);
        }
        let (sockets, listeners) = self
            .sockets
            .slots
            .split_at_mut_checked(self.sockets.count)
            .unwrap_or_default();
        let mut listeners = listeners.iter_mut().zip(self.sockets.count..);
        let free = listeners.find(|(slot, _)| slot.stage == Stage::Idle);
        let (listener, index) = free.ok_or(ErrorKind::Exhausted)?;
        let free = sockets
            .iter_mut()
            .filter(|slot| slot.stage == Stage::Idle && slot.owner == 0);
        let mut left = backlog.max(1);
        for slot in free.take(left) {
            (slot.owner, slot.local) = (index, local);
            left = 0;
        }
        if left > 0 {
            return Err(ErrorKind::Exhausted);
        }
        listener.stage = Stage::Held;
        listener.local = local;
        Ok(index)
    }

    /// A listener that is dropped: who waits at it is reset.
    pub(super) fn close_listener(&mut self, listener: usize) {
        for index in 0..self.sockets.count {
            if let Some((slot, socket)) = self.at(index)
                && slot.owner == listener
            {
                (slot.owner, slot.local.port) = (0, 0);
                if slot.stage == Stage::Idle {
                    socket.abort();
                }
            }
        }
        if let Some(slot) = self.sockets.slots.get_mut(listener) {
            slot.stage = Stage::Idle;
            slot.selector = 0;
        }
    }

    /// An address of this interface's, or all.
    pub(super) fn local_address(&self, local: SocketAddr) -> Result<IpListenEndpoint, ErrorKind> {
        let addr = if local.ip().is_unspecified() {
            None
        } else {
            let address = convert::address(local.ip()).ok_or(ErrorKind::Unsupported)?;
            if !self.iface.has_ip_addr(address) {
                return Err(ErrorKind::AddrNotAvailable);
            }
            Some(address)
        };
        let port = local.port();
        Ok(IpListenEndpoint { addr, port })
    }

    /// Whether a listener has the port at `address`, or at any for none.
    pub(super) fn is_taken(&self, port: u16, address: Option<IpAddress>) -> bool {
        let mut listeners = self.sockets.slots.iter().skip(self.sockets.count);
        listeners.any(|slot| {
            slot.stage == Stage::Held
                && slot.local.port == port
                && (slot.local.addr == address || slot.local.addr.is_none() || address.is_none())
        })
    }

    /// The next port that `is_free`; there are more than sockets.
    pub(super) fn free_port(&mut self, is_free: impl Fn(&mut Self, u16) -> bool) -> u16 {
        loop {
            let port = self.next_port | EPHEMERAL;
            self.next_port = port.wrapping_add(1);
            if is_free(self, port) {
                return port;
            }
        }
    }
}
