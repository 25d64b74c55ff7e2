//! Addresses that the interface makes of what routers tell (RFC 4862).
//!
//! smoltcp has that too, but where no router answers, its 0.14 asks to be called again
//! at once for ever, it mixes its own deadlines into those of each socket, and it does not
//! ask whether somebody else has an address.

use core::net::{IpAddr, Ipv6Addr};

use amphi_core::ErrorKind;
use amphi_core::addr::{IpNetwork, Ipv6Interface};
use amphi_core::time::{Duration, Instant};
use smoltcp::config::IFACE_MAX_ADDR_COUNT;
use smoltcp::phy::Medium;
use smoltcp::wire::{Ipv6Cidr, NdiscRepr};

use super::device::Exit;
use super::drive::{RETRY_MICROS, Sent};
use super::state::Inner;
use crate::convert;

/// How often routers are asked, and how long each time is waited for an answer (RFC 4861,
/// section 10).
const SOLICITATIONS: u8 = 3;
const INTERVAL: Duration = Duration::from_secs(4);
/// In how many networks an interface takes an address.
const NETWORKS: usize = 2;
/// Those, and the link itself.
const ADDRESSES: usize = 1 + NETWORKS;

const ALL_ROUTERS: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 2);
const LINK: Ipv6Cidr = Ipv6Cidr::new(Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0), 64);
pub(super) const EVERYTHING: IpNetwork = IpNetwork::literal("::/0");

/// What was learned of routers.
#[derive(Debug)]
pub(super) struct Slaac {
    pub(super) runs: bool,
    /// The first is the one on the link.
    pub(super) addresses: [Option<Address>; ADDRESSES],
    /// The router for all other networks, and until when it is one.
    pub(super) router: Option<(Ipv6Addr, Instant)>,
    pub(super) failure: Option<ErrorKind>,
    /// How often routers are still asked, and when next.
    pub(super) solicitations: u8,
    retry: Instant,
    /// When something has to be done.
    pub(super) due: Instant,
}

/// An address that the interface has, or wants.
#[derive(Debug, Clone, Copy)]
pub(super) struct Address {
    pub(super) ip: Ipv6Addr,
    /// The end of its life.
    pub(super) until: Instant,
    pub(super) claim: Claim,
}

/// How far an address is the interface's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Claim {
    /// Nobody was asked yet whether it is theirs.
    New,
    /// It is ours if nobody has answered until then.
    Asked(Instant),
    Taken,
    /// The interface had it already.
    Given,
    /// It is somebody else's.
    Foreign,
}

impl Slaac {
    pub(super) const IDLE: Self = Self {
        runs: false,
        addresses: [None; ADDRESSES],
        router: None,
        failure: None,
        solicitations: 0,
        retry: Instant::NEVER,
        due: Instant::NEVER,
    };

    /// Whether the link is not somebody else's by its address there: two alike must not go on.
    pub(super) fn has_link(&self) -> bool {
        self.addresses[0].is_some_and(|address| address.claim != Claim::Foreign)
    }

    /// Whether routers can be asked: not without an address on the link.
    fn can_ask(&self) -> bool {
        let link = self.addresses[0].map(|address| address.claim);
        self.solicitations > 0 && matches!(link, Some(Claim::Taken | Claim::Given))
    }

    pub(super) fn next_due(&self) -> Instant {
        let retry = if self.can_ask() {
            self.retry
        } else {
            Instant::NEVER
        };
        let router = self.router.map_or(Instant::NEVER, |(_, until)| until);
        let addresses = self.addresses.iter().flatten();
        let dues = addresses.map(|address| match address.claim {
            Claim::New => Instant::ORIGIN,
            Claim::Asked(until) => until.min(address.until),
            _ => address.until,
        });
        dues.fold(retry.min(router), Instant::min)
    }
}

impl Inner<'_> {
    pub(crate) fn start_slaac(&mut self) -> Result<(), ErrorKind> {
        if self.capabilities.medium != Medium::Ethernet {
            return Err(ErrorKind::Unsupported);
        }
        if self.slaac.runs {
            return Err(ErrorKind::AlreadyExists);
        }
        let ip = self.own_address(LINK).ok_or(ErrorKind::Unsupported)?;
        let given = self.iface.has_ip_addr(ip);
        if !given && self.iface.ip_addrs().len() >= IFACE_MAX_ADDR_COUNT {
            return Err(ErrorKind::Exhausted);
        }
        self.slaac = Slaac {
            runs: true,
            ..Slaac::IDLE
        };
        self.slaac.addresses[0] = Some(Address {
            ip,
            until: Instant::NEVER,
            claim: if given { Claim::Given } else { Claim::New },
        });
        self.solicit_routers();
        Ok(())
    }

    pub(crate) fn stop_slaac(&mut self) {
        let learned = core::mem::replace(&mut self.slaac, Slaac::IDLE);
        if learned.router.is_some() {
            let _ = self.remove_route(EVERYTHING);
        }
        for address in learned.addresses.into_iter().flatten() {
            self.give_back(address);
        }
    }

    fn give_back(&mut self, address: Address) {
        if address.claim == Claim::Taken {
            let _ = self.remove_address(IpAddr::V6(address.ip));
        }
    }

    pub(crate) fn slaac_address(&self) -> Result<Ipv6Interface, ErrorKind> {
        let networks = self.slaac.addresses[1..].iter().flatten();
        let mut ready = networks.filter(|it| matches!(it.claim, Claim::Taken | Claim::Given));
        match (ready.next(), self.slaac.failure) {
            (Some(it), _) => Ipv6Interface::new(it.ip, 64).map_err(|_| ErrorKind::InvalidInput),
            (None, Some(failure)) => Err(failure),
            (None, None) => Err(ErrorKind::WouldBlock),
        }
    }

    pub(crate) fn slaac_router(&self) -> Option<Ipv6Addr> {
        self.slaac.router.map(|(router, _)| router)
    }

    /// The address in a network that this interface makes of its hardware address.
    pub(super) fn own_address(&self, network: Ipv6Cidr) -> Option<Ipv6Addr> {
        let cidr = Ipv6Cidr::from_link_prefix(&network, self.iface.hardware_addr())?;
        Some(cidr.address())
    }

    /// Asks the routers of the link, as it is new.
    pub(super) fn solicit_routers(&mut self) {
        if self.slaac.runs {
            (self.slaac.solicitations, self.slaac.retry) = (SOLICITATIONS, self.now);
            self.slaac.due = self.now;
        }
    }

    /// Does what is due, and sends one message of it.
    pub(super) fn advance_slaac(&mut self, exit: &mut dyn Exit) -> Sent {
        self.expire_learned();
        self.take_unclaimed();
        let sent = self.ask_link(exit);
        self.slaac.due = match sent {
            Sent::Exhausted => self.now.saturating_add_micros(RETRY_MICROS),
            _ => self.slaac.next_due(),
        };
        sent
    }

    /// Asks the link for something: first whether addresses are taken, then for routers.
    fn ask_link(&mut self, exit: &mut dyn Exit) -> Sent {
        let is_new = |it: &&mut Address| it.claim == Claim::New;
        let mut addresses = self.slaac.addresses.iter_mut().flatten();
        let unasked = addresses.find(is_new);
        let asks = self.slaac.solicitations > 0 && self.slaac.retry <= self.now;
        if let Some(address) = unasked {
            if !exit.open(convert::instant(self.now)) {
                return Sent::Exhausted;
            }
            address.claim = Claim::Asked(self.now + super::duplicates::PATIENCE);
            let ip = address.ip;
            self.ask_for_duplicate(exit, ip);
            return Sent::Some;
        }
        let link = self.slaac.addresses[0].filter(|_| asks && self.slaac.can_ask());
        let Some(Address { ip, .. }) = link else {
            return Sent::All;
        };
        if !exit.open(convert::instant(self.now)) {
            return Sent::Exhausted;
        }
        let lladdr = Some(self.iface.hardware_addr().into());
        self.send_to_group(exit, (ip, ALL_ROUTERS), NdiscRepr::RouterSolicit { lladdr });
        self.slaac.solicitations -= 1;
        self.slaac.retry = self.now + INTERVAL;
        Sent::Some
    }

    /// Takes the addresses that nobody else has.
    fn take_unclaimed(&mut self) {
        for number in 0..ADDRESSES {
            let asked = self.slaac.addresses[number];
            let Some(Address { ip, until, .. }) =
                asked.filter(|it| matches!(it.claim, Claim::Asked(end) if end <= self.now))
            else {
                continue;
            };
            let claim = match self.add_address(IpAddr::V6(ip), 64) {
                Ok(()) => Claim::Taken,
                Err(ErrorKind::AlreadyExists) => Claim::Given,
                Err(error) => {
                    self.slaac.failure = Some(error);
                    self.slaac.addresses[number] = None;
                    continue;
                }
            };
            self.slaac.addresses[number] = Some(Address { ip, until, claim });
            if number == 0 {
                self.slaac.retry = self.now;
            } else {
                self.slaac.failure = None;
            }
        }
    }

    pub(super) fn expire_learned(&mut self) {
        for number in 0..ADDRESSES {
            if let Some(over) = self.slaac.addresses[number].take_if(|it| it.until <= self.now) {
                self.give_back(over);
            }
        }
        if self
            .slaac
            .router
            .take_if(|(_, until)| *until <= self.now)
            .is_some()
        {
            let _ = self.remove_route(EVERYTHING);
        }
    }
}
