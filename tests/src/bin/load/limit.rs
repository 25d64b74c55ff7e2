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

/// Keeps this thread, and what it starts, on one processor; as before when dropped.
#[derive(Debug)]
#[must_use]
pub(crate) struct Pinned {
    before: Option<CpuSet>,
}

/// Keeps to the `index`-th processor that may be used, if there are that many: a client
/// and a server that change places make noise. Start the children first, as they inherit.
pub(crate) fn pin(index: usize) -> Pinned {
    let this = Pid::from_raw(0);
    let Ok(allowed) = sched_getaffinity(this) else {
        return Pinned { before: None };
    };
    let mut usable = (0..CpuSet::count()).filter(|cpu| allowed.is_set(*cpu).unwrap_or(false));
    let mut only = CpuSet::new();
    let done = usable
        .nth(index)
        .is_some_and(|cpu| only.set(cpu).is_ok() && sched_setaffinity(this, &only).is_ok());
    if !done {
        eprintln!("there is no processor {index} to keep to: client and server share one");
    }
    Pinned {
        before: done.then_some(allowed),
    }
}

impl Drop for Pinned {
    fn drop(&mut self) {
        if let Some(before) = &self.before {
            let _ = sched_setaffinity(Pid::from_raw(0), before);
        }
    }
}
