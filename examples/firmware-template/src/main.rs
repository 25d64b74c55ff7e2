//! A server of your own as firmware: where everything lives, and the loop.
#![no_std]
#![no_main]

use core::array::from_fn;
use core::net::{IpAddr, Ipv4Addr, SocketAddr};
use core::sync::atomic::AtomicBool;
use core::time::Duration;

use amphi_boards::{Board, Machine};
use amphi_core::ErrorKind;
use amphi_core::select::{Event, Ready};
use amphi_core::serve::{Key, Service, Slot, StreamServer};
use amphi_core::socket::Net;
use amphi_smoltcp::smoltcp::wire::EthernetAddress;
use amphi_smoltcp::{Config, Pool, Stack, StackSelector, TcpPlace};
use my_server::Shout;
use static_cell::{ConstStaticCell, StaticCell};

/// The machine's address, which QEMU's user networking forwards to.
const ADDRESS: Ipv4Addr = Ipv4Addr::new(10, 0, 2, 15);
const PREFIX_LEN: u8 = 24;
/// The router.
const GATEWAY: Ipv4Addr = Ipv4Addr::new(10, 0, 2, 2);
const PORT: u16 = 7;
/// How many clients are served at a time.
const CLIENTS: usize = 4;
/// Octets that a connection can receive, send and keep at a time.
const BUFFER: usize = 1024;
/// One for each connection and one for the listener.
const SOCKETS: usize = CLIENTS + 1;

type Firmware = Stack<'static, <Machine as Board>::Device, <Machine as Board>::Platform>;
type Network = &'static Firmware;
type Client = Slot<<Network as Net>::Stream, Shout>;

static TCP: StaticCell<[TcpPlace<'static, BUFFER, BUFFER>; CLIENTS]> = StaticCell::new();
static PLACES: StaticCell<[amphi_smoltcp::Slot<'static>; SOCKETS]> = StaticCell::new();
static STACK: StaticCell<Firmware> = StaticCell::new();
static SERVED: StaticCell<[Client; CLIENTS]> = StaticCell::new();
static BUFFERS: ConstStaticCell<[u8; CLIENTS * BUFFER]> =
    ConstStaticCell::new([0; CLIENTS * BUFFER]);

amphi_boards::entry!(run);

fn run(machine: Machine) -> ! {
    let served = start(machine).and_then(serve);
    // It serves for ever; so this is an error.
    defmt::panic!("the server ended: {}", served)
}

/// The stack on the machine's device.
fn start(machine: Machine) -> Result<Network, ErrorKind> {
    let hardware_address = EthernetAddress(machine.hardware_address());
    let (device, platform) = machine.split();
    let pool = Pool {
        tcp: TCP.init_with(|| from_fn(|_| TcpPlace::new())),
        udp: &mut [] as &mut [amphi_smoltcp::UdpPlace<'_, 0, 0>],
        slots: PLACES.init_with(|| from_fn(|_| amphi_smoltcp::Slot::new())),
    };
    // Where there is a source of random numbers, its output belongs into `seed`.
    let config = Config::new(hardware_address.into());
    let stack: Network = STACK.init(Stack::new(device, platform, config, pool)?);
    stack.add_address(ADDRESS.into(), PREFIX_LEN)?;
    stack.set_gateway(GATEWAY)?;
    Ok(stack)
}

/// Serves every client that comes.
fn serve(net: Network) -> Result<(), ErrorKind> {
    let address = SocketAddr::new(IpAddr::V4(ADDRESS), PORT);
    let listener = net.tcp_listen(address, CLIENTS)?;
    let slots = SERVED.init_with(|| from_fn(|_| Slot::new()));
    let greet = |_: &SocketAddr| Shout;
    let mut server = StreamServer::new(listener, greet, slots, BUFFERS.take());
    let mut selector = StackSelector::<_, _, Key, SOCKETS>::new(net);
    let mut events = [Event::new(Key::default(), Ready::NONE); 8];
    let mut scratch = [0; BUFFER];
    defmt::info!("serving at {}", address);
    Service::new(
        net,
        &mut selector,
        &mut [&mut server],
        &mut events,
        &mut scratch,
    )
    .serve_forever(&AtomicBool::new(false), Duration::ZERO)
}
