//! The stack's inside: slots, the way of frames in and out, and what sockets do.
//!
//! Frames are led to the one socket that they concern, and only sockets that
//! were touched, or whose time has come, are asked for something to send. So
//! the cost of a message does not grow with the number of idle sockets.

mod configure;
#[cfg(feature = "udp")]
mod datagrams;
mod demux;
mod device;
#[cfg(feature = "dhcp")]
mod dhcp;
mod drive;
#[cfg(feature = "slaac")]
mod duplicates;
mod edge;
mod flood;
mod gate;
#[cfg_attr(not(feature = "multicast"), path = "no_groups.rs")]
mod groups;
mod index;
mod life;
mod list;
mod listen;
mod mld;
#[cfg(any(feature = "slaac", all(feature = "neighbours", feature = "ipv6")))]
mod ndisc;
#[cfg(feature = "neighbours")]
mod neighbour;
mod ports;
mod ready;
mod report;
mod role;
#[cfg(feature = "slaac")]
mod routers;
#[cfg(feature = "slaac")]
mod slaac;
mod state;
mod tcp;
#[cfg_attr(not(feature = "udp"), path = "no_udp.rs")]
mod udp;
#[cfg(feature = "udp")]
mod undeliverable;

pub(crate) use gate::{Edge, Wire};
pub(crate) use index::Chain;
pub(crate) use list::{KINDS, Link, MAX_SLOTS};
pub(crate) use ready::Watch;
pub(crate) use role::Role;
pub(crate) use state::Inner;
