use core::net::SocketAddr;
use std::os::fd::AsFd;

use amphi_core::ErrorKind;

use super::Options;
use crate::{HostError, UdpSocket, sys};

/// How a UDP socket is bound, where [`udp_bind`](amphi_core::socket::Net::udp_bind) is not
/// enough: options that count only before.
///
/// ```
/// use amphi_core::socket::Socket;
/// use amphi_std::options::DatagramOptions;
///
/// // Two workers on one port.
/// let shared = DatagramOptions::new().reuse_port(true);
/// let one = shared.bind("127.0.0.1:0".parse().unwrap())?;
/// let other = shared.bind(one.local()?)?;
/// assert_eq!(one.local(), other.local());
/// # Ok::<(), amphi_std::HostError>(())
/// ```
#[derive(Debug, Clone, Copy, Default)]
#[must_use]
pub struct DatagramOptions {
    reuse_address: bool,
    reuse_port: bool,
    dualstack_ipv6: bool,
}

impl DatagramOptions {
    /// An address of its own, and one family.
    pub const fn new() -> Self {
        Self {
            reuse_address: false,
            reuse_port: false,
            dualstack_ipv6: false,
        }
    }

    /// Whether others with the same option have the address, too; on Linux the last one then
    /// gets what comes for it, as far as it is not for a group (`SO_REUSEADDR`, socket(7)).
    pub const fn reuse_address(mut self, on: bool) -> Self {
        self.reuse_address = on;
        self
    }

    /// Whether others with the same option share what comes for the port: each peer's
    /// datagrams go to one of them (`SO_REUSEPORT`, socket(7)).
    pub const fn reuse_port(mut self, on: bool) -> Self {
        self.reuse_port = on;
        self
    }

    /// Whether an IPv6 socket takes datagrams of IPv4, too, whose addresses are mapped
    /// ones then.
    pub const fn dualstack_ipv6(mut self, on: bool) -> Self {
        self.dualstack_ipv6 = on;
        self
    }

    /// Opens and binds.
    ///
    /// # Errors
    ///
    /// As [`udp_bind`](amphi_core::socket::Net::udp_bind); `InvalidInput` for both families
    /// at an IPv4 address.
    pub fn bind(&self, local: SocketAddr) -> Result<UdpSocket, HostError> {
        if self.dualstack_ipv6 && local.is_ipv4() {
            return Err(HostError::refused("bind", ErrorKind::InvalidInput));
        }
        let socket = sys::datagram_socket(&local)?;
        let options = Options::of(&socket);
        if self.reuse_address {
            options.set_reuse_address(true)?;
        }
        if self.reuse_port {
            options.set_reuse_port(true)?;
        }
        if local.is_ipv6() {
            options.set_v6_only(!self.dualstack_ipv6)?;
        }
        sys::bind(socket.as_fd(), &local)?;
        Ok(socket.into())
    }
}
