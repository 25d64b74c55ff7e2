//! The client of `DHCPv4` (RFC 2131): smoltcp's, in a slot of its own, with what it is
//! given put on the interface.

use core::net::IpAddr;

use amphi_core::ErrorKind;
use amphi_core::addr::{IpNetwork, Ipv4Interface};
use amphi_core::time::{Duration, Instant};
use smoltcp::iface::SocketStorage;
use smoltcp::phy::Medium;
use smoltcp::socket::dhcpv4::{Config, Event, Socket};
use smoltcp::wire::{
    DhcpPacket, EthernetAddress, EthernetFrame, HardwareAddress, IpEndpoint, Ipv4Packet,
    UDP_HEADER_LEN,
};

use super::index::Index;
use super::ports::Protocol;
use super::role::Role;
use super::state::Inner;
use crate::dhcp::Lease;
use crate::place::OneSocket;

/// The ports of servers and clients (RFC 2131, section 4.1).
const SERVER_PORT: u16 = 67;
pub(super) const CLIENT_PORT: u16 = 68;
/// How long the first answer may take (RFC 2131, section 4.1); smoltcp would wait for 10 s.
const PATIENCE: smoltcp::time::Duration = smoltcp::time::Duration::from_secs(4);
/// How many messages are heard in four seconds, where two suffice: smoltcp begins anew at
/// once when it is refused, and with a server that gives and refuses in turns would
/// never come to rest.
const MESSAGES: u8 = 8;
const REST: Duration = Duration::from_secs(4);
/// How long a lease is kept over a link that was down and on which nobody confirms it.
const CONFIRMATION: Duration = Duration::from_secs(30);

const EVERYTHING: IpNetwork = IpNetwork::literal("0.0.0.0/0");

/// What is known of a client.
#[derive(Debug)]
pub(crate) struct Client {
    lease: Option<Lease>,
    /// Why the lease is not on the interface.
    failure: Option<ErrorKind>,
    /// Until when the lease is kept without its server.
    unconfirmed: Option<Instant>,
    /// How many messages are heard until a certain time.
    hears: u8,
    until: Instant,
}

impl<'a> Inner<'a> {
    pub(crate) fn start_dhcp(
        &mut self,
        storage: &'a mut SocketStorage<'a>,
    ) -> Result<u16, ErrorKind> {
        if self.capabilities.medium != Medium::Ethernet {
            return Err(ErrorKind::Unsupported);
        }
        if self.clients().next().is_some() {
            return Err(ErrorKind::AlreadyExists);
        }
        let free = &mut self.free.listeners;
        let index = free.pop(self.slots).ok_or(ErrorKind::Exhausted)?;
        let mut socket = Socket::new();
        let mut retries = socket.get_retry_config();
        retries.discover_timeout = PATIENCE;
        retries.initial_request_timeout = PATIENCE;
        socket.set_retry_config(retries);
        self.slots[usize::from(index)].socket = Some(OneSocket::new(storage, socket));
        self.enter(
            index,
            Role::Dhcp(Client {
                lease: None,
                failure: None,
                unconfirmed: None,
                hears: 0,
                until: self.now,
            }),
        );
        self.egress.push(self.slots, index);
        Ok(index)
    }

    pub(crate) fn stop_dhcp(&mut self, index: u16) {
        self.set_lease(index, None);
        self.egress.remove(self.slots, index);
        self.slots[usize::from(index)].socket = None;
        self.release(index);
    }

    pub(crate) fn lease(&self, index: u16) -> Result<Lease, ErrorKind> {
        let client = self.client(index).ok_or(ErrorKind::Closed)?;
        match client.failure {
            Some(failure) => Err(failure),
            None => client.lease.ok_or(ErrorKind::WouldBlock),
        }
    }

    fn client(&self, index: u16) -> Option<&Client> {
        match &self.slots[usize::from(index)].role {
            Role::Dhcp(client) => Some(client),
            _ => None,
        }
    }

    fn client_mut(&mut self, index: u16) -> Option<&mut Client> {
        match &mut self.slots[usize::from(index)].role {
            Role::Dhcp(client) => Some(client),
            _ => None,
        }
    }

    fn clients(&self) -> impl Iterator<Item = u16> {
        let hash = Index::of_port(Protocol::Udp, CLIENT_PORT);
        Index::chain(self.slots, hash).filter(|index| self.client(*index).is_some())
    }

    /// The client for what a server says, whatever address it is sent to: the one that it
    /// has for the client is not the interface's yet.
    pub(super) fn dhcp_client(&self, to: IpEndpoint, from: IpEndpoint) -> Option<u16> {
        let is_answer = (to.port, from.port) == (CLIENT_PORT, SERVER_PORT);
        is_answer.then(|| self.clients().next()).flatten()
    }

    /// Whether the client hears a message: if it is for this interface, and not one too many.
    /// What a server broadcasts to others is not.
    pub(super) fn hears_server(&mut self, index: u16, frame: &[u8]) -> bool {
        let own = self.iface.hardware_addr();
        if addressee(frame).map(HardwareAddress::Ethernet) != Some(own) {
            return false;
        }
        let now = self.now;
        let Some(client) = self.client_mut(index) else {
            return false;
        };
        if now >= client.until {
            (client.hears, client.until) = (MESSAGES, now + REST);
        }
        let heard = client.hears > 0;
        client.hears = client.hears.saturating_sub(1);
        heard
    }

    /// Does what the client's socket has found out.
    pub(super) fn follow_lease(&mut self, index: u16) {
        if self.client(index).is_none() {
            return;
        }
        let socket = self.slots[usize::from(index)].socket.as_mut();
        let event = socket.and_then(|socket| socket.get::<Socket<'_>>().poll());
        let lease = match event {
            Some(Event::Configured(config)) => lease(&config),
            Some(Event::Deconfigured) => None,
            None => return self.give_up_unconfirmed(index),
        };
        let Some(client) = self.client_mut(index) else {
            return;
        };
        if lease.is_none() && client.unconfirmed.is_some() {
            return;
        }
        client.unconfirmed = None;
        self.set_lease(index, lease);
    }

    fn give_up_unconfirmed(&mut self, index: u16) {
        let until = self.client(index).and_then(|client| client.unconfirmed);
        match until {
            Some(until) if self.now < until => self.due_at_most(index, until),
            Some(_) => {
                if let Some(client) = self.client_mut(index) {
                    client.unconfirmed = None;
                }
                self.set_lease(index, None);
            }
            None => {}
        }
    }

    /// Puts a lease on the interface in the place of the one before.
    fn set_lease(&mut self, index: u16, lease: Option<Lease>) {
        let Some(client) = self.client_mut(index) else {
            return;
        };
        let before = core::mem::replace(&mut client.lease, lease);
        let failure = client.failure.take();
        let shown = |lease: Option<Lease>| lease.map(|lease| (lease.address, lease.router));
        if failure.is_none() {
            if shown(before) == shown(lease) {
                return;
            }
            self.take_back(before, lease.map(|lease| lease.address));
        }
        let result = lease.map_or(Ok(()), |lease| self.apply(&lease));
        if let Some(client) = self.client_mut(index) {
            client.failure = result.err();
        }
    }

    /// Takes a lease from the interface, but for its address if that is kept.
    fn take_back(&mut self, lease: Option<Lease>, kept: Option<Ipv4Interface>) {
        let Some(lease) = lease else { return };
        if lease.router.is_some() {
            let _ = self.remove_route(EVERYTHING);
        }
        if kept != Some(lease.address) {
            let _ = self.remove_address(lease.address.ip().into());
        }
    }

    /// Puts a lease on the interface, whole or not at all.
    fn apply(&mut self, lease: &Lease) -> Result<(), ErrorKind> {
        let ip = IpAddr::V4(lease.address.ip());
        match self.add_address(ip, lease.address.prefix_len()) {
            // Reports of groups come from an address, so there were none yet.
            Ok(()) => self.announce(),
            // It may have been kept.
            Err(ErrorKind::AlreadyExists) => {}
            Err(error) => return Err(error),
        }
        let Some(router) = lease.router else {
            return Ok(());
        };
        let routed = self.add_route(EVERYTHING, router.into());
        if routed.is_err() {
            let _ = self.remove_address(ip);
        }
        routed
    }

    /// Asks anew, as the link was down and may lead elsewhere; what there is stays until
    /// the answer comes, or does not.
    pub(super) fn confirm_leases(&mut self) {
        let Some(index) = self.clients().next() else {
            return;
        };
        let until = self.now + CONFIRMATION;
        if let Some(client) = self.client_mut(index) {
            client.unconfirmed = client.lease.map(|_| until);
        }
        if let Some(socket) = &mut self.slots[usize::from(index)].socket {
            socket.get::<Socket<'_>>().reset();
        }
        self.egress.push(self.slots, index);
    }
}

/// Whom a message of a server is for.
fn addressee(frame: &[u8]) -> Option<EthernetAddress> {
    let frame = EthernetFrame::new_checked(frame).ok()?;
    let packet = Ipv4Packet::new_checked(frame.payload()).ok()?;
    let message = packet.payload().get(UDP_HEADER_LEN..)?;
    let message = DhcpPacket::new_checked(message).ok()?;
    Some(message.client_hardware_address())
}

/// None when the address and its mask are no pair; smoltcp has looked at the mask.
fn lease(config: &Config<'_>) -> Option<Lease> {
    let cidr = config.address;
    let mut servers = config.dns_servers.iter().copied();
    Some(Lease {
        address: Ipv4Interface::new(cidr.address(), cidr.prefix_len()).ok()?,
        router: config.router,
        name_servers: [(); Lease::NAME_SERVERS].map(|()| servers.next()),
        server: config.server.identifier,
    })
}
