use core::fmt;

use super::kept::Keep;
use crate::ErrorKind;
use crate::time::Instant;

/// How a [`DatagramHandler`](super::DatagramHandler) answers, to anyone.
///
/// ```
/// use amphi_core::select::{Event, Ready};
/// use amphi_core::serve::{DatagramHandler, DatagramServer, Key, Outbox, Part, Request, Service};
/// use amphi_core::socket::{Blocking, Net, Socket};
/// use amphi_core::time::Duration;
/// use amphi_std::{DefaultSelector, Host};
///
/// /// Answers later.
/// struct Later<A>(Option<A>);
///
/// impl<A: Clone> DatagramHandler<A> for Later<A> {
///     fn handle(&mut self, request: &Request<'_, A>, outbox: &mut Outbox<'_, A>) {
///         self.0 = Some(request.from.clone());
///         outbox.wake_at(outbox.now() + Duration::from_millis(1));
///     }
///
///     fn wake(&mut self, outbox: &mut Outbox<'_, A>) {
///         if let Some(to) = self.0.take() {
///             let _ = outbox.send_to(b"at last", &to);
///         }
///     }
/// }
///
/// let socket = Host.udp_bind("127.0.0.1:0".parse().unwrap())?;
/// let address = socket.local()?;
/// let mut kept = [0; 16];
/// let mut server = DatagramServer::new(socket, Later(None), &mut kept);
/// let mut client = Blocking::new(Host.udp_bind("127.0.0.1:0".parse().unwrap())?);
/// client.send_to(b"well?", &address)?;
///
/// let mut selector = DefaultSelector::new()?;
/// let mut parts: [&mut dyn Part<_>; 1] = [&mut server];
/// let mut events = [Event::new(Key::default(), Ready::NONE); 4];
/// let mut scratch = [0; 64];
/// let mut service = Service::new(Host, &mut selector, &mut parts, &mut events, &mut scratch);
/// service.start()?;
/// service.turn(None)?; // the datagram
/// service.turn(None)?; // the time
/// service.finish(Duration::ZERO)?;
/// assert_eq!(client.recv_from(&mut [0; 16])?.len, 7);
/// # Ok::<(), amphi_std::HostError>(())
/// ```
pub struct Outbox<'a, A> {
    kept: &'a mut dyn Keep<A>,
    now: Instant,
    wake: &'a mut Instant,
}

impl<'a, A> Outbox<'a, A> {
    pub(super) fn new(kept: &'a mut dyn Keep<A>, now: Instant, wake: &'a mut Instant) -> Self {
        Self { kept, now, wake }
    }

    /// Sends `octets` to `to` as one datagram. When the socket has no room, it
    /// is kept, and nothing is received until it has left. A server with
    /// [batches](super::DatagramServer::with_batches) keeps it until the batch is
    /// handled; what it meets then is counted, and told to nobody.
    ///
    /// # Errors
    ///
    /// `WouldBlock` when one is kept already, or all room of a batch is taken:
    /// [`room`](super::DatagramHandler::room) is called when there is room.
    /// `Exhausted` when it is longer than the room for keeping, `MessageTooLong`,
    /// `Unreachable` and what else
    /// [`Datagram::send_to`](crate::socket::Datagram::send_to) reports.
    pub fn send_to(&mut self, octets: &[u8], to: &A) -> Result<(), ErrorKind> {
        self.kept.send(octets, to)
    }

    /// The time of this turn, on the stack's clock.
    #[must_use]
    pub const fn now(&self) -> Instant {
        self.now
    }

    /// Asks for a call of [`wake`](super::DatagramHandler::wake) at `when`, once;
    /// a second call moves it, [`Instant::NEVER`] takes it back.
    pub const fn wake_at(&mut self, when: Instant) {
        *self.wake = when;
    }
}

impl<A> fmt::Debug for Outbox<'_, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outbox")
            .field("now", &self.now)
            .finish_non_exhaustive()
    }
}
