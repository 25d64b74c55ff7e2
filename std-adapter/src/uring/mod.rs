//! The host's TCP by `io_uring(7)`: requests that stay in the kernel instead of calls, for
//! servers with much to do. Linux 6.0 or later, where the system allows it.
//!
//! [`Uring`] is a ring of one thread, and `&Uring` a stack as
//! [`Host`](crate::Host) is one: the same servers and handlers run on it. A connection
//! receives by one request that lasts (multishot, into buffers that the ring provides),
//! a listener accepts by one, and all that was written in a turn leaves with the next
//! wait, by one call of the system for all connections together.
//!
//! ```
//! use amphi_core::ErrorKind;
//! use amphi_core::Error;
//! use amphi_core::socket::Net;
//! use amphi_core::select::Selects;
//! use amphi_core::serve::Key;
//! use amphi_std::{EpollSelector, Host, HostError, Uring, UringSelector};
//!
//! fn serve<N: Net>(_net: N, _selector: impl Selects<N, Key = Key>) { /* ... */ }
//!
//! // Chosen at start: epoll, where the kernel refuses.
//! match Uring::new() {
//!     Ok(uring) => serve(&uring, UringSelector::new(&uring)),
//!     Err(refused) => {
//!         println!("no `io_uring` here: {refused}");
//!         serve(Host, EpollSelector::new()?);
//!     }
//! }
//! # Ok::<(), HostError>(())
//! ```
//!
//! # What differs from `Host`
//!
//! - Octets are received before they are asked for, 16 KiB and what was on its way for
//!   each connection; and as many written are kept until they can leave. So the ring has
//!   to be driven: by a selector, by [`Socket::wait`](amphi_core::socket::Socket::wait), and
//!   at the end by [`Net::drain`](amphi_core::socket::Net::drain).
//! - A connection that is closed with octets unread is closed in order, not reset: the
//!   kernel does not know that nobody read them.
//! - A socket is in one selector at a time, and stays in the thread of its ring.
//! - UDP sockets are the host's own ([`UdpSocket`](crate::UdpSocket)), and the ring
//!   watches them. Dropped without being unregistered, such a socket keeps its port as long
//!   as its selector lives.

mod driver;
mod entry;
mod foreign;
mod listener;
mod queue;
mod register;
mod selector;
mod stream;
mod table;

pub use driver::Uring;
pub use listener::UringListener;
pub use selector::UringSelector;
pub use stream::UringStream;
