use core::sync::atomic::{AtomicBool, Ordering};

use super::{Key, Part, Turn};
use crate::select::{Event, Selector};
use crate::socket::Net;
use crate::time::{Duration, Instant};

/// How long the stack has to send what is left, at least, in microseconds.
const PARTING: u64 = 100_000;

/// Several parts, one selector, one scratch buffer, one loop.
///
/// All is borrowed, so that the caller decides where it lives. The examples of
/// [`StreamServer`](super::StreamServer) and [`DatagramServer`](super::DatagramServer)
/// run one turn by turn; a program calls [`serve_forever`](Self::serve_forever):
///
/// ```
/// use amphi_core::select::{Event, Ready};
/// use amphi_core::serve::{Key, Service};
/// use amphi_std::{DefaultSelector, Host};
/// use core::sync::atomic::AtomicBool;
/// use core::time::Duration;
///
/// let stop = AtomicBool::new(true);
/// let mut selector = DefaultSelector::new()?;
/// let mut events = [Event::new(Key::default(), Ready::NONE); 8];
/// let mut scratch = [0; 256];
/// let mut service = Service::new(Host, &mut selector, &mut [], &mut events, &mut scratch);
/// assert!(service.serve_forever(&stop, Duration::from_secs(1)).is_ok());
/// # Ok::<(), amphi_std::HostError>(())
/// ```
pub struct Service<'s, 'p, N, Sel> {
    net: N,
    selector: &'s mut Sel,
    parts: &'s mut [&'p mut dyn Part<Sel>],
    events: &'s mut [Event<Key>],
    scratch: &'s mut [u8],
    /// The earliest deadline of the parts, as of the end of the last turn.
    deadline: Instant,
}

impl<'s, 'p, N, Sel> Service<'s, 'p, N, Sel>
where
    N: Net,
    Sel: Selector<Key = Key, Error = N::Error>,
{
    /// Puts a service together. `events` bounds how many events one turn takes
    /// (at least one), `scratch` how many octets are read at once.
    pub fn new(
        net: N,
        selector: &'s mut Sel,
        parts: &'s mut [&'p mut dyn Part<Sel>],
        events: &'s mut [Event<Key>],
        scratch: &'s mut [u8],
    ) -> Self {
        Self {
            net,
            selector,
            parts,
            events,
            scratch,
            deadline: Instant::ORIGIN,
        }
    }

    /// Registers all parts. Call it once, before the first turn.
    ///
    /// # Errors
    ///
    /// The first failure to register a socket.
    pub fn start(&mut self) -> Result<(), Sel::Error> {
        let now = self.net.now();
        let mut result = Ok(());
        self.each(now, |part, turn| {
            if result.is_ok() {
                result = part.start(turn);
            }
        });
        result
    }

    /// One turn: waits until something is ready, a deadline comes or `timeout` is
    /// over, does what there is to do, and tells how many events there were. So a
    /// service can live in another loop.
    ///
    /// # Errors
    ///
    /// What the selector reports; failures of single sockets stay with their part.
    pub fn turn(&mut self, timeout: Option<Duration>) -> Result<usize, Sel::Error> {
        self.turn_until(timeout.map_or(Instant::NEVER, |timeout| self.net.now() + timeout))
    }

    /// A turn whose end is known as a point in time, which takes less code.
    #[inline]
    fn turn_until(&mut self, until: Instant) -> Result<usize, Sel::Error> {
        let (until, net) = (until.min(self.deadline), &self.net);
        let count = self
            .selector
            .select_until(self.events, until, || net.now())?;
        let mut turn = Turn {
            selector: &mut *self.selector,
            part: 0,
            now: self.net.now(),
            scratch: &mut *self.scratch,
        };
        for event in self.events.get(..count).unwrap_or_default() {
            if let Some(part) = self.parts.get_mut(event.key.part as usize) {
                turn.part = event.key.part;
                part.ready(&mut turn, event.key.token, event.ready);
            }
        }
        self.deadline = Instant::NEVER;
        for (number, part) in (0..).zip(self.parts.iter_mut()) {
            turn.part = number;
            self.deadline = self.deadline.min(part.end_turn(&mut turn));
        }
        self.selector.flush();
        Ok(count)
    }

    /// Python's `handle_request`: turns until something was ready, and tells
    /// whether it was. After `timeout` without, each part's `handle_timeout` is
    /// called; a wake-up from elsewhere ends it without that.
    ///
    /// # Errors
    ///
    /// As [`turn`](Self::turn).
    pub fn handle_request(&mut self, timeout: Option<Duration>) -> Result<bool, Sel::Error> {
        let end = timeout.map_or(Instant::NEVER, |timeout| self.net.now() + timeout);
        loop {
            let due = self.deadline;
            if self.turn_until(end)? > 0 {
                return Ok(true);
            }
            let now = self.net.now();
            if now >= end {
                self.each(now, |part, _| part.handle_timeout());
                return Ok(false);
            }
            // A deadline of a part is dealt with, and no request.
            if now < due {
                return Ok(false);
            }
        }
    }

    /// Starts, runs turns until `shutdown` is true, and then stops: no new
    /// requests, what was accepted is finished within `drain`, the rest is
    /// closed. `shutdown` is looked at once a turn; whoever sets it from another
    /// thread or an interrupt also wakes the selector or the platform.
    ///
    /// # Errors
    ///
    /// As [`start`](Self::start) and [`turn`](Self::turn). The parts are closed then, too.
    pub fn serve_forever(
        &mut self,
        shutdown: &AtomicBool,
        drain: Duration,
    ) -> Result<(), Sel::Error> {
        let mut result = self.start();
        while result.is_ok() && !shutdown.load(Ordering::Acquire) {
            result = self.turn_until(Instant::NEVER).map(drop);
        }
        result.and(self.finish(drain))
    }

    /// Stops all parts, goes on for at most `drain` until each is done, closes
    /// them, and lets the stack send what is left.
    ///
    /// # Errors
    ///
    /// What the selector or the stack reports; the parts are closed in any case.
    pub fn finish(&mut self, drain: Duration) -> Result<(), Sel::Error> {
        let now = self.net.now();
        let deadline = now + drain;
        self.each(now, |part, turn| part.stop(turn));
        // Parts may have set new deadlines.
        self.deadline = Instant::ORIGIN;
        let mut result = Ok(());
        while result.is_ok() && !self.is_done() {
            if self.net.now() >= deadline {
                break;
            }
            result = self.turn_until(deadline).map(drop);
        }
        let now = self.net.now();
        self.each(now, |part, turn| part.close(turn));
        let deadline = deadline.max(now.saturating_add_micros(PARTING));
        result.and(self.net.drain(deadline).map(drop))
    }

    fn is_done(&self) -> bool {
        self.parts.iter().all(|part| part.is_done())
    }

    fn each(&mut self, now: Instant, mut call: impl FnMut(&mut dyn Part<Sel>, &mut Turn<'_, Sel>)) {
        for (number, part) in (0..).zip(self.parts.iter_mut()) {
            let mut turn = Turn {
                selector: &mut *self.selector,
                part: number,
                now,
                scratch: &mut *self.scratch,
            };
            call(&mut **part, &mut turn);
        }
    }
}
