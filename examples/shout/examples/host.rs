//! The service on this machine: `nc 127.0.0.1 10000` talks to it.

use core::sync::atomic::AtomicBool;

use amphi_std::{DefaultSelector, Host, HostError};

fn main() -> Result<(), HostError> {
    let address = ([127, 0, 0, 1], 10_000).into();
    let mut selector = DefaultSelector::new()?;
    shout::serve(Host, &mut selector, address, &AtomicBool::new(false))
}
