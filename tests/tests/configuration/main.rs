//! How an interface gets its addresses by itself.
#![cfg(feature = "host")]

mod dhcp;
mod dhcp_server;
mod lan;
mod slaac;
