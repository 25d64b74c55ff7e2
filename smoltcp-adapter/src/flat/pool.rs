use core::fmt;

use amphi_core::ErrorKind;
use amphi_core::time::Instant;
use smoltcp::iface::{SocketSet, SocketStorage};
use smoltcp::socket::tcp::{Socket, SocketBuffer, State};
use smoltcp::wire::IpListenEndpoint;

use super::inner::Settings;
use super::sockets::Sockets;

/// The caller's room for a [`FlatStack`](super::FlatStack): buffers to receive and to send and
/// smoltcp's storage for each socket, and a slot for each socket and one more for each listener.
///
/// They live as long as the stack: locals before it, or statics in firmware.
///
/// ```
/// use amphi_smoltcp::flat::{FlatPool, FlatSlot, SocketStorage};
///
/// let mut buffers = [([0; 1024], [0; 1024]); 4];
/// let mut sockets = [SocketStorage::EMPTY; 4];
/// let mut slots = [const { FlatSlot::new() }; 4 + 1];
/// let pool = FlatPool { buffers: &mut buffers, sockets: &mut sockets, slots: &mut slots };
/// assert_eq!(pool.slots.len(), 5);
/// ```
#[derive(Debug)]
pub struct FlatPool<'a, const RX: usize, const TX: usize> {
    /// What arrives, and what leaves.
    pub buffers: &'a mut [([u8; RX], [u8; TX])],
    /// As many as buffers.
    pub sockets: &'a mut [SocketStorage<'a>],
    /// First those of the sockets, then those of listeners.
    pub slots: &'a mut [FlatSlot],
}

impl<'a, const RX: usize, const TX: usize> FlatPool<'a, RX, TX> {
    /// All sockets in a set.
    ///
    /// # Errors
    ///
    /// `InvalidInput` when there is less storage, or there are fewer slots, than buffers.
    pub(super) fn furnish(self, settings: &Settings) -> Result<Sockets<'a>, ErrorKind> {
        let count = self.buffers.len();
        if self.sockets.len() < count || self.slots.len() < count {
            return Err(ErrorKind::InvalidInput);
        }
        let mut sockets = SocketSet::new(self.sockets);
        for (rx, tx) in self.buffers {
            let (rx, tx) = (
                SocketBuffer::new(&mut rx[..]),
                SocketBuffer::new(&mut tx[..]),
            );
            let mut socket = Socket::new(rx, tx);
            socket.set_keep_alive(Some(settings.keep_alive));
            socket.set_ack_delay(settings.ack_delay);
            socket.set_nagle_enabled(false);
            sockets.add(socket);
        }
        Ok(Sockets {
            set: sockets,
            slots: self.slots,
            count,
        })
    }
}

/// What a [`FlatStack`](super::FlatStack) keeps of one socket, or of one listener.
///
/// ```
/// use amphi_smoltcp::flat::FlatSlot;
///
/// let slots = [const { FlatSlot::new() }; 5];
/// assert!(size_of_val(&slots) <= 5 * 64);
/// ```
pub struct FlatSlot {
    pub(super) stage: Stage,
    /// The slot of the listener that the socket belongs to; zero for none, as the first slot
    /// is a socket's.
    pub(super) owner: usize,
    pub(super) read_shut: bool,
    /// Why the connection died, if it did not end in order.
    pub(super) failure: Option<ErrorKind>,
    /// How smoltcp's socket was when it was last looked at, and until when it may stay so once
    /// nobody holds it.
    pub(super) state: State,
    pub(super) until: Instant,
    /// The number of the selector that watches it; zero for none.
    pub(super) selector: u16,
    /// Where a listener listens, and each of its sockets; port zero for nowhere.
    pub(super) local: IpListenEndpoint,
}

/// Whose a socket is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// The stack's or its listener's: free, or on its way to be accepted.
    Idle,
    /// Somebody has an object of it.
    Held,
    /// Its object was dropped: it ends by itself.
    Dropped,
}

impl FlatSlot {
    /// A slot of nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            stage: Stage::Idle,
            owner: 0,
            read_shut: false,
            failure: None,
            state: State::Closed,
            until: Instant::ORIGIN,
            selector: 0,
            local: IpListenEndpoint {
                addr: None,
                port: 0,
            },
        }
    }
}

impl FlatSlot {
    /// Somebody gets an object of the socket.
    pub(super) const fn hold(&mut self) {
        self.stage = Stage::Held;
        self.read_shut = false;
        self.failure = None;
    }
}

impl Default for FlatSlot {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for FlatSlot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FlatSlot")
            .field("stage", &self.stage)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}
