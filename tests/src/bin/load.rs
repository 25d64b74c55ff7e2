//! A load generator: many connections to an echo service, all open at once, one
//! message on each in each round, and every octet checked.
//!
//! Without `--connect` it starts the service of Amphi on epoll in a process of
//! its own, and tells what that costs: CPU time, and with `--memory` what an idle
//! connection takes apart from the buffer that the user chose.

#[path = "load/child.rs"]
mod child;
#[path = "load/client.rs"]
mod client;
#[path = "load/echo.rs"]
mod echo;
#[path = "load/limit.rs"]
mod limit;
#[path = "load/memory.rs"]
mod memory;

use core::net::SocketAddr;
use core::time::Duration;
use std::io;
use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;

use crate::child::Server;
use crate::client::{Client, LONGEST, Outcome, Until};
use crate::memory::Footprint;

/// Opens many connections to an echo service, and checks every octet.
#[derive(Debug, Parser)]
struct Arguments {
    /// How many connections, all open at once.
    #[arg(long, default_value_t = 10_000)]
    connections: usize,
    /// How many messages on each connection.
    #[arg(long, default_value_t = 3)]
    rounds: u32,
    /// Octets of a message, at most 4096.
    #[arg(long, default_value_t = 64)]
    octets: usize,
    /// The service to load, instead of one of our own.
    #[arg(long, value_name = "ADDR")]
    connect: Option<SocketAddr>,
    /// Also measures what an idle connection takes of the service's memory.
    #[arg(long, conflicts_with = "connect")]
    memory: bool,
    /// The longest time to wait for all connections, and for each round, in seconds.
    #[arg(long, default_value_t = 60)]
    patience: u64,
    /// Serves; what our own service is started with.
    #[arg(long, hide = true)]
    serve: bool,
}

/// Descriptors that a process needs besides those of its connections.
const OTHERS: u64 = 32;

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("load: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Tells whether every octet came back.
fn run(arguments: &Arguments) -> io::Result<bool> {
    let limit = limit::raise_descriptors()?;
    if arguments.connections as u64 + OTHERS > limit {
        return Err(io::Error::other(format!(
            "{limit} descriptors are too few for {} connections",
            arguments.connections
        )));
    }
    if arguments.octets > LONGEST {
        return Err(io::Error::other(format!("more than {LONGEST} octets")));
    }
    if arguments.serve {
        let _pinned = limit::pin(1);
        return echo::serve(arguments.connections, memory::remark).map(|()| true);
    }
    load(arguments)
}

fn load(arguments: &Arguments) -> io::Result<bool> {
    let count = arguments.connections.to_string();
    let mut server = match arguments.connect {
        Some(_) => None,
        None => Some(Server::spawn(&[], &["--serve", "--connections", &count])?),
    };
    let _pinned = limit::pin(0);
    let own = server.as_ref().map(|server| server.address);
    let address = arguments.connect.or(own).ok_or(io::ErrorKind::NotFound)?;
    let before = footprint(arguments, server.as_ref())?;

    let start = Instant::now();
    let patience = Duration::from_secs(arguments.patience);
    let mut client = Client::connect(address, arguments.connections, arguments.octets, patience)?;
    let mut total = Outcome::default();
    for _ in 0..arguments.rounds {
        let outcome = client.run(Until::Rounds(1), patience)?;
        total.messages += outcome.messages;
        total.wrong += outcome.wrong;
        total.failed += outcome.failed;
    }
    let elapsed = start.elapsed();

    let expected = arguments.connections as u64 * u64::from(arguments.rounds);
    let errors = total.wrong + total.failed;
    let cpu = match &mut server {
        Some(server) => {
            let usage = server.usage()?;
            let batch = usage.events as f64 / usage.turns.max(1) as f64;
            format!(
                "{:.2} s of the server's CPU, {batch:.0} events a wait",
                usage.cpu.as_secs_f64()
            )
        }
        None => String::from("the server's CPU unknown"),
    };
    println!(
        "{} connections, {} rounds, {} messages of {} octets, {errors} errors in {:.2} s; {cpu}",
        arguments.connections,
        arguments.rounds,
        total.messages,
        arguments.octets,
        elapsed.as_secs_f64(),
    );
    if let Some(before) = before
        && let Some(after) = footprint(arguments, server.as_ref())?
    {
        before.report(&after, arguments.connections);
    }
    Ok(errors == 0 && total.messages == expected)
}

fn footprint(arguments: &Arguments, server: Option<&Server>) -> io::Result<Option<Footprint>> {
    match server {
        Some(server) if arguments.memory => Footprint::of(&server.remark).map(Some),
        _ => Ok(None),
    }
}
