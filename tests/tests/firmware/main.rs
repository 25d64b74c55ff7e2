//! The firmware on emulated machines, spoken to in Ethernet frames by a stack of ours:
//! `.ci/run firmware` builds it and names the images; elsewhere it is skipped with a line.
#![cfg(all(feature = "host", target_os = "linux"))]

mod clients;
mod contracts;
mod flood;
mod machine;
mod meter;
mod names;
mod transcript;
mod wire;

use core::net::Ipv4Addr;
use std::path::{Path, PathBuf};

use clients::on_stack;
use machine::Machine;
use wire::{Trouble, Wire};

/// The firmware's address, as in its settings.
const FIRMWARE: Ipv4Addr = Ipv4Addr::new(10, 0, 2, 15);
/// Ours.
const TESTER: Ipv4Addr = Ipv4Addr::new(10, 0, 2, 2);

/// The images to test, by their names what they are; separated by colons.
const IMAGES: &str = "AMPHI_FIRMWARE";

/// Statuses of a machine after a panic, and after an exception of the processor.
const PANICKED: i32 = 101;
const FAULTED: i32 = 102;

/// Calls `test` with each image of this name.
fn with_each(name: &str, test: impl Fn(&Path)) {
    let images = std::env::var_os(IMAGES).unwrap_or_default();
    let images: Vec<PathBuf> = std::env::split_paths(&images)
        .filter(|image| image.ends_with(name))
        .collect();
    if images.is_empty() {
        println!("skipped: {IMAGES} names no image {name}");
    }
    for image in images {
        test(&image);
    }
}

#[test]
fn each_machine_serves_and_ends_well() {
    with_each("amphi-firmware", |image| {
        let wire = Wire::new();
        let machine = Machine::on_wire(image, &wire, &[]);
        wire.wait_for_join();
        on_stack(&wire, |client| {
            client.echo_stream();
            println!(
                "{}: {:.1?} from start to first echo, {} ms of a processor",
                machine.name(),
                machine.age(),
                10 * machine.processor_time(),
            );

            client.echo_datagrams();
            client.group_answers_and_others_do_not();
            client.eight_connections_on_four_slots();
            client.reset_harms_nobody();
            client.half_close_brings_the_rest();
            let idle = machine.idle();
            println!("{}: idle at {idle:.1} % of a processor", machine.name());
            // Who waits busily takes all of it.
            assert!(idle < 10.0, "the machine does not sleep: {idle:.1} %");

            wire.set_trouble(Trouble::LossAndDisorder);
            client.transfer_whole();
            wire.set_trouble(Trouble::None);
            client.tell(b"stop");
        });
        transcript::check(&machine.end(0));
    });
}

#[test]
fn what_is_no_frame_and_too_many_of_them_harm_nobody() {
    with_each("amphi-firmware", |image| {
        let wire = Wire::new();
        let machine = Machine::on_wire(image, &wire, &[]);
        wire.wait_for_join();
        on_stack(&wire, |client| {
            client.echo_stream();
            for flood in flood::ALL {
                let sent = wire.send_all(flood::frames(flood));
                client.echo_stream_in_the_end();
                client.echo_datagram_in_the_end();
                println!(
                    "{}: serves after {sent} frames of {flood:?}",
                    machine.name()
                );
            }
            client.tell(b"stop");
        });
        let log = machine.end(0);
        assert!(!log.contains("ERROR"), "{log}");
        assert!(log.contains("INFO  connections: "), "{log}");
    });
}

#[test]
fn a_panic_and_a_fault_are_told() {
    let endings: [(&[u8], i32, &str); 2] = [
        (b"panic", PANICKED, "panic"),
        (b"fault", FAULTED, "ERROR fault at 0x"),
    ];
    with_each("amphi-firmware", |image| {
        for (word, status, reason) in endings {
            let wire = Wire::new();
            let machine = Machine::on_wire(image, &wire, &[]);
            wire.wait_for_join();
            on_stack(&wire, |client| client.tell(word));
            let name = machine.name().to_owned();
            let log = machine.end(status);
            let last = log.lines().last().unwrap_or_default();
            assert!(last.starts_with("ERROR ") && last.contains(reason), "{log}");
            println!("{name}: status {status} after {last:?}");
        }
    });
}

#[test]
fn a_project_from_the_template_serves() {
    with_each("my-server", |image| {
        let wire = Wire::new();
        let machine = Machine::on_wire(image, &wire, &[]);
        let answer = on_stack(&wire, |client| client.answer_to(b"hello"));
        assert_eq!(answer, b"HELLO");
        println!("{}: from the template, {:?}", machine.name(), "HELLO");
    });
}

#[test]
fn an_address_from_dhcp_is_used() {
    with_each("with-dhcp", |image| {
        let machine = Machine::with_dhcp(image, "10.9.8.0/24", "10.9.8.77");
        let lease = machine.line();
        assert_eq!(lease, "10.9.8.77/24 from 10.9.8.2");
        assert_eq!(machine.line(), "TCP and UDP echo at 0.0.0.0:7");
        println!("{}: by DHCP {lease}", machine.name());
    });
}

#[test]
fn a_name_is_looked_up() {
    with_each("with-dns", |image| {
        let wire = Wire::new();
        on_stack(&wire, |client| {
            let mut names = client.name_server();
            let machine = Machine::on_wire(image, &wire, &[]);
            names.answer([192, 0, 2, 7]);
            let known = machine.line();
            assert_eq!(known, "echo.example is Some(192.0.2.7:7)");
            client.echo_stream();
            println!("{}: by DNS {known}", machine.name());
        });
    });
}

#[test]
fn the_echo_is_there_over_ipv6() {
    with_each("with-ipv6", |image| {
        let wire = Wire::new();
        let machine = Machine::on_wire(image, &wire, &[]);
        wire.wait_for_join();
        on_stack(&wire, |client| {
            client.echo_stream_over_ipv6();
            client.tell(b"stop");
        });
        let name = machine.name().to_owned();
        let log = machine.end(0);
        assert!(log.starts_with("INFO  TCP and UDP echo at [fec0:"), "{log}");
        println!("{name}: echo over IPv6");
    });
}
