use amphi_core::time::Duration;

use super::{PollFd, resume};
use crate::{HostError, sys};

/// Waits until at least one of `fds` has something to report or `timeout` is over, and
/// tells how many have: poll(2).
///
/// ```
/// use amphi_core::socket::Stream;
/// use amphi_std::low::{PollFd, PollFlags, poll};
///
/// let (mut one, other) = amphi_std::socketpair()?;
/// one.write(b"hello")?;
/// let mut fds = [PollFd::new(&one, PollFlags::IN), PollFd::new(&other, PollFlags::IN)];
/// assert_eq!(poll(&mut fds, None)?, 1);
/// assert!(fds[0].reported().is_empty());
/// assert_eq!(fds[1].reported(), PollFlags::IN);
/// # Ok::<(), amphi_std::HostError>(())
/// ```
///
/// # Errors
///
/// `InvalidInput` for more than the process may have open; `Exhausted` without memory.
pub fn poll(fds: &mut [PollFd<'_>], timeout: Option<Duration>) -> Result<usize, HostError> {
    resume(timeout, |left| sys::poll_flags(fds, left))
}
