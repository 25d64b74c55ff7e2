use crate::options::ServerOptions;
use crate::{HostError, TcpListener};
use core::net::SocketAddr;

/// A TCP listener at `local` that shares its port with others made so: Python's
/// `allow_reuse_port` (`SO_REUSEPORT`, socket(7)). The kernel spreads connections
/// over them, so that each processor can have a loop, a selector and slots of its
/// own, and nothing is shared. At most about `backlog` connections wait.
///
/// ```
/// use amphi_core::socket::Socket;
/// use amphi_std::serve::listen_shared;
///
/// let first = listen_shared("127.0.0.1:0".parse().unwrap(), 128)?;
/// let second = listen_shared(first.local()?, 128)?;
/// assert_eq!(first.local()?, second.local()?);
/// # Ok::<(), amphi_std::HostError>(())
/// ```
///
/// # Errors
///
/// As [`tcp_listen`](amphi_core::socket::Net::tcp_listen); `AddrInUse` also when the
/// port is another user's.
pub fn listen_shared(local: SocketAddr, backlog: usize) -> Result<TcpListener, HostError> {
    ServerOptions::new()
        .backlog(backlog)
        .reuse_port(true)
        .create(local)
}
