//! The server to compare with, as it is written on raw smoltcp: one interface,
//! one flat set of sockets.

use amphi_core::time::Instant;
use amphi_smoltcp::smoltcp::iface::{Config, Interface, SocketHandle, SocketSet, SocketStorage};
use amphi_smoltcp::smoltcp::socket::tcp::{Socket, SocketBuffer};
use amphi_smoltcp::smoltcp::time;
use amphi_smoltcp::smoltcp::wire::{HardwareAddress, IpCidr};
use core::net::Ipv4Addr;

use crate::link::End;
use crate::{PORT, PREFIX, SERVER};

/// An interface at `address`, set up as Amphi sets up its own.
pub(crate) fn interface<const SIDE: char>(device: &mut End<SIDE>, address: Ipv4Addr) -> Interface {
    let config = Config::new(HardwareAddress::Ip);
    let mut interface = Interface::new(config, device, time::Instant::ZERO);
    interface.update_ip_addrs(|addresses| {
        let cidr = IpCidr::new(address.into(), PREFIX);
        addresses.push(cidr).expect("there is room for one address");
    });
    interface
}

/// smoltcp without its `alloc` feature borrows its storage. A benchmark makes few.
fn lend<T>(storage: Vec<T>) -> &'static mut [T] {
    storage.leak()
}

/// An empty set with room for `count` sockets.
pub(crate) fn new_set(count: usize) -> SocketSet<'static> {
    let storage = (0..count).map(|_| SocketStorage::EMPTY).collect();
    SocketSet::new(lend(storage))
}

/// A socket with buffers of `buffer` octets, set up as Amphi sets up its own.
pub(crate) fn socket(buffer: usize) -> Socket<'static> {
    let buffer = || SocketBuffer::new(lend(vec![0; buffer]));
    let mut socket = Socket::new(buffer(), buffer());
    socket.set_nagle_enabled(false);
    socket.set_keep_alive(Some(time::Duration::from_secs(10)));
    socket.set_timeout(Some(time::Duration::from_secs(120)));
    socket
}

/// smoltcp's form of a point in time.
pub(crate) fn instant(now: Instant) -> time::Instant {
    time::Instant::from_micros(i64::try_from(now.as_micros()).unwrap_or(i64::MAX))
}

/// The echo server: poll, then look at each socket.
pub(crate) struct Server {
    device: End<'L'>,
    interface: Interface,
    sockets: SocketSet<'static>,
    handles: Vec<SocketHandle>,
    scratch: Vec<u8>,
}

impl Server {
    /// A server of `count` connections with buffers of `buffer` octets.
    pub(crate) fn new(mut device: End<'L'>, count: usize, buffer: usize) -> Self {
        let interface = interface(&mut device, SERVER);
        let mut sockets = new_set(count);
        let mut listening = || {
            let mut socket = socket(buffer);
            socket.listen(PORT).expect("a new socket can listen");
            sockets.add(socket)
        };
        Self {
            device,
            interface,
            handles: (0..count).map(|_| listening()).collect(),
            sockets,
            scratch: vec![0; buffer / 2],
        }
    }

    /// One turn of its loop.
    pub(crate) fn turn(&mut self, now: Instant) {
        self.interface
            .poll(instant(now), &mut self.device, &mut self.sockets);
        for handle in &self.handles {
            let socket = self.sockets.get_mut::<Socket<'_>>(*handle);
            if !socket.can_recv() {
                continue;
            }
            // What the other buffer cannot take stays where it is.
            let room = socket.send_capacity() - socket.send_queue();
            let limit = room.min(self.scratch.len());
            if let Ok(count) = socket.recv_slice(&mut self.scratch[..limit]) {
                let sent = socket.send_slice(&self.scratch[..count]);
                assert_eq!(sent, Ok(count), "there was room");
            }
        }
    }
}
