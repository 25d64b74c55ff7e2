//! The server to compare with: echo over epoll(7), written by hand.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::AsRawFd;

use nix::errno::Errno;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};

use crate::child;

/// The mark of the listener; connections have their descriptor's number.
const LISTENER: u64 = u64::MAX;
/// How many connections are accepted at a time.
const ACCEPTS: usize = 64;
/// How much is read at once, in octets.
const READ: usize = 4096;

struct Connection {
    stream: TcpStream,
    /// What the socket would not take.
    unsent: Vec<u8>,
}

struct Server {
    epoll: Epoll,
    listener: TcpListener,
    /// By descriptor.
    connections: Vec<Option<Connection>>,
    buf: [u8; READ],
}

/// Serves on a free port until the process ends.
pub(crate) fn serve() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    listener.set_nonblocking(true)?;
    let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
    epoll.add(&listener, EpollEvent::new(EpollFlags::EPOLLIN, LISTENER))?;
    child::answer(listener.local_addr()?, "epoll")?;
    let mut server = Server {
        epoll,
        listener,
        connections: Vec::new(),
        buf: [0; READ],
    };
    let mut events = [EpollEvent::empty(); 256];
    loop {
        match server.epoll.wait(&mut events, EpollTimeout::NONE) {
            Ok(count) => {
                child::count(count);
                for event in &events[..count] {
                    server.ready(event)?;
                }
            }
            Err(Errno::EINTR) => {}
            Err(errno) => return Err(errno.into()),
        }
    }
}

impl Server {
    fn ready(&mut self, event: &EpollEvent) -> io::Result<()> {
        if event.data() == LISTENER {
            return self.accept();
        }
        let number = event.data() as usize;
        let Some(connection) = self.connections.get_mut(number).and_then(Option::as_mut) else {
            return Ok(());
        };
        let goes_on = if connection.unsent.is_empty() {
            connection.echo(&self.epoll, &mut self.buf)
        } else {
            connection.flush(&self.epoll)
        };
        if !matches!(goes_on, Ok(true)) {
            // Closing takes it out of the epoll.
            self.connections[number] = None;
        }
        Ok(())
    }

    fn accept(&mut self) -> io::Result<()> {
        for _ in 0..ACCEPTS {
            let stream = match self.listener.accept() {
                Ok((stream, _)) => stream,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            };
            stream.set_nonblocking(true)?;
            stream.set_nodelay(true)?;
            let number = stream.as_raw_fd() as usize;
            self.epoll
                .add(&stream, EpollEvent::new(EpollFlags::EPOLLIN, number as u64))?;
            if self.connections.len() <= number {
                self.connections.resize_with(number + 1, || None);
            }
            self.connections[number] = Some(Connection {
                stream,
                unsent: Vec::new(),
            });
        }
        Ok(())
    }
}

impl Connection {
    /// Reads once and sends it back; false at the end.
    #[inline]
    fn echo(&mut self, epoll: &Epoll, buf: &mut [u8; READ]) -> io::Result<bool> {
        let count = match self.stream.read(buf) {
            Ok(0) => return Ok(false),
            Ok(count) => count,
            Err(error) => return may_wait(error).map(|_| true),
        };
        let sent = self.stream.write(&buf[..count]).or_else(may_wait)?;
        if sent < count {
            self.unsent.extend_from_slice(&buf[sent..count]);
            self.watch(epoll, EpollFlags::EPOLLOUT)?;
        }
        Ok(true)
    }

    fn flush(&mut self, epoll: &Epoll) -> io::Result<bool> {
        let sent = self.stream.write(&self.unsent).or_else(may_wait)?;
        self.unsent.drain(..sent);
        if self.unsent.is_empty() {
            self.watch(epoll, EpollFlags::EPOLLIN)?;
        }
        Ok(true)
    }

    fn watch(&self, epoll: &Epoll, flags: EpollFlags) -> io::Result<()> {
        let mark = self.stream.as_raw_fd() as u64;
        Ok(epoll.modify(&self.stream, &mut EpollEvent::new(flags, mark))?)
    }
}

/// Nothing was moved, but may be later.
fn may_wait(error: io::Error) -> io::Result<usize> {
    match error.kind() {
        ErrorKind::WouldBlock | ErrorKind::Interrupted => Ok(0),
        _ => Err(error),
    }
}
