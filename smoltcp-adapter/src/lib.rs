#![doc = include_str!("../README.md")]
#![no_std]
#![forbid(unsafe_code)]
#![cfg_attr(
    not(all(feature = "ethernet", feature = "ip")),
    allow(
        unreachable_patterns,
        irrefutable_let_patterns,
        reason = "there is only one medium"
    )
)]

#[cfg(feature = "std")]
extern crate std;

#[macro_use]
mod macros;

mod config;
mod convert;
mod datagram;
#[cfg(feature = "dhcp")]
mod dhcp;
mod engine;
pub mod flat;
mod interface;
pub mod link;
mod listener;
mod network;
mod place;
mod platform;
mod select_platform;
mod selector;
mod shared_clock;
#[cfg(feature = "slaac")]
mod slaac;
mod stack;
mod stream;

pub use config::{Config, WhenBusy};
pub use datagram::UdpSocket;
#[cfg(feature = "dhcp")]
pub use dhcp::{Dhcp, DhcpPlace, Lease};
pub use link::Loopback;
pub use listener::TcpListener;
pub use place::{Pool, Slot, TcpPlace, UdpPlace};
pub use platform::{Platform, VirtualClock};
pub use select_platform::SelectPlatform;
pub use selector::StackSelector;
pub use shared_clock::{Drive, SharedClock};
#[cfg(feature = "slaac")]
pub use slaac::Slaac;
pub use stack::Stack;
pub use stream::TcpStream;

/// The protocol stack underneath, for its devices and addresses.
pub use smoltcp;
