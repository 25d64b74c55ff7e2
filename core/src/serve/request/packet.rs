use core::fmt;

use embedded_io::{ErrorType, Write};

use super::DatagramRequestHandler;
use crate::ErrorKind;
use crate::serve::{
    Closed, DatagramHandler, DatagramTally, ErrorTally, Hooks, Outbox, Request, StreamTally, Tally,
};

/// The answer to a datagram, as it is written: Python's `wfile`. A piece that does
/// not fit is `MessageTooLong`.
///
/// ```
/// use amphi_core::ErrorKind;
/// use amphi_core::serve::Packet;
/// use embedded_io::Write;
///
/// let mut room = [0; 4];
/// let mut packet = Packet::new(&mut room);
/// packet.write_all(b"abc")?;
/// assert_eq!(packet.write_all(b"de"), Err(ErrorKind::MessageTooLong));
/// assert_eq!(packet.written(), b"abc");
/// # Ok::<(), ErrorKind>(())
/// ```
#[derive(Debug)]
pub struct Packet<'p> {
    room: &'p mut [u8],
    len: usize,
}

impl<'p> Packet<'p> {
    /// An empty answer of at most `room.len()` octets.
    pub const fn new(room: &'p mut [u8]) -> Self {
        Self { room, len: 0 }
    }

    /// What was written so far.
    #[must_use]
    pub fn written(&self) -> &[u8] {
        self.room.get(..self.len).unwrap_or_default()
    }
}

impl ErrorType for Packet<'_> {
    type Error = ErrorKind;
}

impl Write for Packet<'_> {
    fn write(&mut self, buf: &[u8]) -> Result<usize, ErrorKind> {
        let end = self.len + buf.len();
        let to = self.room.get_mut(self.len..end);
        to.ok_or(ErrorKind::MessageTooLong)?.copy_from_slice(buf);
        self.len = end;
        Ok(buf.len())
    }

    fn flush(&mut self) -> Result<(), ErrorKind> {
        Ok(())
    }
}

/// The handlers of a `UDPServer` in the sequential style: a new
/// [`DatagramRequestHandler`] for each datagram, from the
/// [`Hooks`], in a [`DatagramServer`](crate::serve::DatagramServer).
///
/// ```
/// use amphi_core::ErrorKind;
/// use amphi_core::serve::{DatagramRequestHandler, DatagramServer, Packet, Packets};
/// use amphi_core::socket::Net;
/// use amphi_std::Host;
/// use core::net::SocketAddr;
/// use embedded_io::Write;
///
/// struct Echo;
///
/// impl DatagramRequestHandler for Echo {
///     fn handle(&mut self, rfile: &mut &[u8], wfile: &mut Packet<'_>) -> Result<(), ErrorKind> {
///         wfile.write_all(rfile)
///     }
/// }
///
/// let (mut answer, mut kept) = ([0; 512], [0; 512]);
/// let handlers = Packets::new(|_: &SocketAddr| Echo, &mut answer);
/// let socket = Host.udp_bind("127.0.0.1:0".parse().unwrap())?;
/// let server = DatagramServer::new(socket, handlers, &mut kept);
/// assert_ne!(server.server_address()?.port(), 0);
/// # Ok::<(), amphi_std::HostError>(())
/// ```
pub struct Packets<'p, F> {
    hooks: F,
    room: &'p mut [u8],
    tally: StreamTally,
}

impl<'p, F> Packets<'p, F> {
    /// Answers of at most `room.len()` octets, by handlers from `hooks`.
    pub const fn new(hooks: F, room: &'p mut [u8]) -> Self {
        Self {
            hooks,
            room,
            tally: StreamTally {
                accepted: 0,
                refused: 0,
                failed: 0,
                received: 0,
                sent: 0,
                errors: ErrorTally::new(),
            },
        }
    }

    /// The hooks.
    pub const fn hooks(&self) -> &F {
        &self.hooks
    }

    /// Datagrams instead of connections: accepted, refused and failed; and octets.
    pub const fn tally(&self) -> StreamTally {
        self.tally
    }

    fn close<A>(&mut self, from: &A, why: Closed, tally: Tally)
    where
        F: Hooks<A>,
    {
        if let Closed::Failed(kind) = why {
            self.tally.failed += 1;
            self.tally.errors.count(kind);
            self.hooks.handle_error(from, why);
        }
        self.hooks.shutdown_request(from);
        self.hooks.close_request(from, why, tally);
    }
}

impl<A, F> DatagramHandler<A> for Packets<'_, F>
where
    F: Hooks<A, Handler: DatagramRequestHandler>,
{
    fn handle(&mut self, request: &Request<'_, A>, outbox: &mut Outbox<'_, A>) {
        let from = request.from;
        if !self.hooks.verify_request(from) {
            self.tally.refused += 1;
            return self.close(from, Closed::Refused, Tally::default());
        }
        self.tally.accepted += 1;
        self.tally.received += request.octets.len() as u64;
        self.hooks.process_request(from);
        let mut handler = self.hooks.finish_request(from);
        let mut wfile = Packet::new(self.room);
        let mut result = handler.handle(&mut { request.octets }, &mut wfile);
        let answer = wfile.written();
        if result.is_ok() && !answer.is_empty() {
            result = outbox.send_to(answer, from);
        }
        let mut tally = Tally {
            received: request.octets.len() as u64,
            sent: 0,
        };
        let why = match result {
            Ok(()) => {
                tally.sent = answer.len() as u64;
                Closed::ByHandler
            }
            Err(kind) => Closed::Failed(kind),
        };
        self.tally.sent += tally.sent;
        self.close(from, why, tally);
    }

    fn handle_timeout(&mut self) {
        self.hooks.handle_timeout();
    }

    fn service_actions(&mut self, _tally: &DatagramTally) {
        self.hooks.service_actions(&self.tally);
    }
}

impl<F> fmt::Debug for Packets<'_, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Packets")
            .field("tally", &self.tally)
            .finish_non_exhaustive()
    }
}
