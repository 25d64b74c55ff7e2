//! Echo over smoltcp: Amphi's server against a hand-written one over a flat
//! set of sockets, with the same raw client on the other side of a link in memory.
//!
//! An exchange is the same for both: the client sends 64 octets on each of up to 32
//! active connections, as many as the link holds; the server has turns until all answers are on the link (two for one
//! message: in the first it arrives and is answered, in the second the answer leaves);
//! the client takes them in and checks them. In `bulk` the client instead writes all that one connection
//! takes, and a message is 1,024 octets that have come back.
//!
//! Each case is one JSON object in a line of the output: `ns` and `flat_ns` are
//! nanoseconds for each echoed message, the client's included, Amphi's and the flat
//! set's. What the goals say of it goes to the standard error.
//!
//! `--rounds N` and `--exchanges N` (messages in a round) change the length, `--group N`
//! how many messages are under way at once (the link holds twice as many frames, and
//! more of them make the flat set's polls cheaper); `--only CASE` and
//! `--side amphi|flat` serve a profiler.

mod client;
#[cfg(target_os = "linux")]
mod fixed;
mod flat;
mod link;
mod ours;
#[path = "../../../tests/benches/support/stats.rs"]
mod stats;

use core::net::Ipv4Addr;
use core::time::Duration;

use amphi_smoltcp::{Platform, VirtualClock};
use nix::time::{ClockId, clock_gettime};

use crate::client::Client;
use crate::flat::Server;
use crate::stats::{Series, argument, is_benchmark};

const SERVER: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 1);
const CLIENT: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 2);
const PREFIX: u8 = 24;
const PORT: u16 = 7;
/// Octets of a message.
const OCTETS: usize = 64;
/// Octets of each socket's buffers.
const BUFFER: usize = 1024;
/// The same for the case `bulk`, and what it counts as a message.
const BULK_BUFFER: usize = 16 * 1024;
const BULK_OCTETS: usize = 1024;
/// What passes between two steps of an exchange on the stacks' clock.
const STEP: Duration = Duration::from_micros(2);

/// How many messages are under way at once.
const GROUP: usize = 32;
/// More turns than any server needs for an exchange.
const TURNS: usize = 10_000;

/// What is compared.
struct Case {
    name: &'static str,
    sockets: usize,
    active: usize,
    bulk: bool,
    /// The ratio, Amphi's time over the flat set's, that the project promises.
    goal: f64,
    /// Which part of the messages of a case with one socket is sent.
    share: usize,
}

const fn case(name: &'static str, sockets: usize, active: usize, goal: f64, share: usize) -> Case {
    Case {
        name,
        sockets,
        active,
        bulk: false,
        goal,
        share,
    }
}

const CASES: [Case; 7] = [
    case("one", 1, 1, 1.2, 1),
    case("ten-all", 10, 10, 1.2, 1),
    case("thousand-one", 1_000, 1, 1.0 / 50.0, 100),
    case("thousand-all", 1_000, 1_000, 1.0 / 3.0, 5),
    case("ten-thousand-one", 10_000, 1, 1.0 / 500.0, 500),
    case("ten-thousand-all", 10_000, 10_000, 1.0 / 15.0, 5),
    Case {
        bulk: true,
        ..case("bulk", 1, 1, 1.0 / 0.9, 4)
    },
];

impl Case {
    fn buffer(&self) -> usize {
        if self.bulk { BULK_BUFFER } else { BUFFER }
    }
}

/// A server with its client, at the ends of a link, and their common clock.
struct Lane<'s> {
    clock: &'s VirtualClock,
    client: Client,
    turn: &'s mut dyn FnMut(),
    active: usize,
    group: usize,
    bulk: bool,
}

impl Lane<'_> {
    fn connect(&mut self) {
        for _ in 0..10_000 {
            let stands = self.client.connect(self.clock.now());
            (self.turn)();
            self.clock.advance(STEP);
            if stands {
                // Whatever the handshakes left on the link arrives, however few a turn takes.
                (0..4 + self.client.len()).for_each(|_| (self.turn)());
                return;
            }
        }
        panic!("the connections do not stand");
    }

    /// Nanoseconds that each of at least `count` messages took.
    fn measure(&mut self, count: usize) -> f64 {
        // What the other server has put out of the processor's caches comes back.
        self.pass(count / 4);
        let start = cpu_time();
        let messages = self.pass(count);
        (cpu_time() - start).as_secs_f64() * 1e9 / messages as f64
    }

    fn pass(&mut self, count: usize) -> usize {
        let mut messages = 0;
        while messages < count {
            messages += if self.bulk {
                self.stream(count)
            } else {
                self.exchange()
            };
        }
        messages
    }

    /// One message on each active connection.
    fn exchange(&mut self) -> usize {
        let all = self.client.last(self.active);
        for first in all.clone().step_by(self.group) {
            let some = first..all.end.min(first + self.group);
            self.client.send(some.clone(), self.clock.now());
            self.clock.advance(STEP);
            for _ in 0..TURNS {
                (self.turn)();
                self.clock.advance(STEP);
                if self.client.receive(self.clock.now()) == some.len() {
                    break;
                }
            }
            self.client.check(some);
            self.clock.advance(STEP);
        }
        self.active
    }

    fn stream(&mut self, count: usize) -> usize {
        let mut block = [0x5a; BULK_OCTETS];
        let mut left = count * BULK_OCTETS;
        while left > 0 {
            left = left.saturating_sub(self.client.stream(&mut block, self.clock.now()));
            self.clock.advance(STEP);
            (self.turn)();
            self.clock.advance(STEP);
            (self.turn)();
            self.clock.advance(STEP);
        }
        count
    }
}

/// What this thread has computed: other programs on the machine do not count.
fn cpu_time() -> Duration {
    clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID)
        .expect("Linux has this clock")
        .into()
}

fn group() -> usize {
    argument("--group").unwrap_or(GROUP)
}

/// Runs `with` with Amphi's server.
fn with_ours<R>(case: &Case, with: impl FnOnce(&mut Lane<'_>) -> R) -> R {
    let (near, far) = link::pair(2 * group());
    let clock = VirtualClock::new();
    let with_turn = |turn: &mut dyn FnMut()| {
        let mut lane = Lane {
            clock: &clock,
            client: Client::new(far, case.sockets, case.buffer()),
            turn,
            active: case.active,
            group: group(),
            bulk: case.bulk,
        };
        lane.connect();
        with(&mut lane)
    };
    if case.bulk {
        ours::serve::<BULK_BUFFER, _>(near, &clock, case.sockets, with_turn)
    } else {
        ours::serve::<BUFFER, _>(near, &clock, case.sockets, with_turn)
    }
}

/// Runs `with` with the server on the flat set.
fn with_flat<R>(case: &Case, with: impl FnOnce(&mut Lane<'_>) -> R) -> R {
    let (near, far) = link::pair(2 * group());
    let clock = VirtualClock::new();
    let mut server = Server::new(near, case.sockets, case.buffer());
    let mut lane = Lane {
        clock: &clock,
        client: Client::new(far, case.sockets, case.buffer()),
        turn: &mut || server.turn(clock.now()),
        active: case.active,
        group: group(),
        bulk: case.bulk,
    };
    lane.connect();
    with(&mut lane)
}

/// What one case came to, in nanoseconds a message.
#[derive(Default)]
struct Outcome {
    ours: Series,
    flat: Series,
}

/// Interleaved rounds of two lanes; which comes first changes from round to round.
fn compare(case: &Case, rounds: u32, exchanges: usize) -> Outcome {
    let mut outcome = Outcome::default();
    let count = (exchanges / case.share).max(8);
    with_ours(case, |ours| {
        with_flat(case, |flat| {
            for round in 0..=rounds {
                let mut times = [0.0; 2];
                for place in 0..2 {
                    let lane = (place + round as usize) % 2;
                    times[lane] = match lane {
                        0 => ours.measure(count),
                        _ => flat.measure(count),
                    };
                }
                // The first round warms up.
                if round > 0 {
                    outcome.ours.push(times[0]);
                    outcome.flat.push(times[1]);
                }
            }
        });
    });
    outcome
}

fn report(case: &Case, outcome: &Outcome) {
    let ratio = outcome.ours.over(&outcome.flat);
    let word = if ratio.median() <= case.goal {
        "met"
    } else {
        "MISSED"
    };
    println!(
        "{{\"case\":\"{}\",\"sockets\":{},\"active\":{},\"ns\":{:.1},\"flat_ns\":{:.1}}}",
        case.name,
        case.sockets,
        case.active,
        outcome.ours.median(),
        outcome.flat.median(),
    );
    eprintln!(
        "{}: Amphi over flat {ratio:.4}; goal: at most {:.4}: {word}",
        case.name, case.goal
    );
}

/// Only one side, for a profiler.
fn run_alone(case: &Case, side: &str, exchanges: usize) {
    let ns = match side {
        "amphi" => with_ours(case, |lane| lane.measure(exchanges)),
        _ => with_flat(case, |lane| lane.measure(exchanges)),
    };
    println!("{} {side}: {ns:.1} ns a message", case.name);
}

fn main() {
    let (rounds, exchanges) = if is_benchmark() {
        (21, 50_000)
    } else {
        (1, 100)
    };
    let rounds = argument("--rounds").unwrap_or(rounds);
    let exchanges = argument("--exchanges").unwrap_or(exchanges);
    let only = argument::<String>("--only");
    let chosen = |case: &&Case| only.as_deref().is_none_or(|name| name == case.name);
    let cases = CASES.iter().filter(chosen);
    if let Some(side) = argument::<String>("--side") {
        cases.for_each(|case| run_alone(case, &side, exchanges));
        return;
    }
    #[cfg(target_os = "linux")]
    if is_benchmark() {
        fixed::addresses();
    }
    for case in cases {
        report(case, &compare(case, rounds, exchanges));
    }
}
