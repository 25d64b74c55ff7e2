#![doc = include_str!("../README.md")]
#![deny(unsafe_code)]

extern crate alloc;

pub mod error;
pub mod interfaces;
pub mod low;
pub mod names;
pub mod net;
pub mod options;
pub mod select;
pub mod serve;
#[cfg(target_os = "linux")]
pub mod uring;

mod host;
#[allow(
    unsafe_code,
    reason = "the one door to the C library; each block says why it is sound"
)]
mod sys;

pub use error::HostError;
pub use host::{Host, interface_index, socketpair};
#[cfg(target_os = "linux")]
pub use net::{InterfaceName, SplicePipe, TunTap};
pub use net::{
    Message, PeerCredentials, TcpListener, TcpStream, UdpSocket, UnixAddr, UnixDatagram,
    UnixListener, UnixOptions, UnixStream, WithFds,
};
#[cfg(target_os = "linux")]
pub use select::EpollSelector;
#[cfg(not(target_os = "linux"))]
pub use select::KqueueSelector;
pub use select::{DefaultSelector, PollSelector, SelectSelector, Waker};
#[cfg(target_os = "linux")]
pub use uring::{Uring, UringListener, UringSelector, UringStream};
