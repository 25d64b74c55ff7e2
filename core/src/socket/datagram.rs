use core::net::IpAddr;

use super::Socket;

/// What is known of a received datagram.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct Received<A> {
    /// The length of the datagram in octets, before it was cut to the buffer.
    pub len: usize,
    /// Who sent it.
    pub from: A,
    /// The address that it was sent to, where the stack tells.
    pub to: Option<IpAddr>,
    /// The index of the interface where it came in, where the stack tells.
    pub interface: Option<u32>,
}

impl<A> Received<A> {
    /// A datagram of `len` octets from `from`, to an unknown address.
    pub const fn new(len: usize, from: A) -> Self {
        Self {
            len,
            from,
            to: None,
            interface: None,
        }
    }

    /// The same, sent to `to`.
    #[must_use]
    pub fn sent_to(mut self, to: IpAddr) -> Self {
        self.to = Some(to);
        self
    }

    /// The same, come in through the interface with this index.
    #[must_use]
    pub fn through(mut self, interface: u32) -> Self {
        self.interface = Some(interface);
        self
    }

    /// Whether a buffer of `capacity` octets was too short, so that the
    /// datagram's end is lost.
    pub const fn is_truncated(&self, capacity: usize) -> bool {
        self.len > capacity
    }
}

/// A socket of separate messages: UDP, or a Unix datagram socket on a host.
///
/// Messages may be empty: zero octets received is a datagram, not end of file.
pub trait Datagram: Socket {
    /// Receives one datagram into `buf`; the rest of one that is longer is lost,
    /// which [`Received::is_truncated`] tells.
    ///
    /// After `WouldBlock`, call again when the socket is readable.
    ///
    /// # Errors
    ///
    /// `WouldBlock` when none waits.
    fn recv_from(&mut self, buf: &mut [u8]) -> Result<Received<Self::Addr>, Self::Error>;

    /// Sends `buf` to `to` as one datagram, whole or not at all.
    ///
    /// After `WouldBlock`, call again when the socket is writable.
    ///
    /// # Errors
    ///
    /// `WouldBlock` when there is no room now; `MessageTooLong` when there never
    /// will be (above 65,507 octets over IPv4, above the link's MTU on a stack
    /// that does not fragment); `Unreachable` without a route.
    fn send_to(&mut self, buf: &[u8], to: &Self::Addr) -> Result<(), Self::Error>;
}
