//! What the programs of `examples/programs` share: their arguments, how they show
//! octets, and the two linked stacks for those that need no operating system.

use core::net::{IpAddr, Ipv4Addr, SocketAddr};

mod options;
pub mod peers;
mod show;
mod stacks;

pub use crate::multicast::any_port_like;
pub use options::{HostOptions, MulticastOptions, NameOptions, Options, PathOptions, StackKind};
pub use show::{Hex, Octets};
pub use stacks::{Linked, on_linked_stacks};

/// What the clients of the tutorial send.
pub const MESSAGE: &[u8] = b"This is the message.  It will be repeated.";

/// The group of the tutorial's multicast programs, and its port.
pub const GROUP: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(224, 3, 29, 71)), 10_000);
