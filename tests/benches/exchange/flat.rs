//! Raw smoltcp: one interface, one flat set of sockets. The client of both
//! servers, and the server to compare with.

use core::net::Ipv4Addr;

use amphi_core::time::Instant;
use amphi_smoltcp::smoltcp::iface::{Config, Interface, SocketHandle, SocketSet, SocketStorage};
use amphi_smoltcp::smoltcp::socket::tcp::{Socket, SocketBuffer};
use amphi_smoltcp::smoltcp::time;
use amphi_smoltcp::smoltcp::wire::{HardwareAddress, IpCidr};

use crate::link::End;
use crate::{BUFFER, CLIENT, OCTETS, PORT, PREFIX, SCRATCH, SERVER};

/// An interface with its sockets, and which of them there are.
struct Flat<const SIDE: char> {
    device: End<SIDE>,
    interface: Interface,
    sockets: SocketSet<'static>,
    handles: Vec<SocketHandle>,
}

impl<const SIDE: char> Flat<SIDE> {
    /// An interface at `address` with `count` TCP sockets, set up as Amphi sets up its own.
    fn new(mut device: End<SIDE>, address: Ipv4Addr, count: usize) -> Self {
        let config = Config::new(HardwareAddress::Ip);
        let mut interface = Interface::new(config, &mut device, time::Instant::ZERO);
        interface.update_ip_addrs(|addresses| {
            let cidr = IpCidr::new(address.into(), PREFIX);
            addresses.push(cidr).expect("there is room for one address");
        });
        let mut sockets = new_set(count);
        let handles = (0..count).map(|_| sockets.add(socket())).collect();
        Self {
            device,
            interface,
            sockets,
            handles,
        }
    }

    fn poll(&mut self, now: Instant) {
        let now = time::Instant::from_micros(i64::try_from(now.as_micros()).unwrap_or(i64::MAX));
        self.interface
            .poll(now, &mut self.device, &mut self.sockets);
    }
}

/// smoltcp without its `alloc` feature borrows its storage. A benchmark makes few.
fn lend<T>(storage: Vec<T>) -> &'static mut [T] {
    storage.leak()
}

fn new_set(count: usize) -> SocketSet<'static> {
    let storage = (0..count).map(|_| SocketStorage::EMPTY).collect();
    SocketSet::new(lend(storage))
}

fn socket() -> Socket<'static> {
    let buffer = || SocketBuffer::new(lend(vec![0; BUFFER]));
    let mut socket = Socket::new(buffer(), buffer());
    socket.set_nagle_enabled(false);
    socket.set_keep_alive(Some(time::Duration::from_secs(10)));
    socket.set_timeout(Some(time::Duration::from_secs(120)));
    socket
}

/// The echo server, as it is written on smoltcp: poll, then look at each socket.
pub(crate) struct Server {
    flat: Flat<'L'>,
    scratch: [u8; SCRATCH],
}

impl Server {
    /// A server of `count` connections.
    pub(crate) fn new(device: End<'L'>, count: usize) -> Self {
        let mut flat = Flat::new(device, SERVER, count);
        for handle in &flat.handles {
            let socket = flat.sockets.get_mut::<Socket<'_>>(*handle);
            socket.listen(PORT).expect("a new socket can listen");
        }
        Self {
            flat,
            scratch: [0; SCRATCH],
        }
    }

    /// One turn of its loop.
    pub(crate) fn turn(&mut self, now: Instant) {
        self.flat.poll(now);
        for handle in &self.flat.handles {
            let socket = self.flat.sockets.get_mut::<Socket<'_>>(*handle);
            if socket.can_recv()
                && let Ok(count) = socket.recv_slice(&mut self.scratch)
            {
                let sent = socket.send_slice(&self.scratch[..count]);
                assert_eq!(sent, Ok(count), "one message fits the send buffer");
            }
        }
    }
}

/// The client, the same for both servers.
pub(crate) struct Client {
    flat: Flat<'R'>,
    message: [u8; OCTETS],
    reply: [u8; OCTETS],
}

impl Client {
    /// A client that starts `count` connections.
    pub(crate) fn new(device: End<'R'>, count: usize) -> Self {
        let mut flat = Flat::new(device, CLIENT, count);
        for (handle, port) in flat.handles.iter().zip(49_152..) {
            flat.sockets
                .get_mut::<Socket<'_>>(*handle)
                .connect(flat.interface.context(), (SERVER, PORT), port)
                .expect("a new socket can connect");
        }
        Self {
            flat,
            message: core::array::from_fn(|index| index as u8),
            reply: [0; OCTETS],
        }
    }

    /// Lets frames in and out.
    #[inline(never)]
    pub(crate) fn poll(&mut self, now: Instant) {
        self.flat.poll(now);
    }

    /// Whether all connections stand.
    pub(crate) fn is_connected(&self) -> bool {
        let sockets = &self.flat.sockets;
        let mut handles = self.flat.handles.iter();
        handles.all(|handle| sockets.get::<Socket<'_>>(*handle).may_send())
    }

    /// Uses the last `active` connections from now on, as the first are found
    /// first. If the others are not to stay in the set, whose polls they make
    /// longer, the chosen move to a set of their own.
    pub(crate) fn choose(&mut self, active: usize, keep: bool) {
        let flat = &mut self.flat;
        flat.handles.drain(..flat.handles.len() - active);
        if !keep {
            let mut chosen = new_set(active);
            for handle in &mut flat.handles {
                *handle = chosen.add(flat.sockets.remove(*handle));
            }
            flat.sockets = chosen;
        }
    }

    /// Sends one message on each chosen connection.
    #[inline(never)]
    pub(crate) fn send(&mut self, now: Instant) {
        self.message[0] = self.message[0].wrapping_add(1);
        for handle in &self.flat.handles {
            let socket = self.flat.sockets.get_mut::<Socket<'_>>(*handle);
            let sent = socket.send_slice(&self.message);
            assert_eq!(sent, Ok(OCTETS), "the last message has left");
        }
        self.poll(now);
    }

    /// Takes in the replies to what [`send`](Self::send) sent.
    #[inline(never)]
    pub(crate) fn receive(&mut self, now: Instant) {
        self.poll(now);
        for handle in &self.flat.handles {
            let socket = self.flat.sockets.get_mut::<Socket<'_>>(*handle);
            let count = socket.recv_slice(&mut self.reply);
            assert_eq!(count, Ok(OCTETS), "the reply is there after two turns");
            assert_eq!(self.reply, self.message, "the reply is what was sent");
        }
    }
}
