//! Addresses that the interface makes of what routers tell (RFC 4862).
//!
//! smoltcp has that too, but where no router answers, its 0.14 asks to be called again
//! at once for ever, and it mixes its own deadlines into those of each socket.

use core::net::{IpAddr, Ipv6Addr};

use amphi_core::ErrorKind;
use amphi_core::addr::{IpNetwork, Ipv6Interface};
use amphi_core::time::{Duration, Instant};
use smoltcp::phy::Medium;
use smoltcp::wire::{
    EthernetFrame, EthernetProtocol, Icmpv6Packet, Icmpv6Repr, IpProtocol, Ipv6Cidr, Ipv6Packet,
    NdiscPrefixInfoFlags, NdiscPrefixInformation, NdiscRepr,
};

use super::device::Exit;
use super::drive::{RETRY, Sent};
use super::ndisc::HOP_LIMIT;
use super::state::Inner;
use crate::convert;

/// How often routers are asked, and how long each time is waited for an answer (RFC 4861,
/// section 10).
const SOLICITATIONS: u8 = 3;
const INTERVAL: Duration = Duration::from_secs(4);
/// An advertisement alone cannot make the rest of an address' life shorter than this
/// (RFC 4862, section 5.5.3).
const GUARDED: Duration = Duration::from_secs(2 * 60 * 60);
/// How many networks an interface takes an address in.
const NETWORKS: usize = 2;

const ALL_ROUTERS: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 2);
const LINK_LOCAL: Ipv6Cidr = Ipv6Cidr::new(Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0), 64);
const EVERYTHING: IpNetwork = IpNetwork::literal("::/0");

/// What was learned of routers.
#[derive(Debug)]
pub(super) struct Slaac {
    runs: bool,
    /// The link-local address, if it was made here.
    link_local: Option<Ipv6Addr>,
    addresses: [Option<Timely<Ipv6Addr>>; NETWORKS],
    router: Option<Timely<Ipv6Addr>>,
    failure: Option<ErrorKind>,
    /// How often routers are still asked, and when next.
    solicitations: u8,
    retry: Instant,
    /// When something has to be done.
    pub(super) due: Instant,
}

/// Something that is good for some time.
#[derive(Debug, Clone, Copy)]
struct Timely<T> {
    what: T,
    until: Instant,
}

impl Slaac {
    pub(super) const IDLE: Self = Self {
        runs: false,
        link_local: None,
        addresses: [None; NETWORKS],
        router: None,
        failure: None,
        solicitations: 0,
        retry: Instant::NEVER,
        due: Instant::NEVER,
    };

    fn next_due(&self) -> Instant {
        let addresses = self.addresses.iter().flatten().map(|it| it.until);
        let router = self.router.iter().map(|it| it.until);
        let retry = if self.solicitations > 0 {
            self.retry
        } else {
            Instant::NEVER
        };
        addresses.chain(router).fold(retry, Instant::min)
    }
}

impl Inner<'_> {
    pub(crate) fn start_slaac(&mut self, now: Instant) -> Result<(), ErrorKind> {
        if self.capabilities.medium != Medium::Ethernet {
            return Err(ErrorKind::Unsupported);
        }
        if self.slaac.runs {
            return Err(ErrorKind::AlreadyExists);
        }
        let own = self.own_address(LINK_LOCAL).ok_or(ErrorKind::Unsupported)?;
        let link_local = match self.add_address(IpAddr::V6(own), 64, now) {
            Ok(()) => Some(own),
            Err(ErrorKind::AlreadyExists) => None,
            Err(error) => return Err(error),
        };
        self.slaac = Slaac {
            runs: true,
            link_local,
            ..Slaac::IDLE
        };
        self.solicit_routers(now);
        Ok(())
    }

    pub(crate) fn stop_slaac(&mut self, now: Instant) {
        let learned = core::mem::replace(&mut self.slaac, Slaac::IDLE);
        for it in learned.addresses.into_iter().flatten() {
            let _ = self.remove_address(IpAddr::V6(it.what), now);
        }
        if learned.router.is_some() {
            let _ = self.remove_route(EVERYTHING);
        }
        if let Some(own) = learned.link_local {
            let _ = self.remove_address(IpAddr::V6(own), now);
        }
    }

    pub(crate) fn slaac_address(&self) -> Result<Ipv6Interface, ErrorKind> {
        let first = self.slaac.addresses.iter().flatten().next();
        match (first, self.slaac.failure) {
            (Some(it), _) => Ipv6Interface::new(it.what, 64).map_err(|_| ErrorKind::InvalidInput),
            (None, Some(failure)) => Err(failure),
            (None, None) => Err(ErrorKind::WouldBlock),
        }
    }

    pub(crate) fn slaac_router(&self) -> Option<Ipv6Addr> {
        self.slaac.router.map(|it| it.what)
    }

    /// The address in a network that this interface makes of its own on the link.
    fn own_address(&self, network: Ipv6Cidr) -> Option<Ipv6Addr> {
        let cidr = Ipv6Cidr::from_link_prefix(&network, self.iface.hardware_addr())?;
        Some(cidr.address())
    }

    /// Asks the routers of the link, as it is new.
    pub(super) fn solicit_routers(&mut self, now: Instant) {
        if self.slaac.runs {
            (self.slaac.solicitations, self.slaac.retry) = (SOLICITATIONS, now);
            self.slaac.due = now;
        }
    }

    /// Does what is due.
    pub(super) fn advance_slaac(&mut self, exit: &mut dyn Exit, now: Instant) -> Sent {
        self.expire_learned(now);
        let is_due = self.slaac.solicitations > 0 && self.slaac.retry <= now;
        let from = self.own_address(LINK_LOCAL).filter(|_| is_due);
        let mut sent = Sent::All;
        if let Some(from) = from {
            if exit.open(convert::instant(now)) {
                let lladdr = Some(self.iface.hardware_addr().into());
                self.send_to_group(
                    exit,
                    (from, ALL_ROUTERS),
                    NdiscRepr::RouterSolicit { lladdr },
                );
                self.slaac.solicitations -= 1;
                self.slaac.retry = now + INTERVAL;
            } else {
                self.slaac.retry = now + RETRY;
                sent = Sent::Exhausted;
            }
        }
        self.slaac.due = self.slaac.next_due();
        sent
    }

    fn expire_learned(&mut self, now: Instant) {
        for number in 0..NETWORKS {
            if let Some(over) = self.slaac.addresses[number].take_if(|it| it.until <= now) {
                let _ = self.remove_address(IpAddr::V6(over.what), now);
            }
        }
        if self.slaac.router.take_if(|it| it.until <= now).is_some() {
            let _ = self.remove_route(EVERYTHING);
        }
    }

    /// Looks whether a frame is what a router tells, and follows it.
    pub(super) fn hear_router(&mut self, frame: &[u8], now: Instant) {
        if !self.slaac.runs {
            return;
        }
        let Some((router, advertisement)) = self.advertisement(frame) else {
            return;
        };
        self.slaac.solicitations = 0;
        self.follow_router(router, advertisement.lifetime, now);
        if let Some(prefix) = advertisement.prefix {
            self.follow_prefix(&prefix, now);
        }
        self.slaac.due = self.slaac.next_due();
    }

    /// The advertisement of a router of this link in a frame (RFC 4861, section 6.1.2).
    fn advertisement(&self, frame: &[u8]) -> Option<(Ipv6Addr, Advertisement)> {
        let frame = EthernetFrame::new_checked(frame).ok()?;
        if frame.ethertype() != EthernetProtocol::Ipv6 {
            return None;
        }
        let packet = Ipv6Packet::new_checked(frame.payload()).ok()?;
        let (from, to) = (packet.src_addr(), packet.dst_addr());
        let is_near = packet.hop_limit() == HOP_LIMIT && from.is_unicast_link_local();
        if packet.next_header() != IpProtocol::Icmpv6 || !is_near {
            return None;
        }
        let message = Icmpv6Packet::new_checked(packet.payload()).ok()?;
        match Icmpv6Repr::parse(&from, &to, &message, &self.capabilities.checksum) {
            Ok(Icmpv6Repr::Ndisc(NdiscRepr::RouterAdvert {
                router_lifetime,
                prefix_info,
                ..
            })) => Some((
                from,
                Advertisement {
                    lifetime: router_lifetime.into(),
                    prefix: prefix_info,
                },
            )),
            _ => None,
        }
    }

    /// The first router that is there is kept as long as it wants to be one.
    fn follow_router(&mut self, router: Ipv6Addr, lifetime: Duration, now: Instant) {
        if self.slaac.router.is_some_and(|known| known.what != router) {
            return;
        }
        let is_new = self.slaac.router.is_none();
        self.slaac.router = Some(Timely {
            what: router,
            until: now + lifetime,
        });
        if lifetime.is_zero() {
            self.expire_learned(now);
        } else if is_new && let Err(error) = self.add_route(EVERYTHING, router.into()) {
            self.slaac.router = None;
            self.slaac.failure = Some(error);
        }
    }

    fn follow_prefix(&mut self, prefix: &NdiscPrefixInformation, now: Instant) {
        let is_for_addresses = prefix.flags.contains(NdiscPrefixInfoFlags::ADDRCONF)
            && prefix.preferred_lifetime <= prefix.valid_lifetime
            && !prefix.prefix.is_unicast_link_local()
            && !prefix.prefix.is_multicast();
        // Others than of 64 bits leave no room for what makes the address unique.
        let network = Ipv6Cidr::new(prefix.prefix, prefix.prefix_len.min(128));
        let Some(address) = self.own_address(network).filter(|_| is_for_addresses) else {
            return;
        };
        let lifetime = Duration::from(prefix.valid_lifetime);
        let is_it = |it: &&mut Timely<Ipv6Addr>| it.what == address;
        let known = self.slaac.addresses.iter_mut().flatten().find(is_it);
        if let Some(known) = known {
            // RFC 4862, section 5.5.3 e.
            let least = known.until.min(now + GUARDED);
            known.until = least.max(now + lifetime);
        } else if !lifetime.is_zero() {
            self.take_address(address, now + lifetime, now);
        }
    }

    fn take_address(&mut self, address: Ipv6Addr, until: Instant, now: Instant) {
        let vacancy = self.slaac.addresses.iter().position(Option::is_none);
        let taken = vacancy.ok_or(ErrorKind::Exhausted).and_then(|number| {
            self.add_address(IpAddr::V6(address), 64, now)?;
            Ok(number)
        });
        match taken {
            Ok(number) => {
                self.slaac.failure = None;
                self.slaac.addresses[number] = Some(Timely {
                    what: address,
                    until,
                });
            }
            // It was given by hand, and stays.
            Err(ErrorKind::AlreadyExists) => {}
            Err(error) => self.slaac.failure = Some(error),
        }
    }
}

/// What there is to know of a router's words.
struct Advertisement {
    /// How long it is one for all other networks; zero if not at all.
    lifetime: Duration,
    prefix: Option<NdiscPrefixInformation>,
}
