//! Names of hosts, services and protocols: the look-ups of Python's `socket`.
//!
//! | `socket` | here |
//! |---|---|
//! | `gethostname` | [`gethostname`] |
//! | `gethostbyname`, `gethostbyname_ex` | [`gethostbyname`], [`gethostbyname_ex`] |
//! | `gethostbyaddr`, `getfqdn` | [`gethostbyaddr`], [`getfqdn`] |
//! | `getaddrinfo` | [`getaddrinfo`] with [`Hints`]; for generic code a [`SystemResolver`] |
//! | `getnameinfo` | [`getnameinfo`] with [`NameFlags`] |
//! | `getservbyname`, `getservbyport` | [`getservbyname`], [`getservbyport`] |
//! | `getprotobyname` | [`getprotobyname`], and [`getprotobynumber`] |
//! | `create_connection` | [`create_connection`]; [`connect_to_any`] for addresses |
//! | `gaierror`, `herror` | [`ResolveError`] |
//!
//! Hosts are looked up by the C library, with calls that threads may make at the same time;
//! services and protocols in `/etc/services` and `/etc/protocols`, and then in core's tables,
//! so other sources of `nsswitch.conf` are not asked for them. Nothing is kept between calls.
//!
//! Names are ASCII. Python encodes others by IDNA 2003; here they are refused as
//! `InvalidInput`, and the caller gives their `xn--` form (RFC 5891).

mod connect;
mod error;
mod host;
mod info;
mod lists;
mod system;

pub use connect::{ConnectError, connect_to_any, create_connection};
pub use error::ResolveError;
pub use host::{HostEntry, getfqdn, gethostbyaddr, gethostbyname, gethostbyname_ex, gethostname};
pub use info::{AddrInfo, Family, Hints, NameFlags, getaddrinfo, getnameinfo};
pub use lists::{
    ProtocolEntry, ServiceEntry, getprotobyname, getprotobynumber, getservbyname, getservbyport,
};
pub use system::SystemResolver;
