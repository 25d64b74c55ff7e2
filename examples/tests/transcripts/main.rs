//! What the programs print stands beside their sources. `SNAPSHOTS=overwrite` writes
//! these files anew; look at them then.
//!
//! A program alone runs as it is, or on two linked stacks; a server and a client run as
//! two processes on the host's sockets. The same file holds for both.
#![cfg(feature = "programs")]

mod alone;
mod arguments;
#[cfg(target_os = "linux")]
mod pairs;
mod shown;
#[cfg(target_os = "linux")]
#[expect(dead_code, reason = "the other test uses the rest")]
#[path = "../interop/sides.rs"]
mod sides;
