//! The service of the guide as firmware: a crate that names no stack, on the same machines.
#![no_std]
#![no_main]

#[cfg(feature = "meter")]
#[path = "../meter.rs"]
mod meter;
#[path = "../network.rs"]
mod network;
#[path = "../places.rs"]
mod places;
#[path = "../settings.rs"]
#[expect(dead_code, reason = "some are of the other service")]
mod settings;

use core::sync::atomic::AtomicBool;

use amphi_boards::Machine;
use amphi_core::serve::Key;
use amphi_smoltcp::StackSelector;

use settings::{ECHO, SOURCES};

amphi_boards::entry!(run);

fn run(machine: Machine) -> ! {
    let net = network::start(machine);
    let mut selector = StackSelector::<_, _, Key, SOURCES>::new(net);
    defmt::info!("shouting at {}", ECHO);
    let served = shout::serve(net, &mut selector, ECHO, &AtomicBool::new(false));
    // It serves for ever; so this is an error.
    defmt::panic!("cannot serve: {}", served)
}
