//! The interfaces of this machine: `if_nameindex(3)`, getifaddrs(3).

use core::ffi::CStr;
use core::net::{IpAddr, SocketAddr};
use core::ptr;

use libc::{c_char, ifaddrs};

use super::addr::{RawAddr, RawAddress, SocketAddress};
use super::cvt::cvt;
use crate::HostError;

/// An address of an interface: its name, the address, and the mask.
pub(crate) type InterfaceEntry = (String, IpAddr, Option<IpAddr>);

/// Index and name of each interface.
pub(crate) fn interface_names() -> Result<Vec<(u32, String)>, HostError> {
    // SAFETY: the call takes nothing.
    let list = unsafe { libc::if_nameindex() };
    if list.is_null() {
        return Err(HostError::last("if_nameindex"));
    }
    let mut names = Vec::new();
    let mut next = list;
    loop {
        // SAFETY: the list ends with an entry of index 0, and this one is not behind it.
        let entry = unsafe { *next };
        if entry.if_index == 0 {
            break;
        }
        names.push((entry.if_index, text(entry.if_name)));
        next = next.wrapping_add(1);
    }
    // SAFETY: it came from if_nameindex, and nothing of it is kept.
    unsafe { libc::if_freenameindex(list) };
    Ok(names)
}

/// The name of the interface with this index.
pub(crate) fn interface_name(index: u32) -> Result<String, HostError> {
    let mut name = [0; libc::IF_NAMESIZE];
    // SAFETY: the call writes a C string of at most that many octets to `name`.
    let written = unsafe { libc::if_indextoname(index, name.as_mut_ptr()) };
    if written.is_null() {
        return Err(HostError::last("if_indextoname"));
    }
    Ok(text(written))
}

/// The IP addresses of all interfaces.
pub(crate) fn interface_addresses() -> Result<Vec<InterfaceEntry>, HostError> {
    let mut list: *mut ifaddrs = ptr::null_mut();
    // SAFETY: the kernel's answer is put into the live `list`.
    cvt("getifaddrs", unsafe { libc::getifaddrs(&raw mut list) })?;
    let mut addresses = Vec::new();
    let mut next = list.cast_const();
    // SAFETY: null ends the list, of which each entry lives until it is freed below.
    while let Some(entry) = unsafe { next.as_ref() } {
        if let Some(address) = address(entry.ifa_addr) {
            let mask = address_like(address, entry.ifa_netmask);
            addresses.push((text(entry.ifa_name), address, mask));
        }
        next = entry.ifa_next;
    }
    // SAFETY: it came from getifaddrs, and nothing of it is kept.
    unsafe { libc::freeifaddrs(list) };
    Ok(addresses)
}

fn text(pointer: *const c_char) -> String {
    // SAFETY: names are C strings that live as long as the list or the buffer that they are in.
    let name = unsafe { CStr::from_ptr(pointer) };
    name.to_string_lossy().into_owned()
}

/// The address there, if it is one of IP.
fn address(pointer: *const libc::sockaddr) -> Option<IpAddr> {
    // SAFETY: null, or an address that lives as long as the list.
    let family = i32::from(unsafe { pointer.as_ref() }?.sa_family);
    let len = match family {
        libc::AF_INET => size_of::<libc::sockaddr_in>(),
        libc::AF_INET6 => size_of::<libc::sockaddr_in6>(),
        _ => return None,
    };
    read(pointer, len)
}

/// The mask of an address, whose own family some systems leave out.
fn address_like(address: IpAddr, pointer: *const libc::sockaddr) -> Option<IpAddr> {
    let mask = self::address(pointer)?;
    (mask.is_ipv4() == address.is_ipv4()).then_some(mask)
}

fn read(pointer: *const libc::sockaddr, len: usize) -> Option<IpAddr> {
    let mut raw = RawAddr::empty();
    let to = raw.as_mut_ptr().cast::<u8>();
    // SAFETY: an address of its family has `len` octets, and `raw` has room for either.
    unsafe { ptr::copy_nonoverlapping(pointer.cast::<u8>(), to, len) };
    let address = SocketAddr::decode(&raw, len as libc::socklen_t)?;
    Some(address.ip())
}
