//! TCP echo in four connections, written by hand on smoltcp.
#![no_std]
#![no_main]

#[path = "../../device.rs"]
mod device;

pub(crate) use ::smoltcp;

use smoltcp::iface::{Config, Interface, SocketHandle, SocketSet, SocketStorage};
use smoltcp::socket::tcp::{Socket, SocketBuffer};
use smoltcp::time::Instant;
use smoltcp::wire::{EthernetAddress, IpAddress, IpCidr};

const CONNECTIONS: usize = 4;

fn now() -> Instant {
    Instant::from_micros(i64::from(device::micros()))
}

#[unsafe(no_mangle)]
extern "C" fn _start() -> ! {
    let mut wire = device::Wire::new();
    let config = Config::new(EthernetAddress([2, 0, 0, 0, 0, 1]).into());
    let mut interface = Interface::new(config, &mut wire, now());
    interface.update_ip_addrs(|addresses| {
        let _ = addresses.push(IpCidr::new(IpAddress::v4(192, 0, 2, 1), 24));
    });
    let mut rx = [[0; 1024]; CONNECTIONS];
    let mut tx = [[0; 1024]; CONNECTIONS];
    let mut storage = [SocketStorage::EMPTY; CONNECTIONS];
    let mut sockets = SocketSet::new(&mut storage[..]);
    let mut handles = [SocketHandle::default(); CONNECTIONS];
    for ((handle, rx), tx) in handles.iter_mut().zip(&mut rx).zip(&mut tx) {
        let (rx, tx) = (
            SocketBuffer::new(&mut rx[..]),
            SocketBuffer::new(&mut tx[..]),
        );
        *handle = sockets.add(Socket::new(rx, tx));
    }
    loop {
        interface.poll(now(), &mut wire, &mut sockets);
        for handle in handles {
            echo(sockets.get_mut(handle));
        }
    }
}

fn echo(socket: &mut Socket<'_>) {
    if !socket.is_open() {
        let _ = socket.listen(7);
    }
    if socket.can_recv() && socket.can_send() {
        let mut buf = [0; 512];
        let room = socket.send_capacity() - socket.send_queue();
        let len = buf.len().min(room);
        if let Ok(count) = socket.recv_slice(&mut buf[..len]) {
            let _ = socket.send_slice(&buf[..count]);
        }
    } else if socket.may_send() && !socket.may_recv() {
        socket.close();
    }
}
