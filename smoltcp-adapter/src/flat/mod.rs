//! A second, smaller stack: a handful of TCP sockets in little flash.
//!
//! [`FlatStack`] is smoltcp's own `Interface` and `SocketSet` behind the traits of
//! [`amphi_core::socket`]: the same servers run on it as on [`Stack`](crate::Stack), with nine
//! kilobytes of code less. It is for parts where that counts; else choose `Stack`.
//!
//! # What it does not have
//!
//! - **Datagrams**: `udp_bind` is [`Unsupported`](amphi_core::ErrorKind::Unsupported), whatever
//!   the crate's features. So there are no groups, no DHCP and no configuration by routers:
//!   addresses and the router are what [`FlatStack::add_address`] and
//!   [`FlatStack::set_gateway`] say.
//! - **A common pool.** A listener owns as many sockets as its backlog says, from the start
//!   until it is dropped, and accepted connections count. Who comes when all are in use is
//!   refused by a reset; so a flood of attempts under false addresses keeps others out, each for
//!   [`Config::handshake_timeout`](crate::Config::handshake_timeout).
//! - **The reason** of an attempt that failed as far as a router or a silent link tell it:
//!   it is `TimedOut` in place of `Unreachable`.
//! - **Some of the project's contracts**: those of datagrams, groups and batches, as there are
//!   none of these; and on a link that loses frames `server::connects_that_vanish`, as a lost
//!   reset leaves a socket in its handshake, and who finds none is refused.
//! - **A listener for one family.** One at the unspecified address of either hears both.
//!
//! # What it costs
//!
//! A frame, a turn and a wait cost time for each socket there is, and so does each
//! event: fit for four connections, or for sixteen. While a connection stands, and for the while
//! that its end takes, the stack wants to be driven each 10 ms, as to ask when the next timer is
//! due would take more code than all that is saved by a wait. Without a connection it
//! sleeps until a frame comes.
//!
//! ```
//! use amphi_core::socket::{Blocking, Net};
//! use amphi_smoltcp::flat::{FlatPool, FlatSlot, FlatStack, SocketStorage};
//! use amphi_smoltcp::smoltcp::{phy::Medium, wire::HardwareAddress};
//! use amphi_smoltcp::{Config, Loopback, VirtualClock};
//!
//! let mut buffers = [([0; 512], [0; 512]); 2]; // to receive and to send
//! let mut sockets = [SocketStorage::EMPTY; 2];
//! let mut slots = [const { FlatSlot::new() }; 2 + 1]; // one more for each listener
//! let pool = FlatPool { buffers: &mut buffers, sockets: &mut sockets, slots: &mut slots };
//!
//! let device = Loopback::<1500, 8>::new(Medium::Ip);
//! let config = Config::new(HardwareAddress::Ip);
//! let stack = FlatStack::new(device, VirtualClock::new(), config, pool)?;
//! stack.add_address("127.0.0.1".parse().unwrap(), 8)?;
//!
//! let net = &stack;
//! let listener = net.tcp_listen("127.0.0.1:7".parse().unwrap(), 1)?;
//! let mut client = Blocking::connect(net, "127.0.0.1:7".parse().unwrap(), None)?;
//! let (mut server, _) = Blocking::new(listener).accept()?;
//! client.write(b"hello")?;
//! let mut buf = [0; 16];
//! assert_eq!(server.read(&mut buf)?, 5);
//! # Ok::<(), amphi_core::ErrorKind>(())
//! ```

mod connect;
mod datagram;
mod inner;
mod listener;
mod network;
mod pool;
mod ports;
mod ready;
mod selector;
mod sockets;
mod stack;
mod stream;
mod wire;

pub use datagram::NoDatagram;
pub use listener::FlatListener;
pub use pool::{FlatPool, FlatSlot};
pub use selector::FlatSelector;
pub use stack::FlatStack;
pub use stream::FlatStream;

/// Where smoltcp keeps a socket.
///
/// ```
/// use amphi_smoltcp::flat::SocketStorage;
///
/// let sockets = [SocketStorage::EMPTY; 4];
/// assert_eq!(sockets.len(), 4);
/// ```
pub use smoltcp::iface::SocketStorage;
