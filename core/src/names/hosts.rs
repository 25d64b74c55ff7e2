use core::fmt;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::resolver::{is_localhost, is_name};
use super::{Addresses, Resolver, literal};
use crate::ErrorKind;

/// A table of hosts, as `/etc/hosts` is one: names are compared without regard to
/// case. `localhost` and names below it are there of themselves (RFC 6761).
///
/// ```
/// use amphi_core::names::{Hosts, NoSuchHost, Resolver};
///
/// let table = [
///     ("gateway", [192, 0, 2, 1].into()),
///     ("sensor.example", [192, 0, 2, 9].into()),
///     ("sensor.example", [0x2001, 0xdb8, 0, 0, 0, 0, 0, 9].into()),
/// ];
/// let mut hosts = Hosts::new(&table);
/// assert_eq!(hosts.resolve("Sensor.Example", 7)?.count(), 2);
/// assert_eq!(hosts.resolve("localhost", 7)?.next().unwrap().to_string(), "127.0.0.1:7");
/// assert_eq!(hosts.resolve("nobody", 7).map(|_| ()), Err(NoSuchHost::Unknown));
/// # Ok::<(), NoSuchHost>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Hosts<'h>(&'h [(&'h str, IpAddr)]);

impl<'h> Hosts<'h> {
    /// The table of these names and addresses; a name may stand there several times.
    #[must_use]
    pub const fn new(table: &'h [(&'h str, IpAddr)]) -> Self {
        Self(table)
    }

    /// The names of an address: the other way round.
    pub fn names_of(&self, address: IpAddr) -> impl Iterator<Item = &'h str> + use<'h> {
        let table = self.0.iter();
        table.filter_map(move |(name, at)| (*at == address).then_some(*name))
    }
}

/// What a table of hosts says.
///
/// ```
/// use amphi_core::names::{Hosts, NoSuchHost, Resolver};
///
/// let found = |name: &str| Hosts::new(&[]).resolve(name, 7).map(|_| ());
/// assert_eq!(found("nobody"), Err(NoSuchHost::Unknown));
/// assert_eq!(found("no..name"), Err(NoSuchHost::NotAName));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum NoSuchHost {
    /// No such name is in the table.
    Unknown,
    /// It cannot be a name.
    NotAName,
}

impl fmt::Display for NoSuchHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Unknown => "no such host in the table",
            Self::NotAName => "not the name of a host",
        })
    }
}

impl core::error::Error for NoSuchHost {}

impl NoSuchHost {
    /// The kind of failure: `NotFound` or `InvalidInput`.
    #[must_use]
    pub const fn reason(self) -> ErrorKind {
        match self {
            Self::Unknown => ErrorKind::NotFound,
            Self::NotAName => ErrorKind::InvalidInput,
        }
    }
}

impl Resolver for Hosts<'_> {
    type Error = NoSuchHost;
    type Addresses = Addresses;

    fn resolve(&mut self, host: &str, port: u16) -> Result<Addresses, NoSuchHost> {
        let mut addresses = Addresses::new(port);
        if let Some(address) = literal(host) {
            addresses.push(address);
            return Ok(addresses);
        }
        if !is_name(host) {
            return Err(NoSuchHost::NotAName);
        }
        let name = host.strip_suffix('.').unwrap_or(host);
        for (known, address) in self.0 {
            if known.eq_ignore_ascii_case(name) {
                addresses.push(*address);
            }
        }
        if addresses.len() == 0 && is_localhost(host) {
            addresses.push(Ipv4Addr::LOCALHOST.into());
            addresses.push(Ipv6Addr::LOCALHOST.into());
        }
        if addresses.len() == 0 {
            return Err(NoSuchHost::Unknown);
        }
        Ok(addresses)
    }
}
