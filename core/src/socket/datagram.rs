use core::net::IpAddr;

use super::{Batch, Outgoing, Socket};
use crate::{Error, ErrorKind};

/// What is known of a received datagram.
///
/// ```
/// use amphi_core::socket::Received;
///
/// let received = Received::new(10, "a peer");
/// assert!(received.is_truncated(4));
/// assert!(!received.is_truncated(10));
/// ```
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
///
/// ```
/// use amphi_core::select::Interest;
/// use amphi_core::socket::{Datagram, Net, Socket};
/// use amphi_std::Host;
///
/// let mut a = Host.udp_bind("127.0.0.1:0".parse().unwrap())?;
/// let mut b = Host.udp_bind("127.0.0.1:0".parse().unwrap())?;
/// a.send_to(b"hello", &b.local()?)?;
/// b.wait(Interest::READ, None)?;
/// let mut buf = [0; 4];
/// let received = b.recv_from(&mut buf)?;
/// assert_eq!((&buf, received.len), (b"hell", 5));
/// assert_eq!(received.from, a.local()?);
/// # Ok::<(), amphi_std::HostError>(())
/// ```
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
    /// Receives as many datagrams as wait and as `batch` has room for, behind those
    /// that are in it, and tells how many; at least one.
    ///
    /// One call of the system for all of them where there is one, else one for each.
    /// After `WouldBlock`, call again when the socket is readable. What went wrong
    /// after something was received is told by the next call with this batch.
    ///
    /// # Errors
    ///
    /// `WouldBlock` when none waits; `InvalidInput` when `batch` has no room.
    fn recv_batch(&mut self, batch: &mut Batch<'_, Self::Addr>) -> Result<usize, Self::Error> {
        if let Some(kind) = batch.take_fault() {
            return Err(kind.into());
        }
        let mut count = 0;
        while let Some(room) = batch.free().next() {
            match self.recv_from(room) {
                Ok(received) => batch.push(received),
                Err(error) if count == 0 => return Err(error),
                Err(error) => {
                    if !error.reason().is_passing() {
                        batch.set_fault(error.reason());
                    }
                    return Ok(count);
                }
            }
            count += 1;
        }
        if count == 0 {
            return Err(ErrorKind::InvalidInput.into());
        }
        Ok(count)
    }

    /// Sends `batch` in order, each datagram whole or not at all, until one fails, and
    /// tells how many left; at least one unless `batch` is empty. Call again with the
    /// rest: if the first of it fails, that is the error.
    ///
    /// One call of the system for all of them where there is one, else one for each.
    /// After `WouldBlock`, call again when the socket is writable.
    ///
    /// # Errors
    ///
    /// As [`send_to`](Self::send_to) of the first datagram.
    fn send_batch(&mut self, batch: &[Outgoing<'_, Self::Addr>]) -> Result<usize, Self::Error> {
        for (count, outgoing) in batch.iter().enumerate() {
            match self.send_to(outgoing.octets, outgoing.to) {
                Ok(()) => {}
                Err(error) if count == 0 => return Err(error),
                Err(_) => return Ok(count),
            }
        }
        Ok(batch.len())
    }
}
