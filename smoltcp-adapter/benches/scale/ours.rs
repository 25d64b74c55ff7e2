//! The echo server of Amphi on a `Stack`.

use core::net::SocketAddr;
use core::time::Duration;

use amphi_core::select::{Event, Ready};
use amphi_core::serve::{Key, Next, Part, Reply, Service, StreamHandler, StreamServer};
use amphi_core::socket::Net;
use amphi_smoltcp::smoltcp::wire::HardwareAddress;
use amphi_smoltcp::{Config, Pool, Slot, Stack, StackSelector, TcpPlace, UdpPlace, VirtualClock};

use crate::link::End;
use crate::{PORT, PREFIX, SERVER};

/// Room for the registrations of the listener and of the most connections of a case.
const SOURCES: usize = 10_001;

/// What comes in goes out, as the examples' handler does it.
struct Echo;

impl StreamHandler for Echo {
    fn handle(&mut self, input: &[u8], reply: &mut Reply<'_>) -> Next {
        reply.send(input);
        Next::Keep
    }
}

/// Runs `with` with one turn of a server of `count` connections with buffers of
/// `BUFFER` octets.
pub(crate) fn serve<const BUFFER: usize, R>(
    device: End<'L'>,
    clock: &VirtualClock,
    count: usize,
    with: impl FnOnce(&mut dyn FnMut()) -> R,
) -> R {
    let mut tcp: Vec<_> = (0..count)
        .map(|_| TcpPlace::<BUFFER, BUFFER>::new())
        .collect();
    let mut udp: [UdpPlace<'_, 0, 0>; 0] = [];
    let mut slots: Vec<_> = (0..=count).map(|_| Slot::new()).collect();
    let pool = Pool {
        tcp: &mut tcp,
        udp: &mut udp,
        slots: &mut slots,
    };
    let stack = Stack::new(device, clock, Config::new(HardwareAddress::Ip), pool)
        .expect("the pool is consistent");
    stack
        .add_address(SERVER.into(), PREFIX)
        .expect("there is room for one address");
    let listener = (&stack)
        .tcp_listen(SocketAddr::new(SERVER.into(), PORT), count)
        .expect("the port is free");

    let mut selector = StackSelector::<_, _, _, SOURCES>::new(&stack);
    let mut connections: Vec<_> = (0..count).map(|_| amphi_core::serve::Slot::new()).collect();
    let mut buffers = vec![0; count * BUFFER / 2];
    let mut server = StreamServer::new(
        listener,
        |_: &SocketAddr| Echo,
        &mut connections,
        &mut buffers,
    );
    let mut events = [Event::new(Key::default(), Ready::NONE); 16];
    let mut scratch = vec![0; BUFFER / 2];
    let mut parts: [&mut dyn Part<_>; 1] = [&mut server];
    let mut service = Service::new(&stack, &mut selector, &mut parts, &mut events, &mut scratch);
    service.start().expect("the listener can be watched");
    with(&mut || {
        service
            .turn(Some(Duration::ZERO))
            .expect("a turn does not fail");
    })
}
