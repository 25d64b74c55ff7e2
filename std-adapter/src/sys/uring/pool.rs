use core::mem::offset_of;
use core::sync::atomic::{AtomicU16, Ordering};
use std::os::fd::BorrowedFd;

use super::abi::{Buf, BufReg, REGISTER_PBUF_RING};
use super::map::Map;
use super::ring::register;
use crate::HostError;

/// How many buffers there are, a power of two, and the octets of each.
const BUFFERS: usize = 512;
const EACH: usize = 4096;
/// Octets of the ring of buffers, before the buffers themselves.
const RING: usize = BUFFERS * size_of::<Buf>();
/// Where a buffer's last field lies, which is the tail in the first one.
const TAIL: usize = offset_of!(Buf, resv);

/// The number of the pool; there is one.
pub(super) const GROUP: u16 = 0;

/// Buffers that the kernel takes from as octets arrive.
#[derive(Debug)]
pub(super) struct Pool {
    map: Map,
    /// Where the next buffer is given back; the kernel knows it when it is published.
    tail: u16,
}

impl Pool {
    /// Makes buffers, and gives all of them to the ring `fd`.
    pub(super) fn new(fd: BorrowedFd<'_>) -> Result<Self, HostError> {
        let mut pool = Self {
            map: Map::anonymous(RING + BUFFERS * EACH)?,
            tail: 0,
        };
        let mut registration = BufReg {
            ring_addr: pool.map.at::<Buf>(0) as u64,
            ring_entries: BUFFERS as u32,
            bgid: GROUP,
            ..BufReg::default()
        };
        register(fd, REGISTER_PBUF_RING, &mut registration)?;
        for id in 0..BUFFERS as u16 {
            pool.give_back(id);
        }
        pool.publish();
        Ok(pool)
    }

    /// The first `len` octets of buffer `id`, which the kernel has filled and not been
    /// given back since.
    pub(super) fn filled(&self, id: u16, len: usize) -> &[u8] {
        let start = RING + usize::from(id) * EACH;
        let pointer = self.map.array::<u8>(start, EACH);
        // SAFETY: the buffer lies inside the mapping, and the kernel leaves it alone until
        // it is given back, which needs `&mut self`.
        unsafe { core::slice::from_raw_parts(pointer, len.min(EACH)) }
    }

    /// Gives buffer `id` back. The kernel knows it from [`publish`](Self::publish) on.
    pub(super) fn give_back(&mut self, id: u16) {
        let index = usize::from(self.tail) % BUFFERS;
        let start = RING + usize::from(id) * EACH;
        let entry = index * size_of::<Buf>();
        let address = self.map.array::<u8>(start, EACH) as u64;
        // Field by field, as the last one of the first entry is the tail.
        let place = self.map.at::<u64>(entry + offset_of!(Buf, addr));
        // SAFETY: the field lies inside the mapping, and the kernel does not read it before
        // the tail is beyond it.
        unsafe { place.write(address) };
        let place = self.map.at::<u32>(entry + offset_of!(Buf, len));
        // SAFETY: as above.
        unsafe { place.write(EACH as u32) };
        let place = self.map.at::<u16>(entry + offset_of!(Buf, bid));
        // SAFETY: as above.
        unsafe { place.write(id) };
        self.tail = self.tail.wrapping_add(1);
    }

    /// Tells the kernel what was given back.
    pub(super) fn publish(&self) {
        let place = self.map.at::<u16>(TAIL);
        // SAFETY: the tail lies inside the mapping, aligned, and both sides use it atomically.
        let tail = unsafe { AtomicU16::from_ptr(place) };
        tail.store(self.tail, Ordering::Release);
    }
}
