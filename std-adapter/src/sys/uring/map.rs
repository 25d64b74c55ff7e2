use core::ptr::{self, NonNull};
use std::os::fd::{AsRawFd, BorrowedFd};

use crate::HostError;

/// A piece of memory of its own, shared with the kernel.
#[derive(Debug)]
pub(super) struct Map {
    start: NonNull<u8>,
    len: usize,
}

impl Map {
    /// Fresh memory, of zeros.
    pub(super) fn anonymous(len: usize) -> Result<Self, HostError> {
        Self::new(len, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS, -1, 0)
    }

    /// What the ring `fd` shares at `offset`.
    pub(super) fn of_ring(fd: BorrowedFd<'_>, len: usize, offset: i64) -> Result<Self, HostError> {
        let flags = libc::MAP_SHARED | libc::MAP_POPULATE;
        Self::new(len, flags, fd.as_raw_fd(), offset)
    }

    fn new(len: usize, flags: i32, fd: i32, offset: i64) -> Result<Self, HostError> {
        let protection = libc::PROT_READ | libc::PROT_WRITE;
        // SAFETY: a new mapping at an address that the kernel chooses touches nobody's memory.
        let start = unsafe { libc::mmap(ptr::null_mut(), len, protection, flags, fd, offset as _) };
        if start == libc::MAP_FAILED {
            return Err(HostError::last("mmap"));
        }
        let start = NonNull::new(start.cast()).ok_or_else(|| HostError::last("mmap"))?;
        Ok(Self { start, len })
    }

    /// The place of a `T`, `offset` octets from the start, if all of it is inside.
    pub(super) fn at<T>(&self, offset: usize) -> *mut T {
        assert!(
            offset + size_of::<T>() <= self.len,
            "outside of the mapping"
        );
        let place = self.start.as_ptr().wrapping_add(offset).cast::<T>();
        assert!(place.is_aligned(), "not aligned");
        place
    }

    /// The same of `count` of them.
    pub(super) fn array<T>(&self, offset: usize, count: usize) -> *mut T {
        assert!(
            offset + count * size_of::<T>() <= self.len,
            "outside of the mapping"
        );
        self.at(offset)
    }
}

impl Drop for Map {
    fn drop(&mut self) {
        // SAFETY: the mapping is ours, and whoever has a pointer into it is dropped with it.
        unsafe { libc::munmap(self.start.as_ptr().cast(), self.len) };
    }
}
