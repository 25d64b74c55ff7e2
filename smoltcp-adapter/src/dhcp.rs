use core::fmt;
use core::net::Ipv4Addr;

use amphi_core::ErrorKind;
use amphi_core::addr::Ipv4Interface;
use amphi_core::time::Duration;
use smoltcp::iface::SocketStorage;
use smoltcp::phy::Device;

use crate::{Platform, Stack};

/// Room for the client of DHCP.
///
/// ```
/// use amphi_smoltcp::DhcpPlace;
///
/// let place = DhcpPlace::new(); // a local, or a static in firmware
/// assert!(size_of_val(&place) > 0);
/// ```
#[derive(Debug)]
pub struct DhcpPlace<'a>(SocketStorage<'a>);

impl DhcpPlace<'_> {
    /// An empty place.
    #[must_use]
    pub const fn new() -> Self {
        Self(SocketStorage::EMPTY)
    }
}

impl Default for DhcpPlace<'_> {
    fn default() -> Self {
        Self::new()
    }
}

/// What a server of DHCP has given to this interface, for as long as it is renewed.
///
/// ```
/// use amphi_smoltcp::Lease;
///
/// /// The name server to ask first.
/// fn first_name_server(lease: &Lease) -> Option<core::net::Ipv4Addr> {
///     lease.name_servers[0]
/// }
///
/// assert_eq!(Lease::NAME_SERVERS, 3);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lease {
    /// The address and its network.
    pub address: Ipv4Interface,
    /// The router to all other networks.
    pub router: Option<Ipv4Addr>,
    /// Name servers, the best first.
    pub name_servers: [Option<Ipv4Addr>; Self::NAME_SERVERS],
    /// The server itself.
    pub server: Ipv4Addr,
}

impl Lease {
    /// How many name servers are kept.
    pub const NAME_SERVERS: usize = 3;
}

/// The client of `DHCPv4` (RFC 2131): as long as it is there, the interface has the address
/// and the router that a server on the link gives it.
///
/// It is driven as all else of the stack is, asks and renews by itself, and takes the address
/// back when the lease has ended: that ends the connections of that address. When
/// the link was down it asks anew and keeps the lease for 30 s meanwhile.
/// It needs one slot of the pool beyond those for places and listeners. Dropping it takes
/// the address back too, without telling the server.
///
/// ```
/// use amphi_core::time::Duration;
/// use amphi_smoltcp::smoltcp::{phy::Medium, wire::EthernetAddress};
/// use amphi_smoltcp::{
///     Config, Dhcp, DhcpPlace, Loopback, Pool, Slot, Stack, TcpPlace, UdpPlace, VirtualClock,
/// };
///
/// let mut tcp = [const { TcpPlace::<512, 512>::new() }; 1];
/// let mut udp = [const { UdpPlace::<512, 4>::new() }; 1];
/// let mut slots = [const { Slot::new() }; 1 + 1 + 1];
/// let mut place = DhcpPlace::new();
/// let pool = Pool { tcp: &mut tcp, udp: &mut udp, slots: &mut slots };
///
/// let device = Loopback::<1514, 8>::new(Medium::Ethernet);
/// let config = Config::new(EthernetAddress([2, 0, 0, 0, 0, 1]).into());
/// let stack = Stack::new(device, VirtualClock::new(), config, pool)?;
/// let dhcp = Dhcp::start(&stack, &mut place)?;
/// // Nobody is there to answer.
/// let lease = dhcp.wait(Some(Duration::from_secs(20)));
/// assert_eq!(lease, Err(amphi_core::ErrorKind::TimedOut));
/// # Ok::<(), amphi_core::ErrorKind>(())
/// ```
pub struct Dhcp<'net, 'a, D: Device, P: Platform> {
    stack: &'net Stack<'a, D, P>,
    index: u16,
}

impl<'net, 'a, D: Device, P: Platform> Dhcp<'net, 'a, D, P> {
    /// Begins to look for a server on the link of `stack`.
    ///
    /// # Errors
    ///
    /// `Unsupported` on a link that is no Ethernet; `AlreadyExists` when the stack has a
    /// client; `Exhausted` without a free slot.
    pub fn start(
        stack: &'net Stack<'a, D, P>,
        place: &'a mut DhcpPlace<'a>,
    ) -> Result<Self, ErrorKind> {
        let index = stack.inner_at_now().start_dhcp(&mut place.0)?;
        Ok(Self { stack, index })
    }

    /// What the interface has now.
    ///
    /// # Errors
    ///
    /// `WouldBlock` as long as no server has given anything; `Exhausted` when the
    /// interface has no room for the address or the route.
    pub fn lease(&self) -> Result<Lease, ErrorKind> {
        self.stack.inner().lease(self.index)
    }

    /// Drives the stack until there is a lease.
    ///
    /// # Errors
    ///
    /// `TimedOut` when there is none within `timeout`; else as [`lease`](Self::lease).
    pub fn wait(&self, timeout: Option<Duration>) -> Result<Lease, ErrorKind> {
        let index = self.index;
        let is_known = |lease| lease != Err(ErrorKind::WouldBlock);
        self.stack
            .drive_until(self.stack.after(timeout), &mut |inner| {
                is_known(inner.lease(index))
            });
        self.lease().map_err(|error| match error {
            ErrorKind::WouldBlock => ErrorKind::TimedOut,
            other => other,
        })
    }
}

impl<D: Device, P: Platform> Drop for Dhcp<'_, '_, D, P> {
    fn drop(&mut self) {
        self.stack.inner_at_now().stop_dhcp(self.index);
    }
}

impl<D: Device, P: Platform> fmt::Debug for Dhcp<'_, '_, D, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dhcp")
            .field("lease", &self.lease().ok())
            .finish_non_exhaustive()
    }
}
