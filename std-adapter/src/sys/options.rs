//! The options of sockets, each as a number to set and to ask for.

#[cfg(target_os = "linux")]
use alloc::ffi::CString;
use std::os::fd::BorrowedFd;

#[cfg(target_os = "linux")]
use amphi_core::ErrorKind;
use libc::c_int;

use super::option::{get, set};
use crate::HostError;

/// An option whose value is an int: its level, its number, and its names for errors.
#[derive(Clone, Copy)]
pub(crate) struct IntOption {
    level: c_int,
    name: c_int,
    set: &'static str,
    get: &'static str,
}

macro_rules! int_options {
    ($($(#[$attribute:meta])* $NAME:ident = $level:ident, $option:ident;)*) => { $(
        $(#[$attribute])*
        pub(crate) const $NAME: IntOption = IntOption {
            level: libc::$level,
            name: libc::$option,
            set: concat!("setsockopt ", stringify!($option)),
            get: concat!("getsockopt ", stringify!($option)),
        };
    )* };
}

int_options! {
    REUSE_ADDRESS = SOL_SOCKET, SO_REUSEADDR;
    REUSE_PORT = SOL_SOCKET, SO_REUSEPORT;
    BROADCAST = SOL_SOCKET, SO_BROADCAST;
    KEEP_ALIVE = SOL_SOCKET, SO_KEEPALIVE;
    SEND_BUFFER = SOL_SOCKET, SO_SNDBUF;
    RECV_BUFFER = SOL_SOCKET, SO_RCVBUF;
    NO_DELAY = IPPROTO_TCP, TCP_NODELAY;
    #[cfg(not(target_vendor = "apple"))]
    KEEP_IDLE = IPPROTO_TCP, TCP_KEEPIDLE;
    #[cfg(target_vendor = "apple")]
    KEEP_IDLE = IPPROTO_TCP, TCP_KEEPALIVE;
    KEEP_INTERVAL = IPPROTO_TCP, TCP_KEEPINTVL;
    KEEP_COUNT = IPPROTO_TCP, TCP_KEEPCNT;
    TTL = IPPROTO_IP, IP_TTL;
    TOS = IPPROTO_IP, IP_TOS;
    V6_HOPS = IPPROTO_IPV6, IPV6_UNICAST_HOPS;
    V6_CLASS = IPPROTO_IPV6, IPV6_TCLASS;
    V6_ONLY = IPPROTO_IPV6, IPV6_V6ONLY;
    #[cfg(target_os = "linux")]
    MULTICAST_ALL = IPPROTO_IP, IP_MULTICAST_ALL;
}

/// libc does not have it on each target; the number stands in `linux/in6.h`.
#[cfg(target_os = "linux")]
pub(crate) const V6_MULTICAST_ALL: IntOption = IntOption {
    level: libc::IPPROTO_IPV6,
    name: 29,
    set: "setsockopt IPV6_MULTICAST_ALL",
    get: "getsockopt IPV6_MULTICAST_ALL",
};

impl IntOption {
    pub(crate) fn set(self, fd: BorrowedFd<'_>, value: c_int) -> Result<(), HostError> {
        set(fd, self.set, self.level, self.name, value)
    }

    pub(crate) fn get(self, fd: BorrowedFd<'_>) -> Result<c_int, HostError> {
        get(fd, self.get, self.level, self.name)
    }
}

/// Seconds that a close may wait for what was not sent; none for no waiting.
pub(crate) fn linger(fd: BorrowedFd<'_>) -> Result<Option<u16>, HostError> {
    let (level, name) = (libc::SOL_SOCKET, LINGER);
    let linger: libc::linger = get(fd, "getsockopt SO_LINGER", level, name)?;
    let seconds = u16::try_from(linger.l_linger).unwrap_or(u16::MAX);
    Ok((linger.l_onoff != 0).then_some(seconds))
}

pub(crate) fn set_linger(fd: BorrowedFd<'_>, seconds: Option<u16>) -> Result<(), HostError> {
    let linger = libc::linger {
        l_onoff: c_int::from(seconds.is_some()),
        l_linger: c_int::from(seconds.unwrap_or(0)),
    };
    set(fd, "setsockopt SO_LINGER", libc::SOL_SOCKET, LINGER, linger)
}

/// In seconds everywhere: macOS counts `SO_LINGER` in ticks.
#[cfg(target_vendor = "apple")]
const LINGER: c_int = libc::SO_LINGER_SEC;
#[cfg(not(target_vendor = "apple"))]
const LINGER: c_int = libc::SO_LINGER;

/// Sends and receives through one interface only.
#[cfg(target_os = "linux")]
pub(crate) fn bind_to_device(fd: BorrowedFd<'_>, name: &str) -> Result<(), HostError> {
    let call = "setsockopt SO_BINDTODEVICE";
    let mut octets = [0_u8; libc::IFNAMSIZ];
    let refused = || HostError::refused(call, ErrorKind::InvalidInput);
    let name = CString::new(name).map_err(|_| refused())?;
    let name = name.as_bytes_with_nul();
    octets
        .get_mut(..name.len())
        .ok_or_else(refused)?
        .copy_from_slice(name);
    set(fd, call, libc::SOL_SOCKET, libc::SO_BINDTODEVICE, octets)
}
