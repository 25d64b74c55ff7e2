use core::mem::ManuallyDrop;
use core::net::SocketAddr;

use amphi_core::ErrorKind;
use amphi_core::socket::{Shutdown, Socket, Stream};
use smoltcp::phy::Device;

use crate::{Platform, Stack};

/// A TCP connection of a [`Stack`].
pub struct TcpStream<'net, 'a, D: Device, P: Platform> {
    pub(crate) stack: &'net Stack<'a, D, P>,
    pub(crate) index: u16,
}

socket_of_stack!(TcpStream);

impl<D: Device, P: Platform> Stream for TcpStream<'_, '_, D, P> {
    fn read(&mut self, buf: &mut [u8]) -> Result<usize, ErrorKind> {
        self.stack.inner().read(self.index, buf)
    }

    fn write(&mut self, buf: &[u8]) -> Result<usize, ErrorKind> {
        self.stack.inner().write(self.index, buf)
    }

    fn finish_connect(&mut self) -> Result<(), ErrorKind> {
        self.stack.inner().finish_connect(self.index)
    }

    fn shutdown(&mut self, how: Shutdown) -> Result<(), ErrorKind> {
        self.stack.inner().shutdown(self.index, how)
    }

    fn abort(self) {
        let this = ManuallyDrop::new(self);
        let now = this.now();
        this.stack.inner().abort(this.index, now);
    }

    fn remote(&self) -> Result<SocketAddr, ErrorKind> {
        self.stack.inner().remote(self.index)
    }
}

impl<D: Device, P: Platform> Drop for TcpStream<'_, '_, D, P> {
    fn drop(&mut self) {
        let now = self.now();
        self.stack.inner().orphan(self.index, now);
    }
}
