use core::cell::{RefCell, RefMut};
use core::fmt;
use core::net::SocketAddr;

use amphi_core::ErrorKind;
use amphi_core::select::Interest;
use amphi_core::socket::Net;
use amphi_core::time::{Duration, Instant};
use smoltcp::iface::{self, Interface};
use smoltcp::phy::Device;

use super::inner::{Inner, Settings};
use super::{FlatListener, FlatPool, FlatStream, NoDatagram};
use crate::{Config, Drive, Platform, convert};

/// A small stack over one device, for a handful of TCP sockets. It is used as a
/// [`Stack`](crate::Stack) is; [the module](super) says what it lacks, and what it costs.
///
/// ```
/// use amphi_core::ErrorKind;
/// use amphi_core::socket::{Listener, Net};
/// use amphi_smoltcp::flat::{FlatPool, FlatSlot, FlatStack, SocketStorage};
/// use amphi_smoltcp::smoltcp::{phy::Medium, wire::HardwareAddress};
/// use amphi_smoltcp::{Config, Loopback, VirtualClock};
///
/// # let mut buffers = [([0; 512], [0; 512]); 2];
/// # let mut sockets = [SocketStorage::EMPTY; 2];
/// # let mut slots = [const { FlatSlot::new() }; 2 + 1];
/// let pool = FlatPool { buffers: &mut buffers, sockets: &mut sockets, slots: &mut slots };
/// let device = Loopback::<1500, 8>::new(Medium::Ip);
/// let config = Config::new(HardwareAddress::Ip);
/// let stack = FlatStack::new(device, VirtualClock::new(), config, pool)?;
/// stack.add_address("127.0.0.1".parse().unwrap(), 8)?;
///
/// let mut listener = (&stack).tcp_listen("0.0.0.0:7".parse().unwrap(), 2)?;
/// assert_eq!(listener.accept().map(drop), Err(ErrorKind::WouldBlock));
/// let another = (&stack).tcp_listen("0.0.0.0:8".parse().unwrap(), 1);
/// assert_eq!(another.map(drop), Err(ErrorKind::Exhausted)); // the first has all sockets
/// # Ok::<(), ErrorKind>(())
/// ```
pub struct FlatStack<'a, D, P> {
    inner: RefCell<Inner<'a, D>>,
    /// Outside of the cell, as it is called with nothing borrowed: while it
    /// waits, other code may use the stack.
    platform: P,
}

/// A slot of a stack: what a stream or a listener is.
pub(super) struct Source<'net, 'a, D, P> {
    pub(super) stack: &'net FlatStack<'a, D, P>,
    pub(super) index: usize,
}

impl<'a, D: Device, P: Platform> FlatStack<'a, D, P> {
    /// A stack over `device` with the sockets of `pool`. It has no address yet.
    ///
    /// Of `config`, [`when_busy`](Config::when_busy) does not apply: who finds no socket is
    /// refused. [`device_loops_back`](Config::device_loops_back) has no meaning without
    /// multicast. [`close_timeout`](Config::close_timeout) counts for each step of the end.
    ///
    /// # Errors
    ///
    /// `InvalidInput` when the pool has less storage or fewer slots than buffers, or the
    /// hardware address does not fit the device's medium.
    pub fn new<const RX: usize, const TX: usize>(
        mut device: D,
        platform: P,
        config: Config,
        pool: FlatPool<'a, RX, TX>,
    ) -> Result<Self, ErrorKind> {
        if !convert::fits(config.hardware_address, device.capabilities().medium) {
            return Err(ErrorKind::InvalidInput);
        }
        let settings = Settings::new(&config);
        let sockets = pool.furnish(&settings)?;
        let mut of_interface = iface::Config::new(config.hardware_address);
        of_interface.random_seed = config.seed;
        let now = convert::instant(platform.now());
        let inner = Inner {
            iface: Interface::new(of_interface, &mut device, now),
            device,
            sockets,
            settings,
            next_port: config.seed as u16,
            last_selector: 0,
        };
        Ok(Self {
            inner: RefCell::new(inner),
            platform,
        })
    }

    /// The platform.
    pub const fn platform(&self) -> &P {
        &self.platform
    }

    /// Calls `f` with the device.
    pub fn with_device<R>(&self, f: impl FnOnce(&mut D) -> R) -> R {
        f(&mut self.inner().device)
    }

    /// Moves what can be moved now, without waiting, and tells when to call
    /// again at the latest if nothing arrives. A program that only selects, or
    /// waits, never needs this.
    pub fn drive(&self) -> Instant {
        self.inner().poll(self.platform.now())
    }

    #[inline(never)] // less code
    pub(super) fn inner(&self) -> RefMut<'_, Inner<'a, D>> {
        self.inner.borrow_mut()
    }

    /// Drives until `done` says so; false when `deadline` came first, or the
    /// platform wants the caller's attention.
    pub(super) fn drive_until(
        &self,
        deadline: Instant,
        mut done: impl FnMut(&mut Inner<'a, D>) -> bool,
    ) -> bool {
        let mut now = self.platform.now();
        loop {
            let mut inner = self.inner();
            let next = inner.poll(now);
            if done(&mut inner) {
                return true;
            }
            drop(inner);
            if now >= deadline {
                return false;
            }
            if next > now {
                self.platform.wait(next.min(deadline));
                if self.platform.take_wakeup() {
                    return false;
                }
            }
            now = self.platform.now();
        }
    }

    pub(super) fn after(&self, timeout: Option<Duration>) -> Instant {
        timeout.map_or(Instant::NEVER, |timeout| self.platform.now() + timeout)
    }
}

impl<D: Device, P: Platform> Source<'_, '_, D, P> {
    /// Nobody holds the socket any more: it ends, at once or in order.
    #[inline(never)] // called for both, it is less code
    pub(super) fn release(&self, at_once: bool) {
        self.stack.inner().sockets.release(self.index, at_once);
    }

    pub(super) fn wait(&self, interest: Interest, timeout: Option<Duration>) -> bool {
        let deadline = self.stack.after(timeout);
        self.stack.drive_until(deadline, |inner| {
            !inner
                .sockets
                .readiness(self.index)
                .widen(interest)
                .is_none()
        })
    }
}

impl<'net, 'a, D: Device, P: Platform> Net for &'net FlatStack<'a, D, P> {
    type Error = ErrorKind;
    type Stream = FlatStream<'net, 'a, D, P>;
    type Listener = FlatListener<'net, 'a, D, P>;
    type Datagram = NoDatagram;

    fn now(&self) -> Instant {
        self.platform.now()
    }

    fn tcp_listen(&self, local: SocketAddr, backlog: usize) -> Result<Self::Listener, ErrorKind> {
        let index = self.inner().listen(local, backlog)?;
        let source = Source { stack: self, index };
        Ok(FlatListener::new(source, local.is_ipv4()))
    }

    fn tcp_connect(&self, remote: SocketAddr) -> Result<Self::Stream, ErrorKind> {
        let index = self.inner().connect(remote, self.platform.now())?;
        Ok(FlatStream::new(Source { stack: self, index }))
    }

    fn udp_bind(&self, local: SocketAddr) -> Result<Self::Datagram, ErrorKind> {
        self.inner().local_address(local)?;
        Err(ErrorKind::Unsupported)
    }

    fn drain(&self, deadline: Instant) -> Result<bool, ErrorKind> {
        Ok(self.drive_until(deadline, |inner| !inner.sockets.owes()))
    }
}

impl<D: Device, P: Platform> Drive for FlatStack<'_, D, P> {
    fn drive(&self) -> Instant {
        FlatStack::drive(self)
    }
}

impl<D, P> FlatStack<'_, D, P> {
    /// Forgets all that a selector watches.
    pub(super) fn forget(&self, selector: u16) {
        for slot in self.inner.borrow_mut().sockets.slots.iter_mut() {
            if slot.selector == selector {
                slot.selector = 0;
            }
        }
    }
}

impl<D, P: fmt::Debug> fmt::Debug for FlatStack<'_, D, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FlatStack")
            .field("platform", &self.platform)
            .finish_non_exhaustive()
    }
}
