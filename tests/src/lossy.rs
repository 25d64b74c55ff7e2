//! Echo over a link that loses frames: one run a seed, in virtual time.
//!
//! Whatever the link does, no octet is lost, duplicated or out of order, and every
//! connection ends: served, or closed with an error. Nothing hangs.

use core::fmt;
use core::net::SocketAddr;

use amphi_core::select::{Event, Ready};
use amphi_core::serve::{Key, Limits, Slot};
use amphi_core::socket::{Net, Shutdown, Stream};
use amphi_core::time::{Duration, Instant};
use amphi_core::{Error, ErrorKind};
use amphi_examples::service::{self, Config, Report, Room};
use amphi_smoltcp::link::{FaultTally, Faults, Faulty, Line, Pair, Trace};
use amphi_smoltcp::smoltcp::phy::Medium;
use amphi_smoltcp::{SharedClock, StackSelector};

use crate::linked::{FRAMES, LinkedStack, MTU, PairEnd, Storage, address, address_v6, stack};
use crate::peer::{fill, octet_at};
use crate::reluctant::Reluctant;

const CLIENTS: usize = 3;
/// Fewer than clients, so that one may have to wait.
const SLOTS: usize = 2;
/// The server resets who takes nothing of a reply for so long: now and then both
/// sides of a connection retransmit past each other for ever.
const PROGRESS: Duration = Duration::from_secs(60);
/// No link is apart for so long that all timeouts together take longer.
const FOREVER: Duration = Duration::from_secs(3_600);
/// How long what is dropped may take to be gone.
const LAST_WORDS: Duration = Duration::from_secs(600);

/// Shows a frame.
pub type Show = fn(&Line<'_>);
type LossyDevice<'l, 'c> = Trace<Reluctant<Faulty<'c, PairEnd<'l>, MTU, 32>>, Show>;
type LossyStack<'l, 'c, 'a> = LinkedStack<'c, 'a, LossyDevice<'l, 'c>>;

/// What became of the connections of one seed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Clients that got every octet back, in order, and the end of file.
    pub served: u32,
    /// Clients that ended their connection by a reset, on purpose.
    pub aborted: u32,
    /// Clients whose connection failed.
    pub failed: u32,
    /// Octets that clients got back.
    pub octets: u64,
    /// What the link did.
    pub faults: FaultTally,
    /// How long it took, on the link's clock.
    pub time: Duration,
}

/// What must never be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Broken {
    /// An octet that is not the one that was sent, at this place.
    WrongOctet(usize),
    /// The end of file after so many octets of so many.
    Cut(usize, usize),
    /// More octets than were sent.
    TooMany,
    /// A connection that neither ends nor fails.
    Hangs,
    /// The service cannot run.
    Service(ErrorKind),
    /// What dropped sockets owe never leaves, or their places are not free again.
    Leaks,
    /// A connection failed though nothing happened to any frame.
    FailedWithoutFault(ErrorKind),
    /// The server counted other octets than its clients.
    Miscounted(u64, u64),
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WrongOctet(place) => write!(f, "octet {place} is another"),
            Self::Cut(got, of) => write!(f, "end of file after {got} of {of} octets"),
            Self::TooMany => f.write_str("more octets than were sent"),
            Self::Hangs => f.write_str("a connection hangs"),
            Self::Service(kind) => write!(f, "the service cannot run: {kind}"),
            Self::Leaks => f.write_str("what is dropped never goes"),
            Self::FailedWithoutFault(kind) => write!(f, "failed on a perfect link: {kind}"),
            Self::Miscounted(server, clients) => {
                write!(f, "the server counted {server} octets, clients {clients}")
            }
        }
    }
}

/// Numbers from a seed: `xorshift64*`.
struct Dice(u64);

impl Dice {
    fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// A number below `end`.
    fn below(&mut self, end: u32) -> u32 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let high = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 32;
        ((high * u64::from(end)) >> 32) as u32
    }

    fn micros(&mut self, end: u32) -> Duration {
        Duration::from_micros(self.below(end).into())
    }
}

/// One of twenty links is perfect, one of twenty can be apart for minutes.
fn faults(dice: &mut Dice) -> Faults {
    let kind = dice.below(20);
    if kind == 0 {
        return Faults::NONE;
    }
    Faults {
        loss: dice.below(100_000),
        duplication: dice.below(50_000),
        reordering: dice.below(100_000),
        corruption: dice.below(50_000),
        partition: dice.below(if kind < 5 { 5_000 } else { 1 }),
        partition_time: dice.micros(if kind == 1 { 300_000_000 } else { 3_000_000 }),
        delay: dice.micros(30_000),
        jitter: dice.micros(10_000),
        late: dice.micros(20_000),
    }
}

/// A service and its clients, on a link whose faults the seed decides.
///
/// # Errors
///
/// What must never be.
pub fn run(seed: u64) -> Result<Outcome, Broken> {
    run_shown(seed, [|_| {}; 2])
}

/// The same, with each frame shown as the server and as the clients see it.
///
/// # Errors
///
/// What must never be.
pub fn run_shown(seed: u64, show: [Show; 2]) -> Result<Outcome, Broken> {
    let mut dice = Dice::new(seed);
    let faults = faults(&mut dice);
    let medium = [Medium::Ip, Medium::Ethernet][dice.below(2) as usize];
    let clock = SharedClock::new();
    let mut pair = Pair::<MTU, FRAMES>::new(medium);
    let (left, right) = pair.split();
    let (mut near, mut far) = (Storage::new(), Storage::new());
    // On one end only: in frames that pass two, two flipped bits can escape a checksum.
    let left = Faulty::new(left, clock.clock(), Faults::NONE, 0);
    let right = Faulty::new(right, clock.clock(), faults, seed);
    // Devices of one of five seeds have no room now and then.
    let refused = if seed % 5 == 4 { 3 } else { 0 };
    let left = Trace::new(Reluctant::new(left, refused), show[0]);
    let right = Trace::new(Reluctant::new(right, refused), show[1]);
    let near = stack(0, left, &clock, &mut near);
    let far = stack(1, right, &clock, &mut far);
    clock.join(&near).map_err(Broken::Service)?;
    clock.join(&far).map_err(Broken::Service)?;
    let (mut outcome, report) = serve(&near, &far, &mut dice)?;
    for net in [&near, &far] {
        if net.drain(net.now() + LAST_WORDS) != Ok(true) {
            return Err(Broken::Leaks);
        }
    }
    outcome.faults = far.with_device(|device| device.inner_mut().device().tally());
    outcome.time = (&far).now() - Instant::ORIGIN;
    let whole = u64::from(outcome.served) == CLIENTS as u64;
    let (received, sent) = (report.tcp.received, report.tcp.sent);
    if whole && (received, sent) != (outcome.octets, outcome.octets) {
        return Err(Broken::Miscounted(received, outcome.octets));
    }
    Ok(outcome)
}

/// Runs the service on `near` and its clients on `far` until all clients are done.
fn serve(
    near: &LossyStack<'_, '_, '_>,
    far: &LossyStack<'_, '_, '_>,
    dice: &mut Dice,
) -> Result<(Outcome, Report), Broken> {
    let ip = match dice.below(2) {
        0 => address(0).into(),
        _ => address_v6(0).into(),
    };
    let mut config = Config::new(SocketAddr::new(ip, 7));
    config.limits = Limits {
        progress: Some(PROGRESS),
        ..Limits::DEFAULT
    };
    let mut selector = StackSelector::<_, _, _, 8>::new(near);
    let mut slots = [const { Slot::new() }; SLOTS];
    let mut buffers = [0; SLOTS * 256];
    let mut events = [Event::new(Key::default(), Ready::NONE); 8];
    let (mut scratch, mut kept) = ([0; 512], [0; 512]);
    let room = Room {
        slots: &mut slots,
        buffers: &mut buffers,
        events: &mut events,
        scratch: &mut scratch,
        kept: &mut kept,
        batches: None,
    };
    let mut outcome = Err(Broken::Hangs);
    let report = service::serve(near, &mut selector, &config, room, |service, bound| {
        service.start()?;
        let mut turn = |time| service.turn(Some(time));
        outcome = clients(far, bound.echo, dice, &mut turn)?;
        service.finish(PROGRESS)
    });
    let report = report.map_err(|(_, kind)| Broken::Service(kind))?;
    Ok((outcome?, report))
}

/// Plays all clients to their ends, and gives the service its turns.
fn clients(
    far: &LossyStack<'_, '_, '_>,
    echo: SocketAddr,
    dice: &mut Dice,
    turn: &mut dyn FnMut(Duration) -> Result<usize, ErrorKind>,
) -> Result<Result<Outcome, Broken>, ErrorKind> {
    let mut clients = [const { None }; CLIENTS];
    for (index, place) in clients.iter_mut().enumerate() {
        *place = Some(Client::new(far.tcp_connect(echo)?, index, dice));
    }
    let mut outcome = Outcome::default();
    let mut step = Duration::from_millis(1);
    while clients.iter().any(Option::is_some) {
        if far.now() - Instant::ORIGIN >= FOREVER {
            return Ok(Err(Broken::Hangs));
        }
        let mut moved = turn(step)? > 0;
        for place in &mut clients {
            let Some(client) = place else { continue };
            let before = (client.sent, client.received);
            match client.step(dice) {
                Ok(None) => moved |= before != (client.sent, client.received),
                Ok(Some(end)) => {
                    outcome.octets += client.received as u64;
                    let faults = far.with_device(|device| device.inner_mut().device().tally());
                    match end {
                        End::Served => outcome.served += 1,
                        End::Aborted => outcome.aborted += 1,
                        End::Failed(kind)
                            if faults
                                == (FaultTally {
                                    frames: faults.frames,
                                    ..FaultTally::default()
                                }) =>
                        {
                            return Ok(Err(Broken::FailedWithoutFault(kind)));
                        }
                        End::Failed(_) => outcome.failed += 1,
                    }
                    *place = None;
                    moved = true;
                }
                Err(broken) => return Ok(Err(broken)),
            }
        }
        // Nobody looks closely at a link on which nothing moves.
        step = if moved {
            Duration::from_millis(1)
        } else {
            (step * 2).min(Duration::from_secs(1))
        };
    }
    Ok(Ok(outcome))
}

/// How a connection ended.
enum End {
    Served,
    Aborted,
    Failed(ErrorKind),
}

/// Sends octets that tell their place, and reads them back.
struct Client<S> {
    stream: Option<S>,
    connected: bool,
    shut: bool,
    /// The place of the first octet: another for each client.
    first: usize,
    total: usize,
    sent: usize,
    received: usize,
    /// After how many octets it resets the connection.
    abort_after: Option<usize>,
}

impl<S: Stream> Client<S> {
    fn new(stream: S, index: usize, dice: &mut Dice) -> Self {
        let total = dice.below(5_000) as usize;
        let aborts = dice.below(10) == 0;
        Self {
            stream: Some(stream),
            connected: false,
            shut: false,
            first: index * 100_003,
            total,
            sent: 0,
            received: 0,
            abort_after: aborts.then(|| dice.below(5_000) as usize),
        }
    }

    /// Does what can be done now; tells how the connection ended, if it did.
    fn step(&mut self, dice: &mut Dice) -> Result<Option<End>, Broken> {
        match self.exchange(dice) {
            Ok(end) => end,
            Err(error) if error.reason() == ErrorKind::WouldBlock => Ok(None),
            Err(error) => Ok(Some(End::Failed(error.reason()))),
        }
    }

    fn exchange(&mut self, dice: &mut Dice) -> Result<Result<Option<End>, Broken>, S::Error> {
        let Some(stream) = &mut self.stream else {
            return Ok(Ok(Some(End::Aborted)));
        };
        if !self.connected {
            stream.finish_connect()?;
            self.connected = true;
        }
        let mut buf = [0; 700];
        while self.sent < self.total {
            let len = (1 + dice.below(700) as usize).min(self.total - self.sent);
            fill(&mut buf[..len], self.first + self.sent);
            match stream.write(&buf[..len]) {
                Ok(count) => self.sent += count,
                Err(error) if error.reason() == ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
        if self.sent == self.total && !self.shut {
            stream.shutdown(Shutdown::Write)?;
            self.shut = true;
        }
        loop {
            let count = stream.read(&mut buf)?;
            if count == 0 {
                return Ok(if self.received == self.total {
                    Ok(Some(End::Served))
                } else {
                    Err(Broken::Cut(self.received, self.total))
                });
            }
            for octet in &buf[..count] {
                if *octet != octet_at(self.first + self.received) {
                    return Ok(Err(Broken::WrongOctet(self.received)));
                }
                self.received += 1;
            }
            if self.received > self.sent {
                return Ok(Err(Broken::TooMany));
            }
            if self.abort_after.is_some_and(|after| self.received > after) {
                if let Some(stream) = self.stream.take() {
                    stream.abort();
                }
                return Ok(Ok(Some(End::Aborted)));
            }
        }
    }
}
