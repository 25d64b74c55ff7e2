//! The contracts inside the machine, in its own time and with its own sleep.

use crate::machine::Machine;
use crate::with_each;

/// QEMU counts time by instructions, 32 ns each, and skips sleeps; so a machine runs alike
/// however busy its host is.
const COUNTED: [&str; 2] = ["-icount", "shift=5,sleep=off"];

macro_rules! names {
    ($($module:ident { $($name:ident)* })*) => {
        const NAMES: &[&str] = &[$($(
            concat!(stringify!($module), "::", stringify!($name)),
        )*)*];
    };
}

amphi_conformance::contracts!(names);

#[test]
fn each_machine_keeps_the_contracts() {
    with_each("contracts", |image| {
        let machine = Machine::alone(image, &COUNTED);
        let name = machine.name().to_owned();
        let log = machine.end(0);
        let kept: Vec<_> = log
            .lines()
            .filter_map(|line| line.strip_prefix("INFO  kept "))
            .collect();
        assert_eq!(kept, NAMES, "{log}");
        println!("{name}: {} contracts kept", kept.len());
    });
}
