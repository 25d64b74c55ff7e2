use std::os::fd::{AsFd, OwnedFd};

use amphi_core::socket::Listener;

use super::bind::{Node, into_fd};
use super::{UnixAddr, UnixStream};
use crate::net::listener::accept;
use crate::{HostError, sys};

/// A Unix stream listener: [`Host::unix_listen`](crate::Host::unix_listen) makes
/// one, [`UnixOptions`](crate::UnixOptions) another.
///
/// Clients are unnamed as a rule, so the address that comes with a connection says
/// little.
///
/// ```
/// use amphi_core::socket::{Listener, Stream};
/// use amphi_std::{Host, UnixAddr};
///
/// let path = std::env::temp_dir().join(format!("amphi-doc-l-{}", std::process::id()));
/// let address = UnixAddr::from_path(path)?;
/// let mut listener = Host.unix_listen(&address, 8)?;
/// let mut client = Host.unix_connect(&address)?;
/// let (mut server, from) = listener.accept()?;
/// assert!(from.is_unnamed());
///
/// client.write(b"hello")?;
/// assert_eq!(server.read(&mut [0; 8])?, 5);
/// assert_eq!(client.remote()?, address);
/// # Ok::<(), amphi_std::HostError>(())
/// ```
#[derive(Debug)]
pub struct UnixListener {
    /// Before the descriptor, so that nobody finds a node without a listener.
    node: Option<Node>,
    fd: OwnedFd,
}

impl UnixListener {
    const fn new(fd: OwnedFd) -> Self {
        Self { node: None, fd }
    }

    pub(super) const fn bound(fd: OwnedFd, node: Option<Node>) -> Self {
        Self { node, fd }
    }

    fn into_fd(self) -> OwnedFd {
        into_fd(self.fd, self.node)
    }
}

impl Listener for UnixListener {
    type Stream = UnixStream;

    fn accept(&mut self) -> Result<(UnixStream, UnixAddr), HostError> {
        let (fd, from) = accept(self.fd.as_fd())?;
        Ok((UnixStream::new(fd), from))
    }
}

socket_of_descriptor!(
    UnixListener: UnixAddr,
    std::os::unix::net::UnixListener,
    sys::adopt_stream,
    sys::local
);
