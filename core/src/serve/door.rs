use super::limits::Limits;
use super::{Key, StreamTally, Turn};
use crate::logged::Fault;
use crate::select::{Interest, Register, Selector};
use crate::socket::Listener;
use crate::time::{Duration, Instant};
use crate::{Error, ErrorKind};

/// The listener's token; slots and the like have the numbers below.
pub(super) const LISTENER: u32 = u32::MAX;
/// How long a listener rests after the system had no descriptor for a connection.
const REST: Duration = Duration::from_millis(100);

/// A listener, and when to watch it: the way in that all servers of streams share.
#[derive(Debug)]
pub(super) struct Door<L> {
    listener: Option<L>,
    /// While the listener is not watched: when to look again.
    paused: Option<Instant>,
    /// When the next connection would come if all came evenly.
    next: Instant,
}

impl<L: Listener> Door<L> {
    pub(super) const fn new(listener: L) -> Self {
        Self {
            listener: Some(listener),
            paused: None,
            next: Instant::ORIGIN,
        }
    }

    pub(super) const fn listener(&self) -> Option<&L> {
        self.listener.as_ref()
    }

    pub(super) fn start<Sel>(
        &self,
        turn: &mut Turn<'_, Sel>,
    ) -> Result<(), <Sel as Selector>::Error>
    where
        Sel: Selector<Key = Key> + Register<L>,
    {
        self.listener.as_ref().map_or(Ok(()), |listener| {
            turn.selector
                .register(listener, Interest::READ, turn.key(LISTENER))
        })
    }

    /// When the listener must be looked at again.
    pub(super) fn deadline(&self) -> Instant {
        self.paused.unwrap_or(Instant::NEVER)
    }

    /// Watches the listener again when its time has come.
    pub(super) fn expire<Sel>(&mut self, turn: &mut Turn<'_, Sel>)
    where
        Sel: Selector<Key = Key> + Register<L>,
    {
        if self.paused.is_some_and(|until| until <= turn.now) {
            self.unpause(turn);
        }
    }

    /// Takes a connection, if one waits and the rate allows it. Else the listener
    /// rests where it would be ready again at once.
    pub(super) fn accept<Sel>(
        &mut self,
        turn: &mut Turn<'_, Sel>,
        limits: &Limits,
        tally: &mut StreamTally,
    ) -> Option<(L::Stream, L::Addr)>
    where
        Sel: Selector<Key = Key> + Register<L>,
    {
        let listener = self.listener.as_mut()?;
        let mut next = self.next;
        if let Some(rate) = limits.accept_rate
            && let Err(until) = rate.take(&mut next, turn.now)
        {
            self.pause(turn, until);
            return None;
        }
        match listener.accept().map_err(|error| (error.reason(), error)) {
            Ok(connection) => {
                self.next = next;
                return Some(connection);
            }
            // Another try comes with the next turn, as the listener stays ready.
            Err((ErrorKind::WouldBlock | ErrorKind::Interrupted | ErrorKind::Aborted, _)) => {}
            Err((kind, error)) => {
                warn_!("cannot accept: {}", Fault(&error));
                tally.errors.count(kind);
                self.pause(turn, turn.now + REST);
            }
        }
        None
    }

    /// Stops to watch the listener until something was closed, or `until`.
    pub(super) fn pause<Sel>(&mut self, turn: &mut Turn<'_, Sel>, until: Instant)
    where
        Sel: Selector<Key = Key> + Register<L>,
    {
        self.paused = Some(until);
        self.watch(turn, Interest::NONE);
    }

    /// Watches the listener again, if it rests; whatever it waited for may be there.
    pub(super) fn unpause<Sel>(&mut self, turn: &mut Turn<'_, Sel>)
    where
        Sel: Selector<Key = Key> + Register<L>,
    {
        if self.paused.take().is_some() {
            self.watch(turn, Interest::READ);
        }
    }

    /// Closes the listener.
    pub(super) fn stop<Sel>(&mut self, turn: &mut Turn<'_, Sel>)
    where
        Sel: Selector<Key = Key> + Register<L>,
    {
        self.paused = None;
        if let Some(listener) = self.listener.take() {
            // Dropping it closes it; a failure to unregister changes nothing.
            let _ = turn.selector.unregister(&listener);
        }
    }

    fn watch<Sel>(&mut self, turn: &mut Turn<'_, Sel>, interest: Interest)
    where
        Sel: Selector<Key = Key> + Register<L>,
    {
        if let Some(listener) = &self.listener
            && let Err(error) = turn.selector.modify(listener, interest, turn.key(LISTENER))
        {
            warn_!("cannot watch the listener: {}", Fault(&error));
            // Else it would never be watched again.
            self.paused = Some(turn.now + REST);
        }
    }
}
