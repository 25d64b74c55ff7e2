//! What a message costs the machine.

use crate::clients::on_stack;
use crate::machine::Machine;
use crate::wire::Wire;
use crate::with_each;

/// QEMU's time goes by instructions: each takes 1.024 microseconds of the machine's.
const SLOW: [&str; 2] = ["-icount", "shift=10"];
const MICROSECONDS: f64 = 1.024;
/// Messages of one measurement, and octets of a message.
const MESSAGES: u32 = 500;
const LEN: usize = 64;

/// The table of `examples/firmware/sizes` has what this prints.
#[test]
fn each_machine_counts_what_a_message_costs() {
    with_each("metered", |image| {
        let wire = Wire::new();
        let machine = Machine::on_wire(image, &wire, &SLOW);
        wire.wait_for_join();
        on_stack(&wire, |client| {
            let per_message = |awake: u32| f64::from(awake) / MICROSECONDS / f64::from(MESSAGES);
            let tcp = client.awake_for(|client| client.echo_stream_often(MESSAGES, LEN));
            let udp = client.awake_for(|client| client.echo_datagrams_often(MESSAGES, LEN));
            println!(
                "{}: {:.0} instructions for a TCP message, {:.0} for a datagram",
                machine.name(),
                per_message(tcp),
                per_message(udp),
            );
            client.tell(b"stop");
        });
        machine.end(0);
    });
}
