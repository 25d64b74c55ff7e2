//! Echo over host sockets: the CPU time that Amphi's server spends for a message
//! against a hand-written epoll loop, and against servers over `mio`, `polling` and
//! `tokio`.
//!
//! Each server is a process of its own on a processor of its own; the client is
//! this process, the same for all, with one message on its way on each
//! connection. Rounds go from one server to the next; the hand-written one runs
//! twice, which tells how much the machine itself varies.
//!
//! `--syscalls` counts system calls with strace(1) instead; `--idle` tells what a
//! `select` costs beside many idle sockets. `--rounds N`, `--millis N` (of a round)
//! `--connections N` and `--against NAME` change the run, and `--serve NAME` is what the children are
//! started with.

#[path = "../src/bin/load/child.rs"]
mod child;
#[path = "../src/bin/load/client.rs"]
mod client;
#[path = "../src/bin/load/echo.rs"]
mod echo;
#[path = "host/idle.rs"]
mod idle;
#[path = "../src/bin/load/limit.rs"]
mod limit;
#[path = "host/over_mio.rs"]
mod over_mio;
#[path = "host/over_polling.rs"]
mod over_polling;
#[path = "host/over_tokio.rs"]
mod over_tokio;
#[path = "support/stats.rs"]
mod stats;
#[path = "host/syscalls.rs"]
mod syscalls;
#[path = "host/yardstick.rs"]
mod yardstick;

use core::time::Duration;
use std::io;
use std::time::Instant;

use crate::child::Server;
use crate::client::{Client, LONGEST, Outcome, Until};
use crate::stats::{Series, argument, is_benchmark};

/// Octets of a message.
const OCTETS: usize = 64;
/// The connections of each case.
const CASES: [usize; 2] = [100, 1_000];
/// The ratio that the project promises, unless the yardstick itself varies more.
const GOAL: f64 = 1.03;
/// The ratio that it promises of `io_uring`.
const URING_GOAL: f64 = 0.85;
/// The servers in the order of the report: the yardstick comes second, and a third time.
const LANES: [&str; 7] = [
    "amphi", "epoll", "epoll", "uring", "mio", "polling", "tokio",
];
/// How long to wait for what should come at once.
const PATIENCE: Duration = Duration::from_secs(60);

/// A server with its client.
struct Lane {
    server: Server,
    client: Client,
}

/// What the rounds of a lane measured.
#[derive(Default)]
struct Measured {
    /// CPU time of the server, in nanoseconds a message.
    ns: Series,
    /// Messages for each wait of the server.
    batch: Series,
    /// Messages in a second.
    rate: Series,
}

impl Measured {
    /// Messages for each wait, where the server counts its waits.
    fn batch_text(&self) -> String {
        match self.batch.median() {
            known if known.is_finite() => format!("{known:.0}"),
            _ => String::from("?"),
        }
    }
}

impl Lane {
    fn open(kind: &str, connections: usize) -> io::Result<Self> {
        let server = Server::spawn(
            &[],
            &["--serve", kind, "--connections", &connections.to_string()],
        )?;
        if server.remark != kind {
            return Err(io::Error::other(format!("{} is not {kind}", server.remark)));
        }
        let client = Client::connect(server.address, connections, OCTETS, PATIENCE)?;
        Ok(Self { server, client })
    }

    fn round(&mut self, time: Duration, into: Option<&mut Measured>) -> io::Result<()> {
        let before = self.server.usage()?;
        let start = Instant::now();
        let outcome = self.client.run(Until::Time(start + time), PATIENCE)?;
        let elapsed = start.elapsed();
        let usage = self.server.usage()? - before;
        let Outcome {
            messages,
            wrong,
            failed,
        } = outcome;
        if wrong + failed > 0 {
            return Err(io::Error::other(format!("not echoed: {outcome:?}")));
        }
        if let Some(measured) = into {
            let messages = messages as f64;
            measured.ns.push(usage.cpu.as_secs_f64() * 1e9 / messages);
            measured
                .batch
                .push(usage.events as f64 / usage.turns as f64);
            measured.rate.push(messages / elapsed.as_secs_f64());
        }
        Ok(())
    }
}

/// Interleaved rounds; which server comes first changes from round to round.
fn compare(
    names: &[&str],
    connections: usize,
    rounds: usize,
    time: Duration,
) -> io::Result<Vec<Measured>> {
    let lanes = names.iter().map(|kind| Lane::open(kind, connections));
    let mut lanes = lanes.collect::<io::Result<Vec<_>>>()?;
    let _pinned = limit::pin(0);
    let mut measured: Vec<Measured> = names.iter().map(|_| Measured::default()).collect();
    for lane in &mut lanes {
        lane.round(time / 4, None)?;
    }
    for round in 0..rounds {
        for place in 0..lanes.len() {
            let index = (place + round) % lanes.len();
            lanes[index].round(time, Some(&mut measured[index]))?;
        }
    }
    Ok(measured)
}

fn report(names: &[&str], connections: usize, measured: &[Measured]) {
    let [ours, epoll, again, others @ ..] = measured else {
        return;
    };
    println!("{connections} connections, {OCTETS} octets");
    for (name, it) in names.iter().zip(measured) {
        println!(
            "  {name:<8} {:>24} ns CPU a message, {:>22} of epoll's, {:>9.0} a second, {} a wait",
            format!("{:.0}", it.ns),
            format!("{:.3}", it.ns.over(&epoll.ns)),
            it.rate.median(),
            it.batch_text(),
        );
    }
    let ratio = ours.ns.over(&epoll.ns);
    let noise = again.ns.over(&epoll.ns);
    // How far the yardstick strays from itself, in either direction.
    let span = noise.max().max(1.0 / noise.min());
    let met = if ratio.median() <= GOAL {
        "met"
    } else if ratio.median() <= span {
        "within the yardstick's own noise"
    } else {
        "MISSED"
    };
    println!("  ratio {ratio:.3}, epoll against itself {noise:.3}; goal at most {GOAL}: {met}");
    for (name, it) in names[3..].iter().zip(others) {
        if *name == "uring" {
            let ratio = it.ns.over(&epoll.ns);
            let met = if ratio.median() <= URING_GOAL {
                "met"
            } else {
                "MISSED"
            };
            println!("  uring {ratio:.3} of epoll's time; goal at most {URING_GOAL}: {met}");
            continue;
        }
        let share = ours.ns.over(&it.ns);
        let met = if share.median() < 1.0 {
            "met"
        } else {
            "MISSED"
        };
        println!("  of {name}'s time {share:.3}; goal less than 1: {met}");
    }
    for (name, it) in names.iter().zip(measured) {
        let ratio = it.ns.over(&epoll.ns);
        println!(
            "{{\"case\":\"host-{connections}\",\"server\":\"{name}\",\"connections\":{connections},\
             \"octets\":{OCTETS},\"ns\":{:.1},\"ratio\":{:.4},\"ratio_min\":{:.4},\"ratio_max\":{:.4}}}",
            it.ns.median(),
            ratio.median(),
            ratio.min(),
            ratio.max(),
        );
    }
}

fn serve(kind: &str) -> io::Result<()> {
    let _pinned = limit::pin(1);
    let connections = argument("--connections").unwrap_or(1_000);
    match kind {
        "amphi" => echo::serve(connections, || String::from("amphi")),
        "uring" => echo::serve_by_uring(connections),
        "epoll" => yardstick::serve(),
        "mio" => over_mio::serve(),
        "polling" => over_polling::serve(),
        "tokio" => over_tokio::serve(),
        _ => Err(io::Error::other(format!("no server is called {kind}"))),
    }
}

/// The servers of this run: all that this machine can run, or with `--against NAME`
/// the yardstick and that one.
fn names() -> Vec<&'static str> {
    let against: Option<String> = argument("--against");
    let refused = amphi_std::Uring::new().err();
    if let Some(refused) = &refused {
        println!("skipped: no io_uring here: {refused}");
    }
    let (first, others) = LANES.split_at(3);
    let others = others.iter().filter(|name| {
        let is_wanted = against.as_ref().is_none_or(|wanted| wanted == *name);
        is_wanted && (refused.is_none() || **name != "uring")
    });
    first.iter().chain(others).copied().collect()
}

fn main() -> io::Result<()> {
    const { assert!(OCTETS <= LONGEST) };
    limit::raise_descriptors()?;
    if let Some(kind) = argument::<String>("--serve") {
        return serve(&kind);
    }
    if std::env::args().any(|argument| argument == "--syscalls") {
        return syscalls::count();
    }
    if std::env::args().any(|argument| argument == "--idle") {
        return idle::measure();
    }
    let (rounds, millis) = if is_benchmark() { (11, 1_000) } else { (1, 50) };
    let rounds = argument("--rounds").unwrap_or(rounds);
    let time = Duration::from_millis(argument("--millis").unwrap_or(millis));
    println!(
        "median [min..max] of {rounds} rounds of {time:?}; slot of {} octets",
        echo::SLOT
    );
    let only: Option<usize> = argument("--connections");
    let names = names();
    for connections in CASES {
        if only.is_none_or(|only| only == connections) {
            let measured = compare(&names, connections, rounds, time)?;
            report(&names, connections, &measured);
        }
    }
    Ok(())
}
