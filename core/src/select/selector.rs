use super::{Event, Interest, Registration};
use crate::Error;
use crate::socket::Net;
use crate::time::{Duration, Instant};

/// Waits for many sources at once. [The contract](crate::select#the-contract)
/// is the same for each.
///
/// ```
/// use amphi_core::select::{Event, Interest, Ready, Register, Selector};
/// use amphi_core::socket::{Datagram, Net, Socket};
/// use amphi_std::{DefaultSelector, Host};
/// use core::time::Duration;
///
/// let mut socket = Host.udp_bind("127.0.0.1:0".parse().unwrap())?;
/// let mut selector = DefaultSelector::new()?;
/// selector.register(&socket, Interest::READ, 'a')?;
///
/// let mut events = [Event::new(' ', Ready::NONE); 4];
/// assert_eq!(selector.select(&mut events, Some(Duration::ZERO))?, 0);
/// socket.send_to(b"to myself", &socket.local()?)?;
/// assert_eq!(selector.select(&mut events, None)?, 1);
/// assert_eq!(events[0], Event::new('a', Ready::READABLE));
/// # Ok::<(), amphi_std::HostError>(())
/// ```
pub trait Selector {
    /// What the caller tells its sources apart by.
    type Key: Copy;
    /// The stack's error.
    type Error: Error;

    /// Waits until at least one registered source is ready, or `timeout` is
    /// over, and fills the front of `events`; the answer is how many.
    ///
    /// # Errors
    ///
    /// `InvalidInput` when `events` is empty; else what the stack reports.
    fn select(
        &mut self,
        events: &mut [Event<Self::Key>],
        timeout: Option<Duration>,
    ) -> Result<usize, Self::Error>;

    /// The same until a point in time; `now` reads the stack's clock. A selector for which a
    /// [`Duration`] is a detour has its own.
    ///
    /// # Errors
    ///
    /// As [`select`](Self::select).
    fn select_until(
        &mut self,
        events: &mut [Event<Self::Key>],
        until: Instant,
        now: impl FnOnce() -> Instant,
    ) -> Result<usize, Self::Error>
    where
        Self: Sized,
    {
        self.select(events, (until != Instant::NEVER).then(|| until - now()))
    }

    /// Whether each wait looks at every source in any case. Then a server looks at each of its
    /// connections for the next deadline, too, which takes less code than to keep them in order.
    #[must_use]
    fn is_flat() -> bool
    where
        Self: Sized,
    {
        false
    }

    /// Sends at once what the sources have been given to send since the last `select`.
    /// A stack without a kernel does so in the next `select` anyway, or later when frames
    /// come first; a kernel has nothing to do. [`Service`](crate::serve::Service) calls it
    /// at the end of each turn.
    fn flush(&mut self) {}

    /// How many sources are registered.
    fn len(&self) -> usize;

    /// Whether none is registered.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All registrations, in no certain order: the values of Python's `get_map`.
    fn registrations(&self) -> impl Iterator<Item = Registration<Self::Key>>
    where
        Self: Sized;
}

/// A selector that can watch sources of type `S`.
///
/// ```
/// use amphi_core::select::{Interest, Register, Selector};
/// use amphi_core::{Error, ErrorKind};
/// use amphi_core::socket::Net;
/// use amphi_std::{DefaultSelector, Host};
///
/// let socket = Host.udp_bind("127.0.0.1:0".parse().unwrap())?;
/// let mut selector = DefaultSelector::new()?;
/// selector.register(&socket, Interest::READ, 'a')?;
/// let again = selector.register(&socket, Interest::READ, 'b');
/// assert_eq!(again.unwrap_err().reason(), ErrorKind::AlreadyExists);
///
/// selector.modify(&socket, Interest::NONE, 'b')?; // a pause
/// selector.unregister(&socket)?;
/// assert!(selector.is_empty());
/// # Ok::<(), amphi_std::HostError>(())
/// ```
pub trait Register<S: ?Sized>: Selector {
    /// Watches `source` for `interest` and reports it with `key`.
    ///
    /// # Errors
    ///
    /// `AlreadyExists` when it is registered; `Exhausted` when the selector is
    /// full; `PermissionDenied` or `InvalidInput` when such a source cannot be
    /// watched.
    fn register(
        &mut self,
        source: &S,
        interest: Interest,
        key: Self::Key,
    ) -> Result<(), Self::Error>;

    /// Watches `source` by edges where the selector can, which costs a kernel less; else
    /// as [`register`](Self::register) does. [The contract](crate::select#by-edges) says
    /// what the caller owes.
    ///
    /// # Errors
    ///
    /// As [`register`](Self::register).
    fn register_by_edges(
        &mut self,
        source: &S,
        interest: Interest,
        key: Self::Key,
    ) -> Result<(), Self::Error> {
        self.register(source, interest, key)
    }

    /// Whether it can report by edges.
    fn has_edges(&self) -> bool {
        false
    }

    /// Asks for one more event of a source that is watched by edges, if it is still ready.
    /// Of any other nothing has to be asked.
    ///
    /// # Errors
    ///
    /// `NotFound` when it is not registered, where the selector has edges.
    fn again(&mut self, source: &S) -> Result<(), Self::Error> {
        let _ = source;
        Ok(())
    }

    /// Gives a registered source another interest and key.
    ///
    /// # Errors
    ///
    /// `NotFound` when it is not registered.
    fn modify(&mut self, source: &S, interest: Interest, key: Self::Key)
    -> Result<(), Self::Error>;

    /// Forgets `source`. No event of it follows.
    ///
    /// # Errors
    ///
    /// `NotFound` when it is not registered.
    fn unregister(&mut self, source: &S) -> Result<(), Self::Error>;

    /// What `source` is registered with: Python's `get_key`.
    fn registration(&self, source: &S) -> Option<Registration<Self::Key>>;
}

/// A selector for all the sockets of the stack `N`. There is nothing to implement.
///
/// ```
/// use amphi_core::select::{Interest, Selects};
/// use amphi_core::socket::Net;
/// use amphi_std::{DefaultSelector, Host, PollSelector};
/// use core::net::SocketAddr;
///
/// /// Watches a socket of each kind, on any stack.
/// fn watch<N: Net, S: Selects<N, Key = u8>>(
///     net: N,
///     mut selector: S,
///     any_port: SocketAddr,
/// ) -> Result<usize, N::Error> {
///     let (listener, socket) = (net.tcp_listen(any_port, 1)?, net.udp_bind(any_port)?);
///     selector.register(&listener, Interest::READ, 1)?;
///     selector.register(&socket, Interest::READ, 2)?;
///     Ok(selector.len())
/// }
///
/// let any_port = "127.0.0.1:0".parse().unwrap();
/// assert_eq!(watch(Host, DefaultSelector::new()?, any_port)?, 2);
/// assert_eq!(watch(Host, PollSelector::new()?, any_port)?, 2);
/// # Ok::<(), amphi_std::HostError>(())
/// ```
pub trait Selects<N: Net>:
    Selector<Error = N::Error> + Register<N::Stream> + Register<N::Listener> + Register<N::Datagram>
{
}

impl<N, S> Selects<N> for S
where
    N: Net,
    S: Selector<Error = N::Error>
        + Register<N::Stream>
        + Register<N::Listener>
        + Register<N::Datagram>,
{
}
