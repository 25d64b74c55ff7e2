//! A server in a process of its own: how it is started, asked and ended, and
//! how it answers.
//!
//! It prints its address and ends with its standard input, so that none is left
//! behind whatever becomes of its parent. To each line that it gets it answers
//! with what it has used and done so far.

use core::net::SocketAddr;
use core::ops::Sub;
use core::sync::atomic::{AtomicU64, Ordering};
use core::time::Duration;
use std::io::{self, BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use nix::sys::resource::{UsageWho, getrusage};

/// How often the server waited, and how much was ready, since it started.
pub(crate) static TURNS: AtomicU64 = AtomicU64::new(0);
/// See [`TURNS`].
pub(crate) static EVENTS: AtomicU64 = AtomicU64::new(0);

/// Counts one wait that brought `events`.
pub(crate) fn count(events: usize) {
    TURNS.fetch_add(1, Ordering::Relaxed);
    EVENTS.fetch_add(events as u64, Ordering::Relaxed);
}

/// What a server has used and done.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Usage {
    /// User and system time of the process.
    pub(crate) cpu: Duration,
    /// Calls of `epoll_wait`.
    pub(crate) turns: u64,
    /// What they brought.
    pub(crate) events: u64,
}

impl Usage {
    fn now() -> Self {
        Self {
            cpu: cpu(),
            turns: TURNS.load(Ordering::Relaxed),
            events: EVENTS.load(Ordering::Relaxed),
        }
    }

    fn parse(line: &str) -> Option<Self> {
        let mut numbers = line.split_whitespace().map(|word| word.parse().ok());
        Some(Self {
            cpu: Duration::from_micros(numbers.next()??),
            turns: numbers.next()??,
            events: numbers.next()??,
        })
    }
}

impl Sub for Usage {
    type Output = Self;

    fn sub(self, earlier: Self) -> Self {
        Self {
            cpu: self.cpu.saturating_sub(earlier.cpu),
            turns: self.turns - earlier.turns,
            events: self.events - earlier.events,
        }
    }
}

/// User and system time of this process, of all its threads.
fn cpu() -> Duration {
    let Ok(usage) = getrusage(UsageWho::RUSAGE_SELF) else {
        return Duration::ZERO;
    };
    let micros = [usage.user_time(), usage.system_time()]
        .map(|time| time.tv_sec() * 1_000_000 + time.tv_usec());
    Duration::from_micros(micros.iter().sum::<i64>().cast_unsigned())
}

/// The child's half: says where it listens and whatever else its parent wants to
/// know, then answers until its input ends, and ends the process.
pub(crate) fn answer(address: SocketAddr, remark: &str) -> io::Result<()> {
    say(format_args!("{address} {remark}"))?;
    std::thread::Builder::new()
        .name(String::from("control"))
        .stack_size(64 * 1024)
        .spawn(|| {
            let mut line = String::new();
            while io::stdin()
                .read_line(&mut line)
                .is_ok_and(|count| count > 0)
            {
                let Usage { cpu, turns, events } = Usage::now();
                if say(format_args!("{} {turns} {events}", cpu.as_micros())).is_err() {
                    break;
                }
                line.clear();
            }
            std::process::exit(0);
        })
        .map(drop)
}

fn say(line: core::fmt::Arguments<'_>) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}

/// The parent's half.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    /// Dropped first of all, which is how the child is told to end.
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// What else it said.
    pub(crate) remark: String,
}

impl Server {
    /// Starts this very program with `arguments`, behind the words of `wrapper`
    /// if there are any, and waits until it listens.
    pub(crate) fn spawn(wrapper: &[&str], arguments: &[&str]) -> io::Result<Self> {
        let program = std::env::current_exe()?;
        let mut command = match wrapper {
            [] => Command::new(program),
            [first, rest @ ..] => {
                let mut command = Command::new(first);
                command.args(rest).arg(program);
                command
            }
        };
        command.args(arguments);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        let mut output = BufReader::new(output);
        let mut line = String::new();
        output.read_line(&mut line)?;
        let (address, remark) = line.trim().split_once(' ').unwrap_or((line.trim(), ""));
        let address = address.parse().map_err(io::Error::other)?;
        Ok(Self {
            child,
            input: Some(input),
            output,
            address,
            remark: remark.to_owned(),
        })
    }

    /// Asks what it has used so far.
    pub(crate) fn usage(&mut self) -> io::Result<Usage> {
        let input = self.input.as_mut().ok_or(io::ErrorKind::BrokenPipe)?;
        input.write_all(b"\n")?;
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        Usage::parse(&line).ok_or_else(|| io::Error::other(format!("the server said {line:?}")))
    }
}

/// Ends its input and waits: it exits by itself.
impl Drop for Server {
    fn drop(&mut self) {
        drop(self.input.take());
        let _ = self.child.wait();
    }
}
