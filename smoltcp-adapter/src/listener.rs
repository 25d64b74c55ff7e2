use core::net::SocketAddr;

use amphi_core::ErrorKind;
use amphi_core::socket::Listener;
use smoltcp::phy::Device;

use crate::{Platform, Stack, TcpStream};

/// A TCP listener of a [`Stack`]: a budget of pool sockets for connections that
/// nobody has accepted yet. None is set aside before a peer asks for it.
///
/// ```
/// use amphi_core::ErrorKind;
/// use amphi_core::select::Interest;
/// use amphi_core::socket::{Listener, Net, Socket};
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
/// let mut listener = net.tcp_listen("127.0.0.1:7".parse().unwrap(), 1)?;
/// assert_eq!(listener.accept().map(drop), Err(ErrorKind::WouldBlock));
/// let client = net.tcp_connect("127.0.0.1:7".parse().unwrap())?;
/// assert!(listener.wait(Interest::READ, None)?);
/// let (_server, peer) = listener.accept()?;
/// assert_eq!(peer, client.local()?);
/// # Ok::<(), amphi_core::ErrorKind>(())
/// ```
pub struct TcpListener<'net, 'a, D: Device, P: Platform> {
    pub(crate) stack: &'net Stack<'a, D, P>,
    pub(crate) index: u16,
}

socket_of_stack!(TcpListener);

impl<'net, 'a, D: Device, P: Platform> Listener for TcpListener<'net, 'a, D, P> {
    type Stream = TcpStream<'net, 'a, D, P>;

    fn accept(&mut self) -> Result<(Self::Stream, SocketAddr), ErrorKind> {
        let (index, remote) = self.stack.inner().accept(self.index)?;
        Ok((
            TcpStream {
                stack: self.stack,
                index,
            },
            remote,
        ))
    }
}

impl<D: Device, P: Platform> Drop for TcpListener<'_, '_, D, P> {
    #[cfg_attr(target_pointer_width = "32", inline(never))]
    fn drop(&mut self) {
        self.stack.inner_at_now().close_listener(self.index);
    }
}
