//! Amphi's echo service as firmware: TCP and UDP echo at port 7, a responder in the
//! group 224.3.29.71 at port 10000, and a log through `defmt`. The same for each board.
#![no_std]
#![no_main]

mod board;
mod control;
mod end;
mod hal;
mod settings;

use core::array::from_fn;

use amphi_core::select::{Event, Ready};
use amphi_core::serve::{DatagramServer, Key, Slot};
use amphi_core::socket::Net;
use amphi_examples::service::{self, Beside, Config, EchoSlot, Room, Step};
use amphi_smoltcp::{Pool, Stack, StackSelector, TcpPlace, UdpPlace};
use defmt_semihosting as _;
use static_cell::{ConstStaticCell, StaticCell};

use board::Machine;
use control::{Control, STOP};
use hal::Board;
use settings::{BUFFER, CONNECTIONS, DATAGRAM, DRAIN, SLOTS, SOURCES};

type Firmware = Stack<'static, <Machine as Board>::Device, <Machine as Board>::Platform>;
type Network = &'static Firmware;

/// Room for one TCP connection of the stack: what is received, and what is sent.
static TCP: StaticCell<[TcpPlace<'static, BUFFER, BUFFER>; CONNECTIONS]> = StaticCell::new();
/// Echo, group, control.
static UDP: StaticCell<[UdpPlace<'static, DATAGRAM, 4>; 3]> = StaticCell::new();
static PLACES: StaticCell<[amphi_smoltcp::Slot<'static>; SLOTS]> = StaticCell::new();
/// What the server keeps for each connection, and of replies that its peer is slow to take.
static SERVED: StaticCell<[EchoSlot<Network>; CONNECTIONS]> = StaticCell::new();
static BUFFERS: ConstStaticCell<[u8; CONNECTIONS * BUFFER]> =
    ConstStaticCell::new([0; CONNECTIONS * BUFFER]);
static STACK: StaticCell<Firmware> = StaticCell::new();

/// Where each board begins.
fn run() -> ! {
    let machine = Machine::start();
    let service::Report { tcp, udp, group } = serve(machine);
    defmt::info!(
        "connections: {} served, {} refused, {} failed; octets: {} in, {} out; datagrams: {}; multicast requests: {}",
        tcp.accepted,
        tcp.refused,
        tcp.failed,
        tcp.received,
        tcp.sent,
        udp.received,
        group.received
    );
    Machine::exit(0)
}

fn serve(machine: Machine) -> service::Report {
    let net = start(machine);
    let mut selector = StackSelector::<_, _, Key, SOURCES>::new(net);
    let socket = net.udp_bind(settings::CONTROL).unwrap_or_else(|error| {
        failed(Step::Bind(settings::CONTROL), error);
    });
    let mut kept = [0; 0];
    let mut control = DatagramServer::new(socket, Control, &mut kept);
    let mut config = Config::new(settings::echo());
    config.group = Some(settings::GROUP);
    config.backlog = CONNECTIONS;
    let mut events = [Event::new(Key::default(), Ready::NONE); 8];
    let (mut scratch, mut kept) = ([0; DATAGRAM], [0; DATAGRAM]);
    let room = Room {
        slots: SERVED.init_with(|| from_fn(|_| Slot::new())),
        buffers: BUFFERS.take(),
        events: &mut events,
        scratch: &mut scratch,
        kept: &mut kept,
    };
    let beside = Beside {
        part: &mut control,
        observe: &(),
    };
    service::serve_beside(
        net,
        &mut selector,
        &config,
        room,
        beside,
        |service, bound| {
            defmt::info!("TCP and UDP echo at {}", bound.echo);
            service.serve_forever(&STOP, DRAIN)
        },
    )
    .unwrap_or_else(|(step, error)| failed(step, error))
}

/// The stack over the machine's device, with the address of the settings.
fn start(machine: Machine) -> Network {
    let address = machine.hardware_address();
    let (device, platform) = machine.split();
    let pool = Pool {
        tcp: TCP.init_with(|| from_fn(|_| TcpPlace::new())),
        udp: UDP.init_with(|| from_fn(|_| UdpPlace::new())),
        slots: PLACES.init_with(|| from_fn(|_| amphi_smoltcp::Slot::new())),
    };
    let config = settings::stack(address);
    let stack = Stack::new(device, platform, config, pool)
        .unwrap_or_else(|error| defmt::panic!("no stack: {}", error));
    let stack: Network = STACK.init(stack);
    stack
        .add_address(settings::ADDRESS.into(), settings::PREFIX_LEN)
        .and_then(|()| stack.set_gateway(settings::GATEWAY))
        .unwrap_or_else(|error| defmt::panic!("no address: {}", error));
    stack
}

fn failed(step: Step, error: amphi_core::ErrorKind) -> ! {
    match step {
        Step::Listen(at) => defmt::panic!("cannot listen at {}: {}", at, error),
        Step::Bind(at) => defmt::panic!("cannot bind {}: {}", at, error),
        Step::Join(group, _) => defmt::panic!("cannot join {}: {}", group, error),
        Step::Send(group, _) => defmt::panic!("cannot send to {}: {}", group, error),
        Step::Serve => defmt::panic!("cannot serve: {}", error),
    }
}
