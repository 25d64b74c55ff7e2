use libc::{c_int, ssize_t};

use crate::HostError;

/// What a system call returns: −1 is failure.
pub(super) trait Returned: Copy {
    fn is_failure(self) -> bool;
}

impl Returned for c_int {
    fn is_failure(self) -> bool {
        self == -1
    }
}

impl Returned for ssize_t {
    fn is_failure(self) -> bool {
        self == -1
    }
}

/// Turns −1 into the error of `call`.
#[inline]
pub(super) fn cvt<T: Returned>(call: &'static str, value: T) -> Result<T, HostError> {
    if value.is_failure() {
        Err(HostError::last(call))
    } else {
        Ok(value)
    }
}

/// [`cvt`], repeated as long as a signal interrupts (PEP 475).
#[inline]
pub(super) fn retry<T: Returned>(
    call: &'static str,
    mut system_call: impl FnMut() -> T,
) -> Result<T, HostError> {
    loop {
        match cvt(call, system_call()) {
            Err(error) if error.is_interrupted() => {}
            done => return done,
        }
    }
}
