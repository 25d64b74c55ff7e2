//! All selectors say the same of the same sources, whatever happens to those: a long run of
//! chance, by a seed that is printed when they differ.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;

use amphi_core::select::{Event, Interest, Ready, Register, Selector};
use amphi_core::time::Duration;
use amphi_core::{Error, ErrorKind};
use amphi_std::{DefaultSelector, HostError, PollSelector, SelectSelector};

const SOURCES: usize = 6;
const STEPS: usize = 1_500;

/// A linear congruential generator (Knuth's constants); its upper bits are good.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }
}

/// The three under test, asked alike.
struct All {
    best: DefaultSelector<usize>,
    poll: PollSelector<usize>,
    select: SelectSelector<usize>,
}

type Answer = Result<(), ErrorKind>;

fn kind(result: Result<(), HostError>) -> Answer {
    result.map_err(|error| error.reason())
}

impl All {
    fn new() -> Self {
        Self {
            best: DefaultSelector::new().unwrap(),
            poll: PollSelector::new().unwrap(),
            select: SelectSelector::new().unwrap(),
        }
    }

    fn register(&mut self, source: &UnixStream, interest: Interest, key: usize) -> [Answer; 3] {
        [
            kind(self.best.register(source, interest, key)),
            kind(self.poll.register(source, interest, key)),
            kind(self.select.register(source, interest, key)),
        ]
    }

    fn modify(&mut self, source: &UnixStream, interest: Interest, key: usize) -> [Answer; 3] {
        [
            kind(self.best.modify(source, interest, key)),
            kind(self.poll.modify(source, interest, key)),
            kind(self.select.modify(source, interest, key)),
        ]
    }

    fn unregister(&mut self, source: &UnixStream) -> [Answer; 3] {
        [
            kind(self.best.unregister(source)),
            kind(self.poll.unregister(source)),
            kind(self.select.unregister(source)),
        ]
    }

    fn ready(&mut self) -> [Vec<(usize, u8)>; 3] {
        [
            ready(&mut self.best),
            ready(&mut self.poll),
            ready(&mut self.select),
        ]
    }
}

/// What is ready, by rising key: readable 1, writable 2, error 4, hang-up 8.
fn ready(selector: &mut impl Selector<Key = usize, Error = HostError>) -> Vec<(usize, u8)> {
    let mut events = [Event::new(0, Ready::NONE); 2 * SOURCES];
    let count = selector.select(&mut events, Some(Duration::ZERO)).unwrap();
    let bits = |ready: Ready| {
        u8::from(ready.is_readable())
            | u8::from(ready.is_writable()) << 1
            | u8::from(ready.is_error()) << 2
            | u8::from(ready.is_hangup()) << 3
    };
    let mut found: Vec<_> = events[..count]
        .iter()
        .map(|it| (it.key, bits(it.ready)))
        .collect();
    found.sort_unstable();
    found
}

/// A source and its peer, which may be gone.
struct Pair(UnixStream, Option<UnixStream>);

impl Pair {
    fn new() -> Self {
        let (source, peer) = UnixStream::pair().unwrap();
        source.set_nonblocking(true).unwrap();
        peer.set_nonblocking(true).unwrap();
        Self(source, Some(peer))
    }
}

#[test]
fn all_say_the_same() {
    for seed in 1..=4 {
        run(seed);
    }
}

fn run(seed: u64) {
    let mut chance = Chance(seed);
    let mut all = All::new();
    let mut pairs: Vec<Pair> = (0..SOURCES).map(|_| Pair::new()).collect();
    let interests = [
        Interest::NONE,
        Interest::READ,
        Interest::WRITE,
        Interest::READ | Interest::WRITE,
    ];
    for step in 0..STEPS {
        let at = chance.below(SOURCES);
        let interest = interests[chance.below(4)];
        let key = at + SOURCES * chance.below(2);
        let Pair(source, peer) = &mut pairs[at];
        let what = chance.below(9);
        let answers = match what {
            0 | 1 => all.register(source, interest, key),
            2 | 3 => all.modify(source, interest, key),
            4 => all.unregister(source),
            5 => {
                // Until there is no room, now and then.
                let size = [10, 1 << 18][chance.below(2)];
                let _ = source.write(&vec![1; size]);
                [Ok(()); 3]
            }
            6 => {
                if let Some(peer) = peer {
                    let _ = peer.write(&[1; 100]);
                }
                [Ok(()); 3]
            }
            7 => {
                let mut buf = vec![0; 1 << 18];
                let _ = source.read(&mut buf);
                if let Some(peer) = peer {
                    let _ = peer.read(&mut buf);
                }
                [Ok(()); 3]
            }
            _ => {
                if chance.below(3) == 0 {
                    *peer = None;
                } else if chance.below(3) == 0 {
                    // Dropped while it is registered; the next has its number, or another.
                    pairs[at] = Pair::new();
                }
                [Ok(()); 3]
            }
        };
        let told = format!("seed {seed}, step {step}: {what} of {at}, {interest:?}");
        assert!(
            answers.iter().all(|answer| *answer == answers[0]),
            "{told}: {answers:?}"
        );
        let ready = all.ready();
        assert!(ready.iter().all(|it| *it == ready[0]), "{told}: {ready:?}");
    }
}
