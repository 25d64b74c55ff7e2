//! Echo over UDP: datagrams in a second, and the server's CPU time for one, with
//! batches and with offloads against a call for each.
//!
//! Each server is a process of its own on a processor of its own; the client is this
//! process, the same for all, which keeps some datagrams on their way on each of its
//! sockets and sends and receives in batches itself. Rounds go from one server to
//! the next. `--rounds N`, `--millis N` (of a round) and `--sockets N` change the run,
//! and `--serve KIND` is what the children are started with.

#[path = "../src/bin/load/child.rs"]
mod child;
#[path = "udp/client.rs"]
mod client;
#[path = "../src/bin/load/limit.rs"]
#[allow(dead_code, reason = "no descriptors to speak of")]
mod limit;
#[path = "udp/server.rs"]
mod server;
#[path = "support/stats.rs"]
mod stats;

use core::time::Duration;
use std::io;
use std::time::Instant;

use crate::child::Server;
use crate::client::Client;
use crate::stats::{Series, argument, is_benchmark};

/// Octets of a datagram.
const OCTETS: usize = 64;
/// Sockets of the client in each case; with the most, each has one datagram on its way.
const CASES: [usize; 3] = [1, 16, client::WINDOW];
/// The servers; the first is what the others are compared with.
const KINDS: [&str; 4] = ["by hand", "one by one", "batches", "offload"];
/// How many times as many datagrams in a second the project promises of batches.
const GOAL: f64 = 1.5;

struct Lane {
    server: Server,
    client: Client,
    /// Datagrams in a second.
    rate: Series,
    /// CPU time of the server, in nanoseconds a datagram.
    ns: Series,
    /// Datagrams for each wait of the server.
    batch: Series,
}

impl Lane {
    fn open(kind: &str, sockets: usize) -> io::Result<Self> {
        let server = Server::spawn(&[], &["--serve", kind])?;
        if server.remark != kind {
            return Err(io::Error::other(format!("{} is not {kind}", server.remark)));
        }
        let client = Client::new(server.address, sockets)?;
        Ok(Self {
            server,
            client,
            rate: Series::default(),
            ns: Series::default(),
            batch: Series::default(),
        })
    }

    fn round(&mut self, time: Duration) -> io::Result<()> {
        let before = self.server.usage()?;
        let start = Instant::now();
        let datagrams = self.client.run(start + time)? as f64;
        let elapsed = start.elapsed();
        let usage = self.server.usage()? - before;
        self.rate.push(datagrams / elapsed.as_secs_f64());
        self.ns.push(usage.cpu.as_secs_f64() * 1e9 / datagrams);
        self.batch.push(datagrams / usage.turns as f64);
        Ok(())
    }
}

fn compare(sockets: usize, rounds: usize, time: Duration) -> io::Result<()> {
    let mut lanes = Vec::new();
    for kind in KINDS {
        lanes.push(Lane::open(kind, sockets)?);
    }
    let _pinned = limit::pin(0);
    for lane in &mut lanes {
        lane.client.run(Instant::now() + time / 4)?;
    }
    for round in 0..rounds {
        for place in 0..lanes.len() {
            let index = (place + round) % lanes.len();
            lanes[index].round(time)?;
        }
    }
    println!("{sockets} sockets, datagrams of {OCTETS} octets");
    for (kind, lane) in KINDS.iter().zip(&lanes) {
        let (rates, costs) = (lane.rate.over(&lanes[0].rate), lane.ns.over(&lanes[0].ns));
        // With one datagram for each address, there is nothing to put together.
        let goal = match (*kind, rates.median() >= GOAL) {
            ("batches", true) => ", goal met",
            ("batches", false) if sockets < client::WINDOW => ", goal MISSED",
            _ => "",
        };
        println!(
            "  {kind:<12} {:>10.0} a second, {:>28} times{goal}; {:>26} ns CPU each, {:.2} of it; {:>6.1} a wait",
            lane.rate.median(),
            format!("{rates:.2}"),
            format!("{:.0}", lane.ns),
            costs.median(),
            lane.batch.median(),
        );
        println!(
            "{{\"case\":\"udp-{sockets}-{}\",\"rate\":{:.0},\"times\":{:.3},\"times_min\":{:.3},\
             \"times_max\":{:.3},\"ns\":{:.1},\"cost\":{:.3}}}",
            kind.replace(' ', "-"),
            lane.rate.median(),
            rates.median(),
            rates.min(),
            rates.max(),
            lane.ns.median(),
            costs.median(),
        );
    }
    let lost: u64 = lanes.iter().map(|lane| lane.client.lost()).sum();
    println!("  {lost} datagrams were lost");
    Ok(())
}

fn main() -> io::Result<()> {
    if let Some(kind) = argument::<String>("--serve") {
        let _pinned = limit::pin(1);
        return server::serve(&kind);
    }
    let (rounds, millis) = if is_benchmark() { (11, 1_000) } else { (1, 50) };
    let rounds = argument("--rounds").unwrap_or(rounds);
    let time = Duration::from_millis(argument("--millis").unwrap_or(millis));
    println!("median [min..max] of {rounds} rounds of {time:?}");
    let only: Option<usize> = argument("--sockets");
    for sockets in CASES {
        if only.is_none_or(|only| only == sockets) {
            compare(sockets, rounds, time)?;
        }
    }
    Ok(())
}
