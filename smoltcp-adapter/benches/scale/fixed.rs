//! Runs the benchmark where it lies in memory each time, as a firmware does.
//!
//! Linux puts a program at another address each time it starts. Some of these places are worse
//! for the processor's caches of code and of pages than others, which makes several percent.

use std::os::unix::process::CommandExt;
use std::process::Command;

use nix::sys::personality::{self, Persona};

/// Starts the program anew without random addresses (personality(2)), unless it was; where
/// that is not allowed, it goes on with them and says so.
pub(crate) fn addresses() {
    let Ok(persona) = personality::get() else {
        return say("cannot be asked for");
    };
    if persona.contains(Persona::ADDR_NO_RANDOMIZE) {
        return;
    }
    if personality::set(persona | Persona::ADDR_NO_RANDOMIZE).is_err() {
        return say("are not allowed");
    }
    if let Ok(program) = std::env::current_exe() {
        let arguments = std::env::args_os().skip(1);
        // It returns only if it fails.
        let _ = Command::new(program).args(arguments).exec();
    }
    say("were not to be had");
}

fn say(what: &str) {
    eprintln!("fixed addresses {what}: the ratios vary from run to run");
}
