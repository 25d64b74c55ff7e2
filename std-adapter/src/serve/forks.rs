use std::io::{PipeReader, PipeWriter, Read, Write, pipe};

use amphi_core::Error;
use amphi_core::ErrorKind;
use amphi_core::pack::record;
use amphi_core::select::{Interest, Register, Selector};
use amphi_core::serve::{Closed, Job, Key, Outcome, Process, Tally, Turn};
use amphi_core::socket::Address;

use super::threads::run_caught;
use crate::HostError;
use crate::sys::{self, ChildId, Forked};

record! {
    /// What a child tells: why its request ended, the kind of error, octets in and out.
    struct Report = "=BBQQ";
}

/// Runs each request in a process: Python's `ForkingMixIn`, bounded; children that
/// have ended are reaped at once. On Linux.
///
/// A child has a copy of all that the server's process has at that time; what its
/// handler changes, it changes there alone. A handler that crashes or panics closes
/// its own connection, which counts as [`Closed::Aborted`]. When the server is
/// closed, children that still run are killed.
///
/// The process must have no thread but the server's: else each request fails with
/// `Unsupported`, as the child would lack the others and hang where they held a lock.
///
/// ```standalone_crate
/// use amphi_core::select::{Event, Ready};
/// use amphi_core::serve::{Connection, Key, Part, Service, StreamRequestHandler};
/// use amphi_core::socket::{Blocking, Net};
/// use amphi_std::serve::{ForkingServer, Forks};
/// use amphi_std::{DefaultSelector, Host};
/// use core::net::SocketAddr;
/// use core::time::Duration;
///
/// struct Pid;
///
/// impl StreamRequestHandler for Pid {
///     fn handle<C: Connection>(&mut self, connection: &mut C) -> Result<(), C::Error> {
///         connection.write_all(std::process::id().to_string().as_bytes())
///     }
/// }
///
/// let listener = Host.tcp_listen("127.0.0.1:0".parse().unwrap(), 8)?;
/// let mut server = ForkingServer::with_process(listener, |_: &SocketAddr| Pid, Forks::new(40));
/// let mut client = Blocking::connect(Host, server.server_address()?, None)?;
///
/// let mut selector = DefaultSelector::new()?;
/// let mut parts: [&mut dyn Part<_>; 1] = [&mut server];
/// let mut events = [Event::new(Key::default(), Ready::NONE); 4];
/// let mut service = Service::new(Host, &mut selector, &mut parts, &mut events, &mut []);
/// service.start()?;
/// service.handle_request(None)?; // starts a child
/// service.finish(Duration::from_secs(10))?; // waits for it
///
/// let mut answer = [0; 16];
/// let count = client.read(&mut answer)?;
/// assert_ne!(&answer[..count], std::process::id().to_string().as_bytes());
/// # Ok::<(), amphi_std::HostError>(())
/// ```
#[derive(Debug)]
pub struct Forks<A> {
    most: usize,
    /// By token; a place is free when its child was reaped.
    children: Vec<Option<Child<A>>>,
    active: usize,
    ended: Vec<(A, Outcome)>,
}

#[derive(Debug)]
struct Child<A> {
    id: ChildId,
    remote: A,
    /// Ends when the child does.
    pipe: PipeReader,
    octets: Vec<u8>,
}

impl<A: Address> Forks<A> {
    /// At most `most` processes at a time (Python has 40).
    #[must_use]
    pub const fn new(most: usize) -> Self {
        Self {
            most: if most == 0 { 1 } else { most },
            children: Vec::new(),
            active: 0,
            ended: Vec::new(),
        }
    }

    /// The first free place.
    fn place(&mut self) -> usize {
        let free = self.children.iter().position(Option::is_none);
        free.unwrap_or_else(|| {
            self.children.push(None);
            self.children.len() - 1
        })
    }

    /// Reaps the child of `token`, which has ended.
    fn reap<Sel>(&mut self, turn: &mut Turn<'_, Sel>, token: usize)
    where
        Sel: Selector<Key = Key> + Register<PipeReader>,
    {
        let Some(child) = self.children.get_mut(token).and_then(Option::take) else {
            return;
        };
        self.active -= 1;
        // It was registered when the child began; a failure changes nothing.
        let _ = turn.selector.unregister(&child.pipe);
        // It ends now, or was reaped by somebody else.
        let _ = sys::wait_for_child(child.id);
        self.ended.push((child.remote, decode(&child.octets)));
    }
}

impl<A, J, Sel> Process<J, Sel> for Forks<A>
where
    A: Address,
    J: Job<Addr = A>,
    Sel: Selector<Key = Key, Error = HostError> + Register<PipeReader>,
{
    fn is_full(&self) -> bool {
        self.active >= self.most
    }

    fn active(&self) -> u32 {
        u32::try_from(self.active).unwrap_or(u32::MAX)
    }

    fn active_of(&self, peer: u64) -> u32 {
        let all = self.children.iter().flatten();
        let of_peer = all.filter(|child| child.remote.peer() == peer);
        u32::try_from(of_peer.count()).unwrap_or(u32::MAX)
    }

    fn process_request(&mut self, turn: &mut Turn<'_, Sel>, job: J) -> Result<(), ErrorKind> {
        let (reader, writer) = pipe().map_err(|_| ErrorKind::Exhausted)?;
        let token = self.place();
        let key = turn.key(u32::try_from(token).unwrap_or(u32::MAX - 1));
        // Before the fork, as after it there would be a child to get rid of.
        let registered = turn.selector.register(&reader, Interest::READ, key);
        registered.map_err(|error| error.reason())?;
        match sys::fork() {
            Err(error) => {
                let _ = turn.selector.unregister(&reader);
                Err(error.reason())
            }
            Ok(Forked::Child) => {
                drop(reader);
                serve_in_child(job, writer)
            }
            Ok(Forked::Parent(id)) => {
                let remote = job.remote().clone();
                self.children[token] = Some(Child {
                    id,
                    remote,
                    pipe: reader,
                    octets: Vec::new(),
                });
                self.active += 1;
                Ok(())
            }
        }
    }

    fn ready(&mut self, turn: &mut Turn<'_, Sel>, token: u32) {
        let token = token as usize;
        let Some(Some(child)) = self.children.get_mut(token) else {
            return;
        };
        let mut buf = [0; Report::SIZE];
        match child.pipe.read(&mut buf) {
            // More than one report is no report.
            Ok(count @ 1..) if child.octets.len() < buf.len() => {
                child.octets.extend_from_slice(&buf[..count]);
            }
            Ok(1..) => {}
            _ => self.reap(turn, token),
        }
    }

    fn finished(&mut self, _turn: &mut Turn<'_, Sel>) -> Option<(A, Outcome)> {
        self.ended.pop()
    }

    fn close(&mut self, turn: &mut Turn<'_, Sel>) {
        for token in 0..self.children.len() {
            if let Some(Some(child)) = self.children.get(token) {
                sys::kill(&child.id);
            }
            self.reap(turn, token);
        }
    }
}

/// Children that nobody waited for are killed.
impl<A> Drop for Forks<A> {
    fn drop(&mut self) {
        for child in self.children.drain(..).flatten() {
            sys::kill(&child.id);
            let _ = sys::wait_for_child(child.id);
        }
    }
}

/// What the child does: serves, tells, and ends.
fn serve_in_child(job: impl Job, mut writer: PipeWriter) -> ! {
    let outcome = run_caught(job);
    // When the server is gone, there is nobody to tell.
    let _ = writer.write_all(&encode(outcome));
    sys::exit_child(i32::from(outcome.why.is_failure()))
}

/// How a request of a child can end, by number; the last one has an error.
const ENDS: [Closed; 8] = [
    Closed::EndOfFile,
    Closed::ByHandler,
    Closed::Aborted,
    Closed::Idle,
    Closed::Stalled,
    Closed::Expired,
    Closed::TooMuch,
    Closed::Failed(ErrorKind::Other),
];

fn encode(Outcome { why, tally }: Outcome) -> [u8; Report::SIZE] {
    let place = |at: Option<usize>| at.and_then(|at| u8::try_from(at).ok()).unwrap_or(u8::MAX);
    let (end, kind) = match why {
        Closed::Failed(kind) => (
            ENDS.len() - 1,
            ErrorKind::ALL.iter().position(|k| *k == kind),
        ),
        why => (ENDS.iter().position(|end| *end == why).unwrap_or(2), None),
    };
    Report::pack((place(Some(end)), place(kind), tally.received, tally.sent))
}

fn decode(octets: &[u8]) -> Outcome {
    let Ok(octets) = octets.try_into() else {
        // It crashed, or was killed.
        return Outcome {
            why: Closed::Aborted,
            tally: Tally::default(),
        };
    };
    let (end, kind, received, sent) = Report::unpack(octets);
    let kind = ErrorKind::ALL.get(usize::from(kind)).copied();
    let why = match ENDS.get(usize::from(end)).copied() {
        Some(Closed::Failed(other)) => Closed::Failed(kind.unwrap_or(other)),
        end => end.unwrap_or(Closed::Aborted),
    };
    let tally = Tally { received, sent };
    Outcome { why, tally }
}

#[cfg(test)]
mod tests {
    use super::{ENDS, decode, encode};
    use amphi_core::ErrorKind;
    use amphi_core::serve::{Closed, Outcome, Tally};

    #[test]
    fn every_end_comes_through_the_pipe() {
        let tally = Tally {
            received: 1 << 40,
            sent: 7,
        };
        let errors = ErrorKind::ALL.iter().copied().map(Closed::Failed);
        for why in ENDS.into_iter().chain(errors) {
            let outcome = Outcome { why, tally };
            assert_eq!(decode(&encode(outcome)), outcome);
        }
        assert_eq!(decode(&[]).why, Closed::Aborted);
    }
}
