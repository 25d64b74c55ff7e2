use std::fs;

use amphi_core::ErrorKind;
use amphi_core::names::{self, PROTOCOLS, SERVICES, Transport};

use super::ResolveError;

const SERVICES_FILE: &str = "/etc/services";
const PROTOCOLS_FILE: &str = "/etc/protocols";

/// A service as this machine knows it.
///
/// ```
/// use amphi_core::names::Transport;
/// use amphi_std::names::{ServiceEntry, getservbyport};
///
/// let service: ServiceEntry = getservbyport(53, Some(Transport::Udp))?;
/// assert_eq!((&*service.name, service.transport), ("domain", Transport::Udp));
/// # Ok::<(), amphi_std::names::ResolveError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceEntry {
    /// Its name.
    pub name: String,
    /// Further names.
    pub aliases: Vec<String>,
    /// Its port.
    pub port: u16,
    /// What the port is one of.
    pub transport: Transport,
}

/// A protocol as this machine knows it.
///
/// ```
/// use amphi_std::names::{ProtocolEntry, getprotobyname};
///
/// let protocol: ProtocolEntry = getprotobyname("udp")?;
/// assert_eq!(protocol.number, 17);
/// # Ok::<(), amphi_std::names::ResolveError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProtocolEntry {
    /// Its name.
    pub name: String,
    /// Further names.
    pub aliases: Vec<String>,
    /// What stands in IP's header; some files know greater numbers.
    pub number: u16,
}

/// The service with a name, over a transport or any: `services(5)`, then core's table.
///
/// ```
/// use amphi_core::names::Transport;
///
/// let service = amphi_std::names::getservbyname("https", Some(Transport::Tcp))?;
/// assert_eq!(service.port, 443);
/// # Ok::<(), amphi_std::names::ResolveError>(())
/// ```
///
/// # Errors
///
/// `NotFound` when nobody knows it.
pub fn getservbyname(
    name: &str,
    transport: Option<Transport>,
) -> Result<ServiceEntry, ResolveError> {
    let is_it = |service: &ServiceEntry| {
        service.name == name || service.aliases.iter().any(|alias| alias == name)
    };
    find_service(transport, is_it).ok_or_else(|| missing(name, "no such service"))
}

/// The service at a port, over a transport or any.
///
/// ```
/// let service = amphi_std::names::getservbyport(25, None)?;
/// assert_eq!(service.name, "smtp");
/// # Ok::<(), amphi_std::names::ResolveError>(())
/// ```
///
/// # Errors
///
/// `NotFound` when nobody knows one.
pub fn getservbyport(
    port: u16,
    transport: Option<Transport>,
) -> Result<ServiceEntry, ResolveError> {
    let found = find_service(transport, |service| service.port == port);
    found.ok_or_else(|| missing(&port.to_string(), "no service is known at this port"))
}

/// The protocol with a name: `protocols(5)`, then core's table.
///
/// ```
/// assert_eq!(amphi_std::names::getprotobyname("icmp")?.number, 1);
/// # Ok::<(), amphi_std::names::ResolveError>(())
/// ```
///
/// # Errors
///
/// `NotFound` when nobody knows it.
pub fn getprotobyname(name: &str) -> Result<ProtocolEntry, ResolveError> {
    let is_it = |entry: &ProtocolEntry| {
        entry.name == name || entry.aliases.iter().any(|alias| alias == name)
    };
    find_protocol(is_it).ok_or_else(|| missing(name, "no such protocol"))
}

/// The protocol with a number.
///
/// ```
/// assert_eq!(amphi_std::names::getprotobynumber(17)?.name, "udp");
/// # Ok::<(), amphi_std::names::ResolveError>(())
/// ```
///
/// # Errors
///
/// `NotFound` when nobody knows one.
pub fn getprotobynumber(number: u16) -> Result<ProtocolEntry, ResolveError> {
    let found = find_protocol(|protocol| protocol.number == number);
    found.ok_or_else(|| missing(&number.to_string(), "no protocol is known by this number"))
}

fn missing(asked: &str, text: &str) -> ResolveError {
    ResolveError::refused(asked, ErrorKind::NotFound, text)
}

fn find_service(
    transport: Option<Transport>,
    is_it: impl Fn(&ServiceEntry) -> bool,
) -> Option<ServiceEntry> {
    let is_it = |entry: &ServiceEntry| {
        transport.is_none_or(|wanted| wanted == entry.transport) && is_it(entry)
    };
    let text = fs::read(SERVICES_FILE).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let here = text.lines().filter_map(service).find(&is_it);
    here.or_else(|| SERVICES.iter().map(known_service).find(is_it))
}

fn find_protocol(is_it: impl Fn(&ProtocolEntry) -> bool) -> Option<ProtocolEntry> {
    let text = fs::read(PROTOCOLS_FILE).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let here = text.lines().filter_map(protocol).find(&is_it);
    here.or_else(|| PROTOCOLS.iter().map(known_protocol).find(is_it))
}

/// The words of a line before its comment: a name, a number, and further names.
fn words(line: &str) -> Option<(String, &str, Vec<String>)> {
    let mut words = line.split('#').next()?.split_whitespace();
    let (name, number) = (words.next()?, words.next()?);
    Some((name.to_owned(), number, words.map(str::to_owned).collect()))
}

fn service(line: &str) -> Option<ServiceEntry> {
    let (name, number, aliases) = words(line)?;
    let (port, transport) = number.split_once('/')?;
    let transport = match transport {
        "tcp" => Transport::Tcp,
        "udp" => Transport::Udp,
        _ => return None,
    };
    Some(ServiceEntry {
        name,
        aliases,
        port: port.parse().ok()?,
        transport,
    })
}

fn protocol(line: &str) -> Option<ProtocolEntry> {
    let (name, number, aliases) = words(line)?;
    Some(ProtocolEntry {
        name,
        aliases,
        number: number.parse().ok()?,
    })
}

fn known_service(service: &names::Service) -> ServiceEntry {
    ServiceEntry {
        name: service.name.to_owned(),
        aliases: service.aliases.iter().map(ToString::to_string).collect(),
        port: service.port,
        transport: service.transport,
    }
}

fn known_protocol(protocol: &names::Protocol) -> ProtocolEntry {
    ProtocolEntry {
        name: protocol.name.to_owned(),
        aliases: protocol.aliases.iter().map(ToString::to_string).collect(),
        number: protocol.number.into(),
    }
}
