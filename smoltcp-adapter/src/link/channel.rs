use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time;
use std::vec;
use std::vec::Vec;

use amphi_core::time::Instant;
use smoltcp::phy::{self, Device, DeviceCapabilities, Medium};

use crate::Platform;

/// A link between two threads: each end goes into a stack of its own, with its
/// [`platform`](ChannelEnd::platform), which waits for the other end's frames on
/// the real clock. At most `frames` frames of `mtu` octets wait in each direction.
///
/// So two programs in the sequential style, such as a server and its client, run
/// in one process.
///
/// ```
/// use amphi_core::socket::{Blocking, Net};
/// use amphi_smoltcp::link::{ChannelEnd, channel};
/// use amphi_smoltcp::smoltcp::{phy::Medium, wire::HardwareAddress};
/// use amphi_smoltcp::{Config, Pool, Slot, Stack, TcpPlace, UdpPlace};
/// use amphi_core::ErrorKind;
///
/// fn server(link: ChannelEnd) -> Result<(), ErrorKind> {
///     let mut tcp = [const { TcpPlace::<512, 512>::new() }; 1];
///     let mut udp: [UdpPlace<512, 4>; 0] = [];
///     let mut slots = [const { Slot::new() }; 2];
///     let pool = Pool { tcp: &mut tcp, udp: &mut udp, slots: &mut slots };
///     let (platform, config) = (link.platform(), Config::new(HardwareAddress::Ip));
///     let stack = Stack::new(link, platform, config, pool)?;
///     stack.add_address("192.0.2.1".parse().unwrap(), 24)?;
///     let net = &stack;
///     let listener = net.tcp_listen("192.0.2.1:7".parse().unwrap(), 1)?;
///     let (mut client, _) = Blocking::new(listener).accept()?;
///     client.write(b"hello")?;
///     drop(client);
///     net.drain(net.now() + core::time::Duration::from_secs(5)).map(drop)
/// }
///
/// let (near, far) = channel(Medium::Ip, 1500, 64);
/// let thread = std::thread::spawn(|| server(near));
/// # let mut tcp = [const { TcpPlace::<512, 512>::new() }; 1];
/// # let mut udp: [UdpPlace<512, 4>; 0] = [];
/// # let mut slots = [const { Slot::new() }; 2];
/// # let pool = Pool { tcp: &mut tcp, udp: &mut udp, slots: &mut slots };
/// let (platform, config) = (far.platform(), Config::new(HardwareAddress::Ip));
/// let stack = Stack::new(far, platform, config, pool)?;
/// stack.add_address("192.0.2.2".parse().unwrap(), 24)?;
/// let mut stream = loop {
///     match Blocking::connect(&stack, "192.0.2.1:7".parse().unwrap(), None) {
///         Err(ErrorKind::Refused) => {} // The server does not listen yet.
///         connected => break connected?,
///     }
/// };
/// assert_eq!(stream.read(&mut [0; 16])?, 5);
/// drop(stream);
/// (&stack).drain((&stack).now() + core::time::Duration::from_secs(5))?;
/// thread.join().unwrap()?;
/// # Ok::<(), ErrorKind>(())
/// ```
#[must_use]
pub fn channel(medium: Medium, mtu: usize, frames: usize) -> (ChannelEnd, ChannelEnd) {
    let (one, other) = (Arc::new(Line::new(frames)), Arc::new(Line::new(frames)));
    let end = |incoming: &Arc<Line>, outgoing: &Arc<Line>| ChannelEnd {
        medium,
        mtu,
        incoming: Arc::clone(incoming),
        outgoing: Arc::clone(outgoing),
    };
    (end(&one, &other), end(&other, &one))
}

/// One end of a [`channel`].
///
/// ```
/// use amphi_smoltcp::link::{ChannelEnd, channel};
/// use amphi_smoltcp::smoltcp::phy::{Device, Medium};
///
/// let (near, _far): (ChannelEnd, ChannelEnd) = channel(Medium::Ip, 1500, 4);
/// assert_eq!(near.capabilities().max_transmission_unit, 1500);
/// ```
#[derive(Debug)]
pub struct ChannelEnd {
    medium: Medium,
    mtu: usize,
    incoming: Arc<Line>,
    outgoing: Arc<Line>,
}

/// One direction.
#[derive(Debug)]
struct Line {
    most: usize,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    frames: VecDeque<Vec<u8>>,
    /// Whether its receiver was asked for attention.
    woken: bool,
    /// Whether its receiver is gone.
    closed: bool,
}

impl Line {
    fn new(most: usize) -> Self {
        Self {
            most,
            state: Mutex::default(),
            changed: Condvar::new(),
        }
    }

    /// What is in there is whole after each statement, so a panic elsewhere is no matter.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ChannelEnd {
    /// The platform for the stack that gets this end; its clock begins now.
    #[must_use]
    pub fn platform(&self) -> ChannelPlatform {
        ChannelPlatform {
            incoming: Arc::clone(&self.incoming),
            origin: time::Instant::now(),
        }
    }
}

/// The other end can send on; nobody hears it.
impl Drop for ChannelEnd {
    fn drop(&mut self) {
        let mut state = self.incoming.lock();
        state.closed = true;
        state.frames.clear();
    }
}

impl Device for ChannelEnd {
    type RxToken<'a> = ChannelFrame;
    type TxToken<'a> = ChannelRoom<'a>;

    fn receive(
        &mut self,
        _timestamp: smoltcp::time::Instant,
    ) -> Option<(ChannelFrame, ChannelRoom<'_>)> {
        let frame = self.incoming.lock().frames.pop_front()?;
        Some((ChannelFrame(frame), ChannelRoom(&self.outgoing)))
    }

    fn transmit(&mut self, _timestamp: smoltcp::time::Instant) -> Option<ChannelRoom<'_>> {
        (self.outgoing.lock().frames.len() < self.outgoing.most)
            .then(|| ChannelRoom(&self.outgoing))
    }

    fn capabilities(&self) -> DeviceCapabilities {
        super::capabilities(self.medium, self.mtu)
    }
}

/// A frame that arrived.
///
/// ```
/// use amphi_smoltcp::link::channel;
/// use amphi_smoltcp::smoltcp::phy::{Device, Medium, RxToken, TxToken};
/// use amphi_smoltcp::smoltcp::time::Instant;
///
/// let (mut near, mut far) = channel(Medium::Ip, 1500, 4);
/// let room = near.transmit(Instant::ZERO).expect("the link is empty");
/// room.consume(3, |frame| frame.copy_from_slice(b"abc"));
/// let (frame, _answer) = far.receive(Instant::ZERO).expect("a frame");
/// frame.consume(|frame| assert_eq!(frame, b"abc"));
/// ```
#[derive(Debug)]
pub struct ChannelFrame(Vec<u8>);

/// Room for a frame to send. An answer to what was received always finds some.
///
/// ```
/// use amphi_smoltcp::link::channel;
/// use amphi_smoltcp::smoltcp::phy::{Device, Medium, RxToken, TxToken};
/// use amphi_smoltcp::smoltcp::time::Instant;
///
/// let (mut near, _far) = channel(Medium::Ip, 1500, 1);
/// let room = near.transmit(Instant::ZERO).expect("the link is empty");
/// room.consume(3, |frame| frame.copy_from_slice(b"abc"));
/// assert!(near.transmit(Instant::ZERO).is_none()); // one waits, and that is all
/// ```
#[derive(Debug)]
pub struct ChannelRoom<'a>(&'a Line);

impl phy::RxToken for ChannelFrame {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, f: F) -> R {
        f(&self.0)
    }
}

impl phy::TxToken for ChannelRoom<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, len: usize, f: F) -> R {
        let mut frame = vec![0; len];
        let result = f(&mut frame);
        let mut state = self.0.lock();
        if !state.closed {
            state.frames.push_back(frame);
            self.0.changed.notify_all();
        }
        result
    }
}

/// A clock, and a sleep until the other end sends. Clones wake the same stack.
///
/// ```
/// use amphi_core::time::Instant;
/// use amphi_smoltcp::Platform;
/// use amphi_smoltcp::link::channel;
/// use amphi_smoltcp::smoltcp::phy::Medium;
///
/// let (near, _far) = channel(Medium::Ip, 1500, 4);
/// let platform = near.platform();
/// let remote = platform.clone();
/// let thread = std::thread::spawn(move || remote.wake());
/// platform.wait(Instant::NEVER);
/// thread.join().unwrap();
/// assert!(platform.take_wakeup());
/// ```
#[derive(Debug, Clone)]
pub struct ChannelPlatform {
    incoming: Arc<Line>,
    origin: time::Instant,
}

impl ChannelPlatform {
    /// Ends the stack's running or next wait, from any thread: its `select`
    /// returns, and the loop around it sees, say, that it shall stop.
    pub fn wake(&self) {
        self.incoming.lock().woken = true;
        self.incoming.changed.notify_all();
    }
}

impl Platform for ChannelPlatform {
    fn now(&self) -> Instant {
        Instant::ORIGIN + self.origin.elapsed()
    }

    fn wait(&self, until: Instant) {
        let idle = |state: &mut State| state.frames.is_empty() && !state.woken;
        let state = self.incoming.lock();
        if until == Instant::NEVER {
            drop(self.incoming.changed.wait_while(state, idle));
        } else {
            let left = until - self.now();
            drop(self.incoming.changed.wait_timeout_while(state, left, idle));
        }
    }

    fn take_wakeup(&self) -> bool {
        core::mem::take(&mut self.incoming.lock().woken)
    }
}
