use super::{Socket, Stream};

/// A socket that accepts connections.
///
/// Dropping it refuses what was not accepted.
pub trait Listener: Socket {
    /// What an accepted connection is.
    type Stream: Stream<Error = Self::Error, Addr = Self::Addr>;

    /// Takes the next connection with its peer's address.
    ///
    /// After `WouldBlock`, call again when the listener is readable. A
    /// connection that died while it waited is skipped, not reported.
    ///
    /// # Errors
    ///
    /// `WouldBlock` when none waits. `Exhausted` when one waits but the process
    /// has no descriptor or memory for it: it still waits; stop watching the
    /// listener until something was closed, or a loop will spin.
    fn accept(&mut self) -> Result<(Self::Stream, Self::Addr), Self::Error>;
}
