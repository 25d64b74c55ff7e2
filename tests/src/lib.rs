//! The contracts of Amphi: what every stack, every selector and every server
//! keeps, written once.
//!
//! A contract is a function that takes a [`World`]: a stack with its selector
//! and its clock. [`contracts!`] lists them all, so that a new adapter proves
//! itself by one call of it. This library is `no_std` and needs no heap, so the
//! same bodies run on a host and in firmware. A contract fails by a panic.
#![no_std]
#![forbid(unsafe_code)]
#![allow(clippy::missing_panics_doc, reason = "a contract fails by a panic")]

pub mod contracts;
#[cfg(feature = "host")]
pub mod linked;
#[cfg(feature = "host")]
pub mod lossy;
mod peer;
#[cfg(feature = "host")]
mod reluctant;
mod service;
mod world;

pub use peer::Peer;
pub use world::World;
