use core::net::SocketAddr;
use std::collections::BTreeMap;

use amphi_core::ErrorKind;
use amphi_core::select::Ready;

use super::tcp::{Connection, Listening};
use super::udp::Mailbox;

/// A socket's number. None comes twice, so what is gone is never taken for another.
pub(crate) type Id = u64;

/// The first port that the stack chooses (RFC 6335, section 6).
const FIRST_PORT: u16 = 49_152;

/// What is behind the sockets.
#[derive(Default)]
pub(crate) struct Wire {
    pub(crate) listeners: BTreeMap<Id, Listening>,
    pub(crate) connections: BTreeMap<Id, Connection>,
    pub(crate) mailboxes: BTreeMap<Id, Mailbox>,
    numbers: Id,
    ports: u16,
}

impl Wire {
    pub(crate) fn number(&mut self) -> Id {
        self.numbers += 1;
        self.numbers
    }

    /// What a socket is ready for; nothing, if it is gone.
    pub(crate) fn ready(&self, id: Id) -> Ready {
        if let Some(listening) = self.listeners.get(&id) {
            return listening.ready();
        }
        if let Some(mailbox) = self.mailboxes.get(&id) {
            return mailbox.ready();
        }
        let connection = self.connections.get(&id);
        connection.map_or(Ready::NONE, |connection| self.ready_of(connection))
    }

    /// `wanted`, with a port if it has none, unless it is not ours or `is_taken`.
    pub(crate) fn address(
        &mut self,
        wanted: SocketAddr,
        is_taken: impl Fn(&Self, SocketAddr) -> bool,
    ) -> Result<SocketAddr, ErrorKind> {
        let ip = wanted.ip();
        if !(ip.is_loopback() || ip.is_unspecified() || ip.is_multicast()) {
            return Err(ErrorKind::AddrNotAvailable);
        }
        if wanted.port() != 0 {
            return match is_taken(self, wanted) {
                true => Err(ErrorKind::AddrInUse),
                false => Ok(wanted),
            };
        }
        for _ in FIRST_PORT..=u16::MAX {
            let port = FIRST_PORT + self.ports;
            self.ports = (self.ports + 1) % (u16::MAX - FIRST_PORT);
            let address = SocketAddr::new(ip, port);
            if !is_taken(self, address) {
                return Ok(address);
            }
        }
        Err(ErrorKind::AddrInUse)
    }
}

/// Whether who is bound to one address gets what is sent to the other.
pub(crate) fn overlap(a: SocketAddr, b: SocketAddr) -> bool {
    let any = a.ip().is_unspecified() || b.ip().is_unspecified();
    a.port() == b.port() && a.is_ipv4() == b.is_ipv4() && (any || a.ip() == b.ip())
}
