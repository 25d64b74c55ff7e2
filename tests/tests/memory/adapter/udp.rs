use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::collections::VecDeque;

use amphi_core::ErrorKind;
use amphi_core::select::{Interest, Ready};
use amphi_core::socket::{Datagram, Interface, Multicast, Net as _, Received, Socket};
use amphi_core::time::{Duration, Instant};

use super::net::Memory;
use super::wire::{Id, Wire, overlap};

/// The longest datagram, in octets: 65,535 less the headers of IPv4 and UDP.
pub(crate) const LARGEST: usize = 65_507;
/// How many datagrams wait in one socket; more are lost, as is their right.
const ROOM: usize = 64;

/// What is behind a UDP socket.
pub(crate) struct Mailbox {
    local: SocketAddr,
    memberships: Vec<(IpAddr, Interface)>,
    letters: VecDeque<Letter>,
}

struct Letter {
    from: SocketAddr,
    to: IpAddr,
    octets: Vec<u8>,
}

impl Mailbox {
    pub(crate) fn ready(&self) -> Ready {
        match self.letters.is_empty() {
            true => Ready::WRITABLE,
            false => Ready::WRITABLE | Ready::READABLE,
        }
    }

    /// A group is heard by who joined it, and nothing else.
    fn hears(&self, to: SocketAddr) -> bool {
        let joined = |(group, _): &(IpAddr, Interface)| *group == to.ip();
        let is_member = self.memberships.iter().any(joined);
        overlap(self.local, to) && (is_member || !to.ip().is_multicast())
    }

    /// The place of a membership.
    fn find(&self, group: IpAddr, interface: Interface) -> Result<Option<usize>, ErrorKind> {
        if !group.is_multicast() || group.is_ipv4() != self.local.is_ipv4() {
            return Err(ErrorKind::InvalidInput);
        }
        check(interface)?;
        let mut all = self.memberships.iter();
        Ok(all.position(|it| *it == (group, interface)))
    }
}

/// There is one interface.
fn check(interface: Interface) -> Result<(), ErrorKind> {
    match interface {
        Interface::Any | Interface::Index(1) => Ok(()),
        Interface::Address(address) if address.is_loopback() => Ok(()),
        _ => Err(ErrorKind::AddrNotAvailable),
    }
}

impl Wire {
    pub(crate) fn bind(&mut self, local: SocketAddr) -> Result<Id, ErrorKind> {
        let local = self.address(local, |wire, wanted| {
            // Groups can be shared.
            let mut all = wire.mailboxes.values();
            !wanted.ip().is_multicast()
                && all.any(|it| !it.local.ip().is_multicast() && overlap(it.local, wanted))
        })?;
        let id = self.number();
        let mailbox = Mailbox {
            local,
            memberships: Vec::new(),
            letters: VecDeque::new(),
        };
        self.mailboxes.insert(id, mailbox);
        Ok(id)
    }

    fn send(&mut self, id: Id, octets: &[u8], to: SocketAddr) -> Result<(), ErrorKind> {
        if octets.len() > LARGEST {
            return Err(ErrorKind::MessageTooLong);
        }
        if !(to.ip().is_loopback() || to.ip().is_multicast()) {
            return Err(ErrorKind::Unreachable);
        }
        let own = match to {
            SocketAddr::V4(_) => IpAddr::V4(Ipv4Addr::LOCALHOST),
            SocketAddr::V6(_) => IpAddr::V6(Ipv6Addr::LOCALHOST),
        };
        let from = SocketAddr::new(own, self.mailbox(id).local.port());
        for mailbox in self.mailboxes.values_mut() {
            if mailbox.hears(to) && mailbox.letters.len() < ROOM {
                mailbox.letters.push_back(Letter {
                    from,
                    to: to.ip(),
                    octets: octets.to_vec(),
                });
            }
        }
        Ok(())
    }

    fn mailbox(&mut self, id: Id) -> &mut Mailbox {
        self.mailboxes.get_mut(&id).expect("its socket is there")
    }
}

/// A UDP socket.
pub(crate) struct UdpSocket<'m> {
    pub(crate) memory: &'m Memory,
    pub(crate) id: Id,
}

impl Socket for UdpSocket<'_> {
    type Error = ErrorKind;
    type Addr = SocketAddr;

    fn local(&self) -> Result<SocketAddr, ErrorKind> {
        Ok(self.memory.wire().mailbox(self.id).local)
    }

    fn wait(&self, interest: Interest, timeout: Option<Duration>) -> Result<bool, ErrorKind> {
        self.memory.wait(self.id, interest, timeout)
    }

    fn now(&self) -> Instant {
        self.memory.now()
    }
}

impl Datagram for UdpSocket<'_> {
    fn recv_from(&mut self, buf: &mut [u8]) -> Result<Received<SocketAddr>, ErrorKind> {
        let letter = self.memory.wire().mailbox(self.id).letters.pop_front();
        let letter = letter.ok_or(ErrorKind::WouldBlock)?;
        let count = buf.len().min(letter.octets.len());
        buf[..count].copy_from_slice(&letter.octets[..count]);
        Ok(Received::new(letter.octets.len(), letter.from).sent_to(letter.to))
    }

    fn send_to(&mut self, buf: &[u8], to: &SocketAddr) -> Result<(), ErrorKind> {
        self.memory.wire().send(self.id, buf, *to)
    }
}

impl Multicast for UdpSocket<'_> {
    fn join(&mut self, group: IpAddr, interface: Interface) -> Result<(), ErrorKind> {
        let mut wire = self.memory.wire();
        let mailbox = wire.mailbox(self.id);
        if mailbox.find(group, interface)?.is_some() {
            return Err(ErrorKind::AddrInUse);
        }
        mailbox.memberships.push((group, interface));
        Ok(())
    }

    fn leave(&mut self, group: IpAddr, interface: Interface) -> Result<(), ErrorKind> {
        let mut wire = self.memory.wire();
        let mailbox = wire.mailbox(self.id);
        let place = mailbox.find(group, interface)?;
        mailbox
            .memberships
            .remove(place.ok_or(ErrorKind::AddrNotAvailable)?);
        Ok(())
    }

    /// No router is on the way.
    fn set_multicast_hop_limit(&mut self, _hops: u8) -> Result<(), ErrorKind> {
        Ok(())
    }

    /// A loopback interface delivers in any case.
    fn set_multicast_loop(&mut self, _on: bool) -> Result<(), ErrorKind> {
        Ok(())
    }

    fn set_multicast_interface(&mut self, interface: Interface) -> Result<(), ErrorKind> {
        check(interface)
    }
}

impl Drop for UdpSocket<'_> {
    fn drop(&mut self) {
        self.memory.wire().mailboxes.remove(&self.id);
    }
}
