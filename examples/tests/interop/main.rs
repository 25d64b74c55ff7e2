//! The programs against the Python of the host, both ways round.

#[cfg(all(feature = "programs", target_os = "linux"))]
mod pairs;
#[cfg(all(feature = "programs", target_os = "linux"))]
mod sides;
