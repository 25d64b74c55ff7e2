//! Threads and processes for requests against Python's mix-ins, and two event
//! loops on one port against one.
//!
//! Each server is a process of its own; the clients are threads of this one, the
//! same for all. Rounds go from one server to the next, and each ratio is that of
//! rounds that were neighbours. `--rounds N` and `--millis N` (of a round) change
//! the run; `--serve KIND` is what the children are started with.

#[path = "../../src/bin/load/limit.rs"]
#[allow(dead_code, reason = "the load generator has more use for it")]
mod limit;
mod ours;
#[path = "../support/stats.rs"]
mod stats;

use core::net::SocketAddr;
use core::time::Duration;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use crate::stats::{Series, argument, is_benchmark};

/// Clients at a time.
const CLIENTS: usize = 4;
/// Connections to the loops, one thread each.
const CONNECTIONS: usize = 16;
const MESSAGE: &[u8; 64] = b"sixty-four octets, the last of which is the end of this line...\n";
/// What two loops are promised to do against one, where there are processors for it.
const LOOPS_GOAL: f64 = 1.7;
const PYTHON: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/serve/peer.py");

/// A server in a process of its own; ends with this.
struct Server {
    child: Child,
    address: SocketAddr,
}

impl Server {
    fn ours(kind: &str) -> io::Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.args(["--serve", kind]);
        Self::spawn(command)
    }

    fn pythons(kind: &str) -> io::Result<Self> {
        let mut command = Command::new("python3");
        command.args([PYTHON, kind]);
        Self::spawn(command)
    }

    fn spawn(mut command: Command) -> io::Result<Self> {
        let mut child = command.stdout(Stdio::piped()).spawn()?;
        let output = child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        let address = line.trim().parse().map_err(io::Error::other)?;
        Ok(Self { child, address })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One connection, one line, and its end.
fn request(address: SocketAddr) -> io::Result<()> {
    let mut stream = TcpStream::connect(address)?;
    stream.write_all(MESSAGE)?;
    stream.shutdown(Shutdown::Write)?;
    let mut answer = Vec::with_capacity(MESSAGE.len());
    stream.read_to_end(&mut answer)?;
    whole(answer == MESSAGE)
}

fn whole(same: bool) -> io::Result<()> {
    same.then_some(()).ok_or(io::ErrorKind::InvalidData.into())
}

/// Runs `work` in `count` threads until `time` is over; how often a second, in all.
fn rate(
    count: usize,
    time: Duration,
    work: impl Fn(Instant) -> io::Result<u64> + Sync,
) -> io::Result<f64> {
    let start = Instant::now();
    let end = start + time;
    let counts: io::Result<Vec<u64>> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..count).map(|_| scope.spawn(|| work(end))).collect();
        let joined = threads.into_iter().map(std::thread::ScopedJoinHandle::join);
        joined
            .map(|count| count.unwrap_or(Err(io::ErrorKind::Other.into())))
            .collect()
    });
    Ok(counts?.iter().sum::<u64>() as f64 / start.elapsed().as_secs_f64())
}

/// Requests a second.
fn requests(server: &Server, time: Duration) -> io::Result<f64> {
    rate(CLIENTS, time, |end| {
        let mut count = 0;
        while Instant::now() < end {
            request(server.address)?;
            count += 1;
        }
        Ok(count)
    })
}

/// Messages a second over connections that stay.
fn messages(server: &Server, time: Duration) -> io::Result<f64> {
    rate(CONNECTIONS, time, |end| {
        let mut stream = TcpStream::connect(server.address)?;
        stream.set_nodelay(true)?;
        let (mut count, mut answer) = (0, [0; MESSAGE.len()]);
        while Instant::now() < end {
            stream.write_all(MESSAGE)?;
            stream.read_exact(&mut answer)?;
            whole(answer == *MESSAGE)?;
            count += 1;
        }
        Ok(count)
    })
}

/// Rounds of two servers in turn.
fn compare(
    servers: [&Server; 2],
    (rounds, time): (usize, Duration),
    measure: fn(&Server, Duration) -> io::Result<f64>,
) -> io::Result<[Series; 2]> {
    let mut series: [Series; 2] = Default::default();
    for server in servers {
        measure(server, time / 4)?;
    }
    for round in 0..rounds {
        for place in [round % 2, (round + 1) % 2] {
            series[place].push(measure(servers[place], time)?);
        }
    }
    Ok(series)
}

/// Ours against Python's. Nothing where there is no Python.
fn against_python(kind: &str, pythons: &str, run: (usize, Duration)) -> io::Result<()> {
    let theirs = match Server::pythons(pythons) {
        Ok(server) => server,
        Err(error) => {
            println!("{kind}: no python3 to compare with: {error}");
            return Ok(());
        }
    };
    let [ours, theirs] = compare([&Server::ours(kind)?, &theirs], run, requests)?;
    let ratio = ours.over(&theirs);
    let met = if ratio.median() > 1.0 {
        "met"
    } else {
        "MISSED"
    };
    println!("{kind}: {ours:.0} requests a second, Python's {pythons} {theirs:.0}");
    println!("goal: {kind} faster than Python's {pythons}: {met}, {ratio:.2} times");
    Ok(())
}

fn two_loops(run: (usize, Duration)) -> io::Result<()> {
    let (two, one) = (Server::ours("loops2")?, Server::ours("loops1")?);
    let [two, one] = compare([&two, &one], run, messages)?;
    let ratio = two.over(&one);
    let processors = std::thread::available_parallelism()?;
    let met = if ratio.median() >= LOOPS_GOAL {
        "met"
    } else if processors.get() < 3 {
        "not met, and the clients need some of the processors, too"
    } else {
        "MISSED"
    };
    println!("loops: two {two:.0} messages a second, one {one:.0}, on {processors} processors");
    println!("goal: two loops at least {LOOPS_GOAL} times one: {met}, {ratio:.2} times");
    Ok(())
}

fn main() -> io::Result<()> {
    if let Some(kind) = argument::<String>("--serve") {
        return ours::serve(&kind);
    }
    limit::raise_descriptors()?;
    let (rounds, millis) = if is_benchmark() { (7, 1_000) } else { (1, 50) };
    let rounds = argument("--rounds").unwrap_or(rounds);
    let time = Duration::from_millis(argument("--millis").unwrap_or(millis));
    println!("median [min..max] of {rounds} rounds of {time:?}");
    let run = (rounds, time);
    against_python("threads", "threads", run)?;
    against_python("pool", "threads", run)?;
    against_python("forks", "forks", run)?;
    two_loops(run)
}
