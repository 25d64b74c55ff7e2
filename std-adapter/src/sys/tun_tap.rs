//! TUN and TAP devices: <https://docs.kernel.org/networking/tuntap.html>.

use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

use amphi_core::ErrorKind;
use libc::{c_char, c_int, c_short};

use super::cvt::{cvt, retry};
use super::fd;
use crate::HostError;

/// Octets of an interface's name, with the zero at its end (netdevice(7)).
pub(crate) const NAME_CAPACITY: usize = libc::IFNAMSIZ;

/// Opens the TAP or TUN device `name`, and tells the name that it has. Frames come
/// and go without a header of the driver's.
pub(crate) fn open_tun_tap(
    name: &str,
    is_tap: bool,
) -> Result<(OwnedFd, [u8; NAME_CAPACITY]), HostError> {
    let mut request = request_for(name)?;
    let kind = if is_tap { libc::IFF_TAP } else { libc::IFF_TUN };
    request.ifr_ifru.ifru_flags = (kind | libc::IFF_NO_PI) as c_short;
    let flags = libc::O_RDWR | libc::O_NONBLOCK | libc::O_CLOEXEC;
    // SAFETY: the path is a string with a zero at its end.
    let raw = unsafe { libc::open(c"/dev/net/tun".as_ptr(), flags) };
    let device = fd::own("open /dev/net/tun", raw)?;
    // SAFETY: the request is a whole `ifreq`, which the kernel reads and writes.
    let returned = unsafe { libc::ioctl(device.as_raw_fd(), libc::TUNSETIFF, &raw mut request) };
    cvt("ioctl TUNSETIFF", returned)?;
    // `c_char` has a sign on some targets only.
    let name = request.ifr_name.map(c_char::to_ne_bytes);
    Ok((device, name.map(|[octet]| octet)))
}

/// The longest IP packet that the interface `name` carries, in octets.
pub(crate) fn interface_mtu(name: &str) -> Result<usize, HostError> {
    let mut request = request_for(name)?;
    let socket = super::datagram_socket(&core::net::SocketAddr::from(([0; 4], 0)))?;
    let fd = socket.as_fd().as_raw_fd();
    // SAFETY: the request is a whole `ifreq`, which the kernel reads and writes.
    let returned = unsafe { libc::ioctl(fd, libc::SIOCGIFMTU, &raw mut request) };
    cvt("ioctl SIOCGIFMTU", returned)?;
    // SAFETY: the call succeeded, so the kernel has set this field.
    let mtu: c_int = unsafe { request.ifr_ifru.ifru_mtu };
    Ok(usize::try_from(mtu).unwrap_or(0))
}

/// One read(2).
pub(crate) fn read(fd: BorrowedFd<'_>, buf: &mut [u8]) -> Result<usize, HostError> {
    let returned = retry("read", || {
        // SAFETY: the kernel writes at most `buf.len()` octets to `buf`.
        unsafe { libc::read(fd.as_raw_fd(), buf.as_mut_ptr().cast(), buf.len()) }
    })?;
    Ok(returned.cast_unsigned())
}

/// One write(2).
pub(crate) fn write(fd: BorrowedFd<'_>, buf: &[u8]) -> Result<usize, HostError> {
    let returned = retry("write", || {
        // SAFETY: the kernel reads at most `buf.len()` octets of `buf`.
        unsafe { libc::write(fd.as_raw_fd(), buf.as_ptr().cast(), buf.len()) }
    })?;
    Ok(returned.cast_unsigned())
}

fn request_for(name: &str) -> Result<libc::ifreq, HostError> {
    let name = name.as_bytes();
    if name.is_empty() || name.len() >= NAME_CAPACITY || name.contains(&0) {
        return Err(HostError::refused(
            "interface name",
            ErrorKind::InvalidInput,
        ));
    }
    // SAFETY: the structure is plain numbers, for which zero is a value.
    let mut request: libc::ifreq = unsafe { core::mem::zeroed() };
    for (place, octet) in request.ifr_name.iter_mut().zip(name) {
        *place = octet.cast_signed() as c_char;
    }
    Ok(request)
}
