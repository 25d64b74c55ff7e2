//! Amphi's server, as the command-line program runs it.

use core::net::SocketAddr;
use std::io;

use amphi_core::select::Selects;
use amphi_core::select::{Event, Ready};
use amphi_core::serve::{Key, Slot};
use amphi_core::socket::Net;
use amphi_examples::service::{self, Config, EchoSlot, Room};
use amphi_std::{EpollSelector, Host, HostError, Uring, UringSelector};

use crate::child;

/// What a slot keeps of a reply, and reads at once, in octets.
pub(crate) const SPILL: usize = 4096;
/// The longest datagram over IPv4, in octets, rounded up.
const DATAGRAM: usize = 65_536;

/// What one slot is, in octets.
pub(crate) const SLOT: usize = size_of::<EchoSlot<Host>>();

/// Serves `slots` connections at a time on a free port until the process ends.
/// `remark` is asked when all is set up but the slots.
pub(crate) fn serve(slots: usize, remark: impl FnOnce() -> String) -> io::Result<()> {
    let mut selector = EpollSelector::new().map_err(io::Error::other)?;
    serve_on(Host, &mut selector, slots, remark)
}

/// The same by `io_uring`.
#[allow(dead_code, reason = "only the benchmark compares them")]
pub(crate) fn serve_by_uring(slots: usize) -> io::Result<()> {
    let uring = Uring::new().map_err(io::Error::other)?;
    let mut selector = UringSelector::new(&uring);
    serve_on(&uring, &mut selector, slots, || String::from("uring"))
}

fn serve_on<N: Net<Error = HostError>>(
    net: N,
    selector: &mut impl Selects<N, Key = Key>,
    slots: usize,
    remark: impl FnOnce() -> String,
) -> io::Result<()> {
    let listen: SocketAddr = ([127, 0, 0, 1], 0).into();
    let mut config = Config::new(listen);
    config.backlog = 4096;
    let mut events = [Event::new(Key::default(), Ready::NONE); 256];
    let (mut scratch, mut kept) = (vec![0; DATAGRAM], vec![0; DATAGRAM]);
    let remark = remark();
    let mut slots: Box<[EchoSlot<N>]> = (0..slots).map(|_| Slot::new()).collect();
    // Zeroed by the kernel, page by page, when a reply is first kept there.
    let mut buffers = vec![0; slots.len() * SPILL];
    let room = Room {
        slots: &mut slots,
        buffers: &mut buffers,
        events: &mut events,
        scratch: &mut scratch,
        kept: &mut kept,
        batches: None,
    };
    let result = service::serve(net, selector, &config, room, |service, bound| {
        service.start()?;
        if child::answer(bound.echo, &remark).is_err() {
            return Ok(());
        }
        loop {
            child::count(service.turn(None)?);
        }
    });
    let failed = |(step, error)| io::Error::other(format!("{step}: {error}"));
    result.map(drop).map_err(failed)
}
