//! Descriptors and processors.

use std::io;

use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use nix::unistd::Pid;

/// Raises the limit of open descriptors as far as it goes, and tells how far.
pub(crate) fn raise_descriptors() -> io::Result<u64> {
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
    setrlimit(Resource::RLIMIT_NOFILE, hard, hard)?;
    Ok(hard)
}

/// Keeps this process on the `index`-th processor that it may use, if there are
/// that many: a client and a server that change places make noise.
pub(crate) fn pin(index: usize) {
    let this = Pid::from_raw(0);
    let Ok(allowed) = sched_getaffinity(this) else {
        return;
    };
    let mut usable = (0..CpuSet::count()).filter(|cpu| allowed.is_set(*cpu).unwrap_or(false));
    let mut only = CpuSet::new();
    if let Some(cpu) = usable.nth(index)
        && only.set(cpu).is_ok()
    {
        let _ = sched_setaffinity(this, &only);
    }
}
