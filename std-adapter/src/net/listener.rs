use core::net::SocketAddr;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use amphi_core::ErrorKind;
use amphi_core::select::Interest;
use amphi_core::socket::Listener;
use amphi_core::time::Duration;

use super::TcpStream;
use crate::select::wait_for;
use crate::sys::{SocketAddress, code};
use crate::{HostError, sys};

/// A TCP listener.
///
/// `SO_REUSEADDR` is on, so that a server can start again while connections of
/// its last run are in TIME-WAIT (as Python's `create_server` on POSIX); a
/// second listener at the address is still `AddrInUse`. Accepted streams have
/// `TCP_NODELAY` on: they inherit it on Linux, elsewhere it is set.
///
/// ```
/// use amphi_core::{Error, ErrorKind};
/// use amphi_core::socket::{Listener, Net, Socket};
/// use amphi_std::Host;
///
/// # fn main() -> Result<(), amphi_std::HostError> {
/// let mut listener = Host.tcp_listen("127.0.0.1:0".parse().unwrap(), 128)?;
/// assert_ne!(listener.local()?.port(), 0);
/// assert_eq!(listener.accept().unwrap_err().reason(), ErrorKind::WouldBlock);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct TcpListener {
    fd: OwnedFd,
}

impl TcpListener {
    const fn new(fd: OwnedFd) -> Self {
        Self { fd }
    }

    fn into_fd(self) -> OwnedFd {
        self.fd
    }

    /// Binds and listens.
    pub(crate) fn bind(local: &SocketAddr, backlog: usize) -> Result<Self, HostError> {
        let socket = sys::stream_socket(local)?;
        let fd = socket.as_fd();
        sys::set_reuse_address(fd)?;
        sys::set_nodelay(fd, true)?;
        if local.is_ipv6() {
            sys::set_v6_only(fd)?;
        }
        sys::bind(fd, local)?;
        sys::listen(fd, backlog)?;
        Ok(Self { fd: socket })
    }
}

impl Listener for TcpListener {
    type Stream = TcpStream;

    fn accept(&mut self) -> Result<(TcpStream, SocketAddr), HostError> {
        let (fd, from) = accept(self.fd.as_fd())?;
        #[cfg(not(target_os = "linux"))]
        sys::set_nodelay(fd.as_fd(), true)?;
        Ok((TcpStream::new(fd), from))
    }
}

/// Takes the next living connection off the queue of the listener `fd`.
pub(super) fn accept<A: SocketAddress>(fd: BorrowedFd<'_>) -> Result<(OwnedFd, A), HostError> {
    loop {
        let error = match sys::accept(fd) {
            Ok(accepted) => return Ok(accepted),
            Err(error) => error,
        };
        match error.errno() {
            // Each such answer takes a connection off the queue, so this ends.
            Some(errno) if code::DIED_BEFORE_ACCEPT.contains(&errno) => {}
            Some(code::EMFILE | code::ENFILE) => return Err(out_of_descriptors(fd, error)),
            _ => return Err(error),
        }
    }
}

/// The kernel looks for a free descriptor before it looks for a connection.
/// Only if one waits, it is `Exhausted`.
#[cold]
fn out_of_descriptors(fd: BorrowedFd<'_>, error: HostError) -> HostError {
    match wait_for(fd, Interest::READ, Some(Duration::ZERO)) {
        Ok(false) => HostError::refused(error.call(), ErrorKind::WouldBlock),
        _ => error,
    }
}

socket_of_descriptor!(
    TcpListener: SocketAddr,
    std::net::TcpListener,
    sys::adopt_stream,
    super::convert::local_with_port
);
