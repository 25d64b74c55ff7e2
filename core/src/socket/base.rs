use core::fmt;

use crate::Error;
use crate::select::Interest;
use crate::time::{Duration, Instant};

/// What every socket has: an error, an address, and a way to wait for it alone.
pub trait Socket {
    /// The stack's error.
    type Error: Error;
    /// The address that the socket's family uses.
    type Addr: Clone + PartialEq + fmt::Debug + fmt::Display;

    /// The address that the socket is bound to, with the port that the stack chose.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotConnected`](crate::ErrorKind::NotConnected) when it has
    /// none (any more); what the stack reports otherwise.
    fn local(&self) -> Result<Self::Addr, Self::Error>;

    /// Waits until the socket is ready for one of `interest`, at most `timeout`
    /// (no limit for `None`, a look without waiting for zero), and tells whether it is.
    ///
    /// The answer `true` may be spurious: the operation that follows can still
    /// say `WouldBlock`. An error or end of file counts as ready.
    ///
    /// # Errors
    ///
    /// What the stack reports of the wait itself, never of the socket.
    fn wait(&self, interest: Interest, timeout: Option<Duration>) -> Result<bool, Self::Error>;

    /// The stack's clock, the one that [`Net::now`](crate::socket::Net::now) reads.
    fn now(&self) -> Instant;
}
