use std::os::fd::{AsFd, AsRawFd};

use amphi_core::ErrorKind;
use amphi_core::time::Duration;

use super::resume;
use crate::HostError;
use crate::sys::{self, FdSet};

/// What [`select`] found: places in its three lists, in order.
///
/// ```
/// use amphi_std::low::{Selected, select};
/// use core::time::Duration;
///
/// let (one, _other) = amphi_std::socketpair()?;
/// let found = select(&[&one], &[], &[], Some(Duration::ZERO))?;
/// assert!(found.is_empty()); // the time was over
/// assert_eq!(found, Selected::default());
/// # Ok::<(), amphi_std::HostError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selected {
    /// Of those that can be read.
    pub readable: Vec<usize>,
    /// Of those that can be written.
    pub writable: Vec<usize>,
    /// Of those with an exceptional condition, such as urgent data.
    pub exceptional: Vec<usize>,
}

impl Selected {
    /// Whether the time was over.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.readable.is_empty() && self.writable.is_empty() && self.exceptional.is_empty()
    }
}

/// Waits until something of three lists is ready or `timeout` is over: select(2).
///
/// ```
/// use amphi_core::socket::Stream;
/// use amphi_std::low::select;
///
/// let (mut one, other) = amphi_std::socketpair()?;
/// one.write(b"hello")?;
/// let found = select(&[&one, &other], &[&one], &[], None)?;
/// assert_eq!((found.readable, found.writable), (vec![1], vec![0]));
/// # Ok::<(), amphi_std::HostError>(())
/// ```
///
/// # Errors
///
/// `InvalidInput` for a descriptor of 1024 or above, which it cannot watch; `Closed` for the
/// number of one that is closed.
pub fn select(
    read: &[&dyn AsFd],
    write: &[&dyn AsFd],
    exceptional: &[&dyn AsFd],
    timeout: Option<Duration>,
) -> Result<Selected, HostError> {
    let lists = [read, write, exceptional];
    let mut asked = [FdSet::new(); 3];
    let mut limit = 0;
    for (set, list) in asked.iter_mut().zip(lists) {
        for fd in list {
            let raw = fd.as_fd().as_raw_fd();
            if raw >= sys::FD_LIMIT {
                return Err(HostError::refused("select", ErrorKind::InvalidInput));
            }
            set.put(raw, true);
            limit = limit.max(raw + 1);
        }
    }
    let mut sets = asked;
    resume(timeout, |left| {
        sets = asked;
        sys::select_three(&mut sets, limit, left)
    })?;
    let [readable, writable, exceptional] =
        [0, 1, 2].map(|place| members(lists[place], &sets[place]));
    Ok(Selected {
        readable,
        writable,
        exceptional,
    })
}

fn members(list: &[&dyn AsFd], set: &FdSet) -> Vec<usize> {
    let is_member = |fd: &&dyn AsFd| set.contains(fd.as_fd().as_raw_fd());
    let places = list.iter().enumerate();
    places
        .filter(|(_, fd)| is_member(fd))
        .map(|(place, _)| place)
        .collect()
}
