use core::fmt;
use core::mem::ManuallyDrop;
use core::net::SocketAddr;

use amphi_core::ErrorKind;
use amphi_core::select::Interest;
use amphi_core::socket::{Shutdown, Socket, Stream};
use amphi_core::time::{Duration, Instant};
use smoltcp::phy::Device;

use crate::{Platform, Stack};

/// A TCP connection of a [`Stack`].
pub struct TcpStream<'net, 'a, D: Device, P: Platform> {
    pub(crate) stack: &'net Stack<'a, D, P>,
    pub(crate) index: u16,
}

impl<D: Device, P: Platform> Socket for TcpStream<'_, '_, D, P> {
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

impl<D: Device, P: Platform> fmt::Debug for TcpStream<'_, '_, D, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TcpStream")
            .field("slot", &self.index)
            .finish_non_exhaustive()
    }
}
