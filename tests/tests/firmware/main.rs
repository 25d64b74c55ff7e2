//! The firmware on emulated machines, spoken to in Ethernet frames by a stack of ours:
//! `.ci/run firmware` builds it and names the images; elsewhere it is skipped with a line.
#![cfg(all(feature = "host", target_os = "linux"))]

mod clients;
mod machine;
mod wire;

use core::net::Ipv4Addr;
use std::path::Path;

use clients::on_stack;
use machine::Machine;
use wire::{Trouble, Wire};

/// The firmware's address, as in its settings.
const FIRMWARE: Ipv4Addr = Ipv4Addr::new(10, 0, 2, 15);
/// Ours.
const TESTER: Ipv4Addr = Ipv4Addr::new(10, 0, 2, 2);

/// The images to test, each with a name of its own; separated by colons.
const IMAGES: &str = "AMPHI_FIRMWARE";

#[test]
fn each_machine_serves_and_ends_well() {
    let Some(images) = std::env::var_os(IMAGES) else {
        println!("skipped: {IMAGES} names no images of the firmware");
        return;
    };
    let images = images.into_string().expect("paths are text");
    for image in images.split(':') {
        serve(Path::new(image));
    }
}

/// One life of a machine.
fn serve(image: &Path) {
    let wire = Wire::new();
    let machine = Machine::start(image, &wire);
    wire.wait_for_join();
    let connections = on_stack(&wire, |client| {
        client.echo_stream();
        let age = machine.age();
        println!("{}: {age:.1?} from start to first echo", machine.name());

        client.echo_datagrams();
        client.group_answers_and_others_do_not();
        client.eight_connections_on_four_slots();
        client.reset_harms_nobody();
        client.half_close_brings_the_rest();
        let idle = machine.idle();
        println!("{}: idle at {idle:.1} % of a processor", machine.name());

        wire.set_trouble(Trouble::LossAndDisorder);
        client.transfer_whole();
        wire.set_trouble(Trouble::None);

        wire.send_garbage(20_000);
        client.echo_stream();
        client.stop();
        client.connections()
    });
    check_log(&machine.end(), connections);
}

/// First where it listens, last what it served, in between a line for each begin and
/// end of a connection, and nothing else.
fn check_log(log: &str, connections: usize) {
    let lines: Vec<&str> = log.lines().collect();
    let (first, rest) = lines.split_first().expect("a log");
    let (last, middle) = rest.split_last().expect("a last line");
    assert_eq!(*first, "INFO  TCP and UDP echo at 10.0.2.15:7");
    let count = |what: &str| middle.iter().filter(|line| line.contains(what)).count();
    assert_eq!(count(" accepted"), connections, "{log}");
    assert_eq!(count(" closed, "), connections, "{log}");
    assert_eq!(middle.len(), 2 * connections, "{log}");
    let report = format!("INFO  connections: {connections} served, 0 refused, 1 failed; ");
    assert!(last.starts_with(&report), "{log}");
    assert!(
        last.ends_with("; datagrams: 5; multicast requests: 1"),
        "{log}"
    );
}
