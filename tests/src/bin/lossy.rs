//! Echo over lossy links, one run a seed: see `amphi_conformance::lossy`.

use std::process::ExitCode;
use std::thread;

use amphi_conformance::lossy::{self, Outcome};
use clap::Parser;

/// Echo over lossy links in virtual time: no octet lost, doubled or out of order, and none hangs.
#[derive(Debug, Parser)]
struct Arguments {
    /// How many seeds.
    #[arg(long, value_name = "COUNT", default_value_t = 20_000)]
    seeds: u64,

    /// The first seed.
    #[arg(long, value_name = "SEED", default_value_t = 0)]
    first: u64,

    /// Shows the frames of the first seed, and runs no other.
    #[arg(long)]
    trace: bool,
}

/// What became of many seeds.
#[derive(Default)]
struct Sum {
    outcome: Outcome,
    broken: u64,
}

impl Sum {
    fn add(&mut self, other: &Outcome) {
        let sum = &mut self.outcome;
        sum.served += other.served;
        sum.aborted += other.aborted;
        sum.failed += other.failed;
        sum.octets += other.octets;
        sum.time += other.time;
        sum.faults.frames += other.faults.frames;
        sum.faults.lost += other.faults.lost;
        sum.faults.duplicated += other.faults.duplicated;
        sum.faults.reordered += other.faults.reordered;
        sum.faults.corrupted += other.faults.corrupted;
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if arguments.trace {
        let outcome = lossy::run_shown(
            arguments.first,
            [
                |line| println!("server {line}"),
                |line| println!("client {line}"),
            ],
        );
        println!("{outcome:?}");
        return ExitCode::from(u8::from(outcome.is_err()));
    }
    let threads = thread::available_parallelism().map_or(1, |count| count.get() as u64);
    let end = arguments.first + arguments.seeds;
    let work = |thread| {
        let mut sum = Sum::default();
        for seed in (arguments.first + thread..end).step_by(threads as usize) {
            match lossy::run(seed) {
                Ok(outcome) => sum.add(&outcome),
                Err(broken) => {
                    eprintln!("seed {seed}: {broken}");
                    sum.broken += 1;
                }
            }
        }
        sum
    };
    let mut all = Sum::default();
    thread::scope(|scope| {
        let running: Vec<_> = (0..threads)
            .map(|thread| scope.spawn(move || work(thread)))
            .collect();
        for thread in running {
            let sum = thread.join().expect("a thread panicked");
            all.add(&sum.outcome);
            all.broken += sum.broken;
        }
    });
    let Outcome {
        served,
        aborted,
        failed,
        octets,
        faults,
        time,
    } = all.outcome;
    println!(
        "{} seeds: {served} connections served, {aborted} aborted by the client, {failed} failed, \
         {} broken seeds; {octets} octets, {:.0} hours of virtual time",
        arguments.seeds,
        all.broken,
        time.as_secs_f64() / 3600.0
    );
    println!(
        "{} frames: {} lost, {} duplicated, {} reordered, {} corrupted",
        faults.frames, faults.lost, faults.duplicated, faults.reordered, faults.corrupted
    );
    ExitCode::from(u8::from(all.broken > 0))
}
