//! Counters: plain numbers, to be copied out between turns.

use crate::ErrorKind;

/// What went through one connection.
///
/// ```
/// use amphi_core::serve::Tally;
///
/// let tally = Tally { received: 42, sent: 42 };
/// assert_eq!(tally.received + tally.sent, 84);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Tally {
    /// Octets read from the peer.
    pub received: u64,
    /// Octets that the socket took.
    pub sent: u64,
}

/// What a server of streams has seen since it was made.
///
/// ```
/// use amphi_core::serve::StreamTally;
///
/// let mut all = StreamTally::default();
/// all.accepted += 1;
/// all.received += 42;
/// assert_eq!((all.accepted, all.received, all.failed), (1, 42, 0));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct StreamTally {
    /// Connections that got a slot, a thread or a process.
    pub accepted: u64,
    /// Connections that were closed at once: no place, too many of one peer, or
    /// not verified.
    pub refused: u64,
    /// Connections that ended otherwise than by end of file, the handler, or shutdown.
    pub failed: u64,
    /// Octets read from peers: by now from slots, else of connections that have ended.
    pub received: u64,
    /// Octets that sockets took, likewise.
    pub sent: u64,
    /// What sockets reported, the listener included.
    pub errors: ErrorTally,
}

/// What a [`DatagramServer`](super::DatagramServer) has seen since it was made.
///
/// ```
/// use amphi_core::serve::DatagramServer;
/// use amphi_core::serve::{DatagramHandler, DatagramTally, Outbox, Request};
/// use amphi_core::socket::Net;
///
/// struct Deaf;
///
/// impl<A> DatagramHandler<A> for Deaf {
///     fn handle(&mut self, _request: &Request<'_, A>, _outbox: &mut Outbox<'_, A>) {}
/// }
///
/// let socket = amphi_std::Host.udp_bind("127.0.0.1:0".parse().unwrap())?;
/// let server = DatagramServer::new(socket, Deaf, &mut []);
/// let tally: DatagramTally = server.tally();
/// assert_eq!((tally.received, tally.sent, tally.errors.total()), (0, 0, 0));
/// # Ok::<(), amphi_std::HostError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct DatagramTally {
    /// Datagrams that the handler got.
    pub received: u64,
    /// Datagrams that the handler sent, and that were not refused.
    pub sent: u64,
    /// Datagrams that were longer than the scratch buffer.
    pub truncated: u64,
    /// What the socket reported, in receiving and in sending.
    pub errors: ErrorTally,
}

/// Errors by kind. A count stops at the largest number.
///
/// ```
/// use amphi_core::ErrorKind;
/// use amphi_core::serve::ErrorTally;
///
/// let mut errors = ErrorTally::default();
/// errors.count(ErrorKind::Reset);
/// errors.count(ErrorKind::Reset);
/// errors.count(ErrorKind::TimedOut);
/// assert_eq!((errors.of(ErrorKind::Reset), errors.total()), (2, 3));
/// let kinds: Vec<_> = errors.iter().collect();
/// assert_eq!(kinds, [(ErrorKind::TimedOut, 1), (ErrorKind::Reset, 2)]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ErrorTally([u32; ErrorKind::ALL.len()]);

impl ErrorTally {
    /// No errors.
    #[must_use]
    pub const fn new() -> Self {
        Self([0; ErrorKind::ALL.len()])
    }

    /// Counts one of `kind`.
    pub fn count(&mut self, kind: ErrorKind) {
        if let Some(count) = self.0.get_mut(kind as usize) {
            *count = count.saturating_add(1);
        }
    }

    /// How many of `kind`.
    #[must_use]
    pub fn of(&self, kind: ErrorKind) -> u32 {
        self.0.get(kind as usize).copied().unwrap_or(0)
    }

    /// How many in all.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.iter().map(|count| u64::from(*count)).sum()
    }

    /// The kinds that were seen, and how often.
    pub fn iter(&self) -> impl Iterator<Item = (ErrorKind, u32)> {
        let all = ErrorKind::ALL.iter().copied().zip(self.0);
        all.filter(|(_, count)| *count > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::ErrorTally;
    use crate::ErrorKind;

    #[test]
    fn every_kind_has_a_place_of_its_own() {
        for (index, kind) in ErrorKind::ALL.iter().copied().enumerate() {
            assert_eq!(kind as usize, index, "{kind}");
            let mut errors = ErrorTally::new();
            errors.count(kind);
            assert!(errors.iter().eq([(kind, 1)]));
        }
        // `Other` is the last one: no kind is missing in the list.
        assert_eq!(ErrorKind::ALL.last(), Some(&ErrorKind::Other));
    }
}
