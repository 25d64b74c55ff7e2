//! Attempts to connect.

use core::net::SocketAddr;

use amphi_core::ErrorKind;
use amphi_core::time::Instant;
use smoltcp::phy::Device;
use smoltcp::socket::tcp::State;
use smoltcp::wire::{IpAddress, IpEndpoint};

use super::inner::Inner;
use super::pool::Stage;
use crate::{convert, interface};

impl<D: Device> Inner<'_, D> {
    pub(super) fn connect(&mut self, remote: SocketAddr, now: Instant) -> Result<usize, ErrorKind> {
        let to = convert::endpoint(remote)?;
        if to.port == 0 || !interface::is_for_one(&self.iface, to.addr) {
            return Err(ErrorKind::InvalidInput);
        }
        if !self.is_reachable(to.addr) {
            return Err(ErrorKind::Unreachable);
        }
        let from = self.iface.get_source_address(&to.addr);
        let from = from.ok_or(ErrorKind::Unreachable)?;
        let port = self.free_port(|inner, port| {
            !inner.is_taken(port, None) && !inner.is_used(IpEndpoint::new(from, port))
        });
        let index = self.free_socket(now).ok_or(ErrorKind::Exhausted)?;
        let timeout = self.settings.handshake_timeout;
        let context = self.iface.context();
        let (slot, socket) = self.sockets.at(index).ok_or(ErrorKind::Exhausted)?;
        socket
            .connect(context, to, (from, port))
            .map_err(|_| ErrorKind::Unreachable)?;
        socket.set_timeout(Some(timeout));
        slot.hold();
        slot.state = State::SynSent;
        Ok(index)
    }

    /// A socket that belongs to nobody. If the only one has a reset to send, that leaves now.
    fn free_socket(&mut self, now: Instant) -> Option<usize> {
        self.find_free().or_else(|| {
            self.poll(now);
            self.find_free()
        })
    }

    fn find_free(&mut self) -> Option<usize> {
        (0..self.sockets.count).find(|index| {
            self.at(*index).is_some_and(|(slot, socket)| {
                slot.stage == Stage::Idle
                    && slot.owner == 0
                    && (socket.remote_endpoint().is_none() || slot.state == State::TimeWait)
            })
        })
    }

    /// Whether a connection has this local address.
    fn is_used(&mut self, local: IpEndpoint) -> bool {
        (0..self.sockets.count).any(|index| {
            self.at(index)
                .is_some_and(|(_, socket)| socket.local_endpoint() == Some(local))
        })
    }

    /// Whether frames to `to` go anywhere: to its network, or to a router. A link without
    /// addresses of its own takes them all.
    fn is_reachable(&mut self, to: IpAddress) -> bool {
        convert::takes_all(self.device.capabilities().medium)
            || interface::next_hop(&mut self.iface, to).is_some()
    }
}
