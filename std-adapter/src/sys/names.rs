//! Names of hosts: getaddrinfo(3), getnameinfo(3), gethostname(2), and on Linux the
//! reentrant gethostbyname(3) and gethostbyaddr(3).

use core::ffi::CStr;
use core::net::SocketAddr;
use core::ptr;
use std::ffi::CString;

use libc::{addrinfo, c_char, c_int};

use super::addr::{RawAddr, RawAddress, SocketAddress};
use super::cvt::cvt;
use crate::HostError;

pub(crate) use libc::{
    AF_INET, AF_INET6, AF_UNSPEC, AI_ADDRCONFIG, AI_CANONNAME, AI_NUMERICHOST, AI_NUMERICSERV,
    AI_PASSIVE, AI_V4MAPPED, EAI_AGAIN, EAI_FAMILY, EAI_MEMORY, EAI_NONAME, EAI_OVERFLOW,
    EAI_SERVICE, EAI_SOCKTYPE, EAI_SYSTEM, NI_DGRAM, NI_NAMEREQD, NI_NUMERICHOST, NI_NUMERICSERV,
    SOCK_DGRAM, SOCK_STREAM,
};

/// Octets of a host's name with its zero (`NI_MAXHOST`), and of a service's (`NI_MAXSERV`).
const HOST: usize = 1025;
const SERVICE: usize = 32;
/// Octets of the name of this machine with its zero; the most that any platform allows.
const OWN_NAME: usize = 256;

/// One answer of getaddrinfo(3).
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) kind: c_int,
    pub(crate) protocol: c_int,
    pub(crate) address: SocketAddr,
    pub(crate) canonical: Option<String>,
}

/// What is asked of getaddrinfo(3), by its numbers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked {
    pub(crate) family: c_int,
    pub(crate) kind: c_int,
    pub(crate) protocol: c_int,
    pub(crate) flags: c_int,
}

/// The answers, or the resolver's error and the errno that belongs to it.
pub(crate) fn getaddrinfo(
    host: Option<&CStr>,
    service: Option<&CStr>,
    asked: Asked,
) -> Result<Vec<Found>, (c_int, i32)> {
    // SAFETY: integers and pointers; zero is a value of each.
    let mut hints: addrinfo = unsafe { core::mem::zeroed() };
    hints.ai_family = asked.family;
    hints.ai_socktype = asked.kind;
    hints.ai_protocol = asked.protocol;
    hints.ai_flags = asked.flags;
    let mut list: *mut addrinfo = ptr::null_mut();
    let (host, service) = (pointer(host), pointer(service));
    // SAFETY: null, or C strings that live for the call; `hints` and `list` do as well.
    let code = unsafe { libc::getaddrinfo(host, service, &raw const hints, &raw mut list) };
    if code != 0 {
        let errno = std::io::Error::last_os_error().raw_os_error();
        return Err((code, errno.unwrap_or(0)));
    }
    let mut found = Vec::new();
    let mut next = list.cast_const();
    // SAFETY: null ends the list, of which each entry lives until it is freed below.
    while let Some(entry) = unsafe { next.as_ref() } {
        found.extend(read_entry(entry));
        next = entry.ai_next;
    }
    // SAFETY: it came from getaddrinfo, and nothing of it is kept.
    unsafe { libc::freeaddrinfo(list) };
    Ok(found)
}

fn pointer(text: Option<&CStr>) -> *const c_char {
    text.map_or(ptr::null(), CStr::as_ptr)
}

/// An entry, unless its family is a strange one.
fn read_entry(entry: &addrinfo) -> Option<Found> {
    let mut raw = RawAddr::empty();
    let len = entry.ai_addrlen.min(RawAddr::CAPACITY);
    let to = raw.as_mut_ptr().cast::<u8>();
    // SAFETY: the entry has that many octets of address, and `raw` has room for them.
    unsafe { ptr::copy_nonoverlapping(entry.ai_addr.cast::<u8>(), to, len as usize) };
    Some(Found {
        kind: entry.ai_socktype,
        protocol: entry.ai_protocol,
        address: SocketAddr::decode(&raw, len)?,
        canonical: text(entry.ai_canonname),
    })
}

/// A C string of the library's; octets that are not UTF-8 are replaced.
fn text(pointer: *const c_char) -> Option<String> {
    if pointer.is_null() {
        return None;
    }
    // SAFETY: it ends with a zero and lives at least until its owner is freed.
    let text = unsafe { CStr::from_ptr(pointer) };
    Some(text.to_string_lossy().into_owned())
}

/// The names of the host and the service at `address`.
pub(crate) fn getnameinfo(
    address: &SocketAddr,
    flags: c_int,
) -> Result<(String, String), (c_int, i32)> {
    let (raw, len) = address.encode();
    let mut host = [0; HOST];
    let mut service = [0; SERVICE];
    // SAFETY: the address lives for the call, and both buffers have the lengths given.
    let code = unsafe {
        libc::getnameinfo(
            raw.as_ptr(),
            len,
            host.as_mut_ptr(),
            HOST as _,
            service.as_mut_ptr(),
            SERVICE as _,
            flags,
        )
    };
    if code != 0 {
        let errno = std::io::Error::last_os_error().raw_os_error();
        return Err((code, errno.unwrap_or(0)));
    }
    let text = |buf: &[c_char]| text(buf.as_ptr()).unwrap_or_default();
    Ok((text(&host), text(&service)))
}

/// The resolver's words for one of its errors.
pub(crate) fn gai_strerror(code: c_int) -> String {
    // SAFETY: it returns a string of the library's for any number.
    let words = unsafe { libc::gai_strerror(code) };
    text(words).unwrap_or_default()
}

/// The name of this machine.
pub(crate) fn gethostname() -> Result<String, HostError> {
    let mut name = [0; OWN_NAME];
    // One octet less, so that a name that was cut has its zero all the same.
    // SAFETY: the buffer has that many octets.
    let result = unsafe { libc::gethostname(name.as_mut_ptr(), OWN_NAME - 1) };
    cvt("gethostname", result)?;
    Ok(text(name.as_ptr()).unwrap_or_default())
}

/// A host by one of its names or addresses.
#[derive(Debug)]
pub(crate) struct HostEntry {
    pub(crate) name: String,
    pub(crate) aliases: Vec<String>,
    pub(crate) addresses: Vec<core::net::IpAddr>,
}

#[cfg(target_os = "linux")]
pub(crate) use by_entry::{gethostbyaddr, gethostbyname};

#[cfg(target_os = "linux")]
mod by_entry {
    use core::ffi::CStr;
    use core::ffi::c_void;
    use core::net::IpAddr;
    use core::ptr;

    use libc::{c_char, c_int, hostent, size_t, socklen_t};

    use super::HostEntry;

    /// Octets for an entry at first, and how often the room is doubled.
    const ROOM: usize = 1024;
    const DOUBLED: u32 = 10;

    // The C libraries of Linux have both with these arguments (gethostbyname(3)).
    unsafe extern "C" {
        fn gethostbyname_r(
            name: *const c_char,
            entry: *mut hostent,
            buf: *mut c_char,
            len: size_t,
            result: *mut *mut hostent,
            error: *mut c_int,
        ) -> c_int;
        fn gethostbyaddr_r(
            address: *const c_void,
            address_len: socklen_t,
            family: c_int,
            entry: *mut hostent,
            buf: *mut c_char,
            len: size_t,
            result: *mut *mut hostent,
            error: *mut c_int,
        ) -> c_int;
    }

    /// The host called `name`, or the error's number in `h_errno`.
    pub(crate) fn gethostbyname(name: &CStr) -> Result<HostEntry, c_int> {
        look_up(|room| {
            // SAFETY: the name lives for the call, and `room` describes a buffer that does.
            unsafe {
                gethostbyname_r(
                    name.as_ptr(),
                    room.entry,
                    room.buf,
                    room.len,
                    room.result,
                    room.error,
                )
            }
        })
    }

    /// The host at `address`, or the error's number in `h_errno`.
    pub(crate) fn gethostbyaddr(address: IpAddr) -> Result<HostEntry, c_int> {
        let (octets, len, family) = match address {
            IpAddr::V4(address) => {
                let mut octets = [0; 16];
                octets[..4].copy_from_slice(&address.octets());
                (octets, 4, libc::AF_INET)
            }
            IpAddr::V6(address) => (address.octets(), 16, libc::AF_INET6),
        };
        look_up(|room| {
            // SAFETY: the address has `len` octets, and `room` describes a buffer.
            unsafe {
                gethostbyaddr_r(
                    octets.as_ptr().cast(),
                    len,
                    family,
                    room.entry,
                    room.buf,
                    room.len,
                    room.result,
                    room.error,
                )
            }
        })
    }

    /// Where a call puts its answer.
    struct Room {
        entry: *mut hostent,
        buf: *mut c_char,
        len: size_t,
        result: *mut *mut hostent,
        error: *mut c_int,
    }

    fn look_up(call: impl Fn(Room) -> c_int) -> Result<HostEntry, c_int> {
        let mut error = 0;
        for doubled in 0..DOUBLED {
            // SAFETY: pointers and integers; zero is a value of each.
            let mut entry: hostent = unsafe { core::mem::zeroed() };
            let mut buf = vec![0; ROOM << doubled];
            let mut result = ptr::null_mut();
            let code = call(Room {
                entry: &raw mut entry,
                buf: buf.as_mut_ptr(),
                len: buf.len(),
                result: &raw mut result,
                error: &raw mut error,
            });
            if code == libc::ERANGE {
                continue;
            }
            return if code == 0 && !result.is_null() {
                Ok(read(&entry))
            } else {
                Err(error)
            };
        }
        Err(error)
    }

    fn read(entry: &hostent) -> HostEntry {
        let aliases = list(entry.h_aliases).map(|alias| super::text(alias).unwrap_or_default());
        let addresses = list(entry.h_addr_list).filter_map(|at| address(at, entry.h_length));
        HostEntry {
            name: super::text(entry.h_name).unwrap_or_default(),
            aliases: aliases.collect(),
            addresses: addresses.collect(),
        }
    }

    /// The pointers up to the null that ends them.
    fn list(first: *mut *mut c_char) -> impl Iterator<Item = *const c_char> {
        let mut next = first;
        core::iter::from_fn(move || {
            if next.is_null() {
                return None;
            }
            // SAFETY: a null ends the list, and nobody goes on after it.
            let item = unsafe { *next };
            if item.is_null() {
                next = ptr::null_mut();
                return None;
            }
            next = next.wrapping_add(1);
            Some(item.cast_const())
        })
    }

    fn address(at: *const c_char, len: c_int) -> Option<IpAddr> {
        match len {
            4 => {
                // SAFETY: an entry of this length has four octets there.
                let octets = unsafe { at.cast::<[u8; 4]>().read_unaligned() };
                Some(IpAddr::from(octets))
            }
            16 => {
                // SAFETY: an entry of this length has sixteen octets there.
                let octets = unsafe { at.cast::<[u8; 16]>().read_unaligned() };
                Some(IpAddr::from(octets))
            }
            _ => None,
        }
    }
}

/// As on Linux, from what getaddrinfo(3) tells: no aliases.
#[cfg(not(target_os = "linux"))]
pub(crate) fn gethostbyname(name: &CStr) -> Result<HostEntry, c_int> {
    let asked = Asked {
        family: AF_INET,
        kind: SOCK_STREAM,
        protocol: 0,
        flags: AI_CANONNAME,
    };
    let found = getaddrinfo(Some(name), None, asked).map_err(|_| HOST_NOT_FOUND)?;
    let canonical = found.iter().find_map(|found| found.canonical.clone());
    Ok(HostEntry {
        name: canonical.unwrap_or_else(|| name.to_string_lossy().into_owned()),
        aliases: Vec::new(),
        addresses: found.iter().map(|found| found.address.ip()).collect(),
    })
}

/// As on Linux, from what getnameinfo(3) tells: no aliases.
#[cfg(not(target_os = "linux"))]
pub(crate) fn gethostbyaddr(address: core::net::IpAddr) -> Result<HostEntry, c_int> {
    let (name, _) =
        getnameinfo(&SocketAddr::new(address, 0), NI_NAMEREQD).map_err(|_| HOST_NOT_FOUND)?;
    Ok(HostEntry {
        name,
        aliases: Vec::new(),
        addresses: vec![address],
    })
}

/// What `h_errno` says (netdb.h; the same everywhere).
pub(crate) const HOST_NOT_FOUND: c_int = 1;
pub(crate) const TRY_AGAIN: c_int = 2;
pub(crate) const NO_RECOVERY: c_int = 3;
pub(crate) const NO_DATA: c_int = 4;

/// A C string of `text`, unless it has a zero.
pub(crate) fn c_string(text: &str) -> Option<CString> {
    CString::new(text).ok()
}
