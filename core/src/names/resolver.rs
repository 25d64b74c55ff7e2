use core::fmt;
use core::net::{IpAddr, SocketAddr};

use super::getservbyname;
use crate::addr::ip;

/// A protocol with ports.
///
/// ```
/// use amphi_core::names::{Transport, getservbyname};
///
/// assert_eq!(Transport::Udp.name(), "udp");
/// let domain = getservbyname("domain", Some(Transport::Udp)).unwrap();
/// assert_eq!((domain.port, domain.transport), (53, Transport::Udp));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Transport {
    /// TCP (RFC 9293).
    Tcp,
    /// UDP (RFC 768).
    Udp,
}

impl Transport {
    /// Its name in `protocols(5)`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
        }
    }
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Turns names of hosts into addresses.
///
/// Implementations wait until they know, and keep nothing. An address as text is one
/// itself and asks nobody. Names are ASCII: others must be given in their `xn--` form
/// (RFC 5891), and are refused where they are not.
///
/// ```
/// use amphi_core::names::{Hosts, Resolver, Transport};
///
/// let table = [("server", [192, 0, 2, 7].into())];
/// let mut hosts = Hosts::new(&table);
/// let mut addresses = hosts.resolve("server", 80)?;
/// assert_eq!(addresses.next(), Some("192.0.2.7:80".parse().unwrap()));
/// assert_eq!(addresses.next(), None);
///
/// let port = amphi_core::names::port_of("https", Transport::Tcp).unwrap();
/// assert_eq!(hosts.resolve("::1", port)?.next(), Some("[::1]:443".parse().unwrap()));
/// # Ok::<(), amphi_core::names::NoSuchHost>(())
/// ```
pub trait Resolver {
    /// What it reports, with the words of who was asked.
    type Error: core::error::Error;
    /// The addresses, the best first.
    type Addresses: Iterator<Item = SocketAddr>;

    /// The addresses of `host`, each with `port`.
    ///
    /// # Errors
    ///
    /// When there is no such name, when it has no address, when it cannot be one, and
    /// what asking met.
    fn resolve(&mut self, host: &str, port: u16) -> Result<Self::Addresses, Self::Error>;
}

/// The address that `host` is the text of, if it is one.
#[must_use]
pub fn literal(host: &str) -> Option<IpAddr> {
    ip::parse(host).ok()
}

/// There is no such service.
///
/// ```
/// use amphi_core::names::{ServiceError, Transport, port_of};
///
/// let error: ServiceError = port_of("nothing", Transport::Tcp).unwrap_err();
/// assert_eq!(error.to_string(), "neither a port nor the name of a service over tcp");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ServiceError(pub Transport);

impl fmt::Display for ServiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "neither a port nor the name of a service over {}",
            self.0
        )
    }
}

impl core::error::Error for ServiceError {}

/// The port that `service` names, or is: from 0 to 65535, in decimal.
///
/// ```
/// use amphi_core::names::{Transport, port_of};
///
/// assert_eq!(port_of("domain", Transport::Udp), Ok(53));
/// assert_eq!(port_of("8080", Transport::Tcp), Ok(8080));
/// assert!(port_of("65536", Transport::Tcp).is_err());
/// ```
///
/// # Errors
///
/// When it is neither.
pub fn port_of(service: &str, transport: Transport) -> Result<u16, ServiceError> {
    let is_number = !service.is_empty() && service.bytes().all(|octet| octet.is_ascii_digit());
    if is_number {
        return service.parse().map_err(|_| ServiceError(transport));
    }
    let service = getservbyname(service, Some(transport));
    service
        .map(|service| service.port)
        .ok_or(ServiceError(transport))
}

/// How many addresses of a name are kept; further ones are dropped.
const MOST: usize = 8;

/// Some addresses of one port, at most eight.
///
/// ```
/// use amphi_core::names::{Addresses, Hosts, Resolver};
///
/// let mut addresses: Addresses = Hosts::new(&[]).resolve("localhost", 7)?;
/// assert_eq!(addresses.len(), 2); // of each family
/// assert_eq!(addresses.next(), Some("127.0.0.1:7".parse().unwrap()));
/// assert_eq!(addresses.next(), Some("[::1]:7".parse().unwrap()));
/// # Ok::<(), amphi_core::names::NoSuchHost>(())
/// ```
#[derive(Debug, Clone)]
pub struct Addresses {
    list: [IpAddr; MOST],
    next: usize,
    len: usize,
    port: u16,
}

impl Addresses {
    pub(super) const fn new(port: u16) -> Self {
        Self {
            list: [IpAddr::V4(core::net::Ipv4Addr::UNSPECIFIED); MOST],
            next: 0,
            len: 0,
            port,
        }
    }

    /// Adds an address, where there is room and it is not there yet.
    pub(super) fn push(&mut self, address: IpAddr) {
        let is_known = self
            .list
            .iter()
            .take(self.len)
            .any(|known| *known == address);
        if let Some(room) = self.list.get_mut(self.len)
            && !is_known
        {
            *room = address;
            self.len += 1;
        }
    }
}

impl Iterator for Addresses {
    type Item = SocketAddr;

    fn next(&mut self) -> Option<SocketAddr> {
        let address = *self.list.get(self.next).filter(|_| self.next < self.len)?;
        self.next += 1;
        Some(SocketAddr::new(address, self.port))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.len - self.next;
        (left, Some(left))
    }
}

impl ExactSizeIterator for Addresses {}

/// Whether `host` can be a name: labels of 1 to 63 octets of printable ASCII, at most
/// 253 in all, a final dot aside (RFC 1035, sections 2.3.4 and 3.1).
pub(super) fn is_name(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    let fits =
        |label: &str| matches!(label.len(), 1..=63) && label.bytes().all(|o| o.is_ascii_graphic());
    host.len() <= 253 && host.split('.').all(fits)
}

/// What every name server must not be asked for: this machine (RFC 6761, section 6.3).
pub(super) fn is_localhost(host: &str) -> bool {
    let host = host.strip_suffix('.').unwrap_or(host);
    let last = host.rsplit('.').next().unwrap_or(host);
    last.eq_ignore_ascii_case("localhost")
}
