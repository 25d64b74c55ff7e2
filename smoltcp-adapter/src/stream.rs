use core::mem::ManuallyDrop;
use core::net::SocketAddr;

use amphi_core::ErrorKind;
use amphi_core::socket::{Shutdown, Stream};
use amphi_core::time::Duration;
use smoltcp::phy::Device;

use crate::{Platform, Stack};

/// A TCP connection of a [`Stack`].
///
/// ```
/// use amphi_core::select::Interest;
/// use amphi_core::socket::{Net, Socket, Stream};
///
/// # use amphi_smoltcp::smoltcp::{phy::Medium, wire::HardwareAddress};
/// # use amphi_smoltcp::{Config, Loopback, Pool, Slot, Stack, TcpPlace, UdpPlace, VirtualClock};
/// # let mut tcp = [const { TcpPlace::<512, 512>::new() }; 2];
/// # let mut udp = [const { UdpPlace::<512, 4>::new() }; 2];
/// # let mut slots = [const { Slot::new() }; 5];
/// # let pool = Pool { tcp: &mut tcp, udp: &mut udp, slots: &mut slots };
/// # let mut config = Config::new(HardwareAddress::Ip);
/// # config.device_loops_back = true;
/// # let link = Loopback::<1500, 8>::new(Medium::Ip);
/// # let stack = Stack::new(link, VirtualClock::new(), config, pool)?;
/// # stack.add_address("127.0.0.1".parse().unwrap(), 8)?;
/// let net = &stack; // as in the example of `Stack`
/// let listener = net.tcp_listen("127.0.0.1:7".parse().unwrap(), 1)?;
/// let mut stream = net.tcp_connect("127.0.0.1:7".parse().unwrap())?;
/// assert!(stream.wait(Interest::WRITE, None)?);
/// stream.finish_connect()?;
/// stream.set_no_delay(false)?;
/// assert_eq!(stream.write(b"hello")?, 5);
/// assert_eq!(stream.remote()?, listener.local()?);
/// # Ok::<(), amphi_core::ErrorKind>(())
/// ```
pub struct TcpStream<'net, 'a, D: Device, P: Platform> {
    pub(crate) stack: &'net Stack<'a, D, P>,
    pub(crate) index: u16,
}

socket_of_stack!(TcpStream);

impl<D: Device, P: Platform> TcpStream<'_, '_, D, P> {
    /// Sets whether octets leave at once, even if there are few of them (`TCP_NODELAY`);
    /// on unless set, as a server writes a reply in one piece. Off, they wait while others
    /// are under way (Nagle's algorithm, RFC 9293, section 3.7.4).
    ///
    /// # Errors
    ///
    /// None; it is fallible as the sockets API has it.
    pub fn set_no_delay(&mut self, on: bool) -> Result<(), ErrorKind> {
        self.stack.inner().set_no_delay(self.index, on)
    }

    /// Sets how long an acknowledgement may wait for octets to travel with; zero is at
    /// once. [`Config::ack_delay`](crate::Config::ack_delay) unless set.
    ///
    /// # Errors
    ///
    /// None; it is fallible as the sockets API has it.
    pub fn set_ack_delay(&mut self, delay: Duration) -> Result<(), ErrorKind> {
        self.stack.inner().set_ack_delay(self.index, delay)
    }

    /// Sets how many routers a segment may pass, plus one (`IP_TTL`): 1 to 255, 64 unless set.
    ///
    /// # Errors
    ///
    /// `InvalidInput` for zero.
    pub fn set_hop_limit(&mut self, hops: u8) -> Result<(), ErrorKind> {
        self.stack.inner().set_stream_hops(self.index, hops)
    }

    /// Sets how long the connection may take to deliver what it owes when it is dropped
    /// (`SO_LINGER`): then it is reset. Zero resets it at once.
    /// [`Config::close_timeout`](crate::Config::close_timeout) unless set. Dropping never waits.
    ///
    /// # Errors
    ///
    /// None; it is fallible as the sockets API has it.
    pub fn set_linger(&mut self, linger: Duration) -> Result<(), ErrorKind> {
        self.stack.inner().set_linger(self.index, linger)
    }
}

impl<D: Device, P: Platform> Stream for TcpStream<'_, '_, D, P> {
    #[cfg_attr(not(target_pointer_width = "32"), inline(always))]
    fn read(&mut self, buf: &mut [u8]) -> Result<usize, ErrorKind> {
        self.stack.inner().read(self.index, buf)
    }

    #[cfg_attr(not(target_pointer_width = "32"), inline(always))]
    fn write(&mut self, buf: &[u8]) -> Result<usize, ErrorKind> {
        self.stack.inner().write(self.index, buf)
    }

    fn finish_connect(&mut self) -> Result<(), ErrorKind> {
        self.stack.inner().finish_connect(self.index)
    }

    fn shutdown(&mut self, how: Shutdown) -> Result<(), ErrorKind> {
        self.stack.inner().shutdown(self.index, how)
    }

    fn abort(self) {
        let this = ManuallyDrop::new(self);
        this.stack.inner_at_now().abort(this.index);
    }

    fn remote(&self) -> Result<SocketAddr, ErrorKind> {
        self.stack.inner().remote(self.index)
    }
}

impl<D: Device, P: Platform> Drop for TcpStream<'_, '_, D, P> {
    #[cfg_attr(target_pointer_width = "32", inline(never))]
    fn drop(&mut self) {
        self.stack.inner_at_now().orphan(self.index);
    }
}
