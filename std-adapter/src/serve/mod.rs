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
///
/// ```
/// use amphi_core::serve::{Connection, StreamRequestHandler};
/// use amphi_core::socket::{Blocking, Net};
/// use amphi_std::serve::{Stop, ThreadingServer, Threads, serve_forever};
/// use amphi_std::{DefaultSelector, Host};
/// use core::net::SocketAddr;
/// use core::time::Duration;
///
/// struct Greeting;
///
/// impl StreamRequestHandler for Greeting {
///     fn handle<C: Connection>(&mut self, connection: &mut C) -> Result<(), C::Error> {
///         connection.write_all(b"hello")
///     }
/// }
///
/// let listener = Host.tcp_listen("127.0.0.1:0".parse().unwrap(), 8)?;
/// let mut selector = DefaultSelector::new()?;
/// let threads = Threads::new(selector.waker()?, 8);
/// let mut server =
///     ThreadingServer::with_process(listener, |_: &SocketAddr| Greeting, threads);
/// let (address, stop) = (server.server_address()?, Stop::new());
///
/// let at_the_end = stop.clone();
/// let client = std::thread::spawn(move || {
///     let heard = Blocking::connect(Host, address, None)?.read(&mut [0; 8]);
///     at_the_end.request();
///     heard
/// });
/// serve_forever(&mut selector, &mut [&mut server], &stop, Duration::from_secs(1))?;
/// assert_eq!(client.join().unwrap()?, 5);
/// # Ok::<(), amphi_std::HostError>(())
/// ```
pub type ThreadingServer<L, F> = RequestServer<L, F, Threads<<L as Socket>::Addr>>;

/// Serves each connection in a process: Python's `ForkingTCPServer`.
///
/// ```standalone_crate
/// use amphi_core::select::{Event, Ready};
/// use amphi_core::serve::{Connection, Key, Part, Service, StreamRequestHandler};
/// use amphi_core::socket::{Blocking, Net};
/// use amphi_std::serve::{ForkingServer, Forks};
/// use amphi_std::{DefaultSelector, Host};
/// use core::net::SocketAddr;
/// use core::time::Duration;
///
/// struct Pid;
///
/// impl StreamRequestHandler for Pid {
///     fn handle<C: Connection>(&mut self, connection: &mut C) -> Result<(), C::Error> {
///         connection.write_all(std::process::id().to_string().as_bytes())
///     }
/// }
///
/// let listener = Host.tcp_listen("127.0.0.1:0".parse().unwrap(), 8)?;
/// let mut server = ForkingServer::with_process(listener, |_: &SocketAddr| Pid, Forks::new(40));
/// let mut client = Blocking::connect(Host, server.server_address()?, None)?;
///
/// let mut selector = DefaultSelector::new()?;
/// let mut parts: [&mut dyn Part<_>; 1] = [&mut server];
/// let mut events = [Event::new(Key::default(), Ready::NONE); 4];
/// let mut service = Service::new(Host, &mut selector, &mut parts, &mut events, &mut []);
/// service.start()?;
/// service.handle_request(None)?; // starts a child
/// service.finish(Duration::from_secs(10))?; // waits for it
///
/// let mut answer = [0; 16];
/// let count = client.read(&mut answer)?;
/// assert_ne!(&answer[..count], std::process::id().to_string().as_bytes());
/// # Ok::<(), amphi_std::HostError>(())
/// ```
#[cfg(target_os = "linux")]
pub type ForkingServer<L, F> = RequestServer<L, F, Forks<<L as Socket>::Addr>>;
