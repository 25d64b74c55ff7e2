//! Processes: fork(2) and what belongs to it.

use std::os::unix::fs::MetadataExt;

use amphi_core::ErrorKind;
use libc::{c_int, pid_t};

use super::cvt::{cvt, retry};
use crate::HostError;

/// In which process fork(2) has returned.
pub(crate) enum Forked {
    Child,
    Parent(ChildId),
}

/// A child of this process that was not waited for yet.
#[derive(Debug)]
pub(crate) struct ChildId(pid_t);

/// Whether this process has no thread but the calling one. On Linux, the number of
/// links of this folder is that of its threads and two (proc(5)).
fn is_alone() -> bool {
    std::fs::metadata("/proc/self/task").is_ok_and(|folder| folder.nlink() == 3)
}

/// Doubles the process.
///
/// `Unsupported` when the process has other threads: they would be missing in the
/// child, and what they hold locked would stay so.
pub(crate) fn fork() -> Result<Forked, HostError> {
    if !is_alone() {
        return Err(HostError::refused("fork", ErrorKind::Unsupported));
    }
    // SAFETY: this is the only thread, so the child has all that the parent has: no
    // lock that nobody would open, no memory that is half written (fork(2)).
    let returned = cvt("fork", unsafe { libc::fork() })?;
    Ok(match returned {
        0 => Forked::Child,
        child => Forked::Parent(ChildId(child)),
    })
}

/// Ends this process at once, without what the parent would do at its end, too.
pub(crate) fn exit_child(status: c_int) -> ! {
    // SAFETY: the call does not return, and touches nothing of the process (_exit(2)).
    unsafe { libc::_exit(status) }
}

/// Kills `child`.
pub(crate) fn kill(child: &ChildId) {
    // SAFETY: a child that was not waited for keeps its number, so this is ours
    // (kill(2)); the call takes no pointer.
    let _ = unsafe { libc::kill(child.0, libc::SIGKILL) };
}

/// Waits until `child` has ended.
pub(crate) fn wait_for_child(child: ChildId) -> Result<(), HostError> {
    let mut status = 0;
    retry("waitpid", || {
        // SAFETY: the kernel writes to `status`, which lives for the call.
        unsafe { libc::waitpid(child.0, &raw mut status, 0) }
    })
    .map(drop)
}
