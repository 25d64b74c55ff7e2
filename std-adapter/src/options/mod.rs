//! Options of sockets, and how a server is made with some of them.
//!
//! | Python | here |
//! |---|---|
//! | `SO_REUSEADDR`, `SO_REUSEPORT`, `SO_BROADCAST` | [`reuse_address`](Options::reuse_address), [`reuse_port`](Options::reuse_port), [`broadcast`](Options::broadcast) |
//! | `SO_KEEPALIVE`, `TCP_KEEPIDLE`, `TCP_KEEPINTVL`, `TCP_KEEPCNT` | [`keep_alive`](Options::keep_alive) |
//! | `SO_LINGER`, `SO_ERROR` | [`linger`](Options::linger), [`take_error`](Options::take_error) |
//! | `SO_SNDBUF`, `SO_RCVBUF` | [`send_buffer_size`](Options::send_buffer_size), [`recv_buffer_size`](Options::recv_buffer_size) |
//! | `SO_BINDTODEVICE` | `bind_to_device` (Linux) |
//! | `TCP_NODELAY` | [`nodelay`](Options::nodelay) |
//! | `IP_TTL`, `IPV6_UNICAST_HOPS` | [`hop_limit`](Options::hop_limit) |
//! | `IP_TOS`, `IPV6_TCLASS` | [`traffic_class`](Options::traffic_class) |
//! | `IPV6_V6ONLY` | [`v6_only`](Options::v6_only) |
//! | `IP_PKTINFO`, `IPV6_RECVPKTINFO` | [`UdpSocket::set_packet_info`](crate::UdpSocket::set_packet_info) |
//! | `IP_ADD_MEMBERSHIP`, `IPV6_JOIN_GROUP`, … | [`Multicast::join`](amphi_core::socket::Multicast::join), [`leave`](amphi_core::socket::Multicast::leave) |
//! | `IP_ADD_SOURCE_MEMBERSHIP`, `MCAST_JOIN_SOURCE_GROUP`, … | [`join_source`](Options::join_source), [`leave_source`](Options::leave_source) |
//! | `IP_MULTICAST_TTL`, `IPV6_MULTICAST_HOPS` | [`multicast_hop_limit`](Options::multicast_hop_limit) |
//! | `IP_MULTICAST_LOOP`, `IPV6_MULTICAST_LOOP` | [`multicast_loop`](Options::multicast_loop) |
//! | `IP_MULTICAST_IF`, `IPV6_MULTICAST_IF` | [`multicast_interface`](Options::multicast_interface), set by [`Multicast`](amphi_core::socket::Multicast::set_multicast_interface) |
//! | `IP_MULTICAST_ALL`, `IPV6_MULTICAST_ALL` | `multicast_all` (Linux) |
//!
//! Each that can be told has a setter of the same name. Those that count only before a socket is
//! bound are set by [`ServerOptions`] and [`DatagramOptions`]. For what is not here, sockets
//! are [`AsFd`](std::os::fd::AsFd), which other crates' options take, such as `socket2`'s `SockRef`.

mod datagram;
mod multicast;
mod server;
mod typed;

pub use datagram::DatagramOptions;
pub use server::{ServerOptions, create_server};
pub use typed::{KeepAlive, Options};
