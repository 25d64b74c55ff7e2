use super::limits::{Pace, Rate};
use super::{Key, StreamTally, Turn};
use crate::logged::Fault;
use crate::select::{Interest, Register, Selector};
use crate::socket::Listener;
use crate::time::Instant;
use crate::{Error, ErrorKind};

/// The listener's token; slots and the like have the numbers below.
pub(super) const LISTENER: u32 = u32::MAX;
/// How long a listener rests after the system had no descriptor for a connection, in
/// microseconds.
const REST: u64 = 100_000;

/// A listener, and when to watch it: the way in that all servers of streams share.
#[derive(Debug)]
pub(super) struct Door<L> {
    listener: Option<L>,
    /// Whether the listener is not watched.
    is_paused: bool,
    /// When to look again, where it is paused for a time.
    until: Instant,
    /// How fast connections are accepted, if not as fast as they come.
    pace: Option<Pace>,
}

impl<L: Listener> Door<L> {
    pub(super) const fn new(listener: L) -> Self {
        Self {
            listener: Some(listener),
            is_paused: false,
            until: Instant::NEVER,
            pace: None,
        }
    }

    pub(super) fn set_rate(&mut self, rate: Option<Rate>) {
        self.pace = rate.map(Pace::new);
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
    pub(super) const fn deadline(&self) -> Instant {
        self.until
    }

    /// Watches the listener again when its time has come.
    pub(super) fn expire<Sel>(&mut self, turn: &mut Turn<'_, Sel>)
    where
        Sel: Selector<Key = Key> + Register<L>,
    {
        if self.until <= turn.now {
            self.unpause(turn);
        }
    }

    /// Takes a connection, if one waits and the rate allows it. Else the listener
    /// rests where it would be ready again at once. Without `PACED` there is no rate.
    pub(super) fn accept<Sel, const PACED: bool>(
        &mut self,
        turn: &mut Turn<'_, Sel>,
        tally: &mut StreamTally,
    ) -> Option<(L::Stream, L::Addr)>
    where
        Sel: Selector<Key = Key> + Register<L>,
    {
        if PACED
            && let Some(from) = self.pace.as_ref().map(Pace::from)
            && from > turn.now
        {
            self.pause(turn, from);
            return None;
        }
        let listener = self.listener.as_mut()?;
        match listener.accept().map_err(|error| (error.reason(), error)) {
            Ok(connection) => {
                if PACED && let Some(pace) = &mut self.pace {
                    pace.take(turn.now);
                }
                return Some(connection);
            }
            // Another try comes with the next turn, as the listener stays ready.
            Err((ErrorKind::WouldBlock | ErrorKind::Interrupted | ErrorKind::Aborted, _)) => {}
            Err((kind, error)) => {
                warn_!("cannot accept: {}", Fault(&error));
                tally.errors.count(kind);
                self.pause(turn, turn.now.saturating_add_micros(REST));
            }
        }
        None
    }

    /// Stops to watch the listener until something was closed, or `until`.
    pub(super) fn pause<Sel>(&mut self, turn: &mut Turn<'_, Sel>, until: Instant)
    where
        Sel: Selector<Key = Key> + Register<L>,
    {
        (self.is_paused, self.until) = (true, until);
        self.watch(turn, Interest::NONE);
    }

    /// Watches the listener again, if it rests; whatever it waited for may be there.
    #[cfg_attr(target_pointer_width = "32", inline(never))]
    pub(super) fn unpause<Sel>(&mut self, turn: &mut Turn<'_, Sel>)
    where
        Sel: Selector<Key = Key> + Register<L>,
    {
        if self.is_paused {
            (self.is_paused, self.until) = (false, Instant::NEVER);
            self.watch(turn, Interest::READ);
        }
    }

    /// Closes the listener.
    pub(super) fn stop<Sel>(&mut self, turn: &mut Turn<'_, Sel>)
    where
        Sel: Selector<Key = Key> + Register<L>,
    {
        (self.is_paused, self.until) = (false, Instant::NEVER);
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
            self.is_paused = true;
            self.until = turn.now.saturating_add_micros(REST);
        }
    }
}
