use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

use libc::c_int;

use super::cvt::cvt;
use super::fd;
use crate::HostError;

/// A pipe to oneself: readable from `signal` until `drain`.
#[derive(Debug)]
pub(crate) struct WakeFd {
    reader: OwnedFd,
    writer: OwnedFd,
}

impl WakeFd {
    pub(crate) fn new() -> Result<Self, HostError> {
        let [reader, writer] = pipe()?;
        let wake = Self {
            reader: fd::own("pipe", reader)?,
            writer: fd::own("pipe", writer)?,
        };
        for end in [wake.reader.as_fd(), wake.writer.as_fd()] {
            fd::set_nonblocking(end, true)?;
            #[cfg(target_vendor = "apple")]
            fd::set_close_on_exec(end)?;
        }
        Ok(wake)
    }

    /// Makes it readable. Async-signal-safe, errno included. Failure means that
    /// the pipe is full, hence readable already.
    pub(crate) fn signal(&self) {
        // SAFETY: gives the address of this thread's errno, which lives as long as the thread.
        let errno = unsafe { libc::__error() };
        // SAFETY: the pointer is valid, as above.
        let before = unsafe { errno.read() };
        // SAFETY: the kernel reads one octet of a constant. Both ends live, so no SIGPIPE.
        unsafe { libc::write(self.writer.as_raw_fd(), c"w".as_ptr().cast(), 1) };
        // SAFETY: the pointer is valid, as above.
        unsafe { errno.write(before) };
    }

    /// Makes it unreadable until the next `signal`.
    pub(crate) fn drain(&self) {
        let mut octets = [0_u8; 256];
        loop {
            let (pointer, len) = (octets.as_mut_ptr().cast(), octets.len());
            // SAFETY: the kernel writes at most `len` octets to `octets`.
            let read = unsafe { libc::read(self.reader.as_raw_fd(), pointer, len) };
            if read.cast_unsigned() != len {
                return;
            }
        }
    }
}

impl AsFd for WakeFd {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.reader.as_fd()
    }
}

#[cfg(not(target_vendor = "apple"))]
fn pipe() -> Result<[c_int; 2], HostError> {
    let mut ends = [-1; 2];
    // SAFETY: the kernel writes two numbers to `ends`.
    let returned = unsafe { libc::pipe2(ends.as_mut_ptr(), libc::O_CLOEXEC) };
    cvt("pipe2", returned).map(|_| ends)
}

#[cfg(target_vendor = "apple")]
fn pipe() -> Result<[c_int; 2], HostError> {
    let mut ends = [-1; 2];
    // SAFETY: the kernel writes two numbers to `ends`.
    let returned = unsafe { libc::pipe(ends.as_mut_ptr()) };
    cvt("pipe", returned).map(|_| ends)
}
