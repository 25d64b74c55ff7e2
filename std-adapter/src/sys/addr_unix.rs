use core::mem::offset_of;

use libc::{c_int, sockaddr_un, socklen_t};

use super::addr::{RawAddress, SocketAddress};
use crate::UnixAddr;

/// Octets of a path or a name: 108 on Linux, 104 on macOS and FreeBSD (unix(7), unix(4)).
pub(crate) const UNIX_CAPACITY: usize = size_of::<sockaddr_un>() - PATH;

/// Where the path begins.
const PATH: usize = offset_of!(sockaddr_un, sun_path);

/// Room for a Unix address, as the kernel writes it.
#[repr(transparent)]
pub(crate) struct RawUnixAddr(sockaddr_un);

impl RawAddress for RawUnixAddr {
    fn empty() -> Self {
        // SAFETY: all fields are integers and arrays of them; zero is a value of each.
        Self(unsafe { core::mem::zeroed() })
    }
}

impl SocketAddress for UnixAddr {
    type Raw = RawUnixAddr;

    /// A path has a zero octet behind it where there is room for one.
    fn encode(&self) -> (RawUnixAddr, socklen_t) {
        let mut raw = RawUnixAddr::empty();
        raw.0.sun_family = libc::AF_UNIX as libc::sa_family_t;
        let octets = self.as_octets();
        for (place, octet) in raw.0.sun_path.iter_mut().zip(octets) {
            *place = *octet as _;
        }
        let end = usize::from(self.as_path().is_some() && octets.len() < UNIX_CAPACITY);
        let len = PATH + octets.len() + end;
        #[cfg(any(target_vendor = "apple", target_os = "freebsd"))]
        {
            raw.0.sun_len = len as u8;
        }
        (raw, len as socklen_t)
    }

    fn decode(raw: &RawUnixAddr, len: socklen_t) -> Option<Self> {
        // Without a name the kernel may write nothing, not even the family.
        let len = (len as usize).saturating_sub(PATH).min(UNIX_CAPACITY);
        if len == 0 {
            return Some(Self::UNNAMED);
        }
        if c_int::from(raw.0.sun_family) != libc::AF_UNIX {
            return None;
        }
        let mut octets = [0; UNIX_CAPACITY];
        for (octet, place) in octets.iter_mut().zip(raw.0.sun_path) {
            *octet = place as u8;
        }
        Some(Self::from_kernel(&octets[..len]))
    }
}
