//! What a message costs the machine, and how deep its stack goes.

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;

use crate::clients::on_stack;
use crate::machine::Machine;
use crate::wire::Wire;
use crate::with_each;

/// QEMU's time goes by instructions: each takes 1.024 microseconds of the machine's.
const MICROSECONDS: f64 = 1.024;
/// Messages of one measurement, and octets of a message.
const MESSAGES: u32 = 500;
const LEN: usize = 64;
/// Octets below the end of RAM that only the processor's stack uses, and not all of them.
const STACK: usize = 1 << 20;

/// The tables of `examples/firmware/sizes` have what this prints.
#[test]
fn each_machine_counts_what_a_message_costs() {
    with_each("metered", |image| {
        let wire = Wire::new();
        let folder = tempfile::tempdir().expect("a folder");
        let monitor = folder.path().join("monitor");
        let monitor_option = format!("unix:{},server=on,wait=off", monitor.display());
        let options = ["-icount", "shift=10", "-monitor", &monitor_option];
        let machine = Machine::on_wire(image, &wire, &options);
        wire.wait_for_join();
        on_stack(&wire, |client| {
            let per_message = |awake: u32| f64::from(awake) / MICROSECONDS / f64::from(MESSAGES);
            let tcp = client.awake_for(|client| client.echo_stream_often(MESSAGES, LEN));
            let udp = client.awake_for(|client| client.echo_datagrams_often(MESSAGES, LEN));
            client.eight_connections_on_four_slots();
            client.group_answers_and_others_do_not();
            println!(
                "{}: {:.0} instructions for a TCP message, {:.0} for a datagram, {} octets of stack",
                machine.name(),
                per_message(tcp),
                per_message(udp),
                depth_of_stack(&machine, &monitor, &folder.path().join("memory")),
            );
            client.tell(b"stop");
        });
        machine.end(0);
    });
}

/// How much of the processor's stack was ever used: QEMU's RAM is zero before.
fn depth_of_stack(machine: &Machine, monitor: &Path, file: &Path) -> usize {
    // As in the memory maps of the boards.
    let end_of_ram = match machine.name() {
        "thumbv7m-none-eabi" => 0x2040_0000,
        _ => 0x8050_0000_usize,
    };
    let mut monitor = UnixStream::connect(monitor).expect("QEMU's monitor");
    until_prompt(&mut monitor);
    let (start, file_name) = (end_of_ram - STACK, file.display());
    writeln!(monitor, "pmemsave {start} {STACK} \"{file_name}\"").expect("a command");
    until_prompt(&mut monitor);
    let memory = std::fs::read(file).expect("the memory");
    let unused = memory.iter().position(|octet| *octet != 0);
    STACK - unused.expect("a stack that was used")
}

fn until_prompt(monitor: &mut UnixStream) {
    let mut said = Vec::new();
    let mut buf = [0; 256];
    while !said.ends_with(b"(qemu) ") {
        let count = monitor.read(&mut buf).expect("QEMU's monitor");
        assert!(count > 0, "QEMU's monitor ended");
        said.extend_from_slice(&buf[..count]);
    }
}
