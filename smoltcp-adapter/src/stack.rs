use core::cell::{RefCell, RefMut};
use core::fmt;
use core::net::SocketAddr;

use amphi_core::ErrorKind;
use amphi_core::select::Interest;
use amphi_core::socket::Net;
use amphi_core::time::{Duration, Instant};
use smoltcp::phy::Device;

use crate::engine::{Edge, Inner, Wire};
use crate::{Config, Platform, Pool, TcpListener, TcpStream, UdpSocket, convert};

/// A stack over one device: its interface and the caller's pool of sockets.
///
/// `&Stack` is a [`Net`]: it makes sockets, and a service runs on it as on a
/// host. Nothing happens by itself; `select`, [`Socket::wait`](amphi_core::socket::Socket::wait)
/// and [`Net::drain`] drive it.
///
/// ```
/// use amphi_core::socket::{Blocking, Net};
/// use amphi_smoltcp::smoltcp::{phy::Medium, wire::HardwareAddress};
/// use amphi_smoltcp::{Config, Loopback, Pool, Slot, Stack, TcpPlace, UdpPlace, VirtualClock};
///
/// let mut tcp = [const { TcpPlace::<512, 512>::new() }; 2];
/// let mut udp = [const { UdpPlace::<512, 4>::new() }; 1];
/// let mut slots = [const { Slot::new() }; 4];
/// let pool = Pool { tcp: &mut tcp, udp: &mut udp, slots: &mut slots };
///
/// let mut config = Config::new(HardwareAddress::Ip);
/// config.device_loops_back = true;
/// let device = Loopback::<1500, 8>::new(Medium::Ip);
/// let stack = Stack::new(device, VirtualClock::new(), config, pool)?;
/// stack.add_address("127.0.0.1".parse().unwrap(), 8)?;
///
/// let net = &stack;
/// let listener = net.tcp_listen("127.0.0.1:7".parse().unwrap(), 1)?;
/// let mut client = Blocking::connect(net, "127.0.0.1:7".parse().unwrap(), None)?;
/// let (mut server, _) = Blocking::new(listener).accept()?;
/// client.write(b"hello")?;
/// let mut buf = [0; 16];
/// assert_eq!(server.read(&mut buf)?, 5);
/// # Ok::<(), amphi_core::ErrorKind>(())
/// ```
pub struct Stack<'a, D, P> {
    inner: RefCell<Inner<'a>>,
    wire: RefCell<Wire<D>>,
    /// Outside of the cells, as it is called with nothing borrowed: while it
    /// waits, other code may use the stack.
    platform: P,
}

impl<'a, D: Device, P: Platform> Stack<'a, D, P> {
    /// A stack over `device` with the sockets of `pool`. It has no address yet.
    ///
    /// # Errors
    ///
    /// `InvalidInput` when the pool has fewer slots than places, or more than
    /// 65,533, the hardware address does not fit the device's medium, or peers were to be
    /// asked without a pause whether they live (a [`Config::keep_alive`] of zero).
    pub fn new<const RX: usize, const TX: usize, const OCTETS: usize, const PACKETS: usize>(
        device: D,
        platform: P,
        config: Config,
        pool: Pool<'a, RX, TX, OCTETS, PACKETS>,
    ) -> Result<Self, ErrorKind> {
        let capabilities = device.capabilities();
        let fits = convert::fits(config.hardware_address, capabilities.medium);
        if !fits || config.keep_alive.is_zero() {
            return Err(ErrorKind::InvalidInput);
        }
        let inner = Inner::new(capabilities, &config, pool.furnish()?, platform.now());
        Ok(Self {
            inner: RefCell::new(inner),
            wire: RefCell::new(Wire::new(device)),
            platform,
        })
    }

    /// The platform.
    pub const fn platform(&self) -> &P {
        &self.platform
    }

    /// Calls `f` with the device.
    pub fn with_device<R>(&self, f: impl FnOnce(&mut D) -> R) -> R {
        f(self.wire.borrow_mut().device_mut())
    }

    /// Moves what can be moved now, without waiting, and tells when to call
    /// again at the latest if nothing arrives. A program that only selects, or
    /// waits, never needs this.
    pub fn drive(&self) -> Instant {
        self.drive_at(self.platform.now())
    }

    fn drive_at(&self, now: Instant) -> Instant {
        let mut inner = self.inner();
        inner.now = now;
        inner.drive(&mut *self.wire.borrow_mut())
    }

    pub(crate) fn inner(&self) -> RefMut<'_, Inner<'a>> {
        self.inner.borrow_mut()
    }

    /// The same, for what has to do with time.
    pub(crate) fn inner_at_now(&self) -> RefMut<'_, Inner<'a>> {
        let now = self.platform.now();
        let mut inner = self.inner();
        inner.now = now;
        inner
    }

    pub(crate) fn with_edge<R>(&self, f: impl FnOnce(&mut Inner<'a>, &mut dyn Edge) -> R) -> R {
        f(&mut self.inner_at_now(), &mut *self.wire.borrow_mut())
    }

    /// When `timeout` from now on is over.
    pub(crate) fn after(&self, timeout: Option<Duration>) -> Instant {
        timeout.map_or(Instant::NEVER, |timeout| self.platform.now() + timeout)
    }

    /// Drives until `done` says so; false when `deadline` came first, or the
    /// platform wants the caller's attention.
    pub(crate) fn drive_until(
        &self,
        deadline: Instant,
        done: &mut dyn FnMut(&mut Inner<'a>) -> bool,
    ) -> bool {
        let mut now = self.platform.now();
        loop {
            let next = self.drive_at(now);
            if done(&mut self.inner()) {
                return true;
            }
            if now >= deadline {
                return false;
            }
            if next > now && self.rest(next.min(deadline)) {
                return false;
            }
            now = self.platform.now();
        }
    }

    /// Waits until then, and tells whether the platform wants the caller's attention.
    #[cfg_attr(target_pointer_width = "32", inline(always))]
    #[cfg_attr(not(target_pointer_width = "32"), cold)]
    fn rest(&self, until: Instant) -> bool {
        self.platform.wait(until);
        self.platform.take_wakeup()
    }

    pub(crate) fn wait_for(
        &self,
        index: u16,
        interest: Interest,
        timeout: Option<Duration>,
    ) -> bool {
        self.drive_until(self.after(timeout), &mut |inner| {
            !inner.readiness(index).widen(interest).is_none()
        })
    }
}

impl<'net, 'a, D: Device, P: Platform> Net for &'net Stack<'a, D, P> {
    type Error = ErrorKind;
    type Stream = TcpStream<'net, 'a, D, P>;
    type Listener = TcpListener<'net, 'a, D, P>;
    type Datagram = UdpSocket<'net, 'a, D, P>;

    fn now(&self) -> Instant {
        self.platform.now()
    }

    fn tcp_listen(&self, local: SocketAddr, backlog: usize) -> Result<Self::Listener, ErrorKind> {
        let index = self.inner().listen(local, backlog)?;
        Ok(TcpListener { stack: self, index })
    }

    fn tcp_connect(&self, remote: SocketAddr) -> Result<Self::Stream, ErrorKind> {
        let index = self.with_edge(|inner, edge| inner.connect(edge, remote))?;
        Ok(TcpStream { stack: self, index })
    }

    fn udp_bind(&self, local: SocketAddr) -> Result<Self::Datagram, ErrorKind> {
        let index = self.inner().bind(local)?;
        Ok(UdpSocket { stack: self, index })
    }

    fn drain(&self, deadline: Instant) -> Result<bool, ErrorKind> {
        Ok(self.drive_until(deadline, &mut |inner| !inner.owes()))
    }
}

impl<D, P: fmt::Debug> fmt::Debug for Stack<'_, D, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stack")
            .field("platform", &self.platform)
            .finish_non_exhaustive()
    }
}
