use core::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use amphi_core::select::{Event, Ready};
use amphi_core::serve::{Key, Part, Service};
use amphi_core::time::Duration;

use crate::{DefaultSelector, Host, HostError, Waker};

/// How many events one turn takes.
const EVENTS: usize = 256;
/// Octets that are read at once: the longest datagram over IPv4, rounded up.
const SCRATCH: usize = 65_536;

/// Ends loops from elsewhere: Python's `shutdown`, from any thread. Clones are one.
///
/// ```
/// use amphi_std::DefaultSelector;
/// use amphi_std::serve::{Stop, serve_forever};
/// use core::time::Duration;
///
/// let stop = Stop::new();
/// let remote = stop.clone();
/// let thread = std::thread::spawn(move || remote.request());
/// let mut selector = DefaultSelector::new()?;
/// serve_forever(&mut selector, &mut [], &stop, Duration::from_secs(1))?; // until then
/// assert!(thread.join().is_ok());
/// # Ok::<(), amphi_std::HostError>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    requested: AtomicBool,
    wakers: Mutex<Vec<Waker>>,
}

impl Stop {
    /// Nobody has asked yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks all loops that run with this to stop, and those that begin later. It
    /// does not wait for them (Python's does): join their threads.
    ///
    /// Not for a signal handler, as it takes a lock: there, set the [flag](Self::flag) and
    /// [wake](Waker::wake) the selector, or have a thread that waits for signals call this.
    pub fn request(&self) {
        self.0.requested.store(true, Ordering::Release);
        for waker in self.wakers().iter() {
            waker.wake();
        }
    }

    /// Whether somebody has asked.
    #[must_use]
    pub fn is_requested(&self) -> bool {
        self.0.requested.load(Ordering::Acquire)
    }

    /// The flag, for [`Service::serve_forever`] of one's own; [`wakes`](Self::wakes)
    /// belongs to it.
    #[must_use]
    pub fn flag(&self) -> &AtomicBool {
        &self.0.requested
    }

    /// Wakes `waker`'s selector, too, when somebody asks.
    pub fn wakes(&self, waker: Waker) {
        self.wakers().push(waker);
    }

    fn wakers(&self) -> std::sync::MutexGuard<'_, Vec<Waker>> {
        // Whoever panicked while pushing left a whole vector.
        self.0.wakers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Runs `parts` in this thread until `stop` is requested: Python's `serve_forever`,
/// with a scratch buffer for the longest datagram. Then nothing new is accepted,
/// and what runs has the time `drain` to end.
///
/// # Errors
///
/// What registering the parts or waiting reports.
pub fn serve_forever(
    selector: &mut DefaultSelector<Key>,
    parts: &mut [&mut dyn Part<DefaultSelector<Key>>],
    stop: &Stop,
    drain: Duration,
) -> Result<(), HostError> {
    stop.wakes(selector.waker()?);
    let mut events = [Event::new(Key::default(), Ready::NONE); EVENTS];
    let mut scratch = vec![0; SCRATCH];
    Service::new(Host, selector, parts, &mut events, &mut scratch).serve_forever(stop.flag(), drain)
}
