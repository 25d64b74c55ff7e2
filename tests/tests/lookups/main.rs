//! The host's look-ups: against Python on the same machine, with a table of hosts of
//! the test's own, and with nobody there.
#![cfg(all(feature = "host", target_os = "linux"))]

mod asked;
mod connections;
mod hosts;
mod namespace;
mod python;
#[path = "../names/server.rs"]
mod server;
