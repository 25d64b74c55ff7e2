//! Parts under test, in a loop that a peer can give turns.

use core::net::SocketAddr;

use amphi_core::select::{Event, Ready};
use amphi_core::serve::{Key, Part, Service};
use amphi_core::socket::Net;
use amphi_core::time::Duration;
use amphi_examples::service::{Config, Report, Room, serve};

use crate::{Peer, World};

/// What is kept of a reply in the contracts, in octets: little, so that it fills up.
pub(crate) const SPILL: usize = 512;
/// How long stopping may take on a prompt link.
pub(crate) const DRAIN: Duration = Duration::from_millis(300);

/// Runs `parts` while `test` plays the other side, and stops them at the end.
#[track_caller]
pub(crate) fn run<W: World>(
    world: &mut W,
    parts: &mut [&mut dyn Part<W::Selector>],
    test: impl FnOnce(&mut Peer<'_, W::Net>),
) {
    serve_with(world, parts, |_, far, service| {
        service.start().expect("the service starts");
        test(&mut Peer::new(far, &mut |time| {
            service.turn(Some(time)).expect("a turn");
        }));
    });
}

/// Lends a service of `parts`, not started yet, to `test`, with its stack and its
/// peers', and stops it at the end.
#[track_caller]
pub(crate) fn serve_with<W: World>(
    world: &mut W,
    parts: &mut [&mut dyn Part<W::Selector>],
    test: impl FnOnce(W::Net, W::Net, &mut Service<'_, '_, W::Net, W::Selector>),
) {
    let (net, far) = (world.net(), world.far());
    let drain = DRAIN * world.pace();
    let mut selector = world.selector();
    let mut events = [Event::new(Key::default(), Ready::NONE); 8];
    let mut scratch = [0; 1024];
    let mut service = Service::new(net, &mut selector, parts, &mut events, &mut scratch);
    test(net, far, &mut service);
    service.finish(drain).expect("the service ends");
}

/// Runs the echo service of the examples with `SLOTS` slots while `test` plays its clients.
#[track_caller]
pub(crate) fn echo<W: World, const SLOTS: usize>(
    world: &mut W,
    change: impl FnOnce(&mut Config),
    test: impl FnOnce(&mut Peer<'_, W::Net>, SocketAddr),
) -> Report {
    let (net, far) = (world.net(), world.far());
    let drain = DRAIN * world.pace();
    let mut selector = world.selector();
    let mut config = Config::new(world.any_port());
    config.backlog = 8;
    change(&mut config);
    let mut slots = [const { amphi_core::serve::Slot::new() }; SLOTS];
    let mut buffers = [[0; SPILL]; SLOTS];
    let mut events = [Event::new(Key::default(), Ready::NONE); 8];
    let (mut scratch, mut kept) = ([0; LONGEST], [0; LONGEST]);
    let room = Room {
        slots: &mut slots,
        buffers: buffers.as_flattened_mut(),
        events: &mut events,
        scratch: &mut scratch,
        kept: &mut kept,
        batches: None,
    };
    serve(net, &mut selector, &config, room, |service, bound| {
        service.start()?;
        test(
            &mut Peer::new(far, &mut |time| {
                service.turn(Some(time)).expect("a turn");
            }),
            bound.echo,
        );
        service.finish(drain)
    })
    .expect("the service runs")
}

/// Longer than the longest datagram of any stack.
pub(crate) const LONGEST: usize = 65_536;

/// A listener at a port of its own, and its address.
#[track_caller]
pub(crate) fn listen<W: World>(
    world: &W,
    backlog: usize,
) -> (<W::Net as Net>::Listener, SocketAddr) {
    use amphi_core::socket::Socket;
    let listener = world
        .net()
        .tcp_listen(world.any_port(), backlog)
        .expect("a listener");
    let address = listener.local().expect("its address");
    (listener, address)
}
