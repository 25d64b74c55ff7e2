//! The guide of `docs/guide`, chapter by chapter: its code is compiled and runs, and its
//! links into the documentation are checked.

#[doc = include_str!("../guide/hello.md")]
pub mod hello {}

#[doc = include_str!("../guide/simulated.md")]
pub mod simulated {}

#[doc = include_str!("../guide/firmware.md")]
pub mod firmware {}

#[doc = include_str!("../guide/python.md")]
pub mod python {}

#[doc = include_str!("../guide/others.md")]
pub mod others {}

#[doc = include_str!("../guide/adapter.md")]
pub mod adapter {}

#[doc = include_str!("../guide/way.md")]
pub mod way {}
