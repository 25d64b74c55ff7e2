use super::{Job, Outcome};
use crate::ErrorKind;
use crate::select::Selector;
use crate::serve::{Key, Turn};

/// Where the requests of a [`RequestServer`](super::RequestServer) run: what the
/// mix-ins of `socketserver` decide. [`Inline`] runs them one after the other; a
/// host has threads, a pool of them, and processes.
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
