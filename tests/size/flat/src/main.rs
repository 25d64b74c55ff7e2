//! TCP echo in four connections, by the server of this project on a flat stack.
#![no_std]
#![no_main]

#[path = "../../device.rs"]
mod device;

pub(crate) use amphi_smoltcp::smoltcp;

use core::net::{IpAddr, Ipv4Addr, SocketAddr};

use amphi_core::select::{Event, Ready};
use amphi_core::serve::{Key, Part, Service, Slot, StreamServer};
use amphi_core::socket::Net;
use amphi_core::time::Instant;
use amphi_examples::echo::StreamEcho;
use amphi_smoltcp::flat::{FlatPool, FlatSelector, FlatSlot, FlatStack, SocketStorage};
use amphi_smoltcp::{Config, Platform};
use smoltcp::wire::EthernetAddress;

const CONNECTIONS: usize = 4;
const ADDRESS: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);

struct Clock;

impl Platform for Clock {
    fn now(&self) -> Instant {
        Instant::from_micros(u64::from(device::micros()))
    }

    fn wait(&self, _until: Instant) {}
}

#[unsafe(no_mangle)]
extern "C" fn _start() -> ! {
    let mut buffers = [([0; 1024], [0; 1024]); CONNECTIONS];
    let mut sockets = [SocketStorage::EMPTY; CONNECTIONS];
    let mut places = [const { FlatSlot::new() }; CONNECTIONS + 1];
    let pool = FlatPool {
        buffers: &mut buffers,
        sockets: &mut sockets,
        slots: &mut places,
    };
    let config = Config::new(EthernetAddress([2, 0, 0, 0, 0, 1]).into());
    let Ok(stack) = FlatStack::new(device::Wire::new(), Clock, config, pool) else {
        loop {}
    };
    let _ = stack.add_address(IpAddr::V4(ADDRESS), 24);
    let net = &stack;
    let Ok(listener) = net.tcp_listen((ADDRESS, 7).into(), CONNECTIONS) else {
        loop {}
    };
    let mut slots = [const { Slot::new() }; CONNECTIONS];
    let mut buffers = [0; 512 * CONNECTIONS];
    let make = |_: &SocketAddr| StreamEcho;
    let mut server = StreamServer::new(listener, make, &mut slots, &mut buffers);
    let mut selector: FlatSelector<'_, '_, _, _, Key, { CONNECTIONS + 1 }> = FlatSelector::new(net);
    let mut parts: [&mut dyn Part<_>; 1] = [&mut server];
    let mut events = [Event::new(Key::default(), Ready::NONE); 8];
    let mut scratch = [0; 512];
    let mut service = Service::new(net, &mut selector, &mut parts, &mut events, &mut scratch);
    let _ = service.start();
    loop {
        let _ = service.turn(None);
    }
}
