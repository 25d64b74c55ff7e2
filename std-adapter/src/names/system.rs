use core::net::SocketAddr;

use amphi_core::names::{Resolver, Transport};

use super::{Hints, ResolveError, getaddrinfo};

/// The C library as core's [`Resolver`].
///
/// ```
/// use amphi_core::names::Resolver;
/// use amphi_std::names::SystemResolver;
///
/// let mut addresses = SystemResolver.resolve("localhost", 80)?;
/// assert!(addresses.all(|address| address.ip().is_loopback() && address.port() == 80));
/// # Ok::<(), amphi_std::names::ResolveError>(())
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemResolver;

impl Resolver for SystemResolver {
    type Error = ResolveError;
    type Addresses = std::vec::IntoIter<SocketAddr>;

    fn resolve(&mut self, host: &str, port: u16) -> Result<Self::Addresses, ResolveError> {
        let hints = Hints::new().transport(Transport::Tcp);
        let found = getaddrinfo(Some(host), None, &hints)?;
        let addresses = found.into_iter().map(|info| {
            let mut address = info.address;
            address.set_port(port);
            address
        });
        Ok(addresses.collect::<Vec<_>>().into_iter())
    }
}
