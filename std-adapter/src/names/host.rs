use core::net::{IpAddr, Ipv4Addr};

use amphi_core::ErrorKind;

use super::error::c_name;
use super::{Family, Hints, ResolveError, getaddrinfo};
use crate::{HostError, sys};

/// A host: its own name, its further names, and its addresses.
///
/// ```
/// use amphi_std::names::{HostEntry, gethostbyname_ex};
///
/// let entry: HostEntry = gethostbyname_ex("127.0.0.1")?;
/// assert_eq!(entry.addresses, ["127.0.0.1".parse::<core::net::IpAddr>().unwrap()]);
/// # Ok::<(), amphi_std::names::ResolveError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostEntry {
    /// The name that the resolver takes for its own.
    pub name: String,
    /// Further names; only Linux tells them.
    pub aliases: Vec<String>,
    /// Its addresses, of one family.
    pub addresses: Vec<IpAddr>,
}

impl From<sys::HostEntry> for HostEntry {
    fn from(entry: sys::HostEntry) -> Self {
        let mut addresses = entry.addresses;
        // A table of hosts may name an address twice.
        let mut seen = Vec::new();
        addresses.retain(|address| {
            let is_new = !seen.contains(address);
            seen.push(*address);
            is_new
        });
        Self {
            name: entry.name,
            aliases: entry.aliases,
            addresses,
        }
    }
}

/// The name of this machine (gethostname(2)).
///
/// ```
/// assert!(!amphi_std::names::gethostname()?.is_empty());
/// # Ok::<(), amphi_std::HostError>(())
/// ```
///
/// # Errors
///
/// `MessageTooLong` or `Other`, where the system has a name that is longer than any may be.
pub fn gethostname() -> Result<String, HostError> {
    sys::gethostname()
}

/// The first IPv4 address of a host.
///
/// ```
/// let address = amphi_std::names::gethostbyname("localhost")?;
/// assert!(address.is_loopback());
/// # Ok::<(), amphi_std::names::ResolveError>(())
/// ```
///
/// # Errors
///
/// `NotFound` when there is no such name, or it has no IPv4 address; `TimedOut` when
/// nobody can tell for now; `InvalidInput` for a name that cannot be one.
pub fn gethostbyname(name: &str) -> Result<Ipv4Addr, ResolveError> {
    let found = getaddrinfo(Some(name), None, &Hints::new().family(Family::Ipv4))?;
    let address = found.iter().find_map(|info| match info.address.ip() {
        IpAddr::V4(address) => Some(address),
        IpAddr::V6(_) => None,
    });
    let missing = || ResolveError::refused(name, ErrorKind::NotFound, "no IPv4 address");
    address.ok_or_else(missing)
}

/// All that is known of a host by name, with its IPv4 addresses.
///
/// ```
/// use core::net::{IpAddr, Ipv4Addr};
///
/// let host = amphi_std::names::gethostbyname_ex("localhost")?;
/// assert!(host.addresses.contains(&IpAddr::V4(Ipv4Addr::LOCALHOST)));
/// # Ok::<(), amphi_std::names::ResolveError>(())
/// ```
///
/// # Errors
///
/// As [`gethostbyname`].
pub fn gethostbyname_ex(name: &str) -> Result<HostEntry, ResolveError> {
    let c_name = c_name(name)?;
    let entry = sys::gethostbyname(&c_name);
    entry
        .map(Into::into)
        .map_err(|code| ResolveError::from_h_errno(name, code))
}

/// All that is known of the host at an address.
///
/// ```
/// let host = amphi_std::names::gethostbyaddr("127.0.0.1".parse().unwrap())?;
/// assert!(!host.name.is_empty());
/// # Ok::<(), amphi_std::names::ResolveError>(())
/// ```
///
/// # Errors
///
/// As [`gethostbyname`].
pub fn gethostbyaddr(address: IpAddr) -> Result<HostEntry, ResolveError> {
    let entry = sys::gethostbyaddr(address);
    let failed = |code| ResolveError::from_h_errno(&address.to_string(), code);
    entry.map(Into::into).map_err(failed)
}

/// The full name of a host, or of this one without a name: of the names of its
/// address, the first with a dot, else its own. It is `name` itself where nobody knows
/// more, as in Python.
///
/// ```
/// assert!(!amphi_std::names::getfqdn("").is_empty());
/// assert_eq!(amphi_std::names::getfqdn("no such host"), "no such host");
/// ```
#[must_use]
pub fn getfqdn(name: &str) -> String {
    let name = name.trim();
    let name = match name {
        "" | "0.0.0.0" | "::" => gethostname().unwrap_or_default(),
        name => name.to_owned(),
    };
    let hints = Hints::new();
    let address = getaddrinfo(Some(&name), None, &hints).ok();
    let address = address.and_then(|found| found.first().map(|info| info.address.ip()));
    let Some(Ok(host)) = address.map(gethostbyaddr) else {
        return name;
    };
    let mut names = core::iter::once(&host.name).chain(&host.aliases);
    let full = names.find(|name| name.contains('.')).cloned();
    full.unwrap_or(host.name)
}
