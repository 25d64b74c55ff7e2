//! The servers: by hand, and of the project.

use core::net::{Ipv4Addr, SocketAddr};
use std::io::{self, ErrorKind};
use std::net::UdpSocket;

use amphi_core::select::{Event, Interest, Ready, Register, Selector};
use amphi_core::serve::{DatagramServer, Envelope, Key, Service};
use amphi_core::socket::{Net, Socket};
use amphi_core::{Error, ErrorKind as Kind};
use amphi_examples::echo::DatagramEcho;
use amphi_std::{EpollSelector, Host};
use nix::errno::Errno;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};

use crate::child;

/// The longest datagram, in octets.
const LONGEST: usize = 2_048;
/// Datagrams of a batch.
const BATCH: usize = 64;

pub(crate) fn serve(kind: &str) -> io::Result<()> {
    match kind {
        "by hand" => by_hand(),
        "offload" => offload().map_err(io::Error::other),
        kind => ours(kind),
    }
}

fn local() -> SocketAddr {
    (Ipv4Addr::LOCALHOST, 0).into()
}

/// epoll(7), recvfrom(2) and sendto(2), until nothing waits.
fn by_hand() -> io::Result<()> {
    let socket = UdpSocket::bind(local())?;
    socket.set_nonblocking(true)?;
    let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
    epoll.add(&socket, EpollEvent::new(EpollFlags::EPOLLIN, 0))?;
    child::answer(socket.local_addr()?, "by hand")?;
    let mut events = [EpollEvent::empty(); 8];
    let mut buf = [0; LONGEST];
    loop {
        match epoll.wait(&mut events, EpollTimeout::NONE) {
            Ok(count) => child::count(count),
            Err(Errno::EINTR) => continue,
            Err(errno) => return Err(errno.into()),
        }
        loop {
            match socket.recv_from(&mut buf) {
                // A full buffer loses it, as UDP may.
                Ok((count, from)) => drop(socket.send_to(&buf[..count], from)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
    }
}

/// `DatagramServer`, with batches or without.
fn ours(kind: &str) -> io::Result<()> {
    let socket = Host.udp_bind(local()).map_err(io::Error::other)?;
    let address = socket.local().map_err(io::Error::other)?;
    let mut kept = vec![0; BATCH * LONGEST];
    let mut octets = vec![0; BATCH * LONGEST];
    let mut received = [const { None }; BATCH];
    let mut replies = [const { Envelope::new() }; BATCH];
    let mut server = DatagramServer::new(socket, DatagramEcho, &mut kept);
    if kind == "batches" {
        server = server.with_batches(&mut octets, &mut received, &mut replies);
    }
    let mut selector = EpollSelector::new().map_err(io::Error::other)?;
    let mut events = [Event::new(Key::default(), Ready::NONE); 8];
    let mut scratch = [0; LONGEST];
    let mut parts: [&mut dyn amphi_core::serve::Part<_>; 1] = [&mut server];
    let mut service = Service::new(Host, &mut selector, &mut parts, &mut events, &mut scratch);
    service.start().map_err(io::Error::other)?;
    child::answer(address, kind)?;
    loop {
        child::count(service.turn(None).map_err(io::Error::other)?);
    }
}

/// The kernel puts datagrams together, and takes the answers apart.
fn offload() -> Result<(), amphi_std::HostError> {
    let mut socket = Host.udp_bind(local())?;
    socket.set_receive_offload(true)?;
    let mut selector = EpollSelector::new()?;
    selector.register(&socket, Interest::READ, ())?;
    let _ = child::answer(socket.local()?, "offload");
    let mut events = [Event::new((), Ready::NONE); 1];
    let mut buf = vec![0; 65_535];
    loop {
        child::count(selector.select(&mut events, None)?);
        loop {
            let message = match socket.recv_message(&mut buf) {
                Err(error) if error.reason() == Kind::WouldBlock => break,
                message => message?,
            };
            let (len, from) = (message.received.len, message.received.from);
            let segment = message.segment.unwrap_or(len).clamp(1, 65_535) as u16;
            // A full buffer loses it, as UDP may.
            let _ = socket.send_segments(&buf[..len], segment, &from);
        }
    }
}
