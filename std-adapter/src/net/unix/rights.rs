//! Descriptors through Unix sockets, and who is at the other end.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use super::{UnixDatagram, UnixStream};
use crate::{HostError, sys};

/// Octets that came with descriptors, of [`UnixStream::recv_fds`] or
/// [`UnixDatagram::recv_fds`].
///
/// ```
/// use amphi_core::socket::Stream;
/// use amphi_std::UnixStream;
/// use amphi_std::net::WithFds;
///
/// let (mut one, mut other) = UnixStream::pair()?;
/// one.write(b"no descriptor")?;
/// let came: WithFds = other.recv_fds(&mut [0; 16], 1)?;
/// assert_eq!((came.len, came.fds.len(), came.is_cut), (13, 0, false));
/// # Ok::<(), amphi_std::HostError>(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct WithFds {
    /// How many octets were received.
    pub len: usize,
    /// The descriptors, which are closed on exec. Dropping them closes them.
    pub fds: Vec<OwnedFd>,
    /// Whether there were more than asked for, or than this process could have:
    /// those are closed.
    pub is_cut: bool,
}

/// Who connected, or who listened, at that time.
///
/// ```
/// use amphi_std::UnixStream;
/// use amphi_std::net::PeerCredentials;
///
/// let (one, other) = UnixStream::pair()?;
/// let peer: PeerCredentials = one.peer_credentials()?;
/// assert_eq!(peer, other.peer_credentials()?); // this process has both
/// # Ok::<(), amphi_std::HostError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct PeerCredentials {
    /// The effective user.
    pub user: u32,
    /// The effective group.
    pub group: u32,
    /// The process; on Linux only. It may have ended since, and its number may be
    /// another's.
    pub process: Option<i32>,
}

macro_rules! passes_fds {
    ($socket:ident) => {
        impl $socket {
            /// Sends `octets` to the peer, and duplicates of `fds` with the first of
            /// them: Python's `send_fds`. Tells how many octets left; the descriptors
            /// have left with any.
            ///
            /// # Errors
            ///
            /// `InvalidInput` for more than 253 descriptors; `Exhausted` when too many
            /// are on their way (`ETOOMANYREFS`, unix(7)); else as for octets alone.
            pub fn send_fds(
                &mut self,
                octets: &[u8],
                fds: &[BorrowedFd<'_>],
            ) -> Result<usize, HostError> {
                sys::send_fds(self.as_fd(), octets, fds)
            }

            /// Receives octets, with at most `most` descriptors if some came with
            /// them: Python's `recv_fds`. What a descriptor is, nobody has checked.
            ///
            /// # Errors
            ///
            /// As for octets alone.
            pub fn recv_fds(&mut self, buf: &mut [u8], most: usize) -> Result<WithFds, HostError> {
                let rights = sys::recv_fds(self.as_fd(), buf, most)?;
                Ok(WithFds {
                    len: rights.len,
                    fds: rights.fds,
                    is_cut: rights.cut,
                })
            }
        }
    };
}

passes_fds!(UnixStream);
passes_fds!(UnixDatagram);

/// On a stream, octets that were sent before may be received with the descriptors, those
/// that were sent behind are not; descriptors without an octet cannot be sent.
///
/// ```
/// use amphi_core::socket::{Datagram, Net, Socket};
/// use amphi_std::{Host, UdpSocket, UnixStream};
/// use std::os::fd::AsFd;
///
/// let (mut one, mut other) = UnixStream::pair()?;
/// let socket = Host.udp_bind("127.0.0.1:0".parse().unwrap())?;
/// assert_eq!(one.send_fds(b"a socket", &[socket.as_fd()])?, 8);
///
/// let mut came = other.recv_fds(&mut [0; 16], 1)?;
/// let same = UdpSocket::from(came.fds.remove(0));
/// assert_eq!(same.local()?, socket.local()?);
/// assert_eq!(other.peer_credentials()?.process, Some(std::process::id() as i32));
/// # Ok::<(), amphi_std::HostError>(())
/// ```
impl UnixStream {
    /// Who is at the other end (`SO_PEERCRED`, unix(7); getpeereid(3) elsewhere).
    ///
    /// # Errors
    ///
    /// `NotConnected` without a peer.
    pub fn peer_credentials(&self) -> Result<PeerCredentials, HostError> {
        let (user, group, process) = sys::peer_credentials(self.as_fd())?;
        Ok(PeerCredentials {
            user,
            group,
            process,
        })
    }
}
