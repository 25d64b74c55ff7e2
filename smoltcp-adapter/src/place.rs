use core::fmt;

use amphi_core::ErrorKind;
use amphi_core::time::Instant;
use amphi_core::timers::{Timed, Timer};
use smoltcp::iface::{SocketHandle, SocketSet, SocketStorage};
#[cfg(feature = "udp")]
use smoltcp::socket::udp;
use smoltcp::socket::{AnySocket, Socket, tcp};

use crate::engine::{Chain, KINDS, Link, MAX_SLOTS, Role, Watch};

/// Room for one TCP connection: `RX` octets to receive and `TX` to send, and smoltcp's own state.
///
/// ```
/// use amphi_smoltcp::TcpPlace;
///
/// // Four connections, with a kilobyte each way.
/// let places = [const { TcpPlace::<1024, 1024>::new() }; 4];
/// assert!(size_of_val(&places) >= 4 * 2048);
/// ```
#[derive(Debug)]
pub struct TcpPlace<'a, const RX: usize, const TX: usize> {
    storage: SocketStorage<'a>,
    rx: [u8; RX],
    tx: [u8; TX],
}

impl<const RX: usize, const TX: usize> TcpPlace<'_, RX, TX> {
    /// An empty place.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            storage: SocketStorage::EMPTY,
            rx: [0; RX],
            tx: [0; TX],
        }
    }
}

impl<const RX: usize, const TX: usize> Default for TcpPlace<'_, RX, TX> {
    fn default() -> Self {
        Self::new()
    }
}

/// Room for one UDP socket: `OCTETS` to receive and as many to send, in at most
/// `PACKETS` datagrams each way, and smoltcp's own state. Room for none without the
/// feature `udp`.
///
/// ```
/// use amphi_smoltcp::UdpPlace;
///
/// // One socket, with eight datagrams of two kilobytes in all each way.
/// let places = [const { UdpPlace::<2048, 8>::new() }; 1];
/// assert!(size_of_val(&places) >= 2 * 2048);
/// ```
#[derive(Debug)]
#[cfg_attr(not(feature = "udp"), derive(Default))]
pub struct UdpPlace<'a, const OCTETS: usize, const PACKETS: usize> {
    #[cfg(feature = "udp")]
    storage: SocketStorage<'a>,
    #[cfg(feature = "udp")]
    rx_meta: [udp::PacketMetadata; PACKETS],
    #[cfg(feature = "udp")]
    tx_meta: [udp::PacketMetadata; PACKETS],
    #[cfg(feature = "udp")]
    rx: [u8; OCTETS],
    #[cfg(feature = "udp")]
    tx: [u8; OCTETS],
    #[cfg(not(feature = "udp"))]
    nothing: core::marker::PhantomData<&'a ()>,
}

#[cfg(not(feature = "udp"))]
impl<const OCTETS: usize, const PACKETS: usize> UdpPlace<'_, OCTETS, PACKETS> {
    /// An empty place.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            nothing: core::marker::PhantomData,
        }
    }
}

#[cfg(feature = "udp")]
impl<const OCTETS: usize, const PACKETS: usize> UdpPlace<'_, OCTETS, PACKETS> {
    /// An empty place.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            storage: SocketStorage::EMPTY,
            rx_meta: [udp::PacketMetadata::EMPTY; PACKETS],
            tx_meta: [udp::PacketMetadata::EMPTY; PACKETS],
            rx: [0; OCTETS],
            tx: [0; OCTETS],
        }
    }
}

#[cfg(feature = "udp")]
impl<const OCTETS: usize, const PACKETS: usize> Default for UdpPlace<'_, OCTETS, PACKETS> {
    fn default() -> Self {
        Self::new()
    }
}

/// The caller's room for a stack's sockets: two arrays of places, and the
/// stack's own records, one for each place and one more for each listener.
///
/// They live as long as the stack: locals before it, or statics in firmware.
///
/// ```
/// use amphi_smoltcp::{Pool, Slot, TcpPlace, UdpPlace};
///
/// let mut tcp = [const { TcpPlace::<1024, 1024>::new() }; 4];
/// let mut udp = [const { UdpPlace::<2048, 8>::new() }; 2];
/// let mut slots = [const { Slot::new() }; 4 + 2 + 1];
/// let pool = Pool { tcp: &mut tcp, udp: &mut udp, slots: &mut slots };
/// assert_eq!(pool.slots.len(), 7);
/// ```
#[derive(Debug)]
pub struct Pool<'a, const RX: usize, const TX: usize, const OCTETS: usize, const PACKETS: usize> {
    /// A place for each TCP connection, pending ones and those in TIME-WAIT included.
    pub tcp: &'a mut [TcpPlace<'a, RX, TX>],
    /// A place for each UDP socket; not looked at without the feature `udp`.
    pub udp: &'a mut [UdpPlace<'a, OCTETS, PACKETS>],
    /// A record for each place, and one for each listener.
    pub slots: &'a mut [Slot<'a>],
}

impl<'a, const RX: usize, const TX: usize, const OCTETS: usize, const PACKETS: usize>
    Pool<'a, RX, TX, OCTETS, PACKETS>
{
    /// Puts the sockets into their slots: TCP first, then UDP; the rest is for listeners.
    pub(crate) fn furnish(self) -> Result<Furnished<'a>, ErrorKind> {
        let udp = if cfg!(feature = "udp") {
            self.udp.len()
        } else {
            0
        };
        let tcp = self.tcp.len();
        if self.slots.len() < tcp + udp || self.slots.len() > MAX_SLOTS {
            return Err(ErrorKind::InvalidInput);
        }
        let mut slots = self.slots.iter_mut();
        for (place, slot) in self.tcp.iter_mut().zip(&mut slots) {
            let socket = tcp::Socket::new(
                tcp::SocketBuffer::new(&mut place.rx[..]),
                tcp::SocketBuffer::new(&mut place.tx[..]),
            );
            slot.socket = Some(OneSocket::new(&mut place.storage, socket));
        }
        #[cfg(feature = "udp")]
        for (place, slot) in self.udp.iter_mut().zip(&mut slots) {
            let socket = udp::Socket::new(
                udp::PacketBuffer::new(&mut place.rx_meta[..], &mut place.rx[..]),
                udp::PacketBuffer::new(&mut place.tx_meta[..], &mut place.tx[..]),
            );
            slot.socket = Some(OneSocket::new(&mut place.storage, socket));
        }
        Ok(Furnished {
            slots: self.slots,
            // There are no more of them than slots.
            tcp: tcp as u16,
            udp: udp as u16,
        })
    }
}

/// Slots with their sockets: the first `tcp` of TCP, the next `udp` of UDP.
pub(crate) struct Furnished<'a> {
    pub(crate) slots: &'a mut [Slot<'a>],
    pub(crate) tcp: u16,
    pub(crate) udp: u16,
}

/// A smoltcp socket, alone in its set, so that it costs only when it is concerned.
pub(crate) struct OneSocket<'a> {
    pub(crate) set: SocketSet<'a>,
}

impl<'a> OneSocket<'a> {
    pub(crate) fn new(storage: &'a mut SocketStorage<'a>, socket: impl AnySocket<'a>) -> Self {
        let mut set = SocketSet::new(core::slice::from_mut(storage));
        set.add(socket);
        Self { set }
    }

    #[cfg_attr(target_pointer_width = "32", inline(never))]
    #[cfg_attr(not(target_pointer_width = "32"), inline)]
    pub(crate) fn get<T: AnySocket<'a>>(&mut self) -> &mut T {
        self.set.get_mut(SocketHandle::default())
    }

    /// The state of its connection, if it is of TCP.
    #[cfg_attr(target_pointer_width = "32", inline(never))]
    #[cfg_attr(not(target_pointer_width = "32"), inline)]
    pub(crate) fn state(&self) -> Option<tcp::State> {
        match self.peek() {
            Socket::Tcp(socket) => Some(socket.state()),
            #[allow(unreachable_patterns, reason = "there is only TCP without the feature")]
            _ => None,
        }
    }

    /// How many octets its peer has not acknowledged, and how many of the peer's nobody has
    /// read, if it is of TCP.
    #[inline]
    pub(crate) fn queued(&self) -> (usize, usize) {
        match self.peek() {
            Socket::Tcp(socket) => (socket.send_queue(), socket.recv_queue()),
            #[allow(unreachable_patterns, reason = "there is only TCP without the feature")]
            _ => (0, 0),
        }
    }

    #[cfg_attr(target_pointer_width = "32", inline(never))]
    #[cfg_attr(not(target_pointer_width = "32"), inline)]
    pub(crate) fn peek<T: AnySocket<'a>>(&self) -> &T {
        self.set.get(SocketHandle::default())
    }
}

/// The stack's record of one socket or listener.
///
/// ```
/// use amphi_smoltcp::Slot;
///
/// // For four connections, two UDP sockets and a listener.
/// let slots = [const { Slot::new() }; 4 + 2 + 1];
/// assert_eq!(slots.len(), 7);
/// ```
// To find one of 128 octets is a shift, of 120 a multiplication.
#[cfg_attr(target_pointer_width = "32", repr(align(32)))]
pub struct Slot<'a> {
    /// A listener has none.
    pub(crate) socket: Option<OneSocket<'a>>,
    pub(crate) role: Role,
    /// Which selector watches it.
    pub(crate) watch: Option<Watch>,
    pub(crate) links: [Link; KINDS],
    /// When smoltcp wants to be asked for this socket.
    pub(crate) due: Instant,
    pub(crate) timer: Timer,
    pub(crate) chain: Chain,
}

impl Slot<'_> {
    /// An empty slot.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            socket: None,
            role: Role::Free,
            watch: None,
            links: [Link::NEW; KINDS],
            due: Instant::NEVER,
            timer: Timer::new(),
            chain: Chain::NEW,
        }
    }
}

impl Timed for Slot<'_> {
    fn timer(&self) -> &Timer {
        &self.timer
    }

    fn timer_mut(&mut self) -> &mut Timer {
        &mut self.timer
    }
}

impl Default for Slot<'_> {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Slot<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slot")
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}
