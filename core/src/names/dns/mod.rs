//! A stub resolver (RFC 1034, section 5.3.1): one question to a name server that asks
//! the others, over UDP.

mod error;
mod message;
mod reader;
mod stub;

pub use error::{DnsError, DnsFault};
pub use stub::DnsResolver;
