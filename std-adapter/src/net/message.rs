//! UDP with what the kernel knows of a datagram, and with its offloads.

use core::net::SocketAddr;
use std::os::fd::AsFd;
use std::time::SystemTime;

#[cfg(target_os = "linux")]
use amphi_core::ErrorKind;
use amphi_core::socket::Received;

use super::UdpSocket;
use crate::{HostError, sys};

/// A datagram, with all that the kernel was asked to tell of it; or several that it
/// put together.
///
/// ```
/// use amphi_core::socket::{Datagram, Net, Socket};
/// use amphi_std::Host;
/// use amphi_std::net::Message;
///
/// let mut socket = Host.udp_bind("127.0.0.1:0".parse().unwrap())?;
/// let own = socket.local()?;
/// socket.send_to(b"hello", &own)?;
/// let message: Message = socket.recv_message(&mut [0; 16])?;
/// assert_eq!((message.received.len, message.received.from), (5, own));
/// assert_eq!(message.time, None); // it was not asked for
/// # Ok::<(), amphi_std::HostError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Message {
    /// Its length, its sender, and where it was sent to.
    pub received: Received<SocketAddr>,
    /// When it arrived, by the clock of the system.
    pub time: Option<SystemTime>,
    /// How long each datagram is that the kernel put together, the last one aside.
    pub segment: Option<usize>,
}

impl Message {
    /// The datagrams in `buf`, which the message was received into; the last one is
    /// cut where the message was.
    ///
    /// ```
    /// # use amphi_core::socket::{Datagram, Net, Socket};
    /// # use amphi_std::Host;
    /// let mut socket = Host.udp_bind("127.0.0.1:0".parse().unwrap())?;
    /// let own = socket.local()?;
    /// socket.send_to(b"alone", &own)?;
    /// let mut buf = [0; 64];
    /// let message = socket.recv_message(&mut buf)?;
    /// assert!(message.datagrams(&buf).eq([b"alone"]));
    /// # Ok::<(), amphi_std::HostError>(())
    /// ```
    pub fn datagrams<'b>(&self, buf: &'b [u8]) -> impl Iterator<Item = &'b [u8]> + use<'b> {
        let len = self.received.len;
        let octets = &buf[..len.min(buf.len())];
        let each = self.segment.unwrap_or(len).max(1);
        // A datagram may be empty; chunks of nothing would be no datagram at all.
        let empty = (len == 0).then_some(octets);
        empty.into_iter().chain(octets.chunks(each))
    }
}

impl UdpSocket {
    /// Receives one datagram with all that the kernel was asked to tell of it:
    /// [timestamps](Self::set_receive_timestamps), [packet
    /// information](Self::set_packet_info), and on Linux several datagrams at once.
    ///
    /// # Errors
    ///
    /// `WouldBlock` when none waits.
    pub fn recv_message(&mut self, buf: &mut [u8]) -> Result<Message, HostError> {
        let (len, from, notes) = sys::recv_message(self.as_fd(), buf)?;
        let received = Received::new(len, from);
        Ok(Message {
            received: sys::note(received, notes.to),
            time: notes.time.map(|since| SystemTime::UNIX_EPOCH + since),
            segment: notes.segment,
        })
    }

    /// Whether [`Message::time`] tells when a datagram arrived in the kernel, before
    /// it waited here; off unless set. In nanoseconds on Linux (`SO_TIMESTAMPNS`,
    /// socket(7)), in microseconds elsewhere (`SO_TIMESTAMP`).
    ///
    /// ```
    /// # use amphi_core::socket::{Datagram, Net, Socket};
    /// # use amphi_std::Host;
    /// # use std::time::SystemTime;
    /// let mut socket = Host.udp_bind("127.0.0.1:0".parse().unwrap())?;
    /// socket.set_receive_timestamps(true)?;
    /// let own = socket.local()?;
    /// socket.send_to(b"when?", &own)?;
    /// let message = socket.recv_message(&mut [0; 8])?;
    /// assert!(message.time.is_some());
    /// # Ok::<(), amphi_std::HostError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// What setsockopt(2) reports.
    pub fn set_receive_timestamps(&mut self, on: bool) -> Result<(), HostError> {
        sys::set_timestamps(self.as_fd(), on)
    }
}

/// Offloads of Linux.
#[cfg(target_os = "linux")]
impl UdpSocket {
    /// Whether the kernel may put datagrams of one sender that come one after the other,
    /// all equally long but the last, together into one that is received at once
    /// (`UDP_GRO`, udp(7)); off unless set. Then receive by
    /// [`recv_message`](Self::recv_message) into a buffer of 65,535 octets, and take
    /// them apart by [`Message::datagrams`]; other ways to receive do not tell where
    /// one ends.
    ///
    /// # Errors
    ///
    /// `Unsupported` where the kernel has no such thing (before Linux 5.0).
    pub fn set_receive_offload(&mut self, on: bool) -> Result<(), HostError> {
        sys::set_receive_offload(self.as_fd(), on)
    }

    /// Sends `octets` as several datagrams of `segment` octets each, the last one as
    /// long as what remains, on one way through the kernel (`UDP_SEGMENT`, udp(7)).
    /// All leave or none.
    ///
    /// ```
    /// # use amphi_core::socket::{Datagram, Net, Socket};
    /// # use amphi_std::Host;
    /// let mut socket = Host.udp_bind("127.0.0.1:0".parse().unwrap())?;
    /// let own = socket.local()?;
    /// socket.send_segments(b"onetwosix7", 3, &own)?;
    /// let lengths = [3, 3, 3, 1];
    /// for len in lengths {
    ///     assert_eq!(socket.recv_from(&mut [0; 8])?.len, len);
    /// }
    /// # Ok::<(), amphi_std::HostError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `InvalidInput` for more datagrams than the kernel makes of one (64 before Linux
    /// 6.9, 128 since), for a `segment` of zero, and where the
    /// kernel has no such thing (before Linux 4.18); `MessageTooLong` for more than
    /// 65,507 octets in all, or a `segment` that the link does not carry whole; else
    /// as [`Datagram::send_to`](amphi_core::socket::Datagram::send_to).
    pub fn send_segments(
        &mut self,
        octets: &[u8],
        segment: u16,
        to: &SocketAddr,
    ) -> Result<(), HostError> {
        if segment == 0 {
            // To the kernel it is no offload at all.
            return Err(HostError::refused("sendmsg", ErrorKind::InvalidInput));
        }
        sys::send_segments(self.as_fd(), octets, segment, to)
    }
}
