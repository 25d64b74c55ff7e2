//! Control messages of sendmsg(2) and recvmsg(2), as cmsg(3) lays them out.

use libc::{c_int, cmsghdr, msghdr};

/// Room for control messages, aligned as their headers need it. The usual is enough
/// for all that this crate asks the kernel to tell of a datagram.
#[repr(C, align(8))]
pub(super) struct Control<const OCTETS: usize = 128>([u8; OCTETS]);

impl<const OCTETS: usize> Control<OCTETS> {
    /// Before anybody wrote anything.
    pub(super) const EMPTY: Self = Self([0; OCTETS]);

    /// Makes it the room for what the kernel tells with `message`; it must not move
    /// before the call is over.
    pub(super) fn tie(&mut self, message: &mut msghdr) {
        message.msg_control = self.0.as_mut_ptr().cast();
        message.msg_controllen = self.0.len() as _;
    }

    /// Makes one control message with `values` what `message` tells the kernel; it
    /// must not move before the call is over. False when they do not fit.
    pub(super) fn put<T: Copy>(
        &mut self,
        message: &mut msghdr,
        (level, kind): (c_int, c_int),
        values: &[T],
    ) -> bool {
        let octets = size_of_val(values);
        if octets > OCTETS {
            return false;
        }
        // SAFETY: CMSG_SPACE computes with numbers only.
        let space = unsafe { libc::CMSG_SPACE(octets as _) } as usize;
        if space > OCTETS {
            return false;
        }
        self.tie(message);
        message.msg_controllen = space as _;
        // SAFETY: the buffer is live, aligned, and long enough for a header.
        let at = unsafe { libc::CMSG_FIRSTHDR(message) };
        // SAFETY: CMSG_LEN computes with numbers only.
        let len = unsafe { libc::CMSG_LEN(octets as _) };
        // SAFETY: a header is integers; zero is a value of each.
        let mut header: cmsghdr = unsafe { core::mem::zeroed() };
        header.cmsg_len = len as _;
        header.cmsg_level = level;
        header.cmsg_type = kind;
        // SAFETY: there is room for the header at the beginning of the buffer.
        unsafe { at.write(header) };
        // SAFETY: CMSG_DATA computes the address behind the header, inside the buffer.
        let to = unsafe { libc::CMSG_DATA(at) };
        // SAFETY: by the look at the space, `octets` octets have room there.
        unsafe { core::ptr::copy_nonoverlapping(values.as_ptr().cast(), to, octets) };
        true
    }
}

/// A control message that the kernel wrote.
pub(super) struct Told {
    header: cmsghdr,
    at: *const cmsghdr,
}

/// What the kernel told with `message`, whose control buffer must still be live.
pub(super) fn told(message: &msghdr) -> impl Iterator<Item = Told> + use<'_> {
    // SAFETY: the kernel filled `message`, whose control buffer is live and aligned.
    let mut next = unsafe { libc::CMSG_FIRSTHDR(message) };
    core::iter::from_fn(move || {
        if next.is_null() {
            return None;
        }
        let at = next;
        // SAFETY: CMSG_FIRSTHDR and CMSG_NXTHDR give whole headers inside the buffer, or null.
        let header = unsafe { at.read() };
        // SAFETY: `at` is one of `message`'s.
        next = unsafe { libc::CMSG_NXTHDR(message, at) };
        Some(Told { header, at })
    })
}

impl Told {
    /// Which message it is: level and type.
    pub(super) const fn kind(&self) -> (c_int, c_int) {
        (self.header.cmsg_level, self.header.cmsg_type)
    }

    /// The value number `index`, if the message is long enough for it. `T` must be a
    /// structure of integers.
    pub(super) fn value<T: Copy>(&self, index: usize) -> Option<T> {
        #[allow(clippy::unnecessary_cast, reason = "not `usize` on every platform")]
        let len = self.header.cmsg_len as usize;
        // SAFETY: CMSG_LEN computes with numbers only.
        let needed = unsafe { libc::CMSG_LEN(((index + 1) * size_of::<T>()) as _) };
        if len < needed as usize {
            return None;
        }
        // SAFETY: CMSG_DATA computes the address behind the header, inside the buffer.
        let data = unsafe { libc::CMSG_DATA(self.at) };
        let value = data.cast::<T>().wrapping_add(index);
        // SAFETY: by the length above, a whole `T` lies there; alignment is not asked for.
        Some(unsafe { value.read_unaligned() })
    }
}
