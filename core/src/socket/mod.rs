//! Sockets as traits, one a file, for every stack.
//!
//! A socket is an object: dropping it starts an orderly close. It never blocks:
//! an operation that cannot go on answers [`ErrorKind::WouldBlock`](crate::ErrorKind::WouldBlock),
//! and a [selector](crate::select) or [`Socket::wait`] tells when to try again.
//! [`Blocking`] wraps a socket with a timeout and gives the sequential style of
//! Python's `socket` module on every stack.
//!
//! | Python | here |
//! |---|---|
//! | `sock.recv`, `sock.send` | [`Stream::read`], [`Stream::write`] |
//! | `sock.shutdown` | [`Stream::shutdown`] |
//! | `sock.accept` | [`Listener::accept`] |
//! | `sock.recvfrom`, `sock.sendto` | [`Datagram::recv_from`], [`Datagram::send_to`] |
//! | `recvmmsg(2)`, `sendmmsg(2)`, which Python has not | [`Datagram::recv_batch`], [`Datagram::send_batch`] |
//! | `IP_ADD_MEMBERSHIP` and its family | [`Multicast`] |
//! | `sock.settimeout`, `sock.setblocking` | [`Blocking::set_timeout`], [`Blocking::set_blocking`] |
//! | `sock.getsockname`, `sock.getpeername` | [`Socket::local`], [`Stream::remote`] |

mod base;
mod batch;
mod blocking;
mod datagram;
mod listener;
mod multicast;
mod net;
mod stream;

pub use crate::logged::Peer;
pub use base::{Address, Socket};
pub use batch::{Batch, Outgoing};
pub use blocking::Blocking;
pub use datagram::{Datagram, Received};
pub use listener::Listener;
pub use multicast::{Interface, Multicast};
pub use net::Net;
pub use stream::{Shutdown, Stream};
