use core::cell::{Cell, RefCell};

use amphi_core::select::{Event, Ready, Selector};
use amphi_core::socket::Net;
use amphi_core::time::Instant;

use crate::Platform;

/// A platform on another stack, such as a host's: its clock is that stack's, and it
/// waits in one of that stack's selectors for the device, or for what else is
/// registered there. With `amphi_std::PollSelector`, that is a poll(2).
///
/// A wait that the selector ends early without an event, as a waker of a host's makes
/// it, is a wake-up of the program.
///
/// ```
/// use amphi_core::select::{Interest, Register};
/// use amphi_core::socket::{Net, Socket};
/// use amphi_smoltcp::link::Tunnel;
/// use amphi_smoltcp::smoltcp::{phy::Medium, wire::HardwareAddress};
/// use amphi_smoltcp::{Config, Pool, SelectPlatform, Slot, Stack, TcpPlace, UdpPlace};
/// use amphi_std::{Host, PollSelector};
///
/// // A link of IP packets inside of UDP. `amphi_std::TunTap` goes the same way.
/// let socket = Host.udp_bind("127.0.0.1:0".parse().unwrap())?;
/// let to_myself = socket.local()?;
/// let mut selector = PollSelector::new()?;
/// selector.register(&socket, Interest::READ, ())?;
/// let platform = SelectPlatform::new(Host, selector);
/// let device = Tunnel::<_, 1500>::new(socket, to_myself, Medium::Ip);
/// # let mut tcp = [const { TcpPlace::<512, 512>::new() }; 1];
/// # let mut udp: [UdpPlace<512, 4>; 0] = [];
/// # let mut slots = [const { Slot::new() }; 1];
/// # let pool = Pool { tcp: &mut tcp, udp: &mut udp, slots: &mut slots };
/// let stack = Stack::new(device, platform, Config::new(HardwareAddress::Ip), pool)?;
/// assert!((&stack).now() <= Host.now());
/// # Ok::<(), amphi_std::HostError>(())
/// ```
#[derive(Debug)]
pub struct SelectPlatform<N, S> {
    net: N,
    selector: RefCell<S>,
    woken: Cell<bool>,
    failed: Cell<bool>,
}

impl<N: Net, S: Selector<Key = ()>> SelectPlatform<N, S> {
    /// A platform with the clock of `net` that waits in `selector`.
    pub const fn new(net: N, selector: S) -> Self {
        Self {
            net,
            selector: RefCell::new(selector),
            woken: Cell::new(false),
            failed: Cell::new(false),
        }
    }

    /// Whether the device is broken, such as a TAP device whose interface was
    /// deleted: no wait waits any more, and each is a wake-up.
    pub fn has_failed(&self) -> bool {
        self.failed.get()
    }
}

impl<N: Net, S: Selector<Key = ()>> Platform for SelectPlatform<N, S> {
    fn now(&self) -> Instant {
        self.net.now()
    }

    fn wait(&self, until: Instant) {
        let timeout = (until != Instant::NEVER).then(|| until - self.now());
        let mut events = [Event::new((), Ready::NONE)];
        match self.selector.borrow_mut().select(&mut events, timeout) {
            Ok(0) => self.woken.set(self.now() < until),
            Ok(_) if !events[0].ready.is_error() => {}
            Ok(_) | Err(_) => self.failed.set(true),
        }
    }

    fn take_wakeup(&self) -> bool {
        self.woken.take() || self.has_failed()
    }
}
