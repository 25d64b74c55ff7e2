//! Ports that several sockets of one user share.

use std::os::fd::BorrowedFd;

use libc::c_int;

use super::option::set;
use crate::HostError;

/// Lets other sockets with the same option listen at the same address (socket(7)).
pub(crate) fn set_reuse_port(fd: BorrowedFd<'_>) -> Result<(), HostError> {
    let (level, name) = (libc::SOL_SOCKET, libc::SO_REUSEPORT);
    set::<c_int>(fd, "setsockopt SO_REUSEPORT", level, name, 1)
}
