use amphi_core::socket::Datagram;
use smoltcp::phy::{self, Device, DeviceCapabilities, Medium};
use smoltcp::time::Instant;

/// A device whose frames are the datagrams of a socket: a TAP or TUN device of a
/// host (`amphi_std::TunTap`), a Unix datagram socket to a virtual machine, or UDP to
/// another program. Frames have at most `MTU` octets, with the link's header.
///
/// The stack's platform then waits for that socket: [`SelectPlatform`](crate::SelectPlatform).
///
/// ```
/// use amphi_core::socket::{Net, Socket};
/// use amphi_smoltcp::link::Tunnel;
/// use amphi_smoltcp::smoltcp::phy::{Device, Medium, RxToken, TxToken};
/// use amphi_smoltcp::smoltcp::time::Instant;
/// use amphi_std::Host;
///
/// let here = Host.udp_bind("127.0.0.1:0".parse().unwrap())?;
/// let there = Host.udp_bind("127.0.0.1:0".parse().unwrap())?;
/// let (to_here, to_there) = (here.local()?, there.local()?);
/// let mut near = Tunnel::<_, 1500>::new(here, to_there, Medium::Ip);
/// let mut far = Tunnel::<_, 1500>::new(there, to_here, Medium::Ip);
///
/// let room = near.transmit(Instant::ZERO).expect("there is always room");
/// room.consume(5, |frame| frame.copy_from_slice(b"frame"));
/// far.socket().wait(amphi_core::select::Interest::READ, None)?;
/// let (frame, _) = far.receive(Instant::ZERO).expect("it came");
/// frame.consume(|frame| assert_eq!(frame, b"frame"));
/// # Ok::<(), amphi_std::HostError>(())
/// ```
#[derive(Debug)]
pub struct Tunnel<S: Datagram, const MTU: usize> {
    socket: S,
    peer: S::Addr,
    medium: Medium,
    incoming: [u8; MTU],
    outgoing: [u8; MTU],
    lost: u64,
}

impl<S: Datagram, const MTU: usize> Tunnel<S, MTU> {
    /// The device of frames of `medium` that are sent to `peer`, and received from
    /// whoever sends some.
    pub const fn new(socket: S, peer: S::Addr, medium: Medium) -> Self {
        Self {
            socket,
            peer,
            medium,
            incoming: [0; MTU],
            outgoing: [0; MTU],
            lost: 0,
        }
    }

    /// The socket.
    pub const fn socket(&self) -> &S {
        &self.socket
    }

    /// How many frames the socket refused, or were too long to receive. They are
    /// lost, as on any link.
    #[must_use]
    pub const fn lost(&self) -> u64 {
        self.lost
    }
}

/// A frame that arrived.
///
/// ```
/// use amphi_core::select::Interest;
/// use amphi_core::socket::{Net, Socket};
/// use amphi_smoltcp::link::Tunnel;
/// use amphi_smoltcp::smoltcp::phy::{Device, Medium, RxToken, TxToken};
/// use amphi_smoltcp::smoltcp::time::Instant;
/// use amphi_std::Host;
///
/// let here = Host.udp_bind("127.0.0.1:0".parse().unwrap())?;
/// let own = here.local()?;
/// let mut device = Tunnel::<_, 1500>::new(here, own, Medium::Ip); // to itself
/// let room = device.transmit(Instant::ZERO).expect("there is always room");
/// room.consume(3, |frame| frame.copy_from_slice(b"abc"));
/// device.socket().wait(Interest::READ, None)?;
/// let (frame, _answer) = device.receive(Instant::ZERO).expect("it came");
/// frame.consume(|frame| assert_eq!(frame, b"abc"));
/// # Ok::<(), amphi_std::HostError>(())
/// ```
#[derive(Debug)]
pub struct TunnelRx<'a>(&'a [u8]);

/// Room for a frame to send.
///
/// ```
/// use amphi_core::socket::{Net, Socket};
/// use amphi_smoltcp::link::Tunnel;
/// use amphi_smoltcp::smoltcp::phy::{Device, Medium, TxToken};
/// use amphi_smoltcp::smoltcp::time::Instant;
/// use amphi_std::Host;
///
/// let here = Host.udp_bind("127.0.0.1:0".parse().unwrap())?;
/// let own = here.local()?;
/// let mut device = Tunnel::<_, 1500>::new(here, own, Medium::Ip); // to itself
/// let room = device.transmit(Instant::ZERO).expect("there is always room");
/// room.consume(3, |frame| frame.copy_from_slice(b"abc"));
/// assert_eq!(device.lost(), 0);
/// # Ok::<(), amphi_std::HostError>(())
/// ```
#[derive(Debug)]
pub struct TunnelTx<'a, S: Datagram> {
    socket: &'a mut S,
    peer: &'a S::Addr,
    buf: &'a mut [u8],
    lost: &'a mut u64,
}

impl<S: Datagram, const MTU: usize> Device for Tunnel<S, MTU> {
    type RxToken<'a>
        = TunnelRx<'a>
    where
        Self: 'a;
    type TxToken<'a>
        = TunnelTx<'a, S>
    where
        Self: 'a;

    fn receive(&mut self, _timestamp: Instant) -> Option<(TunnelRx<'_>, TunnelTx<'_, S>)> {
        let len = loop {
            let received = self.socket.recv_from(&mut self.incoming).ok()?;
            if !received.is_truncated(MTU) {
                break received.len;
            }
            self.lost += 1;
        };
        let tx = TunnelTx {
            socket: &mut self.socket,
            peer: &self.peer,
            buf: &mut self.outgoing,
            lost: &mut self.lost,
        };
        Some((TunnelRx(&self.incoming[..len]), tx))
    }

    fn transmit(&mut self, _timestamp: Instant) -> Option<TunnelTx<'_, S>> {
        Some(TunnelTx {
            socket: &mut self.socket,
            peer: &self.peer,
            buf: &mut self.outgoing,
            lost: &mut self.lost,
        })
    }

    fn capabilities(&self) -> DeviceCapabilities {
        super::capabilities(self.medium, MTU)
    }
}

impl phy::RxToken for TunnelRx<'_> {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, f: F) -> R {
        f(self.0)
    }
}

impl<S: Datagram> phy::TxToken for TunnelTx<'_, S> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, len: usize, f: F) -> R {
        let frame = &mut self.buf[..len];
        let result = f(frame);
        if self.socket.send_to(frame, self.peer).is_err() {
            *self.lost += 1;
        }
        result
    }
}
