//! `io_uring(7)` by its system calls: a ring with the few requests that sockets need.
//!
//! What the kernel writes to while this process runs on (the pool of buffers that
//! receiving takes from) belongs to the ring, and outlives all requests. What it only
//! reads (octets to send) is read within the call that borrows them: such a request is
//! finished when the call returns, or has failed for lack of room.

mod abi;
mod map;
mod pool;
mod ring;

pub(crate) use ring::{Completion, Operation, Ring, Send, ready_of_poll};
