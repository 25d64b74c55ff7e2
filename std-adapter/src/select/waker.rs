use alloc::sync::Arc;

use crate::HostError;
use crate::sys::WakeFd;

/// Ends a selector's wait from elsewhere: from another thread, or from a signal
/// handler ([`wake`](Self::wake) is async-signal-safe).
///
/// Each selector gives it out by its method `waker`; clones wake the same
/// selector. When the selector is gone, they do nothing.
///
/// ```
/// use amphi_core::select::{Event, Ready, Selector};
/// use amphi_std::DefaultSelector;
///
/// # fn main() -> Result<(), amphi_std::HostError> {
/// let mut selector = DefaultSelector::<u8>::new()?;
/// let waker = selector.waker()?;
/// let thread = std::thread::spawn(move || waker.wake());
///
/// // Without a timeout, and with nothing to watch, it ends all the same.
/// let mut events = [Event::new(0, Ready::NONE); 8];
/// assert_eq!(selector.select(&mut events, None)?, 0);
/// # thread.join().unwrap();
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Waker(Arc<WakeFd>);

impl Waker {
    /// Makes the selector's running `select`, or else its next one, return early
    /// with what is ready, which may be nothing. Wakes before that call count as one.
    pub fn wake(&self) {
        self.0.signal();
    }
}

/// The selector's end of its wakers: nothing until one is asked for.
#[derive(Debug, Default)]
pub(crate) struct Wakers(Option<Arc<WakeFd>>);

impl Wakers {
    pub(crate) const fn new() -> Self {
        Self(None)
    }

    /// The source to watch, if a waker was ever asked for.
    #[inline]
    pub(crate) fn source(&self) -> Option<&WakeFd> {
        self.0.as_deref()
    }

    /// A waker; a new source is watched by `watch` first.
    pub(crate) fn give(
        &mut self,
        watch: impl FnOnce(&WakeFd) -> Result<(), HostError>,
    ) -> Result<Waker, HostError> {
        if let Some(source) = &self.0 {
            return Ok(Waker(Arc::clone(source)));
        }
        let source = Arc::new(WakeFd::new()?);
        watch(&source)?;
        self.0 = Some(Arc::clone(&source));
        Ok(Waker(source))
    }

    /// Takes note of all wakes so far.
    pub(crate) fn acknowledge(&self) {
        if let Some(source) = &self.0 {
            source.drain();
        }
    }
}
