use core::fmt;

use super::desk::Desk;
use super::kept::Envelope;
use super::{DatagramHandler, DatagramTally, Key, Part, Turn};
use crate::ErrorKind;
use crate::select::{Ready, Register, Selector};
use crate::socket::{Batch, Datagram, Received};
use crate::time::Instant;

/// Serves the datagrams of one socket: Python's `UDPServer` and
/// `UnixDatagramServer`, as a [`Part`].
///
/// A turn handles up to 16 datagrams; what waits in the socket beyond that has its turn
/// after the others'.
///
/// ```
/// use amphi_core::select::{Event, Ready};
/// use amphi_core::serve::{DatagramHandler, DatagramServer, Key, Outbox, Request, Service};
/// use amphi_core::socket::{Blocking, Net, Socket};
/// use amphi_std::{DefaultSelector, Host};
/// use core::time::Duration;
///
/// struct Length;
///
/// impl<A> DatagramHandler<A> for Length {
///     fn handle(&mut self, request: &Request<'_, A>, outbox: &mut Outbox<'_, A>) {
///         let answer = [request.octets.len() as u8];
///         let _ = outbox.send_to(&answer, request.from);
///     }
/// }
///
/// let socket = Host.udp_bind("127.0.0.1:0".parse().unwrap())?;
/// let address = socket.local()?;
/// let mut kept = [0; 1];
/// let mut server = DatagramServer::new(socket, Length, &mut kept);
///
/// let mut client = Blocking::new(Host.udp_bind("127.0.0.1:0".parse().unwrap())?);
/// client.send_to(b"how long?", &address)?;
///
/// let mut selector = DefaultSelector::new()?;
/// let mut events = [Event::new(Key::default(), Ready::NONE); 8];
/// let mut scratch = [0; 256];
/// let mut parts: [&mut dyn amphi_core::serve::Part<_>; 1] = [&mut server];
/// let mut service = Service::new(Host, &mut selector, &mut parts, &mut events, &mut scratch);
/// service.start()?;
/// service.turn(None)?;
/// service.finish(Duration::ZERO)?;
///
/// let mut answer = [0];
/// client.recv_from(&mut answer)?;
/// assert_eq!(answer, [9]);
/// # Ok::<(), amphi_std::HostError>(())
/// ```
pub struct DatagramServer<'s, S: Datagram, H> {
    desk: Desk<'s, S>,
    handler: H,
}

impl<'s, S: Datagram, H: DatagramHandler<S::Addr>> DatagramServer<'s, S, H> {
    /// Serves `socket` with `handler`. `kept` has room for one datagram that the
    /// socket refused for now: as long as the longest answer, in octets.
    #[cfg_attr(target_pointer_width = "32", inline(never))]
    pub const fn new(socket: S, handler: H, kept: &'s mut [u8]) -> Self {
        Self {
            desk: Desk::new(socket, kept),
            handler,
        }
    }

    /// The same, with as many datagrams at once as `received` has entries: by one call
    /// of the system to receive them and one to send the replies, where there are such
    /// calls. What waits in the socket beyond that has its turn after the others'.
    ///
    /// Each datagram has its even share of `octets`, and the service's scratch buffer
    /// is not used; a longer one is cut. Replies are kept until all have been handled
    /// or the room is full: `replies` is for how many, and `kept` (of
    /// [`new`](Self::new)) for their octets, at least twice as many as the longest has.
    ///
    /// ```
    /// # use amphi_core::select::{Event, Ready};
    /// # use amphi_core::serve::{DatagramHandler, DatagramServer, Envelope, Key, Outbox};
    /// # use amphi_core::serve::{Request, Service};
    /// # use amphi_core::socket::{Net, Socket};
    /// # use amphi_std::{DefaultSelector, Host};
    /// # use core::time::Duration;
    /// # struct Silent;
    /// # impl<A> DatagramHandler<A> for Silent {
    /// #     fn handle(&mut self, _: &Request<'_, A>, _: &mut Outbox<'_, A>) {}
    /// # }
    /// # let socket = Host.udp_bind("127.0.0.1:0".parse().unwrap())?;
    /// let (mut octets, mut kept) = ([0; 32 * 512], [0; 32 * 512]);
    /// let mut received = [const { None }; 32];
    /// let mut replies = [const { Envelope::new() }; 32];
    /// let mut server = DatagramServer::new(socket, Silent, &mut kept)
    ///     .with_batches(&mut octets, &mut received, &mut replies);
    /// # let mut parts: [&mut dyn amphi_core::serve::Part<DefaultSelector<Key>>; 1] = [&mut server];
    /// # Ok::<(), amphi_std::HostError>(())
    /// ```
    #[must_use]
    pub fn with_batches(
        mut self,
        octets: &'s mut [u8],
        received: &'s mut [Option<Received<S::Addr>>],
        replies: &'s mut [Envelope<S::Addr>],
    ) -> Self {
        self.desk.lend(Batch::new(octets, received), replies);
        self
    }

    /// The socket, until the server is closed.
    pub const fn socket(&self) -> Option<&S> {
        self.desk.socket()
    }

    /// The handler.
    pub const fn handler(&self) -> &H {
        &self.handler
    }

    /// The address at which it receives: Python's `server_address`.
    ///
    /// # Errors
    ///
    /// `Closed` when the server is closed; else as
    /// [`Socket::local`](crate::socket::Socket::local).
    pub fn server_address(&self) -> Result<S::Addr, S::Error> {
        self.socket().ok_or(ErrorKind::Closed)?.local()
    }

    /// The counters.
    pub const fn tally(&self) -> DatagramTally {
        *self.desk.tally()
    }
}

impl<S, H, Sel> Part<Sel> for DatagramServer<'_, S, H>
where
    S: Datagram,
    H: DatagramHandler<S::Addr>,
    Sel: Selector<Key = Key> + Register<S>,
{
    fn start(&mut self, turn: &mut Turn<'_, Sel>) -> Result<(), <Sel as Selector>::Error> {
        self.desk.start(turn, &mut self.handler)
    }

    fn ready(&mut self, turn: &mut Turn<'_, Sel>, token: u32, ready: Ready) {
        self.desk.ready(turn, token, ready, &mut self.handler);
    }

    fn deadline(&self) -> Instant {
        self.desk.deadline()
    }

    fn expire(&mut self, turn: &mut Turn<'_, Sel>) {
        self.desk.expire(turn, &mut self.handler);
    }

    fn end_turn(&mut self, turn: &mut Turn<'_, Sel>) -> Instant {
        self.desk.end_turn(turn, &mut self.handler)
    }

    fn handle_timeout(&mut self) {
        self.handler.handle_timeout();
    }

    fn stop(&mut self, turn: &mut Turn<'_, Sel>) {
        self.desk.stop(turn);
    }

    fn is_done(&self) -> bool {
        self.desk.is_done()
    }

    fn close(&mut self, turn: &mut Turn<'_, Sel>) {
        self.desk.close(turn);
    }
}

impl<S: Datagram, H> fmt::Debug for DatagramServer<'_, S, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DatagramServer")
            .field("tally", self.desk.tally())
            .finish_non_exhaustive()
    }
}
