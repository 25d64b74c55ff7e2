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
//! A turn costs what is ready, not what is registered: deadlines live in a heap
//! inside the slots, free slots in a list inside the slots.
//!
//! # Names
//!
//! | `socketserver` | here |
//! |---|---|
//! | `TCPServer`, `UnixStreamServer` | [`StreamServer`] |
//! | `UDPServer`, `UnixDatagramServer` | [`DatagramServer`] |
//! | `RequestHandlerClass` | [`StreamService::handler`] |
//! | `BaseRequestHandler.setup`, `handle`, `finish` | [`StreamHandler`], [`DatagramHandler`] |
//! | `verify_request` | [`StreamService::verify_request`] |
//! | `serve_forever`, `handle_request`, `shutdown` | [`Service::serve_forever`], [`Service::turn`], an `AtomicBool` |

mod datagram;
mod handler;
mod limits;
mod outbox;
mod part;
mod reply;
mod service;
mod slot;
mod spill;
mod stream;

pub use datagram::{DatagramServer, DatagramTally};
pub use handler::{Closed, DatagramHandler, Next, Request, StreamHandler, StreamService, Tally};
pub use limits::{Limits, WhenFull};
pub use outbox::Outbox;
pub use part::{Key, Part, Turn};
pub use reply::Reply;
pub use service::Service;
pub use slot::Slot;
pub use stream::{StreamServer, StreamTally};
