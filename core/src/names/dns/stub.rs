use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::message::{Kind, Question};
use super::reader::LONGEST;
use super::{DnsError, DnsFault};
use crate::Error;
use crate::ErrorKind;
use crate::names::resolver::{is_localhost, is_name};
use crate::names::{Addresses, Resolver, literal};
use crate::socket::{Blocking, Net};
use crate::time::{Duration, Instant};

/// How often a name server is asked, and how long it may take each time.
const TRIES: u32 = 3;
const PATIENCE: Duration = Duration::from_secs(2);

/// Asks one name server, over any stack.
///
/// IPv4 addresses come first, then those of IPv6. A question that gets no answer is
/// asked three times, each for two seconds. `localhost` is never asked for (RFC 6761).
/// What lasts longer than a datagram of 512 octets is used as far as it came.
///
/// ```
/// use amphi_core::names::{DnsResolver, Resolver};
/// use amphi_std::Host;
///
/// let mut resolver = DnsResolver::new(Host, "192.0.2.53:53".parse().unwrap());
/// // Nobody is asked for these.
/// assert_eq!(resolver.resolve("192.0.2.1", 80)?.count(), 1);
/// assert_eq!(resolver.resolve("localhost", 80)?.count(), 2);
/// assert!(resolver.resolve("not..a..name", 80).is_err());
/// # Ok::<(), amphi_core::names::DnsError<amphi_std::HostError>>(())
/// ```
#[derive(Debug)]
pub struct DnsResolver<N> {
    net: N,
    server: SocketAddr,
    timeout: Duration,
    kinds: &'static [Kind],
    /// Changes with each question, in a way that is hard to guess without the clock.
    number: u64,
}

impl<N: Net> DnsResolver<N> {
    /// A resolver that asks the name server at `server`.
    pub fn new(net: N, server: SocketAddr) -> Self {
        Self {
            number: net.now().as_micros(),
            net,
            server,
            timeout: PATIENCE,
            kinds: &[Kind::A, Kind::Aaaa],
        }
    }

    /// The same with another time for each of the three tries.
    #[must_use]
    pub const fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// The same for IPv4 addresses alone, at half the questions.
    #[must_use]
    pub const fn ipv4_only(mut self) -> Self {
        self.kinds = &[Kind::A];
        self
    }

    fn ask(&mut self, question: &Question, to: &mut Addresses) -> Result<(), DnsError<N::Error>> {
        let any: IpAddr = match self.server {
            SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
            SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
        };
        let socket = self
            .net
            .udp_bind((any, 0).into())
            .map_err(DnsError::Socket)?;
        let mut socket = Blocking::new(socket);
        for _ in 0..TRIES {
            let deadline = self.net.now() + self.timeout;
            socket.set_timeout(Some(self.timeout));
            socket
                .send_to(question.as_bytes(), &self.server)
                .map_err(DnsError::Socket)?;
            if let Some(answer) = self.await_answer(&mut socket, question, deadline, to)? {
                return answer.map_err(DnsError::Dns);
            }
        }
        Err(DnsError::Dns(DnsFault::TimedOut))
    }

    /// The answer, or nothing when none comes until `deadline`. What others send, and
    /// answers to other questions, are passed over.
    fn await_answer(
        &self,
        socket: &mut Blocking<N::Datagram>,
        question: &Question,
        deadline: Instant,
        to: &mut Addresses,
    ) -> Result<Option<Result<(), DnsFault>>, DnsError<N::Error>> {
        let mut buf = [0; LONGEST];
        loop {
            let left = deadline.saturating_since(self.net.now());
            if left.is_zero() {
                return Ok(None);
            }
            socket.set_timeout(Some(left));
            let received = match socket.recv_from(&mut buf) {
                Ok(received) => received,
                Err(error) if error.reason() == ErrorKind::TimedOut => return Ok(None),
                Err(error) => return Err(DnsError::Socket(error)),
            };
            let message = buf.get(..received.len.min(LONGEST)).unwrap_or_default();
            if is_from(received.from, self.server)
                && let Some(answer) = question.read_answer(message, to)
            {
                return Ok(Some(answer));
            }
        }
    }

    /// A number for a question: a step of a linear congruential generator (Knuth's
    /// MMIX), stirred by the clock.
    fn next_number(&mut self) -> u16 {
        let now = self.net.now().as_micros();
        self.number = (self.number ^ now)
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.number >> 48) as u16
    }
}

/// Whether two addresses are the same, whatever scope a stack adds.
fn is_from(from: SocketAddr, server: SocketAddr) -> bool {
    from.port() == server.port() && from.ip().to_canonical() == server.ip().to_canonical()
}

impl<N: Net> Resolver for DnsResolver<N> {
    type Error = DnsError<N::Error>;
    type Addresses = Addresses;

    fn resolve(&mut self, host: &str, port: u16) -> Result<Addresses, Self::Error> {
        let mut addresses = Addresses::new(port);
        if let Some(address) = literal(host) {
            addresses.push(address);
            return Ok(addresses);
        }
        if !is_name(host) {
            return Err(DnsError::Dns(DnsFault::NotAName));
        }
        if is_localhost(host) {
            addresses.push(Ipv4Addr::LOCALHOST.into());
            addresses.push(Ipv6Addr::LOCALHOST.into());
            return Ok(addresses);
        }
        let mut fault = Ok(());
        for kind in self.kinds {
            let number = self.next_number();
            let question = Question::new(number, host, *kind);
            let question = question.ok_or(DnsError::Dns(DnsFault::NotAName))?;
            if let Err(error) = self.ask(&question, &mut addresses) {
                // One family may be missing; what is worse is told rather.
                let is_worse = !matches!(error, DnsError::Dns(DnsFault::NoAddress));
                if fault.is_ok() || is_worse {
                    fault = Err(error);
                }
            }
        }
        match fault {
            Err(error) if addresses.len() == 0 => Err(error),
            _ => Ok(addresses),
        }
    }
}
