#![doc = include_str!("../README.md")]
#![no_std]
#![forbid(unsafe_code)]

pub mod clients;
pub mod echo;
pub mod multicast;
pub mod service;
