//! The service on this machine: `nc 127.0.0.1 10000` talks to it, and Ctrl-C ends it.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use amphi_std::{DefaultSelector, Host};

fn main() -> Result<(), Box<dyn Error>> {
    let address = ([127, 0, 0, 1], 10_000).into();
    let mut selector = DefaultSelector::new()?;
    // Ctrl-C sets the flag, and wakes the selector so that the server sees it.
    let stop = Arc::new(AtomicBool::new(false));
    let (flag, waker) = (Arc::clone(&stop), selector.waker()?);
    ctrlc::set_handler(move || {
        flag.store(true, Ordering::Release);
        waker.wake();
    })?;
    shout::serve(Host, &mut selector, address, &stop)?;
    Ok(())
}
