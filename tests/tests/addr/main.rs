//! Addresses: recorded vectors, the live `ipaddress`, a naive reference, and what
//! can be tried exhaustively.

mod collections;
mod constants;
#[path = "../support/counting.rs"]
mod counting;
mod deviations;
mod either;
mod eval;
mod exhaustive;
mod live;
mod memory;
mod names;
mod random;
mod registry;
mod serde;
mod socket;
mod vectors;
