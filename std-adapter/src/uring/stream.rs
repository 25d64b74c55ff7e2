use core::fmt;
use core::net::SocketAddr;
use std::os::fd::{AsFd, OwnedFd};

use amphi_core::ErrorKind;
use amphi_core::select::Interest;
use amphi_core::socket::{Shutdown, Socket, Stream};
use amphi_core::time::{Duration, Instant};

use super::Uring;
use super::entry::{Entry, Kind, MOST_OCTETS, Shut, Stream as State};
use super::table::connected;
use crate::net::{is_under_way, local_with_port};
use crate::{HostError, sys};

/// A TCP connection of a [`Uring`]. `TCP_NODELAY` is on.
///
/// What is written leaves with the ring's next turn.
///
/// ```no_run
/// use amphi_core::select::Interest;
/// use amphi_core::socket::{Net, Socket, Stream};
/// use amphi_std::Uring;
///
/// let uring = Uring::new()?;
/// let mut stream = (&uring).tcp_connect("192.0.2.1:7".parse().unwrap())?;
/// stream.wait(Interest::WRITE, None)?;
/// stream.finish_connect()?;
/// stream.write(b"hello")?;
/// stream.wait(Interest::READ, None)?;
/// let count = stream.read(&mut [0; 16])?;
/// # Ok::<(), amphi_std::HostError>(())
/// ```
pub struct UringStream<'r> {
    pub(super) uring: &'r Uring,
    pub(super) token: u32,
}

impl<'r> UringStream<'r> {
    /// Starts to connect.
    pub(super) fn connect(uring: &'r Uring, remote: &SocketAddr) -> Result<Self, HostError> {
        let fd = sys::stream_socket(remote)?;
        sys::set_nodelay(fd.as_fd(), true)?;
        let connecting = match sys::connect(fd.as_fd(), remote) {
            Ok(()) => false,
            Err(error) if is_under_way(&error) => true,
            Err(error) => return Err(error),
        };
        // A request on a socket that does not block would not wait.
        sys::set_nonblocking(fd.as_fd(), false)?;
        Ok(Self::new(uring, fd, connecting))
    }

    pub(super) fn new(uring: &'r Uring, fd: OwnedFd, connecting: bool) -> Self {
        let entry = Entry::new(Kind::Stream(State::new(fd, connecting)));
        let token = uring.inner().table.insert(entry);
        Self { uring, token }
    }

    /// Looks at the connection's state.
    fn look<T>(&self, look: impl FnOnce(&mut State) -> T) -> Result<T, HostError> {
        let mut inner = self.uring.inner();
        let Some((stream, _)) = inner.table.stream(self.token) else {
            return Err(HostError::refused("uring", ErrorKind::Closed));
        };
        Ok(look(stream))
    }

    /// Drives the ring without waiting.
    #[cold]
    fn turn(&self) -> Result<(), HostError> {
        self.uring.inner().turn(Some(Duration::ZERO))
    }

    #[inline]
    fn try_read(&self, buf: &mut [u8]) -> Result<usize, HostError> {
        let mut inner = self.uring.inner();
        let Some((stream, spare)) = inner.table.stream(self.token) else {
            return Err(HostError::refused("recv", ErrorKind::Closed));
        };
        if !stream.inbox.is_empty() {
            let had_enough = !stream.wants_octets();
            let count = buf.len().min(stream.inbox.len());
            buf[..count].copy_from_slice(&stream.inbox.as_slice()[..count]);
            stream.inbox.consume(count, spare);
            if had_enough && stream.wants_octets() {
                inner.table.touch(self.token);
            }
            return Ok(count);
        }
        match stream.fault {
            Some(errno) => Err(HostError::from_errno("recv", errno)),
            None if stream.eof => Ok(0),
            None => Err(HostError::refused("recv", ErrorKind::WouldBlock)),
        }
    }

    #[inline]
    fn try_write(&self, buf: &[u8]) -> Result<usize, HostError> {
        let mut inner = self.uring.inner();
        let Some((stream, spare)) = inner.table.stream(self.token) else {
            return Err(HostError::refused("send", ErrorKind::Closed));
        };
        if let Some(errno) = stream.broken.or(stream.fault) {
            return Err(HostError::from_errno("send", errno));
        }
        if stream.shut != Shut::No {
            return Err(HostError::refused("send", ErrorKind::BrokenPipe));
        }
        let room = MOST_OCTETS.saturating_sub(stream.outbox.len());
        if stream.connecting || (room == 0 && !buf.is_empty()) {
            return Err(HostError::refused("send", ErrorKind::WouldBlock));
        }
        let count = buf.len().min(room);
        stream.outbox.push(&buf[..count], spare);
        inner.table.touch(self.token);
        Ok(count)
    }
}

fn would_block<T>(result: &Result<T, HostError>) -> bool {
    use amphi_core::Error;
    matches!(result, Err(error) if error.reason() == ErrorKind::WouldBlock)
}

impl Socket for UringStream<'_> {
    type Error = HostError;
    type Addr = SocketAddr;

    fn local(&self) -> Result<SocketAddr, HostError> {
        self.look(|stream| local_with_port(stream.fd()))?
    }

    /// Drives the ring until it is ready.
    fn wait(&self, interest: Interest, timeout: Option<Duration>) -> Result<bool, HostError> {
        self.uring.wait(self.token, interest, timeout)
    }

    fn now(&self) -> Instant {
        sys::now()
    }
}

impl Stream for UringStream<'_> {
    /// Takes what has been received; only where that is nothing, the ring is driven.
    #[inline]
    fn read(&mut self, buf: &mut [u8]) -> Result<usize, HostError> {
        let result = self.try_read(buf);
        if would_block(&result) {
            self.turn()?;
            return self.try_read(buf);
        }
        result
    }

    /// Keeps octets for the next turn; only where there is no room, the ring is driven.
    #[inline]
    fn write(&mut self, buf: &[u8]) -> Result<usize, HostError> {
        let result = self.try_write(buf);
        if would_block(&result) {
            self.turn()?;
            return self.try_write(buf);
        }
        result
    }

    fn finish_connect(&mut self) -> Result<(), HostError> {
        let result = self.look(|stream| {
            if stream.connecting && stream.fault.is_none() {
                connected(stream);
            }
            match stream.fault {
                Some(errno) => Err(HostError::from_errno("connect", errno)),
                None if stream.connecting => {
                    Err(HostError::refused("connect", ErrorKind::WouldBlock))
                }
                None => Ok(()),
            }
        })?;
        self.uring.inner().table.touch(self.token);
        result
    }

    /// The half that writes is shut when all that was written has left.
    fn shutdown(&mut self, how: Shutdown) -> Result<(), HostError> {
        let result = self.look(|stream| {
            if how != Shutdown::Write {
                sys::shutdown(stream.fd(), Shutdown::Read)?;
                stream.eof = true;
            }
            if how == Shutdown::Read || stream.shut != Shut::No {
                return Ok(());
            }
            if stream.outbox.is_empty() {
                sys::shutdown(stream.fd(), Shutdown::Write)?;
                stream.shut = Shut::Done;
            } else {
                stream.shut = Shut::Wanted;
            }
            Ok(())
        })?;
        let mut inner = self.uring.inner();
        if let Some((stream, spare)) = inner.table.stream(self.token)
            && stream.eof
            && how != Shutdown::Write
        {
            stream.inbox.clear(spare);
        }
        inner.table.touch(self.token);
        result
    }

    /// `SO_LINGER` of zero seconds, then close (socket(7)).
    fn abort(self) {
        let mut inner = self.uring.inner();
        if let Some((stream, spare)) = inner.table.stream(self.token) {
            stream.outbox.clear(spare);
            // Without the option it is an orderly close; there is nobody to tell.
            let _ = sys::set_abortive_close(stream.fd());
        }
    }

    fn remote(&self) -> Result<SocketAddr, HostError> {
        self.look(|stream| sys::remote(stream.fd()))?
    }
}

impl Drop for UringStream<'_> {
    fn drop(&mut self) {
        self.uring.inner().table.release(self.token);
    }
}

impl fmt::Debug for UringStream<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UringStream")
            .field("token", &self.token)
            .finish_non_exhaustive()
    }
}
