use core::net::SocketAddr;
use std::collections::VecDeque;

use amphi_core::ErrorKind;
use amphi_core::select::{Interest, Ready};
use amphi_core::socket::{Listener, Net as _, Shutdown, Socket, Stream};
use amphi_core::time::{Duration, Instant};

use super::net::Memory;
use super::wire::{Id, Wire, overlap};

/// How many octets may be on their way to one end.
const ROOM: usize = 4096;

/// What is behind a listener.
pub(crate) struct Listening {
    local: SocketAddr,
    backlog: usize,
    /// Connections that nobody has accepted.
    waiting: VecDeque<Id>,
    /// Clients for whom there is no room yet.
    attempts: VecDeque<Id>,
}

/// One end of a connection.
pub(crate) struct Connection {
    local: SocketAddr,
    remote: SocketAddr,
    /// The other end, while it is there.
    peer: Option<Id>,
    stands: bool,
    received: VecDeque<u8>,
    /// The peer sends no more.
    has_ended: bool,
    /// This side sends no more.
    is_shut: bool,
    /// This side reads no more.
    is_deaf: bool,
    failure: Option<ErrorKind>,
}

impl Listening {
    pub(crate) fn ready(&self) -> Ready {
        match self.waiting.is_empty() {
            true => Ready::NONE,
            false => Ready::READABLE,
        }
    }
}

impl Connection {
    fn new(local: SocketAddr, remote: SocketAddr) -> Self {
        Self {
            local,
            remote,
            peer: None,
            stands: false,
            received: VecDeque::new(),
            has_ended: false,
            is_shut: false,
            is_deaf: false,
            failure: None,
        }
    }

    /// Whether it stands, or why not.
    fn check(&self) -> Result<(), ErrorKind> {
        match self.failure {
            Some(kind) => Err(kind),
            None if !self.stands => Err(ErrorKind::WouldBlock),
            None => Ok(()),
        }
    }

    fn fail(&mut self, kind: ErrorKind) {
        self.failure = Some(kind);
        self.received.clear();
        self.peer = None;
    }

    fn read(&mut self, buf: &mut [u8]) -> Result<usize, ErrorKind> {
        self.check()?;
        let count = buf.len().min(self.received.len());
        for (place, octet) in buf.iter_mut().zip(self.received.drain(..count)) {
            *place = octet;
        }
        if count == 0 && !buf.is_empty() && !self.has_ended && !self.is_deaf {
            return Err(ErrorKind::WouldBlock);
        }
        Ok(count)
    }
}

impl Wire {
    pub(crate) fn listen(&mut self, local: SocketAddr, backlog: usize) -> Result<Id, ErrorKind> {
        let local = self.address(local, |wire, wanted| {
            let mut all = wire.listeners.values();
            all.any(|listening| overlap(listening.local, wanted))
        })?;
        let id = self.number();
        let listening = Listening {
            local,
            backlog: backlog.max(1),
            waiting: VecDeque::new(),
            attempts: VecDeque::new(),
        };
        self.listeners.insert(id, listening);
        Ok(id)
    }

    pub(crate) fn connect(&mut self, remote: SocketAddr) -> Result<Id, ErrorKind> {
        if !remote.ip().is_loopback() {
            return Err(ErrorKind::Unreachable);
        }
        let any_port = SocketAddr::new(remote.ip(), 0);
        let local = self.address(any_port, |wire, wanted| {
            let listens = wire.listeners.values().any(|it| overlap(it.local, wanted));
            listens || wire.connections.values().any(|it| it.local == wanted)
        })?;
        let id = self.number();
        self.connections.insert(id, Connection::new(local, remote));
        let mut listeners = self.listeners.iter_mut();
        match listeners.find(|(_, listening)| overlap(listening.local, remote)) {
            None => self.connection(id).fail(ErrorKind::Refused),
            Some((listener, listening)) => {
                let listener = *listener;
                listening.attempts.push_back(id);
                self.admit(listener);
            }
        }
        Ok(id)
    }

    /// Makes connections of attempts, as many as may wait.
    fn admit(&mut self, listener: Id) {
        loop {
            let listening = self.listening(listener);
            if listening.waiting.len() >= listening.backlog {
                return;
            }
            let Some(near) = listening.attempts.pop_front() else {
                return;
            };
            let far = self.number();
            let Some(client) = self.connections.get_mut(&near) else {
                continue; // it has given up
            };
            (client.peer, client.stands) = (Some(far), true);
            let mut server = Connection::new(client.remote, client.local);
            (server.peer, server.stands) = (Some(near), true);
            self.connections.insert(far, server);
            self.listening(listener).waiting.push_back(far);
        }
    }

    fn accept(&mut self, listener: Id) -> Result<Id, ErrorKind> {
        while let Some(id) = self.listening(listener).waiting.pop_front() {
            self.admit(listener);
            if self.connection(id).failure.is_none() {
                return Ok(id);
            }
            self.connections.remove(&id);
        }
        Err(ErrorKind::WouldBlock)
    }

    fn write(&mut self, id: Id, buf: &[u8]) -> Result<usize, ErrorKind> {
        let connection = self.connection(id);
        connection.check()?;
        if connection.is_shut {
            return Err(ErrorKind::BrokenPipe);
        }
        let Some(peer) = connection.peer else {
            // To one who has gone; a network would answer with a reset.
            connection.fail(ErrorKind::Reset);
            return Err(ErrorKind::BrokenPipe);
        };
        let peer = self.connection(peer);
        if peer.is_deaf {
            return Ok(buf.len());
        }
        let count = buf.len().min(ROOM - peer.received.len());
        peer.received.extend(&buf[..count]);
        if count == 0 && !buf.is_empty() {
            return Err(ErrorKind::WouldBlock);
        }
        Ok(count)
    }

    fn shut(&mut self, id: Id, how: Shutdown) -> Result<(), ErrorKind> {
        let connection = self.connection(id);
        connection.check().map_err(|_| ErrorKind::NotConnected)?;
        if how != Shutdown::Write {
            connection.is_deaf = true;
            connection.received.clear();
        }
        if how != Shutdown::Read {
            connection.is_shut = true;
            if let Some(peer) = connection.peer {
                self.connection(peer).has_ended = true;
            }
        }
        Ok(())
    }

    /// This end is gone: for the peer an end of file, or a failure.
    fn close(&mut self, id: Id, failure: Option<ErrorKind>) {
        let gone = self.connections.remove(&id);
        let Some(peer) = gone.and_then(|gone| self.connections.get_mut(&gone.peer?)) else {
            return;
        };
        (peer.peer, peer.has_ended) = (None, true);
        if let Some(kind) = failure {
            peer.fail(kind);
        }
    }

    fn close_listener(&mut self, listener: Id) {
        let Some(listening) = self.listeners.remove(&listener) else {
            return;
        };
        for id in listening.waiting {
            self.close(id, Some(ErrorKind::Reset));
        }
        for id in listening.attempts {
            if let Some(client) = self.connections.get_mut(&id) {
                client.fail(ErrorKind::Refused);
            }
        }
    }

    pub(crate) fn ready_of(&self, connection: &Connection) -> Ready {
        let mut ready = Ready::NONE;
        if connection.failure.is_some() {
            return Ready::ERROR | Ready::HANGUP;
        }
        if !connection.received.is_empty() || connection.has_ended || connection.is_deaf {
            ready |= Ready::READABLE;
        }
        let peer = connection.peer.map(|peer| &self.connections[&peer]);
        let has_room = peer.is_none_or(|peer| peer.received.len() < ROOM || peer.is_deaf);
        if connection.stands && (has_room || connection.is_shut) {
            ready |= Ready::WRITABLE;
        }
        ready
    }

    /// What is behind a socket is there as long as the socket is.
    fn connection(&mut self, id: Id) -> &mut Connection {
        self.connections.get_mut(&id).expect("its socket is there")
    }

    fn listening(&mut self, id: Id) -> &mut Listening {
        self.listeners.get_mut(&id).expect("its socket is there")
    }
}

/// A TCP connection.
pub(crate) struct TcpStream<'m> {
    pub(crate) memory: &'m Memory,
    pub(crate) id: Id,
}

/// A TCP listener.
pub(crate) struct TcpListener<'m> {
    pub(crate) memory: &'m Memory,
    pub(crate) id: Id,
}

impl Socket for TcpStream<'_> {
    type Error = ErrorKind;
    type Addr = SocketAddr;

    fn local(&self) -> Result<SocketAddr, ErrorKind> {
        Ok(self.memory.wire().connection(self.id).local)
    }

    fn wait(&self, interest: Interest, timeout: Option<Duration>) -> Result<bool, ErrorKind> {
        self.memory.wait(self.id, interest, timeout)
    }

    fn now(&self) -> Instant {
        self.memory.now()
    }
}

impl Stream for TcpStream<'_> {
    fn read(&mut self, buf: &mut [u8]) -> Result<usize, ErrorKind> {
        self.memory.wire().connection(self.id).read(buf)
    }

    fn write(&mut self, buf: &[u8]) -> Result<usize, ErrorKind> {
        self.memory.wire().write(self.id, buf)
    }

    fn finish_connect(&mut self) -> Result<(), ErrorKind> {
        self.memory.wire().connection(self.id).check()
    }

    fn shutdown(&mut self, how: Shutdown) -> Result<(), ErrorKind> {
        self.memory.wire().shut(self.id, how)
    }

    fn abort(self) {
        self.memory.wire().close(self.id, Some(ErrorKind::Reset));
    }

    fn remote(&self) -> Result<SocketAddr, ErrorKind> {
        Ok(self.memory.wire().connection(self.id).remote)
    }
}

impl Drop for TcpStream<'_> {
    fn drop(&mut self) {
        self.memory.wire().close(self.id, None);
    }
}

impl Socket for TcpListener<'_> {
    type Error = ErrorKind;
    type Addr = SocketAddr;

    fn local(&self) -> Result<SocketAddr, ErrorKind> {
        Ok(self.memory.wire().listening(self.id).local)
    }

    fn wait(&self, interest: Interest, timeout: Option<Duration>) -> Result<bool, ErrorKind> {
        self.memory.wait(self.id, interest, timeout)
    }

    fn now(&self) -> Instant {
        self.memory.now()
    }
}

impl<'m> Listener for TcpListener<'m> {
    type Stream = TcpStream<'m>;

    fn accept(&mut self) -> Result<(TcpStream<'m>, SocketAddr), ErrorKind> {
        let memory = self.memory;
        let id = memory.wire().accept(self.id)?;
        let remote = memory.wire().connection(id).remote;
        Ok((TcpStream { memory, id }, remote))
    }
}

impl Drop for TcpListener<'_> {
    fn drop(&mut self) {
        self.memory.wire().close_listener(self.id);
    }
}
