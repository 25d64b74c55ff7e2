//! Names of hosts, services and protocols, for stacks without a C library.
//!
//! | Python | here |
//! |---|---|
//! | `socket.getservbyname`, `getservbyport` | [`getservbyname`], [`getservbyport`] |
//! | `socket.getprotobyname` | [`getprotobyname`], and the other way round [`getprotobynumber`] |
//! | `socket.getaddrinfo` | a [`Resolver`] |
//!
//! [`Hosts`] is a table of the caller's, [`DnsResolver`] asks a name server over any
//! [`Net`](crate::socket::Net). A host has `amphi_std::names::SystemResolver`, which asks
//! its C library. Nothing is kept between two calls.

mod dns;
mod hosts;
mod protocols;
mod resolver;
mod services;

pub use dns::{DnsError, DnsFault, DnsResolver};
pub use hosts::{Hosts, NoSuchHost};
pub use protocols::{PROTOCOLS, Protocol, getprotobyname, getprotobynumber};
pub use resolver::{Addresses, Resolver, ServiceError, Transport, literal, port_of};
pub use services::{SERVICES, Service, getservbyname, getservbyport};
