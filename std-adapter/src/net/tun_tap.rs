use core::fmt;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};

use amphi_core::select::Interest;
use amphi_core::socket::{Address, Datagram, Received, Socket};
use amphi_core::time::{Duration, Instant};

use crate::select::wait_for;
use crate::{HostError, sys};

/// A TAP or TUN device of Linux: a network interface whose other end is this
/// program. What the kernel sends through the interface is received here, and the
/// other way round.
///
/// It is a socket of datagrams, each of which is an Ethernet frame (TAP) or an IP
/// packet (TUN). A stack of one's own gets it as a link; with `amphi-smoltcp`,
/// `link::Tunnel`.
///
/// A device of that name is made if there is none, which takes `CAP_NET_ADMIN`, and
/// is gone with this value. One that was made for this user beforehand stays
/// (`ip tuntap add mode tap user … name …`).
///
/// ```
/// use amphi_core::{Error, ErrorKind};
/// use amphi_core::socket::Datagram;
/// use amphi_std::TunTap;
///
/// match TunTap::tap("amphi%d") {
///     Ok(mut device) => {
///         assert!(device.is_tap());
///         // The interface is down: nothing comes.
///         let nothing = device.recv_from(&mut [0; 1514]).unwrap_err();
///         assert_eq!(nothing.reason(), ErrorKind::WouldBlock);
///     }
///     // `PermissionDenied`, as a rule: who may not make devices is told so.
///     Err(error) => assert_ne!(error.reason(), ErrorKind::WouldBlock),
/// }
/// ```
#[derive(Debug)]
pub struct TunTap {
    fd: OwnedFd,
    name: InterfaceName,
    is_tap: bool,
}

/// The name of an interface: at most 15 octets (netdevice(7)).
///
/// ```
/// use amphi_std::TunTap;
///
/// // Who may not make devices gets none.
/// if let Ok(device) = TunTap::tun("amphi%d") {
///     assert!(device.name().as_str().starts_with("amphi"));
/// }
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct InterfaceName([u8; sys::NAME_CAPACITY]);

impl TunTap {
    /// Opens the TAP device `name`, for Ethernet frames; `tap%d` lets the kernel choose.
    ///
    /// # Errors
    ///
    /// `PermissionDenied`; `NotFound` where the system has no such devices;
    /// `InvalidInput` for a name that is none, or of another kind of interface;
    /// `Other` when somebody else has it open (`EBUSY`).
    pub fn tap(name: &str) -> Result<Self, HostError> {
        Self::open(name, true)
    }

    /// Opens the TUN device `name`, for IP packets; `tun%d` lets the kernel choose.
    ///
    /// # Errors
    ///
    /// As [`TunTap::tap`].
    pub fn tun(name: &str) -> Result<Self, HostError> {
        Self::open(name, false)
    }

    fn open(name: &str, is_tap: bool) -> Result<Self, HostError> {
        let (fd, name) = sys::open_tun_tap(name, is_tap)?;
        let name = InterfaceName(name);
        Ok(Self { fd, name, is_tap })
    }

    /// The interface's name.
    #[must_use]
    pub const fn name(&self) -> InterfaceName {
        self.name
    }

    /// Whether it carries Ethernet frames, and not IP packets.
    #[must_use]
    pub const fn is_tap(&self) -> bool {
        self.is_tap
    }

    /// The longest IP packet that the interface carries now, in octets: without
    /// the 14 of an Ethernet header.
    ///
    /// # Errors
    ///
    /// `NotFound` when the interface is gone.
    pub fn mtu(&self) -> Result<usize, HostError> {
        sys::interface_mtu(self.name.as_str())
    }
}

impl InterfaceName {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        let octets = self.0.split(|octet| *octet == 0).next();
        // The kernel takes any octets; such a name cannot have come from here.
        core::str::from_utf8(octets.unwrap_or_default()).unwrap_or_default()
    }
}

impl fmt::Display for InterfaceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for InterfaceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl Address for InterfaceName {}

impl Socket for TunTap {
    type Error = HostError;
    type Addr = InterfaceName;

    fn local(&self) -> Result<InterfaceName, HostError> {
        Ok(self.name)
    }

    fn wait(&self, interest: Interest, timeout: Option<Duration>) -> Result<bool, HostError> {
        wait_for(self.fd.as_fd(), interest, timeout)
    }

    fn now(&self) -> Instant {
        sys::now()
    }
}

/// There is one address to receive from and to send to: the interface.
impl Datagram for TunTap {
    /// One read(2). The kernel does not tell how long a frame was that it cut.
    fn recv_from(&mut self, buf: &mut [u8]) -> Result<Received<InterfaceName>, HostError> {
        let len = sys::read(self.fd.as_fd(), buf)?;
        Ok(Received::new(len, self.name))
    }

    /// One write(2). Besides what [`Datagram::send_to`] says, an interface that is
    /// down is an error of kind `Other` (`EIO`).
    fn send_to(&mut self, buf: &[u8], _to: &InterfaceName) -> Result<(), HostError> {
        sys::write(self.fd.as_fd(), buf).map(drop)
    }
}

impl AsFd for TunTap {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

impl AsRawFd for TunTap {
    fn as_raw_fd(&self) -> RawFd {
        self.fd.as_raw_fd()
    }
}
