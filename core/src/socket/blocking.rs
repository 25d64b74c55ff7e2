use core::net::SocketAddr;

use super::{Datagram, Listener, Net, Received, Socket, Stream};
use crate::select::Interest;
use crate::time::{Duration, Instant};
use crate::{Error, ErrorKind};

/// A socket that waits: Python's `setblocking` and `settimeout` on any stack.
///
/// With no timeout (the start) an operation waits until it can go on. With a
/// timeout it gives up after that time in all with [`ErrorKind::TimedOut`];
/// with a timeout of zero, `setblocking(False)`, it answers
/// [`ErrorKind::WouldBlock`] instead of waiting. A stream is also
/// [`embedded_io::Read`], [`embedded_io::Write`] and their `Ready` companions,
/// so code written for those runs on every stack.
///
/// ```
/// use amphi_core::socket::{Blocking, Net, Socket};
/// use amphi_core::{Error, ErrorKind};
/// use amphi_std::Host;
/// use core::time::Duration;
///
/// let listener = Host.tcp_listen("127.0.0.1:0".parse().unwrap(), 1)?;
/// let address = listener.local()?;
/// let mut client = Blocking::connect(Host, address, Some(Duration::from_secs(5)))?;
/// let (mut server, _) = Blocking::new(listener).accept()?;
///
/// client.set_timeout(Some(Duration::from_millis(1)));
/// let nothing = client.read(&mut [0; 8]).unwrap_err();
/// assert_eq!(nothing.reason(), ErrorKind::TimedOut);
///
/// server.write(b"hello")?;
/// assert_eq!(client.read(&mut [0; 8])?, 5);
/// # Ok::<(), amphi_std::HostError>(())
/// ```
#[derive(Debug)]
pub struct Blocking<S> {
    socket: S,
    timeout: Option<Duration>,
}

impl<S: Socket> Blocking<S> {
    /// Wraps `socket` without a timeout.
    pub const fn new(socket: S) -> Self {
        Self {
            socket,
            timeout: None,
        }
    }

    /// The same with another timeout.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Option<Duration>) -> Self {
        self.timeout = timeout;
        self
    }

    /// Python's `settimeout`: how long an operation may wait; `None` without limit.
    pub const fn set_timeout(&mut self, timeout: Option<Duration>) {
        self.timeout = timeout;
    }

    /// Python's `setblocking`: `false` is a timeout of zero, `true` is none.
    pub const fn set_blocking(&mut self, blocking: bool) {
        self.timeout = if blocking { None } else { Some(Duration::ZERO) };
    }

    /// Python's `gettimeout`.
    pub const fn timeout(&self) -> Option<Duration> {
        self.timeout
    }

    /// The socket itself.
    pub const fn get_ref(&self) -> &S {
        &self.socket
    }

    /// The socket itself.
    pub const fn get_mut(&mut self) -> &mut S {
        &mut self.socket
    }

    /// Takes the socket out.
    pub fn into_inner(self) -> S {
        self.socket
    }

    /// Repeats `operation` until it does not say `WouldBlock` or the time is over.
    fn until_ready<T>(
        &mut self,
        interest: Interest,
        mut operation: impl FnMut(&mut S) -> Result<T, S::Error>,
    ) -> Result<T, S::Error> {
        let mut deadline: Option<Instant> = None;
        loop {
            match operation(&mut self.socket) {
                Err(error) if error.reason() == ErrorKind::WouldBlock => {}
                // It did nothing, and the time still runs (PEP 475).
                Err(error) if error.reason() == ErrorKind::Interrupted => continue,
                done => return done,
            }
            let Some(timeout) = self.timeout else {
                self.socket.wait(interest, None)?;
                continue;
            };
            if timeout.is_zero() {
                // A stack without a kernel moves only when it is asked to.
                if !self.socket.wait(interest, Some(timeout))? {
                    return Err(ErrorKind::WouldBlock.into());
                }
                return operation(&mut self.socket);
            }
            let now = self.socket.now();
            let deadline = *deadline.get_or_insert(now + timeout);
            if now >= deadline {
                return Err(ErrorKind::TimedOut.into());
            }
            self.socket.wait(interest, Some(deadline - now))?;
        }
    }
}

impl<S: Stream> Blocking<S> {
    /// Connects to `remote` on `net` and waits until the connection stands;
    /// `timeout` then stays the stream's own. A timeout of zero waits as `None` does not:
    /// it fails unless the connection stands at once.
    ///
    /// # Errors
    ///
    /// `TimedOut` after `timeout`; `Refused`, `Unreachable` and what else
    /// [`Net::tcp_connect`] and [`Stream::finish_connect`] report.
    pub fn connect<N>(
        net: N,
        remote: SocketAddr,
        timeout: Option<Duration>,
    ) -> Result<Self, S::Error>
    where
        N: Net<Stream = S, Error = S::Error>,
    {
        let mut stream = Self::new(net.tcp_connect(remote)?).with_timeout(timeout);
        stream.until_ready(Interest::WRITE, Stream::finish_connect)?;
        Ok(stream)
    }

    /// Python's `recv` into a buffer: waits for at least one octet, or end of file (zero).
    ///
    /// # Errors
    ///
    /// `TimedOut` or `WouldBlock` by the timeout; else as [`Stream::read`].
    pub fn read(&mut self, buf: &mut [u8]) -> Result<usize, S::Error> {
        self.until_ready(Interest::READ, |stream| stream.read(buf))
    }

    /// Python's `send`: waits until at least one octet was taken.
    ///
    /// # Errors
    ///
    /// `TimedOut` or `WouldBlock` by the timeout; else as [`Stream::write`].
    pub fn write(&mut self, buf: &[u8]) -> Result<usize, S::Error> {
        self.until_ready(Interest::WRITE, |stream| stream.write(buf))
    }
}

impl<S: Listener> Blocking<S> {
    /// Python's `accept`: waits for a connection. The stream comes without a timeout.
    ///
    /// # Errors
    ///
    /// `TimedOut` or `WouldBlock` by the timeout; else as [`Listener::accept`].
    #[expect(
        clippy::type_complexity,
        reason = "the pair that `accept` gives, wrapped"
    )]
    pub fn accept(&mut self) -> Result<(Blocking<S::Stream>, S::Addr), S::Error> {
        let (stream, from) = self.until_ready(Interest::READ, Listener::accept)?;
        Ok((Blocking::new(stream), from))
    }
}

impl<S: Datagram> Blocking<S> {
    /// Python's `recvfrom_into`: waits for a datagram.
    ///
    /// # Errors
    ///
    /// `TimedOut` or `WouldBlock` by the timeout; else as [`Datagram::recv_from`].
    pub fn recv_from(&mut self, buf: &mut [u8]) -> Result<Received<S::Addr>, S::Error> {
        self.until_ready(Interest::READ, |socket| socket.recv_from(buf))
    }

    /// Python's `sendto`: waits until the datagram was taken.
    ///
    /// # Errors
    ///
    /// `TimedOut` or `WouldBlock` by the timeout; else as [`Datagram::send_to`].
    pub fn send_to(&mut self, buf: &[u8], to: &S::Addr) -> Result<(), S::Error> {
        self.until_ready(Interest::WRITE, |socket| socket.send_to(buf, to))
    }
}

impl<S: Socket> embedded_io::ErrorType for Blocking<S> {
    type Error = S::Error;
}

impl<S: Stream> embedded_io::Read for Blocking<S> {
    fn read(&mut self, buf: &mut [u8]) -> Result<usize, S::Error> {
        Self::read(self, buf)
    }
}

impl<S: Stream> embedded_io::Write for Blocking<S> {
    fn write(&mut self, buf: &[u8]) -> Result<usize, S::Error> {
        Self::write(self, buf)
    }

    /// Gives the stack a turn to send; what was written is the stack's already.
    fn flush(&mut self) -> Result<(), S::Error> {
        self.socket
            .wait(Interest::WRITE, Some(Duration::ZERO))
            .map(drop)
    }
}

impl<S: Stream> embedded_io::ReadReady for Blocking<S> {
    fn read_ready(&mut self) -> Result<bool, S::Error> {
        self.socket.wait(Interest::READ, Some(Duration::ZERO))
    }
}

impl<S: Stream> embedded_io::WriteReady for Blocking<S> {
    fn write_ready(&mut self) -> Result<bool, S::Error> {
        self.socket.wait(Interest::WRITE, Some(Duration::ZERO))
    }
}
