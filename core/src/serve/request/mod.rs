//! Servers whose handlers are written straight down, with `embedded_io`: one
//! connection after the other on any stack, or each in a thread or process where
//! the host has them.

mod exchange;
mod handler;
mod job;
mod packet;
mod process;
mod rehearsal;
mod server;

pub use exchange::Exchange;
pub use handler::{Connection, DatagramRequestHandler, StreamRequestHandler};
pub use job::{Job, Outcome, StreamJob};
pub use packet::{Packet, Packets};
pub use process::{Inline, Process};
pub use rehearsal::Rehearsal;
pub use server::RequestServer;
