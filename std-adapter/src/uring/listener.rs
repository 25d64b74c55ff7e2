use core::fmt;
use core::net::SocketAddr;
use std::os::fd::{AsFd, OwnedFd};

use amphi_core::ErrorKind;
use amphi_core::select::Interest;
use amphi_core::socket::{Listener, Socket};
use amphi_core::time::{Duration, Instant};

use super::entry::{Entry, Kind, Listener as State};
use super::table::refuse;
use super::{Uring, UringStream};
use crate::net::{TcpListener, local_with_port};
use crate::select::wait_for;
use crate::sys::code;
use crate::{HostError, sys};

/// A TCP listener of a [`Uring`], with the options of
/// [`TcpListener`].
///
/// While somebody waits for connections, up to 64 are accepted before they are asked for.
///
/// ```
/// use amphi_core::socket::{Net, Socket};
/// use amphi_std::Uring;
///
/// if let Ok(uring) = Uring::new() {
///     let listener = (&uring).tcp_listen("127.0.0.1:0".parse().unwrap(), 8)?;
///     assert_ne!(listener.local()?.port(), 0);
/// }
/// # Ok::<(), amphi_std::HostError>(())
/// ```
pub struct UringListener<'r> {
    pub(super) uring: &'r Uring,
    pub(super) token: u32,
}

impl<'r> UringListener<'r> {
    pub(super) fn bind(
        uring: &'r Uring,
        local: &SocketAddr,
        backlog: usize,
    ) -> Result<Self, HostError> {
        let fd = OwnedFd::from(TcpListener::bind(local, backlog)?);
        // A request on a socket that does not block would not wait.
        sys::set_nonblocking(fd.as_fd(), false)?;
        let entry = Entry::new(Kind::Listener(State {
            fd,
            accepted: Default::default(),
            fault: None,
            wanted: false,
            wary: false,
        }));
        let token = uring.inner().table.insert(entry);
        Ok(Self { uring, token })
    }

    fn look<T>(&self, look: impl FnOnce(&mut State) -> T) -> Result<T, HostError> {
        let mut inner = self.uring.inner();
        let listener = inner.table.get(self.token).and_then(Entry::listener);
        let closed = || HostError::refused("uring", ErrorKind::Closed);
        Ok(look(listener.ok_or_else(closed)?))
    }

    /// Connections are wanted, if no selector says otherwise.
    fn want(&self) {
        let mut inner = self.uring.inner();
        if let Some(entry) = inner.table.get(self.token)
            && entry.watch.is_none()
            && let Some(listener) = entry.listener()
        {
            listener.wanted = true;
        }
        inner.table.touch(self.token);
    }

    /// Takes a connection that is there.
    fn take(&self) -> Result<Option<OwnedFd>, HostError> {
        let taken = self.look(|listener| {
            if let Some(fd) = listener.accepted.pop_front() {
                return Ok(Some(fd));
            }
            let Some(errno) = listener.fault.take() else {
                return Ok(None);
            };
            let no_descriptor = matches!(errno, code::EMFILE | code::ENFILE);
            listener.wary = no_descriptor;
            // The kernel looks for a free descriptor before it looks for a connection.
            if no_descriptor && !wait_for(listener.fd(), Interest::READ, Some(Duration::ZERO))? {
                return Ok(None);
            }
            Err(HostError::from_errno("accept", errno))
        })?;
        self.uring.inner().table.touch(self.token);
        taken
    }
}

impl Socket for UringListener<'_> {
    type Error = HostError;
    type Addr = SocketAddr;

    fn local(&self) -> Result<SocketAddr, HostError> {
        self.look(|listener| local_with_port(listener.fd()))?
    }

    /// Drives the ring until a connection is there.
    fn wait(&self, interest: Interest, timeout: Option<Duration>) -> Result<bool, HostError> {
        self.want();
        self.uring.wait(self.token, interest, timeout)
    }

    fn now(&self) -> Instant {
        sys::now()
    }
}

impl<'r> Listener for UringListener<'r> {
    type Stream = UringStream<'r>;

    fn accept(&mut self) -> Result<(UringStream<'r>, SocketAddr), HostError> {
        let mut has_looked = false;
        loop {
            if let Some(fd) = self.take()? {
                // Without a peer, it died while it waited.
                if let Ok(remote) = sys::remote(fd.as_fd()) {
                    return Ok((UringStream::new(self.uring, fd, false), remote));
                }
                continue;
            }
            if has_looked {
                return Err(HostError::refused("accept", ErrorKind::WouldBlock));
            }
            self.want();
            self.uring.inner().turn(Some(Duration::ZERO))?;
            has_looked = true;
        }
    }
}

/// Who was accepted and not taken is reset, and who comes now is refused.
impl Drop for UringListener<'_> {
    fn drop(&mut self) {
        /// Turns until the kernel has let go of the socket: one, unless much is to be done.
        const TURNS: usize = 16;
        let accepted = self.look(|listener| core::mem::take(&mut listener.accepted));
        accepted.into_iter().flatten().for_each(refuse);
        let mut inner = self.uring.inner();
        inner.table.release(self.token);
        for _ in 0..TURNS {
            let is_there = inner.table.get(self.token).is_some();
            if !is_there || inner.turn(Some(Duration::ZERO)).is_err() {
                return;
            }
        }
    }
}

impl fmt::Debug for UringListener<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UringListener")
            .field("token", &self.token)
            .finish_non_exhaustive()
    }
}
