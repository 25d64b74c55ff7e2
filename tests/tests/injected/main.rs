//! System calls that fail, by `strace -e inject=`: the server goes on, serves everybody
//! else octet for octet, and loses no descriptor. Each case looks into strace's log whether
//! anything was injected at all.
//!
//! The program is its own server: started with `--serve KIND` it serves until its input
//! ends, so this has a harness of its own. Without strace, or where it may not trace, it says so
//! and passes.
#![cfg_attr(
    not(all(feature = "host", target_os = "linux")),
    allow(dead_code, unused_imports)
)]

#[cfg(all(feature = "host", target_os = "linux"))]
mod cases;
#[cfg(all(feature = "host", target_os = "linux"))]
mod clients;
#[cfg(all(feature = "host", target_os = "linux"))]
mod server;
#[cfg(all(feature = "host", target_os = "linux"))]
mod traced;

#[cfg(all(feature = "host", target_os = "linux"))]
fn main() {
    let mut arguments = std::env::args().skip(1);
    if arguments.next().as_deref() == Some("--serve") {
        std::process::exit(server::run(&arguments.next().unwrap_or_default()));
    }
    let usable = traced::is_possible();
    if let Err(why) = &usable {
        // Not where the names of tests are read from.
        eprintln!("skipped: {why}");
    }
    let trials = if usable.is_ok() {
        cases::trials()
    } else {
        Vec::new()
    };
    libtest_mimic::run(&libtest_mimic::Arguments::from_args(), trials).exit();
}

#[cfg(not(all(feature = "host", target_os = "linux")))]
fn main() {}
