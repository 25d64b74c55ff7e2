//! Sockets: owned descriptors that never block.
//!
//! Every socket is close-on-exec and raises no SIGPIPE. An IPv6 socket carries
//! IPv6 only (`IPV6_V6ONLY`), whatever the system's default, so that `[::]` and
//! `0.0.0.0` are two addresses everywhere.
//!
//! A Unix socket at a path takes the place of one that nobody listens at any more,
//! and takes its node away when it is dropped ([`UnixOptions`]).
//!
//! Streams are [`std::io::Read`] and [`std::io::Write`], as std's are that do not
//! block; those of [`embedded_io`], which do, are
//! [`Blocking`](amphi_core::socket::Blocking)'s. In a scope with both `Stream` and one
//! of std's traits, name the one that is meant: `Stream::read(&mut stream, …)`.
//!
//! Each type has [`AsFd`](std::os::fd::AsFd), turns into an
//! [`OwnedFd`](std::os::fd::OwnedFd) and into std's type of the same name (which
//! then still is non-blocking), and is made from std's type by `TryFrom`, which
//! sets what is needed. `From<OwnedFd>` sets nothing: the descriptor must be a
//! non-blocking socket of the kind.

#[macro_use]
mod convert;
#[macro_use]
mod io;

mod listener;
mod message;
mod multicast;
mod send_file;
mod stream;
#[cfg(target_os = "linux")]
mod tun_tap;
mod udp;
mod unix;

#[cfg(target_os = "linux")]
pub(crate) use convert::local_with_port;
pub use listener::TcpListener;
pub use message::Message;
#[cfg(target_os = "linux")]
pub use send_file::SplicePipe;
pub use stream::TcpStream;
#[cfg(target_os = "linux")]
pub(crate) use stream::{finish_connect, is_under_way};
#[cfg(target_os = "linux")]
pub use tun_tap::{InterfaceName, TunTap};
pub use udp::UdpSocket;
pub use unix::{
    PeerCredentials, UnixAddr, UnixDatagram, UnixListener, UnixOptions, UnixStream, WithFds,
};
