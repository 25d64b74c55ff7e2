use core::fmt;
use core::net::Ipv6Addr;

use amphi_core::ErrorKind;
use amphi_core::addr::Ipv6Interface;
use amphi_core::time::Duration;
use smoltcp::phy::Device;

use crate::{Platform, Stack};

/// Stateless configuration of IPv6 (RFC 4862): as long as it is there, the interface has
/// a link-local address, and an address in each network (two at most) that a router of
/// the link lets it have, with that router for all else.
///
/// Addresses are made of the hardware address (EUI-64), and taken when nobody on the link has
/// answered within a second that it is theirs. Routers are asked three times, then and when
/// the link comes back; later ones are heard when they tell of themselves. Addresses end with
/// their lifetimes, and with them their connections. Dropping it takes all back.
///
/// The link-local address is one of the interface's too: with smoltcp's
/// `IFACE_MAX_ADDR_COUNT` of 2 there is room for one more.
///
/// ```
/// use amphi_core::time::Duration;
/// use amphi_smoltcp::smoltcp::{phy::Medium, wire::EthernetAddress};
/// use amphi_smoltcp::{
///     Config, Loopback, Pool, Slaac, Slot, Stack, TcpPlace, UdpPlace, VirtualClock,
/// };
///
/// let mut tcp = [const { TcpPlace::<512, 512>::new() }; 1];
/// let mut udp = [const { UdpPlace::<512, 4>::new() }; 1];
/// let mut slots = [const { Slot::new() }; 2];
/// let pool = Pool { tcp: &mut tcp, udp: &mut udp, slots: &mut slots };
///
/// let device = Loopback::<1514, 8>::new(Medium::Ethernet);
/// let config = Config::new(EthernetAddress([2, 0, 0, 0, 0, 1]).into());
/// let stack = Stack::new(device, VirtualClock::new(), config, pool)?;
/// let slaac = Slaac::start(&stack)?;
/// // There is no router.
/// let address = slaac.wait(Some(Duration::from_secs(20)));
/// assert_eq!(address, Err(amphi_core::ErrorKind::TimedOut));
/// assert_eq!(stack.addresses().next().unwrap().to_string(), "fe80::ff:fe00:1/64");
/// # Ok::<(), amphi_core::ErrorKind>(())
/// ```
pub struct Slaac<'net, 'a, D: Device, P: Platform> {
    stack: &'net Stack<'a, D, P>,
}

impl<'net, 'a, D: Device, P: Platform> Slaac<'net, 'a, D, P> {
    /// Begins to take a link-local address, and then to look for routers on the link of `stack`.
    ///
    /// # Errors
    ///
    /// `Unsupported` on a link that is no Ethernet; `AlreadyExists` when the stack does it;
    /// `Exhausted` when the interface has no room for an address.
    pub fn start(stack: &'net Stack<'a, D, P>) -> Result<Self, ErrorKind> {
        stack.inner_at_now().start_slaac()?;
        Ok(Self { stack })
    }

    /// The first of the addresses in the networks of routers.
    ///
    /// # Errors
    ///
    /// `WouldBlock` as long as there is none; `Exhausted` when the interface has no room
    /// for it; `AddrInUse` when somebody else has it, or the one on the link.
    pub fn address(&self) -> Result<Ipv6Interface, ErrorKind> {
        self.stack.inner().slaac_address()
    }

    /// The router for all other networks.
    #[must_use]
    pub fn router(&self) -> Option<Ipv6Addr> {
        self.stack.inner().slaac_router()
    }

    /// Drives the stack until there is an address in the network of a router.
    ///
    /// # Errors
    ///
    /// `TimedOut` when there is none within `timeout`; else as [`address`](Self::address).
    pub fn wait(&self, timeout: Option<Duration>) -> Result<Ipv6Interface, ErrorKind> {
        self.stack
            .drive_until(self.stack.after(timeout), &mut |inner| {
                inner.slaac_address() != Err(ErrorKind::WouldBlock)
            });
        self.address().map_err(|error| match error {
            ErrorKind::WouldBlock => ErrorKind::TimedOut,
            other => other,
        })
    }
}

impl<D: Device, P: Platform> Drop for Slaac<'_, '_, D, P> {
    fn drop(&mut self) {
        self.stack.inner_at_now().stop_slaac();
    }
}

impl<D: Device, P: Platform> fmt::Debug for Slaac<'_, '_, D, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slaac")
            .field("address", &self.address().ok())
            .field("router", &self.router())
            .finish_non_exhaustive()
    }
}
