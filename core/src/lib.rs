#![doc = include_str!("../README.md")]
#![no_std]
#![forbid(unsafe_code)]
#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::indexing_slicing))]

#[cfg(test)]
extern crate std;

#[macro_use]
mod macros;

mod logged;

pub mod addr;
pub mod error;
pub mod inet;
pub mod names;
pub mod pack;
pub mod select;
pub mod serve;
pub mod socket;
pub mod time;
pub mod timers;

pub use error::{Error, ErrorKind};
