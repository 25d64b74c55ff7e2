//! How an interface gets its addresses by itself.
#![cfg(feature = "host")]

mod boot;
mod dhcp;
mod dhcp_server;
mod lan;
mod slaac;
