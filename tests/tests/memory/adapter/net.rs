use core::cell::{Cell, RefCell, RefMut};
use core::net::SocketAddr;

use amphi_core::ErrorKind;
use amphi_core::select::Interest;
use amphi_core::socket::Net;
use amphi_core::time::{Duration, Instant};

use super::tcp::{TcpListener, TcpStream};
use super::udp::UdpSocket;
use super::wire::{Id, Wire};

/// The stack: all its sockets, and its clock.
pub(crate) struct Memory {
    wire: RefCell<Wire>,
    now: Cell<Instant>,
}

impl Memory {
    pub(crate) fn new() -> Self {
        Self {
            wire: RefCell::default(),
            now: Cell::new(Instant::ORIGIN),
        }
    }

    /// Borrowed for the length of one call, and never while somebody else's code runs.
    pub(crate) fn wire(&self) -> RefMut<'_, Wire> {
        self.wire.borrow_mut()
    }

    /// Nothing comes while the only thread waits, so the clock jumps to the end of the wait.
    pub(crate) fn pass(&self, time: Option<Duration>) -> Result<(), ErrorKind> {
        // One without an end is a mistake; better told than waited for.
        let time = time.ok_or(ErrorKind::Other)?;
        self.now.set(self.now.get().saturating_add(time));
        Ok(())
    }

    /// What `Socket::wait` does for each socket.
    pub(crate) fn wait(
        &self,
        id: Id,
        interest: Interest,
        timeout: Option<Duration>,
    ) -> Result<bool, ErrorKind> {
        let is_ready = !self.wire().ready(id).widen(interest).is_none();
        if !is_ready {
            self.pass(timeout)?;
        }
        Ok(is_ready)
    }
}

impl<'m> Net for &'m Memory {
    type Error = ErrorKind;
    type Stream = TcpStream<'m>;
    type Listener = TcpListener<'m>;
    type Datagram = UdpSocket<'m>;

    fn now(&self) -> Instant {
        self.now.get()
    }

    fn tcp_listen(&self, local: SocketAddr, backlog: usize) -> Result<TcpListener<'m>, ErrorKind> {
        let id = self.wire().listen(local, backlog)?;
        Ok(TcpListener { memory: self, id })
    }

    fn tcp_connect(&self, remote: SocketAddr) -> Result<TcpStream<'m>, ErrorKind> {
        let id = self.wire().connect(remote)?;
        Ok(TcpStream { memory: self, id })
    }

    fn udp_bind(&self, local: SocketAddr) -> Result<UdpSocket<'m>, ErrorKind> {
        let id = self.wire().bind(local)?;
        Ok(UdpSocket { memory: self, id })
    }

    /// What was written is there already.
    fn drain(&self, _deadline: Instant) -> Result<bool, ErrorKind> {
        Ok(true)
    }
}
