use std::os::fd::{AsRawFd, BorrowedFd};

use amphi_core::select::Interest;
use amphi_core::time::Duration;

use super::timer::Timer;
use crate::HostError;
use crate::sys::{self, PollFd};

/// Waits for one socket alone.
pub(crate) fn wait_for(
    fd: BorrowedFd<'_>,
    interest: Interest,
    timeout: Option<Duration>,
) -> Result<bool, HostError> {
    let mut fds = [PollFd::new(fd.as_raw_fd(), interest)];
    let mut timer = Timer::start(timeout);
    loop {
        match sys::poll(&mut fds, timer.left()) {
            Ok(0) => {}
            Ok(_) => return Ok(true),
            Err(error) if error.is_interrupted() => {}
            Err(error) => return Err(error),
        }
        if timer.is_over() {
            return Ok(false);
        }
    }
}
