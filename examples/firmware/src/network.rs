//! The stack on the machine's device, and where it lives.

use amphi_boards::{Board, Machine};
use amphi_smoltcp::{Pool, Slot, Stack, TcpPlace, UdpPlace};
use static_cell::StaticCell;

use crate::places::Places;
use crate::settings::{self, BUFFER, CONNECTIONS, DATAGRAM, SLOTS, SOCKETS};

#[cfg(not(feature = "meter"))]
type Clock = <Machine as Board>::Platform;
#[cfg(feature = "meter")]
type Clock = crate::meter::Metered<<Machine as Board>::Platform>;

pub type Firmware = Stack<'static, <Machine as Board>::Device, Clock>;
pub type Network = &'static Firmware;

/// Room for one TCP connection of the stack: what is received, and what is sent.
static TCP: Places<TcpPlace<'static, BUFFER, BUFFER>, CONNECTIONS> = Places::new();
static UDP: Places<UdpPlace<'static, DATAGRAM, 4>, SOCKETS> = Places::new();
static PLACES: Places<Slot<'static>, SLOTS> = Places::new();
static STACK: StaticCell<Firmware> = StaticCell::new();

/// Starts the stack, with the addresses of the settings. What is made here stands on the
/// processor's stack until it is moved; in a frame of its own, the rest of the program reaches
/// its locals by short instructions.
#[inline(never)]
pub fn start(machine: Machine) -> Network {
    let address = machine.hardware_address();
    let (device, clock) = machine.split();
    #[cfg(feature = "meter")]
    let clock = crate::meter::Metered::new(clock);
    let pool = Pool {
        tcp: TCP.fill(TcpPlace::new),
        udp: UDP.fill(UdpPlace::new),
        slots: PLACES.fill(Slot::new),
    };
    let stack = Stack::new(device, clock, settings::stack(address), pool)
        .unwrap_or_else(|error| defmt::panic!("no stack: {}", error));
    let stack: Network = STACK.init(stack);
    for (address, prefix_len) in settings::ADDRESSES {
        stack
            .add_address(*address, *prefix_len)
            .unwrap_or_else(|error| defmt::panic!("no address: {}", error));
    }
    route(stack);
    #[cfg(feature = "dns")]
    look_up(stack);
    stack
}

#[cfg(not(feature = "dhcp"))]
fn route(stack: Network) {
    stack
        .set_gateway(settings::GATEWAY)
        .unwrap_or_else(|error| defmt::panic!("no gateway: {}", error));
}

/// Waits for an address, and keeps it as long as the machine runs.
#[cfg(feature = "dhcp")]
fn route(stack: Network) {
    use amphi_smoltcp::{Dhcp, DhcpPlace};

    type Client = Dhcp<'static, 'static, <Machine as Board>::Device, Clock>;
    static PLACE: StaticCell<DhcpPlace<'static>> = StaticCell::new();
    static CLIENT: StaticCell<Client> = StaticCell::new();
    let client = Dhcp::start(stack, PLACE.init(DhcpPlace::new()))
        .unwrap_or_else(|error| defmt::panic!("no DHCP: {}", error));
    match CLIENT.init(client).wait(None) {
        Ok(lease) => defmt::info!("{} from {}", lease.address, lease.server),
        Err(error) => defmt::panic!("no address: {}", error),
    }
}

/// Tells the address of a name.
#[cfg(feature = "dns")]
fn look_up(stack: Network) {
    use amphi_core::names::{DnsResolver, Resolver};

    let name = settings::NAME;
    match DnsResolver::new(stack, settings::NAME_SERVER).resolve(name, settings::ECHO.port()) {
        Ok(mut addresses) => defmt::info!("{} is {}", name, addresses.next()),
        Err(_) => defmt::info!("{} is not known", name),
    }
}
