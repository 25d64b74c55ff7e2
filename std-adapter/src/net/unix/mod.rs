//! Unix sockets (unix(7)).

mod addr;
mod bind;
mod datagram;
mod listener;
mod rights;
mod stream;

pub use addr::UnixAddr;
pub use bind::UnixOptions;
pub use datagram::UnixDatagram;
pub use listener::UnixListener;
pub use rights::{PeerCredentials, WithFds};
pub use stream::UnixStream;
