use std::fs::{self, Permissions};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use amphi_core::{Error, ErrorKind};

use super::{UnixAddr, UnixDatagram, UnixListener};
use crate::{HostError, sys};

/// How a Unix socket is bound to a path.
///
/// The node of a socket stays when its process dies. A new one finds it there and
/// cannot tell by it whether anybody listens. So the node is asked, by connecting a
/// datagram socket, which no server notices: refused, it is stale, and is replaced;
/// else it is in use. A node that is no socket is never touched. Two processes that
/// replace the same stale node at the same instant can both believe to have it:
/// who starts several keeps them apart by a lock of his own.
///
/// ```
/// use amphi_core::{Error, ErrorKind};
/// use amphi_std::{Host, UnixAddr, UnixOptions};
/// use std::os::unix::fs::PermissionsExt;
///
/// let path = std::env::temp_dir().join(format!("amphi-doc-{}", std::process::id()));
/// let address = UnixAddr::from_path(&path)?;
/// let listener = UnixOptions::new().mode(0o600).listen(&address, 8)?;
/// assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
///
/// let second = Host.unix_listen(&address, 8).unwrap_err();
/// assert_eq!(second.reason(), ErrorKind::AddrInUse);
/// drop(listener);
/// assert!(!path.exists());
/// # Ok::<(), amphi_std::HostError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnixOptions {
    mode: Option<u32>,
    replace_stale: bool,
    unlink: bool,
}

impl Default for UnixOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl UnixOptions {
    /// Permissions by the umask, a stale node is replaced, and dropping the socket
    /// takes its node away.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            mode: None,
            replace_stale: true,
            unlink: true,
        }
    }

    /// Gives the node these permissions, whatever the umask: `0o600` lets in nobody
    /// but the own user. They stand before anybody can connect; on a datagram socket
    /// outside of Linux, just after.
    #[must_use]
    pub const fn mode(mut self, mode: u32) -> Self {
        self.mode = Some(mode);
        self
    }

    /// Whether a stale node is replaced. Python leaves that to its user.
    #[must_use]
    pub const fn replace_stale(mut self, on: bool) -> Self {
        self.replace_stale = on;
        self
    }

    /// Whether dropping the socket takes its node away, as long as it is still
    /// this socket's, and in the process that bound it (a child does not). Turned
    /// into a descriptor, or into a socket of std, it leaves its node.
    #[must_use]
    pub const fn unlink(mut self, on: bool) -> Self {
        self.unlink = on;
        self
    }

    /// Listens at `local`. At most about `backlog` connections wait to be accepted.
    ///
    /// # Errors
    ///
    /// `AddrInUse` when somebody listens there, or something is there that is no
    /// stale socket; `NotFound` without the folder; `PermissionDenied` without the
    /// right to write to it; `InvalidInput` for an address without a name; `Exhausted`.
    pub fn listen(&self, local: &UnixAddr, backlog: usize) -> Result<UnixListener, HostError> {
        if local.is_unnamed() {
            return Err(HostError::refused("bind", ErrorKind::InvalidInput));
        }
        let socket = sys::unix_stream_socket()?;
        let node = self.bind_to(socket.as_fd(), local)?;
        sys::listen(socket.as_fd(), backlog)?;
        Ok(UnixListener::bound(socket, node))
    }

    /// Opens a datagram socket at `local`; without a name for [`UnixAddr::UNNAMED`].
    ///
    /// # Errors
    ///
    /// As [`listen`](Self::listen).
    pub fn bind(&self, local: &UnixAddr) -> Result<UnixDatagram, HostError> {
        let socket = sys::unix_datagram_socket()?;
        let node = if local.is_unnamed() {
            None
        } else {
            self.bind_to(socket.as_fd(), local)?
        };
        Ok(UnixDatagram::bound(socket, node))
    }

    /// Binds `socket`, and gives what is to be taken away when it is dropped.
    fn bind_to(&self, socket: BorrowedFd<'_>, local: &UnixAddr) -> Result<Option<Node>, HostError> {
        // Linux makes the node with the permissions of the socket.
        #[cfg(target_os = "linux")]
        if let Some(mode) = self.mode {
            sys::set_mode(socket, mode)?;
        }
        match (sys::bind(socket, local), local.as_path()) {
            (Err(error), Some(path))
                if error.reason() == ErrorKind::AddrInUse
                    && self.replace_stale
                    && is_stale(local, path)? =>
            {
                remove(path)?;
                sys::bind(socket, local)?;
            }
            (done, _) => done?,
        }
        let Some(path) = local.as_path() else {
            return Ok(None);
        };
        let node = Node::at(path)?;
        // From here on, dropping the node undoes the bind.
        if let Some(mode) = self.mode {
            node.set_mode(mode)?;
        }
        if self.unlink {
            return Ok(Some(node));
        }
        node.keep();
        Ok(None)
    }
}

/// Whether the node at `path` is a socket that belongs to nobody any more.
fn is_stale(address: &UnixAddr, path: &Path) -> Result<bool, HostError> {
    let is_socket = fs::symlink_metadata(path).is_ok_and(|it| it.file_type().is_socket());
    if !is_socket {
        return Ok(false);
    }
    let probe = sys::unix_datagram_socket()?;
    // A living stream socket is of another type than the probe, which is an error too.
    let answer = sys::connect(probe.as_fd(), address);
    Ok(answer.is_err_and(|error| error.reason() == ErrorKind::Refused))
}

fn remove(path: &Path) -> Result<(), HostError> {
    match fs::remove_file(path) {
        // Another process was faster.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        done => done.map_err(|error| HostError::from_io("unlink", &error)),
    }
}

/// The node of a bound socket, which goes with it.
#[derive(Debug)]
pub(super) struct Node {
    path: PathBuf,
    /// Device and inode: whatever else is at the path later is left alone.
    file: (u64, u64),
    /// The process that bound: a child has a copy of this, and must not unlink.
    process: u32,
}

impl Node {
    fn at(path: &Path) -> Result<Self, HostError> {
        let found = fs::symlink_metadata(path).map_err(|error| HostError::from_io("lstat", &error));
        // The working folder can change before the node is taken away.
        let absolute = std::path::absolute(path).map_err(|e| HostError::from_io("getcwd", &e));
        let found = found?;
        Ok(Self {
            path: absolute?,
            file: (found.dev(), found.ino()),
            process: std::process::id(),
        })
    }

    fn set_mode(&self, mode: u32) -> Result<(), HostError> {
        let found = fs::symlink_metadata(&self.path);
        if found.is_ok_and(|it| it.mode() & 0o7777 == mode) {
            return Ok(());
        }
        let changed = fs::set_permissions(&self.path, Permissions::from_mode(mode));
        changed.map_err(|error| HostError::from_io("chmod", &error))
    }

    /// Leaves the node where it is.
    pub(super) fn keep(mut self) {
        self.process = 0;
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        if self.process != std::process::id() {
            return;
        }
        let found = fs::symlink_metadata(&self.path);
        if found.is_ok_and(|it| (it.dev(), it.ino()) == self.file) {
            // A folder that was locked meanwhile keeps it; there is nobody to tell.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// A socket and its node: the descriptor alone, for who takes over both.
pub(super) fn into_fd(fd: OwnedFd, node: Option<Node>) -> OwnedFd {
    if let Some(node) = node {
        node.keep();
    }
    fd
}
