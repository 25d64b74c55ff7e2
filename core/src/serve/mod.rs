//! Servers without threads: Python's `socketserver`, turned inside out.
//!
//! A server is a [`Part`]: it owns its socket, but neither a selector nor a
//! loop. A [`Service`] is one selector, one scratch buffer and any number of
//! parts, and runs the loop; or another loop drives the parts itself.
//!
//! * [`StreamServer`] accepts connections into slots that the caller lends and
//!   gives each a [`StreamHandler`].
//! * [`DatagramServer`] gives each datagram to one [`DatagramHandler`].
//!
//! Those two are the event style: for ten thousand connections, and for firmware.
//! In the sequential style a handler is written straight down with `embedded_io`:
//!
//! * [`RequestServer`] gives each connection a [`StreamRequestHandler`], and runs one
//!   after the other on any stack, or each in a thread or a process on a host.
//! * [`Packets`] in a [`DatagramServer`] gives each datagram a [`DatagramRequestHandler`].
//!
//! Handlers see octets, never sockets, so one handler serves every stack, and a
//! unit test can call it with nothing but a slice.
//!
//! # Back-pressure
//!
//! A reply goes straight to the socket. Only what the socket refuses is kept,
//! in the slot's own buffer, and while anything is kept nothing is read: a slot
//! wants to read or to write, never both. Memory is bounded, and no octet is
//! lost or doubled, whatever the peer does.
//!
//! # Cost
//!
//! A turn costs what is ready, not what is registered: deadlines live in a tree
//! inside the slots, free slots in a list inside the slots.
//!
//! # Names
//!
//! | `socketserver` | here |
//! |---|---|
//! | `TCPServer`, `UnixStreamServer` | [`RequestServer`]; in the event style [`StreamServer`] |
//! | `UDPServer`, `UnixDatagramServer` | [`DatagramServer`] with [`Packets`]; in the event style alone |
//! | `ThreadingMixIn`, `ForkingMixIn` | `amphi_std::serve`, as the [`Process`] of a [`RequestServer`] |
//! | `StreamRequestHandler`, `DatagramRequestHandler` | [`StreamRequestHandler`], [`DatagramRequestHandler`] |
//! | `rfile`, `wfile` | the [`Connection`]; `rfile` and the [`Packet`] of a datagram |
//! | `RequestHandlerClass` | [`Hooks::finish_request`], or a closure |
//! | `BaseRequestHandler.setup`, `handle`, `finish` | [`StreamHandler`], [`DatagramHandler`] |
//! | `verify_request`, `process_request`, `finish_request`, `handle_error`, `shutdown_request`, `close_request` | the same, in [`Hooks`] |
//! | `handle_timeout`, `service_actions` | the same, in [`Hooks`] |
//! | `serve_forever`, `handle_request` | [`Service::serve_forever`], [`Service::handle_request`] |
//! | `timeout` | the argument of [`Service::handle_request`] |
//! | `shutdown` | an `AtomicBool` and the selector's waker; `Service::finish` |
//! | `server_close` | dropping the server |
//! | `server_address` | [`StreamServer::server_address`], [`DatagramServer::server_address`] |
//! | `request_queue_size` | the backlog of [`Net::tcp_listen`](crate::socket::Net::tcp_listen) |
//! | `allow_reuse_address` | on: a listener can be bound while old connections are in TIME-WAIT |
//! | `address_family` | that of the address |
//! | `max_packet_size` | the length of the service's scratch buffer |

mod datagram;
mod desk;
mod door;
pub mod framing;
mod handler;
mod hooks;
mod kept;
mod limits;
mod outbox;
mod part;
mod peers;
mod reply;
mod request;
mod service;
mod slot;
mod spill;
mod stream;
mod tally;

pub use datagram::DatagramServer;
pub use handler::{Closed, DatagramHandler, Next, Request, StreamHandler};
pub use hooks::Hooks;
pub use kept::Envelope;
pub use limits::{Limits, Rate, WhenFull};
pub use outbox::Outbox;
pub use part::{Key, Part, Turn};
pub use reply::Reply;
pub use request::{
    Connection, DatagramRequestHandler, Exchange, Inline, Job, Outcome, Packet, Packets, Process,
    Rehearsal, RequestServer, StreamJob, StreamRequestHandler,
};
pub use service::Service;
pub use slot::Slot;
pub use stream::StreamServer;
pub use tally::{DatagramTally, ErrorTally, StreamTally, Tally};
