#![doc = include_str!("../README.md")]
#![no_std]
#![forbid(unsafe_code)]

#[macro_use]
mod macros;

mod config;
mod convert;
mod datagram;
mod engine;
mod listener;
pub mod loopback;
mod place;
mod platform;
mod selector;
mod stack;
mod stream;

pub use config::{Config, WhenBusy};
pub use datagram::UdpSocket;
pub use listener::TcpListener;
pub use loopback::Loopback;
pub use place::{Pool, Slot, TcpPlace, UdpPlace};
pub use platform::{Platform, VirtualClock};
pub use selector::StackSelector;
pub use stack::Stack;
pub use stream::TcpStream;

/// The protocol stack underneath, for its devices and addresses.
pub use smoltcp;
