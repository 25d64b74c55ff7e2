use super::{Job, Outcome};
use crate::ErrorKind;
use crate::select::Selector;
use crate::serve::{Key, Turn};

/// Where the requests of a [`RequestServer`](super::RequestServer) run: what the
/// mix-ins of `socketserver` decide. [`Inline`] runs them one after the other; a
/// host has threads, a pool of them, and processes.
///
/// ```
/// use amphi_core::ErrorKind;
/// use amphi_core::select::Selector;
/// use amphi_core::serve::{Inline, Job, Key, Outcome, Process, Turn};
///
/// /// As [`Inline`], and counts.
/// struct Counting<A> {
///     inner: Inline<A>,
///     count: u32,
/// }
///
/// impl<J: Job, Sel: Selector<Key = Key>> Process<J, Sel> for Counting<J::Addr> {
///     fn is_full(&self) -> bool {
///         self.count >= 1000 // then it wants no more
///     }
///
///     fn active(&self) -> u32 {
///         0
///     }
///
///     fn active_of(&self, _peer: u64) -> u32 {
///         0
///     }
///
///     fn process_request(&mut self, turn: &mut Turn<'_, Sel>, job: J) -> Result<(), ErrorKind> {
///         self.count += 1;
///         self.inner.process_request(turn, job)
///     }
///
///     fn finished(&mut self, turn: &mut Turn<'_, Sel>) -> Option<(J::Addr, Outcome)> {
///         Process::<J, Sel>::finished(&mut self.inner, turn)
///     }
///
///     fn close(&mut self, _turn: &mut Turn<'_, Sel>) {}
/// }
///
/// let counting = Counting::<core::net::SocketAddr> { inner: Inline::new(), count: 0 };
/// assert_eq!(counting.count, 0);
/// ```
pub trait Process<J: Job, Sel: Selector<Key = Key>> {
    /// Whether another request must wait until one has ended.
    fn is_full(&self) -> bool;

    /// How many run now.
    fn active(&self) -> u32;

    /// How many of those that run now are of `peer`.
    fn active_of(&self, peer: u64) -> u32;

    /// Runs `job`, here and now or elsewhere.
    ///
    /// # Errors
    ///
    /// Why it cannot be run; `job` is dropped.
    fn process_request(&mut self, turn: &mut Turn<'_, Sel>, job: J) -> Result<(), ErrorKind>;

    /// The source `token` that this registered is ready.
    fn ready(&mut self, turn: &mut Turn<'_, Sel>, token: u32) {
        let _ = (turn, token);
    }

    /// A request that has ended; call it until there is none.
    fn finished(&mut self, turn: &mut Turn<'_, Sel>) -> Option<(J::Addr, Outcome)>;

    /// Ends what still runs. [`finished`](Self::finished) tells what became of it.
    fn close(&mut self, turn: &mut Turn<'_, Sel>);
}

/// Runs each request at once, to its end, in the loop itself: what a plain
/// `TCPServer` does. On any stack; meanwhile nothing else is served.
///
/// ```
/// use amphi_core::serve::{Connection, Inline, RequestServer, StreamRequestHandler};
/// use amphi_core::socket::Net;
/// use amphi_std::Host;
/// use core::net::SocketAddr;
///
/// struct Echo;
///
/// impl StreamRequestHandler for Echo {
///     fn handle<C: Connection>(&mut self, connection: &mut C) -> Result<(), C::Error> {
///         let mut buf = [0; 64];
///         let count = connection.read(&mut buf)?;
///         connection.write_all(&buf[..count])
///     }
/// }
///
/// let listener = Host.tcp_listen("127.0.0.1:0".parse().unwrap(), 1)?;
/// let handlers = |_: &SocketAddr| Echo;
/// // What `RequestServer::new` takes as well.
/// let inline = Inline::<SocketAddr>::new();
/// let server = RequestServer::with_process(listener, handlers, inline);
/// assert_ne!(server.server_address()?.port(), 0);
/// # Ok::<(), amphi_std::HostError>(())
/// ```
#[derive(Debug)]
pub struct Inline<A> {
    last: Option<(A, Outcome)>,
}

impl<A> Inline<A> {
    /// Nothing runs yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { last: None }
    }
}

impl<A> Default for Inline<A> {
    fn default() -> Self {
        Self::new()
    }
}

impl<J: Job, Sel: Selector<Key = Key>> Process<J, Sel> for Inline<J::Addr> {
    fn is_full(&self) -> bool {
        false
    }

    fn active(&self) -> u32 {
        0
    }

    fn active_of(&self, _peer: u64) -> u32 {
        0
    }

    fn process_request(&mut self, _turn: &mut Turn<'_, Sel>, job: J) -> Result<(), ErrorKind> {
        let remote = job.remote().clone();
        self.last = Some((remote, job.run()));
        Ok(())
    }

    fn finished(&mut self, _turn: &mut Turn<'_, Sel>) -> Option<(J::Addr, Outcome)> {
        self.last.take()
    }

    fn close(&mut self, _turn: &mut Turn<'_, Sel>) {}
}
