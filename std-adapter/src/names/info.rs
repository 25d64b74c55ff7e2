use core::net::SocketAddr;

use amphi_core::names::Transport;

use super::ResolveError;
use super::error::c_name;
use crate::sys;

/// A family of addresses.
///
/// ```
/// use amphi_core::ErrorKind;
/// use amphi_std::names::{Family, Hints, getaddrinfo};
///
/// let six = Hints::new().family(Family::Ipv6).numeric_host();
/// assert!(getaddrinfo(Some("::1"), None, &six).is_ok());
/// let error = getaddrinfo(Some("127.0.0.1"), None, &six).unwrap_err();
/// assert_eq!(error.reason(), ErrorKind::NotFound);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Family {
    /// `AF_INET`.
    Ipv4,
    /// `AF_INET6`.
    Ipv6,
}

/// What [`getaddrinfo`] shall look for: all of it, unless said otherwise.
///
/// ```
/// use amphi_core::names::Transport;
/// use amphi_std::names::{Hints, getaddrinfo};
///
/// // Where a server listens: at all addresses.
/// let hints = Hints::new().transport(Transport::Tcp).passive().numeric_service();
/// let found = getaddrinfo(None, Some("7"), &hints)?;
/// assert!(found.iter().all(|info| info.address.ip().is_unspecified()));
/// # Ok::<(), amphi_std::names::ResolveError>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Hints {
    family: Option<Family>,
    transport: Option<Transport>,
    flags: i32,
}

impl Hints {
    /// Any family, any transport.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            family: None,
            transport: None,
            flags: 0,
        }
    }

    /// Addresses of one family.
    #[must_use]
    pub const fn family(mut self, family: Family) -> Self {
        self.family = Some(family);
        self
    }

    /// For one transport: each address comes once instead of once for each.
    #[must_use]
    pub const fn transport(mut self, transport: Transport) -> Self {
        self.transport = Some(transport);
        self
    }

    /// Without a host, the unspecified address, to listen at (`AI_PASSIVE`).
    #[must_use]
    pub const fn passive(self) -> Self {
        self.flag(sys::AI_PASSIVE)
    }

    /// The first answer has the host's own name (`AI_CANONNAME`).
    #[must_use]
    pub const fn canonical_name(self) -> Self {
        self.flag(sys::AI_CANONNAME)
    }

    /// The host is an address as text; nobody is asked (`AI_NUMERICHOST`).
    #[must_use]
    pub const fn numeric_host(self) -> Self {
        self.flag(sys::AI_NUMERICHOST)
    }

    /// The service is a port as text (`AI_NUMERICSERV`).
    #[must_use]
    pub const fn numeric_service(self) -> Self {
        self.flag(sys::AI_NUMERICSERV)
    }

    /// Addresses only of families that this machine has addresses of (`AI_ADDRCONFIG`).
    #[must_use]
    pub const fn configured_families(self) -> Self {
        self.flag(sys::AI_ADDRCONFIG)
    }

    /// With the family IPv6, IPv4 addresses in IPv6's form where there is no other
    /// (`AI_V4MAPPED`).
    #[must_use]
    pub const fn ipv4_mapped(self) -> Self {
        self.flag(sys::AI_V4MAPPED)
    }

    const fn flag(mut self, flag: i32) -> Self {
        self.flags |= flag;
        self
    }

    fn asked(self) -> sys::Asked {
        sys::Asked {
            family: match self.family {
                None => sys::AF_UNSPEC,
                Some(Family::Ipv4) => sys::AF_INET,
                Some(Family::Ipv6) => sys::AF_INET6,
            },
            kind: match self.transport {
                None => 0,
                Some(Transport::Tcp) => sys::SOCK_STREAM,
                Some(Transport::Udp) => sys::SOCK_DGRAM,
            },
            protocol: 0,
            flags: self.flags,
        }
    }
}

/// One answer of [`getaddrinfo`].
///
/// ```
/// use amphi_std::names::{AddrInfo, Family, Hints, getaddrinfo};
///
/// let hints = Hints::new().numeric_host().numeric_service();
/// let found: Vec<AddrInfo> = getaddrinfo(Some("::1"), Some("7"), &hints)?;
/// assert_eq!((found[0].address.port(), found[0].family()), (7, Family::Ipv6));
/// # Ok::<(), amphi_std::names::ResolveError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddrInfo {
    /// The address; its port is 0 without a service.
    pub address: SocketAddr,
    /// The transport, where it is one of those with a name here.
    pub transport: Option<Transport>,
    /// The number of the protocol, as in IP's header; 0 for any.
    pub protocol: i32,
    /// The host's own name, in the first answer, if it was asked for.
    pub canonical_name: Option<String>,
}

impl AddrInfo {
    /// The family of the address.
    #[must_use]
    pub const fn family(&self) -> Family {
        match self.address {
            SocketAddr::V4(_) => Family::Ipv4,
            SocketAddr::V6(_) => Family::Ipv6,
        }
    }
}

/// The addresses of a host and a service, the best first (RFC 6724): getaddrinfo(3).
///
/// ```
/// use amphi_core::names::Transport;
/// use amphi_std::names::{Hints, getaddrinfo};
///
/// let hints = Hints::new().transport(Transport::Tcp).numeric_host();
/// let found = getaddrinfo(Some("::1"), Some("http"), &hints)?;
/// assert_eq!(found[0].address, "[::1]:80".parse().unwrap());
/// # Ok::<(), amphi_std::names::ResolveError>(())
/// ```
///
/// # Errors
///
/// `NotFound` when there is no such host, or it has no such address; `InvalidInput`
/// when there is no such service, for a name that is not ASCII or has a zero, and
/// when neither is given; `TimedOut` when nobody can tell for now.
pub fn getaddrinfo(
    host: Option<&str>,
    service: Option<&str>,
    hints: &Hints,
) -> Result<Vec<AddrInfo>, ResolveError> {
    let c_host = host.map(c_name).transpose()?;
    let c_service = service.map(c_name).transpose()?;
    let found = sys::getaddrinfo(c_host.as_deref(), c_service.as_deref(), hints.asked());
    let asked = || {
        [host, service]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(" ")
    };
    let found = found.map_err(|error| ResolveError::from_gai(&asked(), error))?;
    let info = |found: sys::Found| AddrInfo {
        address: found.address,
        transport: match found.kind {
            sys::SOCK_STREAM => Some(Transport::Tcp),
            sys::SOCK_DGRAM => Some(Transport::Udp),
            _ => None,
        },
        protocol: found.protocol,
        canonical_name: found.canonical,
    };
    Ok(found.into_iter().map(info).collect())
}

/// What [`getnameinfo`] shall tell: names where there are some, for TCP.
///
/// ```
/// use amphi_std::names::{NameFlags, getnameinfo};
///
/// let flags = NameFlags::new().numeric_host().numeric_service();
/// let (host, service) = getnameinfo(&"192.0.2.1:7".parse().unwrap(), flags)?;
/// assert_eq!((&*host, &*service), ("192.0.2.1", "7"));
/// # Ok::<(), amphi_std::names::ResolveError>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct NameFlags(i32);

impl NameFlags {
    /// Names where there are some, and text of numbers where not.
    #[must_use]
    pub const fn new() -> Self {
        Self(0)
    }

    /// The address instead of the host's name (`NI_NUMERICHOST`).
    #[must_use]
    pub const fn numeric_host(self) -> Self {
        Self(self.0 | sys::NI_NUMERICHOST)
    }

    /// The port instead of the service's name (`NI_NUMERICSERV`).
    #[must_use]
    pub const fn numeric_service(self) -> Self {
        Self(self.0 | sys::NI_NUMERICSERV)
    }

    /// An error where the host has no name (`NI_NAMEREQD`).
    #[must_use]
    pub const fn name_required(self) -> Self {
        Self(self.0 | sys::NI_NAMEREQD)
    }

    /// The service over UDP (`NI_DGRAM`).
    #[must_use]
    pub const fn datagram(self) -> Self {
        Self(self.0 | sys::NI_DGRAM)
    }
}

/// The names of a host and a service: getnameinfo(3).
///
/// ```
/// use amphi_std::names::{NameFlags, getnameinfo};
///
/// let address = "192.0.2.1:80".parse().unwrap();
/// let flags = NameFlags::new().numeric_host().numeric_service();
/// assert_eq!(getnameinfo(&address, flags)?, ("192.0.2.1".into(), "80".into()));
/// # Ok::<(), amphi_std::names::ResolveError>(())
/// ```
///
/// # Errors
///
/// `NotFound` when the host has no name and one is required; `TimedOut` when nobody can
/// tell for now.
pub fn getnameinfo(
    address: &SocketAddr,
    flags: NameFlags,
) -> Result<(String, String), ResolveError> {
    let names = sys::getnameinfo(address, flags.0);
    names.map_err(|error| ResolveError::from_gai(&address.to_string(), error))
}
