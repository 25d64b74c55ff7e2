use core::net::SocketAddr;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use amphi_core::select::Interest;
use amphi_core::socket::{Shutdown, Stream};
use amphi_core::time::Duration;
use amphi_core::{Error, ErrorKind};

use crate::select::wait_for;
use crate::sys::SocketAddress;
use crate::{HostError, sys};

/// A TCP connection. `TCP_NODELAY` is on: small writes leave at once.
///
/// Reading and writing are a system call each: recv(2), send(2).
///
/// ```
/// use amphi_core::{Error, ErrorKind};
/// use amphi_core::select::Interest;
/// use amphi_core::socket::{Listener, Net, Socket, Stream};
/// use amphi_std::Host;
///
/// # fn main() -> Result<(), amphi_std::HostError> {
/// let mut listener = Host.tcp_listen("127.0.0.1:0".parse().unwrap(), 1)?;
/// let mut client = Host.tcp_connect(listener.local()?)?;
/// client.wait(Interest::WRITE, None)?;
/// client.finish_connect()?;
/// let (mut server, _) = listener.accept()?;
///
/// let mut buf = [0; 8];
/// assert_eq!(server.read(&mut buf).unwrap_err().reason(), ErrorKind::WouldBlock);
/// assert_eq!(client.write(b"hello")?, 5);
/// server.wait(Interest::READ, None)?;
/// assert_eq!(server.read(&mut buf)?, 5);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct TcpStream {
    fd: OwnedFd,
}

impl TcpStream {
    pub(super) const fn new(fd: OwnedFd) -> Self {
        Self { fd }
    }

    fn into_fd(self) -> OwnedFd {
        self.fd
    }

    /// Starts to connect, from a certain address if need be.
    pub(crate) fn connect_from(
        local: Option<&SocketAddr>,
        remote: &SocketAddr,
    ) -> Result<Self, HostError> {
        let fd = sys::stream_socket(remote)?;
        sys::set_nodelay(fd.as_fd(), true)?;
        if let Some(local) = local {
            sys::bind(fd.as_fd(), local)?;
        }
        match sys::connect(fd.as_fd(), remote) {
            // Interrupted, the attempt goes on all the same (connect(2)).
            Err(error) if !is_under_way(&error) => Err(error),
            _ => Ok(Self { fd }),
        }
    }

    /// Whether small segments leave at once (`TCP_NODELAY`, tcp(7)); on unless set.
    ///
    /// # Errors
    ///
    /// What setsockopt(2) reports.
    pub fn set_nodelay(&self, on: bool) -> Result<(), HostError> {
        sys::set_nodelay(self.fd.as_fd(), on)
    }

    /// Asks for a send buffer of `size` octets (`SO_SNDBUF`, socket(7)). Linux
    /// takes twice that for its own needs, and neither less than 4,608 octets
    /// nor more than `net.core.wmem_max` allows.
    ///
    /// # Errors
    ///
    /// What setsockopt(2) reports; `Exhausted` above the limit on BSD.
    pub fn set_send_buffer_size(&self, size: usize) -> Result<(), HostError> {
        sys::set_send_buffer_size(self.fd.as_fd(), size)
    }

    /// Asks for a receive buffer of `size` octets (`SO_RCVBUF`, socket(7)). Linux
    /// takes twice that for its own needs, and neither less than 2,304 octets
    /// nor more than `net.core.rmem_max` allows.
    ///
    /// # Errors
    ///
    /// What setsockopt(2) reports; `Exhausted` above the limit on BSD.
    pub fn set_recv_buffer_size(&self, size: usize) -> Result<(), HostError> {
        sys::set_recv_buffer_size(self.fd.as_fd(), size)
    }
}

impl Stream for TcpStream {
    #[inline]
    fn read(&mut self, buf: &mut [u8]) -> Result<usize, HostError> {
        sys::recv(self.fd.as_fd(), buf)
    }

    #[inline]
    fn write(&mut self, buf: &[u8]) -> Result<usize, HostError> {
        sys::send(self.fd.as_fd(), buf)
    }

    /// Asks for the socket's error, then for its peer. A socket with neither is
    /// still connecting, or has told its error to somebody before: then it is
    /// `NotConnected`, and not writable while it connects.
    fn finish_connect(&mut self) -> Result<(), HostError> {
        finish_connect::<SocketAddr>(self.fd.as_fd())
    }

    fn shutdown(&mut self, how: Shutdown) -> Result<(), HostError> {
        sys::shutdown(self.fd.as_fd(), how)
    }

    /// `SO_LINGER` of zero seconds, then close (socket(7)).
    fn abort(self) {
        // Without the option it is an orderly close; there is nobody to tell.
        let _ = sys::set_abortive_close(self.fd.as_fd());
    }

    fn remote(&self) -> Result<SocketAddr, HostError> {
        sys::remote(self.fd.as_fd())
    }
}

io_of_stream!(TcpStream);

socket_of_descriptor!(
    TcpStream: SocketAddr,
    std::net::TcpStream,
    sys::adopt_stream,
    super::convert::local_with_port
);

/// How the attempt of `fd` to connect ended.
pub(crate) fn finish_connect<A: SocketAddress>(fd: BorrowedFd<'_>) -> Result<(), HostError> {
    take_error(fd)?;
    match sys::remote::<A>(fd) {
        Err(error) if error.errno() == Some(sys::code::ENOTCONN) => {}
        done => return done.map(drop),
    }
    if !wait_for(fd, Interest::WRITE, Some(Duration::ZERO))? {
        return Err(HostError::refused("connect", ErrorKind::WouldBlock));
    }
    // It ended between the two looks, or long ago.
    take_error(fd)?;
    sys::remote::<A>(fd).map(drop)
}

/// Takes the pending error, if any.
fn take_error(fd: BorrowedFd<'_>) -> Result<(), HostError> {
    match sys::take_error(fd)? {
        0 => Ok(()),
        errno => Err(HostError::from_errno("connect", errno)),
    }
}

pub(crate) fn is_under_way(error: &HostError) -> bool {
    error.errno() == Some(sys::code::EINPROGRESS) || error.reason() == ErrorKind::Interrupted
}
