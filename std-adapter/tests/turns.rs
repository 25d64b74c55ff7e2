//! How much a server does in one turn.

use amphi_core::select::{Event, Ready};
use amphi_core::serve::{DatagramHandler, DatagramServer, Key, Outbox, Part, Request, Service};
use amphi_core::socket::{Datagram, Net, Socket};
use amphi_std::{DefaultSelector, Host, HostError};
use core::cell::Cell;

struct Counted<'c>(&'c Cell<u32>);

impl<A> DatagramHandler<A> for Counted<'_> {
    fn handle(&mut self, _: &Request<'_, A>, _: &mut Outbox<'_, A>) {
        self.0.set(self.0.get() + 1);
    }
}

/// Not one wait for each datagram; but a flood at one socket leaves others their turn.
#[test]
fn a_turn_takes_some_datagrams_of_a_socket() -> Result<(), HostError> {
    let (flooded, quiet) = (Cell::new(0), Cell::new(0));
    let (mut kept, mut kept_too) = ([0; 16], [0; 16]);
    let bind = || Host.udp_bind("127.0.0.1:0".parse().expect("an address"));
    let mut client = bind()?;
    let server = |counter, kept| {
        let socket = bind()?;
        let address = socket.local()?;
        Ok::<_, HostError>((DatagramServer::new(socket, Counted(counter), kept), address))
    };
    let (mut first, to_first) = server(&flooded, &mut kept[..])?;
    let (mut second, to_second) = server(&quiet, &mut kept_too[..])?;

    let mut selector = DefaultSelector::new()?;
    let mut events = [Event::new(Key::default(), Ready::NONE); 8];
    let mut scratch = [0; 16];
    let mut parts: [&mut dyn Part<_>; 2] = [&mut first, &mut second];
    let mut service = Service::new(Host, &mut selector, &mut parts, &mut events, &mut scratch);
    service.start()?;
    for _ in 0..40 {
        client.send_to(b"x", &to_first)?;
    }
    client.send_to(b"x", &to_second)?;

    let mut counts = Vec::new();
    while flooded.get() < 40 {
        service.turn(None)?;
        counts.push((flooded.get(), quiet.get()));
    }
    assert_eq!(counts, [(16, 1), (32, 1), (40, 1)]);
    Ok(())
}
