//! Addresses, networks, interfaces and ranges: Python's `ipaddress` over the types
//! of `core::net`.

mod any;
mod block;
mod cells;
mod collapse;
#[cfg(feature = "defmt")]
mod defmt;
mod diagnose;
mod difference;
mod error;
mod explain;
mod format;
mod functions;
mod interface;
pub mod ip;
pub mod ipv4;
pub mod ipv6;
mod iter;
mod network;
mod parse;
mod range;
mod registry;
mod relations;
mod scope;
#[cfg(feature = "serde")]
mod serde;
mod sort;
mod spec;
mod table;
mod text;

pub use any::{IpInterface, IpNetwork};
pub use block::{Block, FamilyBlock};
pub use collapse::collapse_addresses;
pub use difference::{Difference, difference};
pub use error::{NetworkError, ParseError, ParseErrorKind};
pub use explain::Explained;
pub use interface::{Ipv4Interface, Ipv6Interface};
pub use iter::{Ipv4Addresses, Ipv4Exclude, Ipv4Subnets, Ipv6Addresses, Ipv6Exclude, Ipv6Subnets};
pub use network::{Ipv4Network, Ipv6Network};
pub use range::{
    Ipv4Range, Ipv4Summary, Ipv6Range, Ipv6Summary, summarize_ipv4_range, summarize_ipv6_range,
};
pub use registry::{IPV4_SPECIAL, IPV6_SPECIAL, Special};
pub use scope::Scoped;
pub use spec::{FormatSpec, Formatted};
pub use table::{PrefixTable, Segment, TableError};
pub use text::Text;
