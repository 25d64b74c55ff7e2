//! `amphi_core::pack` against `CPython`'s `struct`: recorded, live, and by tables.
#![cfg(feature = "host")]

mod answers;
mod chance;
mod half;
mod layouts;
mod literal;
mod live;
mod recorded;
mod table;
mod typed;
