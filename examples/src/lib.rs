#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "programs"), no_std)]
#![forbid(unsafe_code)]

pub mod binary;
pub mod clients;
pub mod echo;
#[cfg(all(feature = "programs", any(doc, doctest)))]
pub mod guide;
pub mod multicast;
pub mod observe;
#[cfg(feature = "programs")]
pub mod programs;
pub mod service;

/// The project's own README, so that its code is compiled and runs.
#[cfg(all(doctest, feature = "programs"))]
#[doc = include_str!("../../README.md")]
#[derive(Debug)]
pub struct ProjectReadme;
