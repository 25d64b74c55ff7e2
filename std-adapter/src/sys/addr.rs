use core::net::{Ipv4Addr, SocketAddr, SocketAddrV4, SocketAddrV6};

use libc::{c_int, sockaddr, sockaddr_in, sockaddr_in6, socklen_t};

/// An address of a family that sockets here have, and its form in the kernel.
pub(crate) trait SocketAddress: Sized {
    /// Room for it, as the kernel writes it.
    type Raw: RawAddress;

    /// The kernel's form, and its length in octets.
    fn encode(&self) -> (Self::Raw, socklen_t);

    /// The address that the kernel wrote with this length, unless it is of another family.
    fn decode(raw: &Self::Raw, len: socklen_t) -> Option<Self>;
}

/// Room for a socket's address.
pub(crate) trait RawAddress: Sized {
    /// Octets that the kernel may write.
    const CAPACITY: socklen_t = size_of::<Self>() as socklen_t;

    /// An address of family 0.
    fn empty() -> Self;

    fn as_ptr(&self) -> *const sockaddr {
        core::ptr::from_ref(self).cast()
    }

    fn as_mut_ptr(&mut self) -> *mut sockaddr {
        core::ptr::from_mut(self).cast()
    }
}

/// Room for an address of either Internet family, as the kernel writes it.
///
/// Each field is plain integers and arrays of them, so every pattern of bits is
/// a value of each.
#[repr(C)]
#[derive(Clone, Copy)]
pub(crate) union RawAddr {
    any: sockaddr,
    v4: sockaddr_in,
    v6: sockaddr_in6,
}

impl RawAddress for RawAddr {
    fn empty() -> Self {
        // SAFETY: all fields are integers and arrays of them; zero is a value of each.
        unsafe { core::mem::zeroed() }
    }
}

impl SocketAddress for SocketAddr {
    type Raw = RawAddr;

    fn encode(&self) -> (RawAddr, socklen_t) {
        let mut raw = RawAddr::empty();
        match self {
            Self::V4(v4) => {
                raw.v4 = encode_v4(v4);
                (raw, size_of::<sockaddr_in>() as socklen_t)
            }
            Self::V6(v6) => {
                raw.v6 = encode_v6(v6);
                (raw, size_of::<sockaddr_in6>() as socklen_t)
            }
        }
    }

    fn decode(raw: &RawAddr, _len: socklen_t) -> Option<Self> {
        // SAFETY: every pattern of bits is a value, and `empty` or `encode` wrote all octets.
        let family = c_int::from(unsafe { raw.any }.sa_family);
        match family {
            libc::AF_INET => {
                // SAFETY: as above.
                let v4 = unsafe { raw.v4 };
                let ip = decode_in_addr(v4.sin_addr);
                Some(SocketAddrV4::new(ip, u16::from_be(v4.sin_port)).into())
            }
            libc::AF_INET6 => {
                // SAFETY: as above.
                let v6 = unsafe { raw.v6 };
                let port = u16::from_be(v6.sin6_port);
                let ip = v6.sin6_addr.s6_addr.into();
                Some(SocketAddrV6::new(ip, port, v6.sin6_flowinfo, v6.sin6_scope_id).into())
            }
            _ => None,
        }
    }
}

pub(super) const fn encode_in_addr(ip: Ipv4Addr) -> libc::in_addr {
    libc::in_addr {
        s_addr: u32::from_ne_bytes(ip.octets()),
    }
}

pub(super) const fn decode_in_addr(raw: libc::in_addr) -> Ipv4Addr {
    let [a, b, c, d] = raw.s_addr.to_ne_bytes();
    Ipv4Addr::new(a, b, c, d)
}

/// The address family of `address`.
pub(super) const fn family(address: &SocketAddr) -> c_int {
    match address {
        SocketAddr::V4(_) => libc::AF_INET,
        SocketAddr::V6(_) => libc::AF_INET6,
    }
}

fn encode_v4(address: &SocketAddrV4) -> sockaddr_in {
    sockaddr_in {
        #[cfg(any(target_vendor = "apple", target_os = "freebsd"))]
        sin_len: size_of::<sockaddr_in>() as u8,
        sin_family: libc::AF_INET as libc::sa_family_t,
        sin_port: address.port().to_be(),
        sin_addr: encode_in_addr(*address.ip()),
        sin_zero: [0; 8],
    }
}

fn encode_v6(address: &SocketAddrV6) -> sockaddr_in6 {
    sockaddr_in6 {
        #[cfg(any(target_vendor = "apple", target_os = "freebsd"))]
        sin6_len: size_of::<sockaddr_in6>() as u8,
        sin6_family: libc::AF_INET6 as libc::sa_family_t,
        sin6_port: address.port().to_be(),
        sin6_flowinfo: address.flowinfo(),
        sin6_addr: libc::in6_addr {
            s6_addr: address.ip().octets(),
        },
        sin6_scope_id: address.scope_id(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_survive_the_way_through_the_kernels_form() {
        for text in ["192.0.2.1:80", "0.0.0.0:0", "[2001:db8::1]:65535", "[::]:0"] {
            let address: SocketAddr = text.parse().unwrap();
            let (raw, len) = address.encode();
            assert_eq!(SocketAddr::decode(&raw, len), Some(address));
        }
        let scoped = SocketAddr::from(SocketAddrV6::new("fe80::1".parse().unwrap(), 7, 0, 3));
        assert_eq!(SocketAddr::decode(&scoped.encode().0, 0), Some(scoped));
        assert_eq!(SocketAddr::decode(&RawAddr::empty(), 0), None);
    }
}
