//! Echo over smoltcp: Amphi's server against a hand-written one over a flat
//! set of sockets, with the same client on the other side of a link in memory.
//!
//! An exchange is the same for both: the client sends 64 octets on each active
//! connection and polls once; the server has two turns, in the first of which
//! the messages arrive and are answered, in the second of which the answers
//! leave; the client polls once and checks what it got.
//!
//! `--rounds N` and `--exchanges N` (in a round) change the length,
//! `--only CASE` and `--side amphi|flat` serve a profiler.

#[path = "exchange/flat.rs"]
mod flat;
#[path = "exchange/link.rs"]
mod link;
#[path = "exchange/ours.rs"]
mod ours;
#[path = "support/stats.rs"]
mod stats;

use core::net::Ipv4Addr;
use core::time::Duration;

use amphi_smoltcp::{Platform, VirtualClock};
use nix::time::{ClockId, clock_gettime};

use crate::flat::{Client, Server};
use crate::stats::{Series, argument, is_benchmark};

const SERVER: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 1);
const CLIENT: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 2);
const PREFIX: u8 = 24;
const PORT: u16 = 7;
/// Octets of a message.
const OCTETS: usize = 64;
/// Octets of each socket's buffers.
const BUFFER: usize = 1024;
/// Octets that a server reads at once.
const SCRATCH: usize = 512;
/// What passes between two steps of an exchange on the stacks' clock.
const STEP: Duration = Duration::from_micros(2);

/// What is compared.
struct Case {
    name: &'static str,
    sockets: usize,
    active: usize,
    /// Whether the client keeps its idle sockets in its set, so that they make
    /// its polls longer. If not, the server alone bears the idle connections.
    shared: bool,
    /// The ratio that the project promises.
    goal: Option<f64>,
}

const CASES: [Case; 5] = [
    Case {
        name: "one",
        sockets: 1,
        active: 1,
        shared: true,
        goal: Some(1.2),
    },
    Case {
        name: "ten-all",
        sockets: 10,
        active: 10,
        shared: true,
        goal: Some(1.3),
    },
    Case {
        name: "ten-one",
        sockets: 10,
        active: 1,
        shared: true,
        goal: Some(1.0),
    },
    Case {
        name: "hundred-one",
        sockets: 100,
        active: 1,
        shared: false,
        goal: None,
    },
    Case {
        name: "thousand-one",
        sockets: 1_000,
        active: 1,
        shared: false,
        goal: None,
    },
];

/// A server with its client, at the ends of a link, and their common clock.
struct Lane<'s> {
    clock: &'s VirtualClock,
    client: Client,
    turn: &'s mut dyn FnMut(),
    active: usize,
    shared: bool,
}

impl Lane<'_> {
    fn connect(&mut self) {
        for _ in 0..10_000 {
            if self.client.is_connected() {
                // Whatever the handshake left on its way arrives.
                (0..4).for_each(|_| self.idle());
                self.client.choose(self.active, self.shared);
                return;
            }
            self.idle();
        }
        panic!("the connections do not stand");
    }

    fn idle(&mut self) {
        self.client.poll(self.clock.now());
        (self.turn)();
        self.clock.advance(STEP);
    }

    /// Nanoseconds that each message of `count` exchanges took.
    fn exchange(&mut self, count: u32) -> f64 {
        let start = cpu_time();
        for _ in 0..count {
            self.client.send(self.clock.now());
            self.clock.advance(STEP);
            (self.turn)();
            self.clock.advance(STEP);
            (self.turn)();
            self.clock.advance(STEP);
            self.client.receive(self.clock.now());
            self.clock.advance(STEP);
        }
        let messages = f64::from(count) * self.active as f64;
        (cpu_time() - start).as_secs_f64() * 1e9 / messages
    }
}

/// What this thread has computed: other programs on the machine do not count.
fn cpu_time() -> Duration {
    clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID)
        .expect("Linux has this clock")
        .into()
}

/// Runs `with` with Amphi's server.
fn with_ours<R>(case: &Case, with: impl FnOnce(&mut Lane<'_>) -> R) -> R {
    let (near, far) = link::pair();
    let clock = VirtualClock::new();
    ours::serve(near, &clock, case.sockets, |turn| {
        let mut lane = Lane {
            clock: &clock,
            client: Client::new(far, case.sockets),
            turn,
            active: case.active,
            shared: case.shared,
        };
        lane.connect();
        with(&mut lane)
    })
}

/// Runs `with` with the server on the flat set.
fn with_flat<R>(case: &Case, with: impl FnOnce(&mut Lane<'_>) -> R) -> R {
    let (near, far) = link::pair();
    let clock = VirtualClock::new();
    let mut server = Server::new(near, case.sockets);
    let mut lane = Lane {
        clock: &clock,
        client: Client::new(far, case.sockets),
        turn: &mut || server.turn(clock.now()),
        active: case.active,
        shared: case.shared,
    };
    lane.connect();
    with(&mut lane)
}

/// What one case came to, in nanoseconds a message.
#[derive(Default)]
struct Outcome {
    ours: Series,
    flat: Series,
    again: Series,
}

/// Interleaved rounds of three lanes; which comes first changes from round to round.
fn compare(case: &Case, rounds: u32, exchanges: u32) -> Outcome {
    let mut outcome = Outcome::default();
    let count = (exchanges / case.sockets as u32).max(20);
    with_ours(case, |ours| {
        with_flat(case, |flat| {
            with_flat(case, |again| {
                for round in 0..=rounds {
                    let mut times = [0.0; 3];
                    for place in 0..3 {
                        let lane = (place + round as usize) % 3;
                        times[lane] = match lane {
                            0 => ours.exchange(count),
                            1 => flat.exchange(count),
                            _ => again.exchange(count),
                        };
                    }
                    // The first round warms up.
                    if round > 0 {
                        outcome.ours.push(times[0]);
                        outcome.flat.push(times[1]);
                        outcome.again.push(times[2]);
                    }
                }
            });
        });
    });
    outcome
}

fn report(case: &Case, outcome: &Outcome) {
    let ratio = outcome.ours.over(&outcome.flat);
    let noise = outcome.again.over(&outcome.flat);
    let goal = match case.goal {
        Some(goal) if ratio.median() <= goal => format!("at most {goal:.2}: met"),
        Some(goal) => format!("at most {goal:.2}: MISSED"),
        None => String::from("none"),
    };
    println!(
        "{:<13}{:>8}{:>7}  {:<27}{:<27}{:<23}{:<23}{goal}",
        case.name,
        case.sockets,
        case.active,
        format!("{:.0}", outcome.ours),
        format!("{:.0}", outcome.flat),
        format!("{ratio:.3}"),
        format!("{noise:.3}"),
    );
    println!(
        "{{\"case\":\"{}\",\"sockets\":{},\"active\":{},\"ns\":{:.1},\"flat_ns\":{:.1},\
         \"ratio\":{:.4},\"ratio_min\":{:.4},\"ratio_max\":{:.4},\"self_ratio\":{:.4}}}",
        case.name,
        case.sockets,
        case.active,
        outcome.ours.median(),
        outcome.flat.median(),
        ratio.median(),
        ratio.min(),
        ratio.max(),
        noise.median(),
    );
}

/// Only one side, for a profiler.
fn run_alone(case: &Case, side: &str, exchanges: u32) {
    let ns = match side {
        "amphi" => with_ours(case, |lane| lane.exchange(exchanges)),
        _ => with_flat(case, |lane| lane.exchange(exchanges)),
    };
    println!("{} {side}: {ns:.1} ns a message", case.name);
}

fn main() {
    let (rounds, exchanges) = if is_benchmark() {
        (41, 50_000)
    } else {
        (1, 100)
    };
    let rounds = argument("--rounds").unwrap_or(rounds);
    let exchanges = argument("--exchanges").unwrap_or(exchanges);
    let only = argument::<String>("--only");
    let chosen = |case: &&Case| only.as_deref().is_none_or(|name| name == case.name);
    let cases: Vec<_> = CASES.iter().filter(chosen).collect();
    if let Some(side) = argument::<String>("--side") {
        cases
            .iter()
            .for_each(|case| run_alone(case, &side, exchanges));
        return;
    }
    println!(
        "Nanoseconds a message of {OCTETS} octets, there and back: median [min..max] of {rounds} \
         rounds.\n{:<13}{:>8}{:>7}  {:<27}{:<27}{:<23}{:<23}goal",
        "case", "sockets", "active", "Amphi", "flat smoltcp", "ratio", "flat against itself"
    );
    for case in cases {
        report(case, &compare(case, rounds, exchanges));
    }
}
