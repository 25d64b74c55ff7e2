//! TCP echo in four connections, by the server of this project.
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
use amphi_smoltcp::{Config, Platform, Pool, Stack, StackSelector, TcpPlace, UdpPlace};
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
    let mut tcp = [const { TcpPlace::<1024, 1024>::new() }; CONNECTIONS];
    let mut udp: [UdpPlace<'_, 64, 1>; 0] = [];
    let mut places = [const { amphi_smoltcp::Slot::new() }; CONNECTIONS + 1];
    let pool = Pool {
        tcp: &mut tcp,
        udp: &mut udp,
        slots: &mut places,
    };
    let config = Config::new(EthernetAddress([2, 0, 0, 0, 0, 1]).into());
    let Ok(stack) = Stack::new(device::Wire::new(), Clock, config, pool) else {
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
    let mut selector: StackSelector<'_, '_, _, _, Key, { CONNECTIONS + 1 }> =
        StackSelector::new(net);
    let mut parts: [&mut dyn Part<_>; 1] = [&mut server];
    let mut events = [Event::new(Key::default(), Ready::NONE); 8];
    let mut scratch = [0; 512];
    let mut service = Service::new(net, &mut selector, &mut parts, &mut events, &mut scratch);
    let _ = service.start();
    loop {
        let _ = service.turn(None);
    }
}
