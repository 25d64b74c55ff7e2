//! Connections, as their owners use them.

use core::net::SocketAddr;

use amphi_core::ErrorKind;
use amphi_core::socket::Shutdown;
use amphi_core::time::Duration;
use smoltcp::socket::tcp::{self, RecvError, SendError, State};

use super::demux::Tuple;
use super::gate::Edge;
use super::role::{Role, Stream};
use super::state::Inner;
use crate::convert;
use crate::place::OneSocket;

impl<'a> Inner<'a> {
    #[cfg_attr(target_pointer_width = "32", inline(never))]
    #[cfg_attr(not(target_pointer_width = "32"), inline)]
    pub(super) fn tcp_state(&self, index: u16) -> Option<State> {
        (index < self.tcp)
            .then(|| self.tcp(index).map(tcp::Socket::state))
            .flatten()
    }

    #[cfg_attr(target_pointer_width = "32", inline(never))]
    #[cfg_attr(not(target_pointer_width = "32"), inline)]
    pub(super) fn tcp(&self, index: u16) -> Option<&tcp::Socket<'a>> {
        self.slots[usize::from(index)]
            .socket
            .as_ref()
            .map(OneSocket::peek)
    }

    pub(super) fn tcp_mut(&mut self, index: u16) -> Option<&mut tcp::Socket<'a>> {
        let socket = self.slots[usize::from(index)].socket.as_mut();
        socket.map(OneSocket::get)
    }

    pub(super) fn stream_mut(&mut self, index: u16) -> Option<&mut Stream> {
        match &mut self.slots[usize::from(index)].role {
            Role::Stream(stream) => Some(stream),
            _ => None,
        }
    }

    /// A connection and its socket.
    #[cfg_attr(target_pointer_width = "32", inline(never))]
    #[cfg_attr(not(target_pointer_width = "32"), inline)]
    pub(super) fn connection(&mut self, index: u16) -> Option<(&mut Stream, &mut tcp::Socket<'a>)> {
        let slot = &mut self.slots[usize::from(index)];
        match (&mut slot.role, &mut slot.socket) {
            (Role::Stream(stream), Some(socket)) => Some((stream, socket.get())),
            _ => None,
        }
    }

    pub(crate) fn connect(
        &mut self,
        edge: &mut dyn Edge,
        remote: SocketAddr,
    ) -> Result<u16, ErrorKind> {
        let to = convert::endpoint(remote)?;
        if to.port == 0 || to.addr.is_unspecified() || self.is_for_many(to.addr) {
            return Err(ErrorKind::InvalidInput);
        }
        if self.link_down || !self.is_reachable(to.addr) {
            return Err(ErrorKind::Unreachable);
        }
        let from = self
            .iface
            .get_source_address(&to.addr)
            .ok_or(ErrorKind::Unreachable)?;
        let local = self.claim_tuple(from, to)?;
        if self.free.tcp.is_empty() && !self.owing.is_empty() {
            // Sockets that owe no more than a reset are free when it has left.
            self.send(edge);
        }
        let index = self.allocate().ok_or(ErrorKind::Exhausted)?;
        let connected = self.slots[usize::from(index)]
            .socket
            .as_mut()
            .map(|socket| {
                let context = self.iface.context();
                let socket = socket.get::<tcp::Socket<'_>>();
                socket.connect(context, to, local)
            });
        self.on_message = Some(Self::take_report);
        self.begin(index, None, Tuple::new(local, to));
        if !matches!(connected, Some(Ok(()))) {
            self.forget_connection(index);
            return Err(ErrorKind::Unreachable);
        }
        self.touch(index);
        Ok(index)
    }

    #[cfg_attr(not(target_pointer_width = "32"), inline(always))]
    pub(crate) fn read(&mut self, index: u16, buf: &mut [u8]) -> Result<usize, ErrorKind> {
        let (stream, socket) = self.connection(index).ok_or(ErrorKind::Closed)?;
        if stream.read_shut || buf.is_empty() {
            return Ok(0);
        }
        match socket.recv_slice(buf) {
            Ok(0) => Err(ErrorKind::WouldBlock),
            Ok(count) => {
                stream.unread = stream.unread.wrapping_add(count as u32);
                // It makes nothing ready that was not: no mark is needed.
                self.queue(index);
                Ok(count)
            }
            Err(error) => nothing_to_read(stream, socket, error),
        }
    }

    #[cfg_attr(not(target_pointer_width = "32"), inline(always))]
    pub(crate) fn write(&mut self, index: u16, buf: &[u8]) -> Result<usize, ErrorKind> {
        let (stream, socket) = self.connection(index).ok_or(ErrorKind::Closed)?;
        match socket.send_slice(buf) {
            Ok(0) if !buf.is_empty() => Err(ErrorKind::WouldBlock),
            Ok(count) => {
                // It makes nothing ready that was not: no mark is needed.
                self.queue(index);
                Ok(count)
            }
            Err(SendError::InvalidState) => Err(cannot_write(stream, socket)),
        }
    }

    /// Queues a slot that may have something to send. Mostly a frame has done so already.
    #[cfg_attr(not(target_pointer_width = "32"), inline(always))]
    fn queue(&mut self, index: u16) {
        if cfg!(target_pointer_width = "32") || !self.egress.contains(self.slots, index) {
            self.queue_now(index);
        }
    }

    #[cfg_attr(target_pointer_width = "32", inline(always))]
    #[cfg_attr(not(target_pointer_width = "32"), cold)]
    fn queue_now(&mut self, index: u16) {
        self.egress.push(self.slots, index);
    }

    pub(crate) fn finish_connect(&mut self, index: u16) -> Result<(), ErrorKind> {
        let (stream, socket) = self.connection(index).ok_or(ErrorKind::Closed)?;
        match socket.state() {
            State::SynSent | State::SynReceived => Err(ErrorKind::WouldBlock),
            State::Closed | State::Listen => Err(stream.failure.unwrap_or(ErrorKind::NotConnected)),
            _ => Ok(()),
        }
    }

    pub(crate) fn shutdown(&mut self, index: u16, how: Shutdown) -> Result<(), ErrorKind> {
        let (stream, socket) = self.connection(index).ok_or(ErrorKind::Closed)?;
        if matches!(
            socket.state(),
            State::SynSent | State::Closed | State::Listen
        ) {
            return Err(stream.failure.unwrap_or(ErrorKind::NotConnected));
        }
        if how != Shutdown::Read {
            socket.close();
        }
        if how != Shutdown::Write {
            stream.read_shut = true;
        }
        self.touch(index);
        Ok(())
    }
    pub(crate) fn set_no_delay(&mut self, index: u16, on: bool) -> Result<(), ErrorKind> {
        self.tcp_mut(index)
            .ok_or(ErrorKind::Closed)?
            .set_nagle_enabled(!on);
        self.touch(index);
        Ok(())
    }

    pub(crate) fn set_ack_delay(&mut self, index: u16, delay: Duration) -> Result<(), ErrorKind> {
        self.tcp_mut(index)
            .ok_or(ErrorKind::Closed)?
            .set_ack_delay(convert::delay(delay));
        self.touch(index);
        Ok(())
    }

    pub(crate) fn set_stream_hops(&mut self, index: u16, hops: u8) -> Result<(), ErrorKind> {
        if hops == 0 {
            return Err(ErrorKind::InvalidInput);
        }
        self.tcp_mut(index)
            .ok_or(ErrorKind::Closed)?
            .set_hop_limit(Some(hops));
        Ok(())
    }

    pub(crate) fn set_linger(&mut self, index: u16, linger: Duration) -> Result<(), ErrorKind> {
        self.stream_mut(index).ok_or(ErrorKind::Closed)?.linger = convert::duration(linger);
        Ok(())
    }
}

/// Why nothing was read.
#[cfg_attr(not(target_pointer_width = "32"), cold)]
fn nothing_to_read(
    stream: &Stream,
    socket: &tcp::Socket<'_>,
    error: RecvError,
) -> Result<usize, ErrorKind> {
    match error {
        RecvError::Finished if stream.failure != Some(ErrorKind::Aborted) => Ok(0),
        RecvError::Finished => Err(ErrorKind::Aborted),
        RecvError::InvalidState if begins(socket) => Err(ErrorKind::WouldBlock),
        RecvError::InvalidState => stream.failure.map_or(Ok(0), Err),
    }
}

/// Why nothing can be written.
#[cfg_attr(not(target_pointer_width = "32"), cold)]
fn cannot_write(stream: &Stream, socket: &tcp::Socket<'_>) -> ErrorKind {
    if begins(socket) {
        ErrorKind::WouldBlock
    } else {
        stream.failure.unwrap_or(ErrorKind::BrokenPipe)
    }
}

/// Whether the connection does not stand yet.
fn begins(socket: &tcp::Socket<'_>) -> bool {
    matches!(socket.state(), State::SynSent | State::SynReceived)
}
