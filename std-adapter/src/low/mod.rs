//! The system's own calls, as Python's `select` module has them: for what the selectors
//! of [`crate::select`] do not say, such as urgent data, hang-ups, edges and one shot.
//!
//! | `select` | here |
//! |---|---|
//! | `select(r, w, x, timeout)` | [`select`] |
//! | `poll()`, `register`, `modify`, `poll(timeout)` | [`poll`] over a slice of [`PollFd`] |
//! | `POLLIN`, `POLLPRI`, `POLLOUT`, `POLLERR`, `POLLHUP`, `POLLNVAL` | [`PollFlags`] |
//! | `epoll()`, `register`, `modify`, `unregister`, `poll` | `Epoll` (Linux) |
//! | `EPOLLET`, `EPOLLONESHOT`, … | `EpollFlags` (Linux) |
//!
//! A signal that interrupts a wait is not an error: it goes on for what is left (PEP 475).
//! Timeouts are rounded up.

#[cfg(target_os = "linux")]
mod epoll;
mod flags;
mod poll;
mod select;

#[cfg(target_os = "linux")]
pub use crate::sys::LowEpollEvent as EpollEvent;
pub use crate::sys::LowPollFd as PollFd;
#[cfg(target_os = "linux")]
pub use epoll::Epoll;
#[cfg(target_os = "linux")]
pub use flags::EpollFlags;
pub use flags::PollFlags;
pub use poll::poll;
pub use select::{Selected, select};

use amphi_core::socket::Net;
use amphi_core::time::{Duration, Instant};

use crate::{Host, HostError};

/// Repeats a wait after signals, for what is left of its time.
fn resume(
    timeout: Option<Duration>,
    mut wait: impl FnMut(Option<Duration>) -> Result<usize, HostError>,
) -> Result<usize, HostError> {
    let deadline = timeout.map_or(Instant::NEVER, |timeout| Host.now() + timeout);
    let mut left = timeout;
    loop {
        match wait(left) {
            Err(error) if error.is_interrupted() => {
                left = timeout.map(|_| deadline.saturating_since(Host.now()));
            }
            done => return done,
        }
    }
}
