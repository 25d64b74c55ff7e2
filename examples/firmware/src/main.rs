//! Amphi's echo service as firmware: TCP and UDP echo at port 7, a responder in the
//! group 224.3.29.71 at port 10000, and a log through `defmt`. The same for each machine.
#![no_std]
#![no_main]

#[cfg(feature = "services")]
mod control;
#[cfg(feature = "meter")]
mod meter;
mod network;
mod places;
#[cfg(feature = "services")]
#[path = "services.rs"]
mod serve;
#[cfg(not(feature = "services"))]
#[path = "stream.rs"]
mod serve;
mod settings;

use amphi_boards::{Board, Machine};
use amphi_core::ErrorKind;
use amphi_core::socket::Peer;
use amphi_examples::service::Step;

amphi_boards::entry!(run);

fn run(machine: Machine) -> ! {
    let net = network::start(machine);
    if let Err((step, error)) = serve::serve(net) {
        failed(step, error);
    }
    Machine::exit(0)
}

/// Tells what the stack refused, and ends the machine as a panic does.
fn failed(step: Step, error: ErrorKind) -> ! {
    match step {
        Step::Listen(at) => defmt::panic!("cannot listen at {}: {}", Peer(&at), error),
        Step::Bind(at) => defmt::panic!("cannot bind {}: {}", Peer(&at), error),
        Step::Join(group, _) => defmt::panic!("cannot join {}: {}", Peer(&group), error),
        Step::Send(group, _) => defmt::panic!("cannot send to {}: {}", Peer(&group), error),
        Step::Serve => defmt::panic!("cannot serve: {}", error),
    }
}
