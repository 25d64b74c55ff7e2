//! Echo over `polling`, in its usual mode: an event disarms its source, which is
//! armed again when it was served.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};

use polling::{Event, Events, Poller};

use crate::child;

const LISTENER: usize = usize::MAX - 1;
/// How much is read at once, in octets.
const READ: usize = 4096;

struct Connection {
    stream: TcpStream,
    /// What the socket would not take.
    unsent: Vec<u8>,
}

/// Serves on a free port until the process ends.
pub(crate) fn serve() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    listener.set_nonblocking(true)?;
    let poller = Poller::new()?;
    watch(&poller, &listener, Event::readable(LISTENER))?;
    child::answer(listener.local_addr()?, "polling")?;
    let mut connections: Vec<Option<Connection>> = Vec::new();
    let mut events = Events::with_capacity(core::num::NonZero::new(256).unwrap());
    let mut buf = [0; READ];
    loop {
        events.clear();
        child::count(poller.wait(&mut events, None)?);
        for event in events.iter() {
            if event.key == LISTENER {
                accept(&poller, &listener, &mut connections)?;
                continue;
            }
            let place = &mut connections[event.key];
            let Some(connection) = place else { continue };
            let goes_on = connection
                .go_on(&mut buf)
                .and_then(|goes_on| connection.arm(&poller, event.key).map(|()| goes_on));
            if !matches!(goes_on, Ok(true)) {
                poller.delete(&connection.stream)?;
                *place = None;
            }
        }
    }
}

fn accept(
    poller: &Poller,
    listener: &TcpListener,
    connections: &mut Vec<Option<Connection>>,
) -> io::Result<()> {
    loop {
        let stream = match listener.accept() {
            Ok((stream, _)) => stream,
            Err(error) if error.kind() == ErrorKind::WouldBlock => break,
            Err(error) => return Err(error),
        };
        stream.set_nonblocking(true)?;
        stream.set_nodelay(true)?;
        watch(poller, &stream, Event::readable(connections.len()))?;
        connections.push(Some(Connection {
            stream,
            unsent: Vec::new(),
        }));
    }
    poller.modify(listener, Event::readable(LISTENER))
}

#[expect(
    unsafe_code,
    reason = "`polling` wants to be promised what closing does here"
)]
fn watch(poller: &Poller, source: impl polling::AsRawSource, event: Event) -> io::Result<()> {
    // SAFETY: each source is deleted before it is dropped, or lives as long as the process.
    unsafe { poller.add(source, event) }
}

impl Connection {
    /// Sends what is left, or reads once and sends that; false at the end.
    fn go_on(&mut self, buf: &mut [u8; READ]) -> io::Result<bool> {
        if self.unsent.is_empty() {
            let count = match self.stream.read(buf) {
                Ok(0) => return Ok(false),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(true),
                done => done?,
            };
            let sent = or_nothing(self.stream.write(&buf[..count]))?;
            self.unsent.extend_from_slice(&buf[sent..count]);
        } else {
            let sent = or_nothing(self.stream.write(&self.unsent))?;
            self.unsent.drain(..sent);
        }
        Ok(true)
    }

    fn arm(&self, poller: &Poller, key: usize) -> io::Result<()> {
        let event = if self.unsent.is_empty() {
            Event::readable(key)
        } else {
            Event::writable(key)
        };
        poller.modify(&self.stream, event)
    }
}

fn or_nothing(sent: io::Result<usize>) -> io::Result<usize> {
    match sent {
        Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(0),
        done => done,
    }
}
