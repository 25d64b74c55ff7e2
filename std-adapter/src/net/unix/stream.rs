use std::os::fd::{AsFd, OwnedFd};

use amphi_core::socket::{Shutdown, Stream};
use amphi_core::time::Duration;
use amphi_core::{Error, ErrorKind};

use super::UnixAddr;
use crate::net::stream::finish_connect;
use crate::{HostError, sys};

/// A connection of Unix stream sockets: [`Host::unix_connect`](crate::Host::unix_connect)
/// makes one, [`socketpair`](crate::socketpair) both ends.
///
/// A peer that closes while octets for it are unread is a reset; there is no other,
/// so [`abort`](Stream::abort) closes.
///
/// ```
/// use amphi_core::socket::{Shutdown, Stream};
/// use amphi_std::UnixStream;
///
/// let (mut one, mut other) = UnixStream::pair()?;
/// one.write(b"last words")?;
/// one.shutdown(Shutdown::Write)?;
/// let mut buf = [0; 16];
/// assert_eq!(other.read(&mut buf)?, 10);
/// assert_eq!(other.read(&mut buf)?, 0);
/// assert!(one.remote()?.is_unnamed());
/// # Ok::<(), amphi_std::HostError>(())
/// ```
#[derive(Debug)]
pub struct UnixStream {
    fd: OwnedFd,
}

impl UnixStream {
    pub(super) const fn new(fd: OwnedFd) -> Self {
        Self { fd }
    }

    fn into_fd(self) -> OwnedFd {
        self.fd
    }

    /// Two streams that are connected with each other (socketpair(2)).
    ///
    /// # Errors
    ///
    /// `Exhausted` without free descriptors or memory.
    pub fn pair() -> Result<(Self, Self), HostError> {
        let [one, other] = sys::unix_stream_pair()?;
        Ok((Self::new(one), Self::new(other)))
    }

    /// Connects, or fails at once.
    pub(crate) fn connect(remote: &UnixAddr) -> Result<Self, HostError> {
        let fd = sys::unix_stream_socket()?;
        sys::connect(fd.as_fd(), remote)?;
        Ok(Self::new(fd))
    }

    /// Connects, and lets the kernel wait for room in the backlog: nothing can be
    /// polled for that.
    pub(crate) fn connect_timeout(
        remote: &UnixAddr,
        timeout: Option<Duration>,
    ) -> Result<Self, HostError> {
        if timeout.is_some_and(|timeout| timeout.is_zero()) {
            return Self::connect(remote);
        }
        let socket = sys::unix_stream_socket()?;
        let fd = socket.as_fd();
        sys::set_nonblocking(fd, false)?;
        let deadline = timeout.map(|timeout| sys::now() + timeout);
        loop {
            if let Some(deadline) = deadline {
                let left = deadline.saturating_since(sys::now());
                if left.is_zero() {
                    return Err(HostError::refused("connect", ErrorKind::TimedOut));
                }
                // The limit of connect(2) too, on Linux (socket(7)).
                sys::set_send_timeout(fd, left)?;
            }
            match sys::connect(fd, remote) {
                // A wait that ended goes to the look at the clock.
                Err(error)
                    if matches!(
                        error.reason(),
                        ErrorKind::Interrupted | ErrorKind::WouldBlock
                    ) => {}
                done => break done?,
            }
        }
        sys::set_nonblocking(fd, true)?;
        Ok(Self::new(socket))
    }
}

impl Stream for UnixStream {
    #[inline]
    fn read(&mut self, buf: &mut [u8]) -> Result<usize, HostError> {
        sys::recv(self.fd.as_fd(), buf)
    }

    #[inline]
    fn write(&mut self, buf: &[u8]) -> Result<usize, HostError> {
        sys::send(self.fd.as_fd(), buf)
    }

    /// A stream of this type is connected; a foreign one may be not.
    fn finish_connect(&mut self) -> Result<(), HostError> {
        finish_connect::<UnixAddr>(self.fd.as_fd())
    }

    fn shutdown(&mut self, how: Shutdown) -> Result<(), HostError> {
        sys::shutdown(self.fd.as_fd(), how)
    }

    fn abort(self) {}

    fn remote(&self) -> Result<UnixAddr, HostError> {
        sys::remote(self.fd.as_fd())
    }
}

io_of_stream!(UnixStream);

socket_of_descriptor!(
    UnixStream: UnixAddr,
    std::os::unix::net::UnixStream,
    sys::adopt_stream,
    sys::local
);
