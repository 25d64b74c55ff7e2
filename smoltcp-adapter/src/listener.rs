use core::net::SocketAddr;

use amphi_core::ErrorKind;
use amphi_core::socket::{Listener, Socket};
use smoltcp::phy::Device;

use crate::{Platform, Stack, TcpStream};

/// A TCP listener of a [`Stack`]: a budget of pool sockets for connections that
/// nobody has accepted yet. None is set aside before a peer asks for it.
pub struct TcpListener<'net, 'a, D: Device, P: Platform> {
    pub(crate) stack: &'net Stack<'a, D, P>,
    pub(crate) index: u16,
}

socket_of_stack!(TcpListener);

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
