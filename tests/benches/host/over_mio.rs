//! Echo over `mio`, as its documentation says: it reports by edges, so each event
//! is read until nothing is left.

use std::io::{self, ErrorKind, Read, Write};

use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token};

use crate::child;

const LISTENER: Token = Token(usize::MAX);
/// How much is read at once, in octets.
const READ: usize = 4096;

struct Connection {
    stream: TcpStream,
    /// What the socket would not take.
    unsent: Vec<u8>,
}

/// Serves on a free port until the process ends.
pub(crate) fn serve() -> io::Result<()> {
    let mut listener = TcpListener::bind(([127, 0, 0, 1], 0).into())?;
    let mut poll = Poll::new()?;
    poll.registry()
        .register(&mut listener, LISTENER, Interest::READABLE)?;
    child::answer(listener.local_addr()?, "mio")?;
    let mut connections: Vec<Option<Connection>> = Vec::new();
    let mut events = Events::with_capacity(256);
    let mut buf = [0; READ];
    loop {
        poll.poll(&mut events, None)?;
        child::count(events.iter().count());
        for event in &events {
            if event.token() == LISTENER {
                accept(&poll, &listener, &mut connections)?;
                continue;
            }
            let place = &mut connections[event.token().0];
            let Some(connection) = place else { continue };
            if !matches!(connection.go_on(&mut buf), Ok(true)) {
                poll.registry().deregister(&mut connection.stream)?;
                *place = None;
            }
        }
    }
}

fn accept(
    poll: &Poll,
    listener: &TcpListener,
    connections: &mut Vec<Option<Connection>>,
) -> io::Result<()> {
    loop {
        let mut stream = match listener.accept() {
            Ok((stream, _)) => stream,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
            Err(error) => return Err(error),
        };
        stream.set_nodelay(true)?;
        let token = Token(connections.len());
        let both = Interest::READABLE | Interest::WRITABLE;
        poll.registry().register(&mut stream, token, both)?;
        connections.push(Some(Connection {
            stream,
            unsent: Vec::new(),
        }));
    }
}

impl Connection {
    /// Sends and reads until the socket has or takes nothing more; false at the end.
    fn go_on(&mut self, buf: &mut [u8; READ]) -> io::Result<bool> {
        loop {
            while !self.unsent.is_empty() {
                match self.stream.write(&self.unsent) {
                    Ok(sent) => drop(self.unsent.drain(..sent)),
                    Err(error) => return may_wait(error),
                }
            }
            let count = match self.stream.read(buf) {
                Ok(0) => return Ok(false),
                Ok(count) => count,
                Err(error) => return may_wait(error),
            };
            let sent = match self.stream.write(&buf[..count]) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => 0,
                done => done?,
            };
            self.unsent.extend_from_slice(&buf[sent..count]);
        }
    }
}

fn may_wait(error: io::Error) -> io::Result<bool> {
    match error.kind() {
        ErrorKind::WouldBlock => Ok(true),
        _ => Err(error),
    }
}
