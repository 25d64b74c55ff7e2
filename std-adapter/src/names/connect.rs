use core::fmt;
use core::net::SocketAddr;

use amphi_core::names::Resolver;
use amphi_core::select::{Event, Interest, Ready, Register, Selector};
use amphi_core::socket::{Blocking, Net, Stream};
use amphi_core::time::{Duration, Instant};
use amphi_core::{Error, ErrorKind};

use super::{ResolveError, SystemResolver};
use crate::{Host, HostError, PollSelector, TcpStream};

/// How long an attempt has before the next one begins beside it: the "Connection
/// Attempt Delay" of RFC 8305, section 8.
const HEAD_START: Duration = Duration::from_millis(250);

/// Why no address could be connected to: the error of each, in the order of the attempts.
///
/// ```
/// use amphi_core::ErrorKind;
/// use amphi_std::names::{ConnectError, create_connection};
/// use core::time::Duration;
///
/// let patience = Some(Duration::from_secs(5));
/// let error = create_connection("no..name", 7, patience).map(drop).unwrap_err();
/// assert!(matches!(error, ConnectError::Resolve(_)));
/// assert_ne!(error.reason(), ErrorKind::Refused); // nobody was asked
/// ```
#[derive(Debug, Clone)]
pub enum ConnectError {
    /// The name was not found.
    Resolve(ResolveError),
    /// Each address, and why it failed; `TimedOut` for those that the time was too short for.
    Connect(Vec<(SocketAddr, HostError)>),
}

impl ConnectError {
    /// The kind of failure: of the addresses, that of the first.
    #[must_use]
    pub fn reason(&self) -> ErrorKind {
        match self {
            Self::Resolve(error) => error.reason(),
            Self::Connect(errors) => {
                let first = errors.first().map(|(_, error)| error.reason());
                first.unwrap_or(ErrorKind::NotFound)
            }
        }
    }
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Resolve(error) => error.fmt(f),
            Self::Connect(errors) if errors.is_empty() => f.write_str("no address to connect to"),
            Self::Connect(errors) => {
                for (place, (address, error)) in errors.iter().enumerate() {
                    let comma = if place == 0 { "" } else { "; " };
                    write!(f, "{comma}{address}: {error}")?;
                }
                Ok(())
            }
        }
    }
}

impl core::error::Error for ConnectError {}

/// Connects to a host by name: Python's `create_connection`, with all addresses tried.
///
/// The families take turns, and an attempt that is not there after 250 ms, or fails, is joined by
/// the next ("Happy Eyeballs", RFC 8305); the first connection wins. `timeout` is for
/// all of it, and then stays the connection's own. The look-up counts, though it cannot be
/// cut short: if it alone takes longer, each address is told to have timed out.
///
/// ```
/// use amphi_core::socket::{Net, Socket};
/// use amphi_std::{Host, names::create_connection};
///
/// let listener = Host.tcp_listen("127.0.0.1:0".parse().unwrap(), 8)?;
/// let port = listener.local()?.port();
/// let mut connection = create_connection("localhost", port, None).unwrap();
/// connection.write(b"hello")?;
/// # Ok::<(), amphi_std::HostError>(())
/// ```
///
/// # Errors
///
/// Why the name was not found, or why each of its addresses failed.
pub fn create_connection(
    host: &str,
    port: u16,
    timeout: Option<Duration>,
) -> Result<Blocking<TcpStream>, ConnectError> {
    let deadline = deadline(timeout);
    let addresses = SystemResolver
        .resolve(host, port)
        .map_err(ConnectError::Resolve)?;
    let connection = connect_until(addresses.collect(), deadline)?;
    Ok(connection.with_timeout(timeout))
}

/// Connects to the first address that answers, as [`create_connection`] does.
///
/// # Errors
///
/// Why each address failed.
pub fn connect_to_any(
    addresses: Vec<SocketAddr>,
    timeout: Option<Duration>,
) -> Result<Blocking<TcpStream>, ConnectError> {
    let connection = connect_until(addresses, deadline(timeout))?;
    Ok(connection.with_timeout(timeout))
}

fn deadline(timeout: Option<Duration>) -> Instant {
    timeout.map_or(Instant::NEVER, |timeout| Host.now() + timeout)
}

fn connect_until(
    addresses: Vec<SocketAddr>,
    deadline: Instant,
) -> Result<Blocking<TcpStream>, ConnectError> {
    let stream = Race::new(by_turns(addresses))
        .and_then(|mut race| race.run(deadline).map_err(|AllFailed| race.errors()));
    stream.map(Blocking::new).map_err(ConnectError::Connect)
}

/// The families by turns, that of the first address first (RFC 8305, section 4).
fn by_turns(addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let is_v4 = addresses.first().is_some_and(SocketAddr::is_ipv4);
    let (first, second): (Vec<_>, Vec<_>) = addresses
        .into_iter()
        .partition(|address| address.is_ipv4() == is_v4);
    let (mut first, mut second) = (first.into_iter(), second.into_iter());
    let mut order = Vec::new();
    loop {
        let before = order.len();
        order.extend(first.next());
        order.extend(second.next());
        if order.len() == before {
            return order;
        }
    }
}

/// Attempts at the same time.
struct Race {
    selector: PollSelector<usize>,
    addresses: Vec<SocketAddr>,
    /// By the number of its address, an attempt that is under way.
    attempts: Vec<Option<TcpStream>>,
    /// As they came, each with the number of its address.
    errors: Vec<(usize, HostError)>,
    /// When the next attempt begins.
    next_start: Instant,
}

/// Every attempt failed.
struct AllFailed;

impl Race {
    fn new(addresses: Vec<SocketAddr>) -> Result<Self, Vec<(SocketAddr, HostError)>> {
        let selector = PollSelector::new().map_err(|error| {
            let each = addresses.iter().map(|address| (*address, error));
            each.collect::<Vec<_>>()
        })?;
        Ok(Self {
            selector,
            addresses,
            attempts: Vec::new(),
            errors: Vec::new(),
            next_start: Instant::ORIGIN,
        })
    }

    fn run(&mut self, deadline: Instant) -> Result<TcpStream, AllFailed> {
        loop {
            let now = Host.now();
            if now >= deadline {
                self.give_up();
                return Err(AllFailed);
            }
            let is_more = self.attempts.len() < self.addresses.len();
            if is_more && now >= self.next_start {
                self.next_start = now + HEAD_START;
                self.start();
                continue;
            }
            if self.selector.is_empty() {
                return Err(AllFailed);
            }
            let until = if is_more {
                self.next_start.min(deadline)
            } else {
                deadline
            };
            if let Some(stream) = self.wait(until) {
                return Ok(stream);
            }
        }
    }

    /// Begins the next attempt.
    fn start(&mut self) {
        let number = self.attempts.len();
        let Some(address) = self.addresses.get(number).copied() else {
            return;
        };
        let stream = Host.tcp_connect(address).and_then(|stream| {
            self.selector.register(&stream, Interest::WRITE, number)?;
            Ok(stream)
        });
        let stream = stream.map_err(|error| self.fail(number, error));
        self.attempts.push(stream.ok());
    }

    /// An attempt failed: the next one has nothing to wait for, as in Python's
    /// `asyncio.staggered`.
    fn fail(&mut self, number: usize, error: HostError) {
        self.errors.push((number, error));
        self.next_start = Instant::ORIGIN;
    }

    /// The first attempt that succeeds until then.
    fn wait(&mut self, until: Instant) -> Option<TcpStream> {
        let mut events = [Event::new(0, Ready::NONE); 8];
        let timeout = (until != Instant::NEVER).then(|| until.saturating_since(Host.now()));
        let count = match self.selector.select(&mut events, timeout) {
            Ok(count) => count,
            Err(error) => {
                self.fail_all(error);
                return None;
            }
        };
        for event in events.iter().take(count) {
            let attempt = self.attempts.get_mut(event.key).and_then(Option::take);
            let Some(mut stream) = attempt else {
                continue;
            };
            // It was registered when it began.
            let _ = self.selector.unregister(&stream);
            match stream.finish_connect() {
                Ok(()) => return Some(stream),
                Err(error) => self.fail(event.key, error),
            }
        }
        None
    }

    /// The time is over.
    fn give_up(&mut self) {
        self.fail_all(ErrorKind::TimedOut.into());
        let left = self.attempts.len()..self.addresses.len();
        self.errors
            .extend(left.map(|number| (number, ErrorKind::TimedOut.into())));
    }

    fn fail_all(&mut self, error: HostError) {
        for (number, attempt) in self.attempts.iter_mut().enumerate() {
            if let Some(stream) = attempt.take() {
                // It was registered when it began.
                let _ = self.selector.unregister(&stream);
                self.errors.push((number, error));
            }
        }
        self.next_start = Instant::ORIGIN;
    }

    /// Each address with its error, first tried first.
    fn errors(mut self) -> Vec<(SocketAddr, HostError)> {
        self.errors.sort_by_key(|(number, _)| *number);
        let errors = self.errors.into_iter();
        errors
            .map(|(number, error)| (self.addresses[number], error))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_take_turns_and_keep_their_order() {
        let turns = |ips: &[&str]| {
            let addresses = ips.iter().map(|ip| SocketAddr::new(ip.parse().unwrap(), 7));
            let turns = by_turns(addresses.collect());
            let turns = turns.iter().map(|address| address.ip().to_string());
            turns.collect::<Vec<_>>()
        };
        assert_eq!(
            turns(&["::1", "::2", "::3", "192.0.2.1", "192.0.2.2"]),
            ["::1", "192.0.2.1", "::2", "192.0.2.2", "::3"]
        );
        assert_eq!(
            turns(&["192.0.2.1", "192.0.2.2", "::1"]),
            ["192.0.2.1", "::1", "192.0.2.2"]
        );
        assert_eq!(turns(&[]), [""; 0]);
    }
}
