use crate::select::{Ready, Selector};
use crate::time::Instant;

/// What a service registers its sockets with: the number of the part, and what
/// the part itself calls the socket.
///
/// A loop of one's own that also watches other sources gives them part numbers
/// that no part has.
///
/// ```
/// use amphi_core::serve::Key;
///
/// // For a source of one's own in the same selector: a part that the service has not.
/// const TERMINAL: Key = Key::new(u32::MAX, 0);
/// assert_eq!((TERMINAL.part, TERMINAL.token), (u32::MAX, 0));
/// assert_ne!(TERMINAL, Key::new(0, 0));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Key {
    /// Which part.
    pub part: u32,
    /// Which of its sockets.
    pub token: u32,
}

impl Key {
    /// The key of socket `token` of part `part`.
    #[must_use]
    pub const fn new(part: u32, token: u32) -> Self {
        Self { part, token }
    }
}

/// What a part is lent for one call.
///
/// ```
/// use amphi_core::serve::{Key, Turn};
/// use amphi_core::time::Instant;
///
/// let mut selector = ();
/// let turn = Turn { selector: &mut selector, part: 2, now: Instant::ORIGIN, scratch: &mut [] };
/// assert_eq!(turn.key(7), Key::new(2, 7));
/// ```
#[derive(Debug)]
pub struct Turn<'t, Sel> {
    /// The selector of the service.
    pub selector: &'t mut Sel,
    /// The number that the service gave the part, for its [`Key`]s.
    pub part: u32,
    /// The time of this turn.
    pub now: Instant,
    /// Room for input, shared by all parts; nothing in it outlives the call. As
    /// long as the longest datagram or piece of a stream that shall be handled.
    pub scratch: &'t mut [u8],
}

impl<Sel> Turn<'_, Sel> {
    /// The key of this part's socket `token`.
    #[must_use]
    pub const fn key(&self, token: u32) -> Key {
        Key::new(self.part, token)
    }
}

/// A server without a loop: it is told what is ready, and tells when it wants
/// to be called in any case.
///
/// Call [`start`](Self::start) once; [`ready`](Self::ready) for each event whose
/// key has the part's number; then [`end_turn`](Self::end_turn), also in a turn without events,
/// which is due when [`deadline`](Self::deadline) has come; at the end [`stop`](Self::stop), go on
/// until [`is_done`](Self::is_done) or patience ends, then [`close`](Self::close).
///
/// ```
/// use amphi_core::select::{Event, Ready, Selector};
/// use amphi_core::serve::{Key, Part, Service, Turn};
/// use amphi_core::time::{Duration, Instant};
/// use amphi_std::{DefaultSelector, Host};
///
/// /// Ticks once a millisecond; it has no socket.
/// struct Clock {
///     next: Instant,
///     ticks: u32,
/// }
///
/// impl<Sel: Selector<Key = Key>> Part<Sel> for Clock {
///     fn start(&mut self, turn: &mut Turn<'_, Sel>) -> Result<(), Sel::Error> {
///         self.next = turn.now;
///         Ok(())
///     }
///
///     fn ready(&mut self, _turn: &mut Turn<'_, Sel>, _token: u32, _ready: Ready) {}
///
///     fn deadline(&self) -> Instant {
///         self.next
///     }
///
///     fn expire(&mut self, turn: &mut Turn<'_, Sel>) {
///         if self.next <= turn.now {
///             self.ticks += 1;
///             self.next = turn.now + Duration::from_millis(1);
///         }
///     }
///
///     fn stop(&mut self, _turn: &mut Turn<'_, Sel>) {
///         self.next = Instant::NEVER;
///     }
///
///     fn is_done(&self) -> bool {
///         true
///     }
///
///     fn close(&mut self, _turn: &mut Turn<'_, Sel>) {}
/// }
///
/// let mut clock = Clock { next: Instant::NEVER, ticks: 0 };
/// let mut selector = DefaultSelector::new()?;
/// let mut parts: [&mut dyn Part<_>; 1] = [&mut clock];
/// let mut events = [Event::new(Key::default(), Ready::NONE); 4];
/// let mut service = Service::new(Host, &mut selector, &mut parts, &mut events, &mut []);
/// service.start()?;
/// for _ in 0..3 {
///     service.turn(None)?; // until the deadline
/// }
/// service.finish(Duration::ZERO)?;
/// assert!(clock.ticks >= 3);
/// # Ok::<(), amphi_std::HostError>(())
/// ```
pub trait Part<Sel: Selector<Key = Key>> {
    /// Registers the part's sockets.
    ///
    /// # Errors
    ///
    /// As [`Register::register`](crate::select::Register::register).
    fn start(&mut self, turn: &mut Turn<'_, Sel>) -> Result<(), Sel::Error>;

    /// The socket `token` is ready. A stale or unknown token does nothing.
    fn ready(&mut self, turn: &mut Turn<'_, Sel>, token: u32, ready: Ready);

    /// When [`expire`](Self::expire) must be called at the latest; may change
    /// with each call of another method. [`Instant::NEVER`] for never.
    fn deadline(&self) -> Instant;

    /// Does what is due at `turn.now`; nothing if that is earlier than the deadline.
    fn expire(&mut self, turn: &mut Turn<'_, Sel>);

    /// The events of a turn are dealt with: does what is due, and what the part's
    /// user wants to do once a turn ([`service_actions`](super::Hooks::service_actions)),
    /// and tells the next deadline.
    fn end_turn(&mut self, turn: &mut Turn<'_, Sel>) -> Instant {
        let due = self.deadline();
        if due > turn.now {
            return due;
        }
        self.expire(turn);
        self.deadline()
    }

    /// [`Service::handle_request`](super::Service::handle_request) waited in vain.
    fn handle_timeout(&mut self) {}

    /// Stops to accept requests; what was accepted is finished.
    fn stop(&mut self, turn: &mut Turn<'_, Sel>);

    /// Whether nothing is left to do after [`stop`](Self::stop).
    fn is_done(&self) -> bool;

    /// Closes what is left and unregisters everything.
    fn close(&mut self, turn: &mut Turn<'_, Sel>);
}

/// A part that may be left out: none does nothing.
impl<Sel: Selector<Key = Key>, P: Part<Sel>> Part<Sel> for Option<P> {
    fn start(&mut self, turn: &mut Turn<'_, Sel>) -> Result<(), Sel::Error> {
        self.as_mut().map_or(Ok(()), |part| part.start(turn))
    }

    fn ready(&mut self, turn: &mut Turn<'_, Sel>, token: u32, ready: Ready) {
        if let Some(part) = self {
            part.ready(turn, token, ready);
        }
    }

    fn deadline(&self) -> Instant {
        self.as_ref().map_or(Instant::NEVER, P::deadline)
    }

    fn expire(&mut self, turn: &mut Turn<'_, Sel>) {
        if let Some(part) = self {
            part.expire(turn);
        }
    }

    fn end_turn(&mut self, turn: &mut Turn<'_, Sel>) -> Instant {
        self.as_mut()
            .map_or(Instant::NEVER, |part| part.end_turn(turn))
    }

    fn handle_timeout(&mut self) {
        if let Some(part) = self {
            part.handle_timeout();
        }
    }

    fn stop(&mut self, turn: &mut Turn<'_, Sel>) {
        if let Some(part) = self {
            part.stop(turn);
        }
    }

    fn is_done(&self) -> bool {
        self.as_ref().is_none_or(P::is_done)
    }

    fn close(&mut self, turn: &mut Turn<'_, Sel>) {
        if let Some(part) = self {
            part.close(turn);
        }
    }
}
