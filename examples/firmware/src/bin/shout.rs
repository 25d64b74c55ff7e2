//! The service of the guide as firmware: a crate that names no stack, and where it lives here.
#![no_std]
#![no_main]

#[path = "../board/mod.rs"]
mod board;
#[path = "../end.rs"]
mod end;
#[path = "../hal.rs"]
mod hal;
#[path = "../settings.rs"]
#[expect(dead_code, reason = "some are of the other service")]
mod settings;

use core::array::from_fn;
use core::sync::atomic::AtomicBool;

use amphi_core::ErrorKind;
use amphi_core::serve::Key;
use amphi_smoltcp::{Pool, Slot, Stack, StackSelector, TcpPlace, UdpPlace};
use defmt_semihosting as _;
use static_cell::StaticCell;

use board::Machine;
use hal::Board;
use settings::{BUFFER, CONNECTIONS};

type Firmware = Stack<'static, <Machine as Board>::Device, <Machine as Board>::Platform>;

/// Room for the connections, and one more slot for the listener.
static TCP: StaticCell<[TcpPlace<'static, BUFFER, BUFFER>; CONNECTIONS]> = StaticCell::new();
static SLOTS: StaticCell<[Slot<'static>; CONNECTIONS + 1]> = StaticCell::new();
static STACK: StaticCell<Firmware> = StaticCell::new();

/// Where each board begins.
fn run() -> ! {
    if let Err(error) = serve(Machine::start()) {
        defmt::panic!("cannot serve: {}", error);
    }
    Machine::exit(0)
}

fn serve(machine: Machine) -> Result<(), ErrorKind> {
    let config = settings::stack(machine.hardware_address());
    let (device, platform) = machine.split();
    let udp: &mut [UdpPlace<'_, 0, 0>] = &mut [];
    let pool = Pool {
        tcp: TCP.init_with(|| from_fn(|_| TcpPlace::new())),
        udp,
        slots: SLOTS.init_with(|| from_fn(|_| Slot::new())),
    };
    let stack: &Firmware = STACK.init(Stack::new(device, platform, config, pool)?);
    stack.add_address(settings::ADDRESS.into(), settings::PREFIX_LEN)?;
    stack.set_gateway(settings::GATEWAY)?;

    let mut selector = StackSelector::<_, _, Key, { CONNECTIONS + 1 }>::new(stack);
    defmt::info!("shouting at {}", settings::echo());
    shout::serve(
        stack,
        &mut selector,
        settings::echo(),
        &AtomicBool::new(false),
    )
}
