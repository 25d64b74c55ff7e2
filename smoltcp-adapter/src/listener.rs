use core::fmt;
use core::net::SocketAddr;

use amphi_core::ErrorKind;
use amphi_core::select::Interest;
use amphi_core::socket::{Listener, Socket};
use amphi_core::time::{Duration, Instant};
use smoltcp::phy::Device;

use crate::{Platform, Stack, TcpStream};

/// A TCP listener of a [`Stack`]: a budget of pool sockets for connections that
/// nobody has accepted yet. None is set aside before a peer asks for it.
pub struct TcpListener<'net, 'a, D: Device, P: Platform> {
    pub(crate) stack: &'net Stack<'a, D, P>,
    pub(crate) index: u16,
}

impl<D: Device, P: Platform> Socket for TcpListener<'_, '_, D, P> {
    type Error = ErrorKind;
    type Addr = SocketAddr;

    fn local(&self) -> Result<SocketAddr, ErrorKind> {
        self.stack.inner().local(self.index)
    }

    fn wait(&self, interest: Interest, timeout: Option<Duration>) -> Result<bool, ErrorKind> {
        Ok(self.stack.wait_for(self.index, interest, timeout))
    }

    fn now(&self) -> Instant {
        self.stack.platform().now()
    }
}

impl<'net, 'a, D: Device, P: Platform> Listener for TcpListener<'net, 'a, D, P> {
    type Stream = TcpStream<'net, 'a, D, P>;

    fn accept(&mut self) -> Result<(Self::Stream, SocketAddr), ErrorKind> {
        let (index, remote) = self.stack.inner().accept(self.index)?;
        Ok((
            TcpStream {
                stack: self.stack,
                index,
            },
            remote,
        ))
    }
}

impl<D: Device, P: Platform> Drop for TcpListener<'_, '_, D, P> {
    fn drop(&mut self) {
        let now = self.now();
        self.stack.inner().close_listener(self.index, now);
    }
}

impl<D: Device, P: Platform> fmt::Debug for TcpListener<'_, '_, D, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TcpListener")
            .field("slot", &self.index)
            .finish_non_exhaustive()
    }
}
