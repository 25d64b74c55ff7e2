use core::net::SocketAddr;
use std::os::fd::{AsFd, BorrowedFd};

use amphi_core::ErrorKind;
use amphi_core::select::Interest;
use amphi_core::time::Duration;

use crate::select::wait_for;
use crate::{HostError, sys};

/// The way in and out of a socket type with a field `fd`, `new` and `into_fd`, and
/// what every socket has: `Socket`; with a way to wait of its own, if need be.
macro_rules! socket_of_descriptor {
    ($socket:ident: $address:ty, $std:path, $adopt:path, $local:path) => {
        socket_of_descriptor!($socket: $address, $std, $adopt, $local, $crate::net::convert::wait);
    };
    ($socket:ident: $address:ty, $std:path, $adopt:path, $local:path, $wait:path) => {
        impl ::std::os::fd::AsFd for $socket {
            fn as_fd(&self) -> ::std::os::fd::BorrowedFd<'_> {
                ::std::os::fd::AsFd::as_fd(&self.fd)
            }
        }

        impl ::std::os::fd::AsRawFd for $socket {
            fn as_raw_fd(&self) -> ::std::os::fd::RawFd {
                ::std::os::fd::AsRawFd::as_raw_fd(&self.fd)
            }
        }

        /// Takes a descriptor as it is: it must be a non-blocking socket of this kind.
        impl From<::std::os::fd::OwnedFd> for $socket {
            fn from(fd: ::std::os::fd::OwnedFd) -> Self {
                Self::new(fd)
            }
        }

        impl From<$socket> for ::std::os::fd::OwnedFd {
            fn from(socket: $socket) -> Self {
                socket.into_fd()
            }
        }

        /// Sets what sockets of this crate have set; on an error the socket is closed.
        impl TryFrom<$std> for $socket {
            type Error = $crate::HostError;

            fn try_from(socket: $std) -> Result<Self, $crate::HostError> {
                $adopt(::std::os::fd::AsFd::as_fd(&socket))?;
                Ok(Self::new(socket.into()))
            }
        }

        /// The socket stays non-blocking.
        impl From<$socket> for $std {
            fn from(socket: $socket) -> Self {
                Self::from(socket.into_fd())
            }
        }

        impl ::amphi_core::socket::Socket for $socket {
            type Error = $crate::HostError;
            type Addr = $address;

            fn local(&self) -> Result<$address, $crate::HostError> {
                $local(::std::os::fd::AsFd::as_fd(&self.fd))
            }

            /// One poll(2). With [`Interest::NONE`](amphi_core::select::Interest::NONE)
            /// it only waits.
            fn wait(
                &self,
                interest: ::amphi_core::select::Interest,
                timeout: Option<::amphi_core::time::Duration>,
            ) -> Result<bool, $crate::HostError> {
                $wait(self, interest, timeout)
            }

            fn now(&self) -> ::amphi_core::time::Instant {
                $crate::sys::now()
            }
        }
    };
}

/// One poll(2).
pub(crate) fn wait(
    socket: &impl AsFd,
    interest: Interest,
    timeout: Option<Duration>,
) -> Result<bool, HostError> {
    wait_for(socket.as_fd(), interest, timeout)
}

/// The local address of an Internet socket. The kernel takes the port away from a
/// connection that died.
pub(crate) fn local_with_port(fd: BorrowedFd<'_>) -> Result<SocketAddr, HostError> {
    let address = sys::local::<SocketAddr>(fd)?;
    if address.port() == 0 {
        return Err(HostError::refused("getsockname", ErrorKind::NotConnected));
    }
    Ok(address)
}
