//! Threads and processes for servers: what `socketserver`'s mix-ins add to a
//! [`RequestServer`].
//!
//! | `socketserver` | here |
//! |---|---|
//! | `ThreadingTCPServer`, `ThreadingUnixStreamServer` | [`ThreadingServer`], with [`Threads::new`] |
//! | the same from a fixed number of threads | [`ThreadingServer`], with [`Threads::pool`] |
//! | `ForkingTCPServer`, `ForkingUnixStreamServer` | `ForkingServer`, with `Forks` (Linux) |
//! | `ThreadingUDPServer`, `ForkingUDPServer` and those of Unix sockets | [`PacketServer`] with either |
//! | `max_children` | the bound that each of them takes |
//! | `block_on_close` | the time to drain; then what still runs is cut off |
//! | `serve_forever`, `shutdown` | [`serve_forever`], [`Stop`] |
//! | `allow_reuse_port` | [`listen_shared`]: an event loop for each processor |
//!
//! The server itself runs in one loop, as all [parts](amphi_core::serve::Part): it
//! accepts, calls the hooks, keeps the limits and counts. Only the handlers run
//! elsewhere.

#[cfg(target_os = "linux")]
mod forks;
mod packets;
mod run;
mod shared;
mod threads;

use amphi_core::serve::RequestServer;
use amphi_core::socket::Socket;

#[cfg(target_os = "linux")]
pub use forks::Forks;
pub use packets::{PacketJob, PacketServer};
pub use run::{Stop, serve_forever};
pub use shared::listen_shared;
pub use threads::{Interrupt, Threads};

/// Serves each connection in a thread: Python's `ThreadingTCPServer`.
pub type ThreadingServer<L, F> = RequestServer<L, F, Threads<<L as Socket>::Addr>>;

/// Serves each connection in a process: Python's `ForkingTCPServer`.
#[cfg(target_os = "linux")]
pub type ForkingServer<L, F> = RequestServer<L, F, Forks<<L as Socket>::Addr>>;
