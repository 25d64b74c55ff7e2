use core::net::SocketAddr;
use std::os::fd::AsFd;

use amphi_core::ErrorKind;

use super::Options;
use crate::{HostError, TcpListener, sys};

/// How a TCP server listens: Python's `create_server`.
///
/// ```
/// use amphi_core::socket::Socket;
/// use amphi_std::options::ServerOptions;
///
/// // All addresses of both families.
/// let server = ServerOptions::new()
///     .dualstack_ipv6(true)
///     .create("[::]:0".parse().unwrap())?;
/// assert_ne!(server.local()?.port(), 0);
/// # Ok::<(), amphi_std::HostError>(())
/// ```
#[derive(Debug, Clone, Copy)]
#[must_use]
pub struct ServerOptions {
    backlog: usize,
    reuse_port: bool,
    dualstack_ipv6: bool,
}

impl Default for ServerOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl ServerOptions {
    /// A backlog of 128, a port of its own, and one family.
    pub const fn new() -> Self {
        Self {
            backlog: 128,
            reuse_port: false,
            dualstack_ipv6: false,
        }
    }

    /// How many connections may wait to be accepted, about.
    pub const fn backlog(mut self, connections: usize) -> Self {
        self.backlog = connections;
        self
    }

    /// Whether others with the same option listen at the same port (`SO_REUSEPORT`).
    pub const fn reuse_port(mut self, on: bool) -> Self {
        self.reuse_port = on;
        self
    }

    /// Whether an IPv6 listener takes connections of IPv4, too, whose addresses are
    /// mapped ones then.
    pub const fn dualstack_ipv6(mut self, on: bool) -> Self {
        self.dualstack_ipv6 = on;
        self
    }

    /// Binds and listens; the address can be had again while old connections there are
    /// in TIME-WAIT.
    ///
    /// # Errors
    ///
    /// As [`tcp_listen`](amphi_core::socket::Net::tcp_listen); `InvalidInput` for both
    /// families at an IPv4 address.
    pub fn create(&self, local: SocketAddr) -> Result<TcpListener, HostError> {
        if self.dualstack_ipv6 && local.is_ipv4() {
            return Err(HostError::refused("create", ErrorKind::InvalidInput));
        }
        let socket = sys::stream_socket(&local)?;
        let options = Options::of(&socket);
        options.set_reuse_address(true)?;
        options.set_nodelay(true)?;
        if self.reuse_port {
            options.set_reuse_port(true)?;
        }
        if local.is_ipv6() {
            options.set_v6_only(!self.dualstack_ipv6)?;
        }
        sys::bind(socket.as_fd(), &local)?;
        sys::listen(socket.as_fd(), self.backlog)?;
        Ok(socket.into())
    }
}

/// A TCP server at `local`: [`ServerOptions`] as they are.
///
/// # Errors
///
/// As [`ServerOptions::create`].
pub fn create_server(local: SocketAddr) -> Result<TcpListener, HostError> {
    ServerOptions::new().create(local)
}
