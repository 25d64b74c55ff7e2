use core::cell::{RefCell, RefMut};
use core::fmt;
use core::marker::PhantomData;
use core::net::SocketAddr;

use amphi_core::select::Interest;
use amphi_core::socket::Net;
use amphi_core::time::{Duration, Instant};

use super::entry::{Entry, Kind, Request};
use super::table::{Queue, Table};
use super::{UringListener, UringStream};
use crate::select::Timer;
use crate::sys::uring::{Operation, Ring};
use crate::{HostError, UdpSocket, sys};

/// A ring of `io_uring(7)`, whose reference is a stack: see [the module](crate::uring).
///
/// It belongs to the thread that made it:
///
/// ```compile_fail,E0277
/// fn elsewhere(thing: impl Send) {}
/// elsewhere(amphi_std::Uring::new());
/// ```
///
/// ```
/// use amphi_core::socket::{Blocking, Net, Socket};
/// use amphi_std::Uring;
///
/// // Where the kernel refuses, there is none.
/// if let Ok(uring) = Uring::new() {
///     let net = &uring;
///     let listener = net.tcp_listen("127.0.0.1:0".parse().unwrap(), 1)?;
///     let mut client = Blocking::connect(net, listener.local()?, None)?;
///     let (mut server, _) = Blocking::new(listener).accept()?;
///     client.write(b"hello")?;
///     assert_eq!(server.read(&mut [0; 16])?, 5);
/// }
/// # Ok::<(), amphi_std::HostError>(())
/// ```
pub struct Uring {
    inner: RefCell<Inner>,
    /// The kernel takes requests from one thread only.
    of_one_thread: PhantomData<*const ()>,
}

/// First the ring, so that the kernel is done before what it works on is gone.
pub(super) struct Inner {
    ring: Ring,
    pub(super) table: Table,
    /// Those whose octets are handed over.
    sends: Vec<u32>,
    /// Of what was sent whole no completion tells: somebody waits for it, so that the
    /// next turn must not.
    hurry: bool,
}

impl Uring {
    /// A ring without sockets.
    ///
    /// # Errors
    ///
    /// `Unsupported` or `InvalidInput` before Linux 6.0; `PermissionDenied` where the
    /// system does not allow it (`kernel.io_uring_disabled`, a filter of system calls);
    /// `Exhausted` without memory or a free descriptor.
    pub fn new() -> Result<Self, HostError> {
        Ok(Self {
            inner: RefCell::new(Inner {
                ring: Ring::new()?,
                table: Table::default(),
                sends: Vec::new(),
                hurry: false,
            }),
            of_one_thread: PhantomData,
        })
    }

    pub(super) fn inner(&self) -> RefMut<'_, Inner> {
        self.inner.borrow_mut()
    }

    /// Drives the ring until the source is ready, at most for `timeout`.
    pub(super) fn wait(
        &self,
        token: u32,
        interest: Interest,
        timeout: Option<Duration>,
    ) -> Result<bool, HostError> {
        let mut inner = self.inner();
        let mut timer = Timer::start(timeout);
        loop {
            if inner.is_ready(token, interest) {
                return Ok(true);
            }
            // Room comes without a completion.
            inner.hurry = interest.is_writable() && inner.table.owes(token);
            inner.turn(timer.left())?;
            if inner.is_ready(token, interest) {
                return Ok(true);
            }
            if timer.is_over() {
                return Ok(false);
            }
        }
    }
}

impl Inner {
    fn is_ready(&mut self, token: u32, interest: Interest) -> bool {
        let entry = self.table.get(token);
        entry.is_some_and(|entry| !entry.ready().widen(interest).is_none())
    }

    /// Hands over what is to be asked for, waits for `timeout` (not at all for zero) or
    /// until something is completed, and takes in what that is. It may return early.
    pub(super) fn turn(&mut self, timeout: Option<Duration>) -> Result<(), HostError> {
        self.ask()?;
        let hurry = core::mem::take(&mut self.hurry);
        let timeout = if hurry { Some(Duration::ZERO) } else { timeout };
        let table = &mut self.table;
        let mut sends = core::mem::take(&mut self.sends);
        let mut count = 0;
        let mut failed = None;
        loop {
            let some = &sends[count..];
            let some = &some[..some.len().min(AT_ONCE)];
            let is_last = count + some.len() == sends.len();
            let timeout = if is_last {
                timeout
            } else {
                Some(Duration::ZERO)
            };
            match self
                .ring
                .submit(some.iter().map(|token| table.outgoing(*token)), timeout)
            {
                Ok(taken) => count += taken,
                Err(error) => failed = Some(error),
            }
            if let Err(error) = self.ring.reap(|completion| table.complete(completion)) {
                failed = Some(error);
            }
            if is_last || failed.is_some() {
                break;
            }
        }
        for token in sends.drain(..count) {
            table.settle(token);
        }
        for token in sends.drain(..) {
            table.touch(token);
        }
        self.sends = sends;
        failed.map_or(Ok(()), Err)
    }

    /// Writes the requests of all that are dirty.
    fn ask(&mut self) -> Result<(), HostError> {
        let mut dirty = core::mem::take(&mut self.table.dirty);
        let mut result = Ok(());
        for token in dirty.drain(..) {
            let Some(entry) = self.table.get(token) else {
                continue;
            };
            // Its number may have been another's, who stood here before.
            if !entry.dirty {
                continue;
            }
            entry.dirty = false;
            if result.is_ok() {
                result = ask(&mut self.ring, entry, token);
                if entry.stream().is_some_and(|stream| stream.can_send()) {
                    self.sends.push(token);
                    self.hurry |= entry.waits_for_sending();
                }
            }
            if result.is_err() {
                self.table.touch(token);
            }
            self.table.retire(token);
        }
        if self.table.dirty.is_empty() {
            // Its room is used again.
            self.table.dirty = dirty;
        }
        result
    }

    pub(super) fn new_queue(&mut self) -> u32 {
        let queues = &mut self.table.queues;
        let place = queues.iter().position(Option::is_none);
        let number = place.unwrap_or_else(|| {
            queues.push(None);
            queues.len() - 1
        });
        queues[number] = Some(Queue::default());
        number as u32
    }
}

/// How many requests to send are handed over at once.
const AT_ONCE: usize = 512;

/// Asks the kernel for what the source needs, and takes back what it does not.
#[inline]
fn ask(ring: &mut Ring, entry: &mut Entry, token: u32) -> Result<(), HostError> {
    let dropped = entry.dropped;
    let raw = entry.raw();
    let (lasts, operation, polls) = match &entry.kind {
        Kind::Stream(stream) => {
            let polls = stream.waits_for_room().then_some(Interest::WRITE);
            (stream.wants_octets(), Operation::Receive, polls)
        }
        Kind::Listener(listener) => {
            let wants = listener.wants_connections();
            let polls = (wants && listener.wary).then_some(Interest::READ);
            (wants && !listener.wary, Operation::Accept, polls)
        }
        Kind::Foreign(foreign) => {
            let interest = entry.watch.map_or(Interest::NONE, |watch| watch.interest);
            let polls = foreign.polled.is_none() && !interest.is_none() && !foreign.is_gone;
            (false, Operation::Receive, polls.then_some(interest))
        }
    };
    match (entry.lasting, lasts && !dropped) {
        (Request::Off, true) => {
            match &entry.kind {
                Kind::Listener(listener) => ring.accept(listener.fd(), token)?,
                Kind::Stream(stream) => ring.receive(stream.fd(), token)?,
                Kind::Foreign(_) => {}
            }
            entry.lasting = Request::On;
        }
        (Request::On, false) => {
            ring.cancel(operation, token)?;
            entry.lasting = Request::Ending;
        }
        _ => {}
    }
    // Of what is dropped, nothing is of interest but what it owes.
    let polls = polls.filter(|_| !dropped || entry.owes());
    match (entry.poll, polls) {
        (Request::Off, Some(interest)) => {
            ring.poll(raw, interest, token)?;
            entry.poll = Request::On;
        }
        (Request::On, None) => {
            ring.cancel(Operation::Poll, token)?;
            entry.poll = Request::Ending;
        }
        _ => {}
    }
    Ok(())
}

impl<'r> Net for &'r Uring {
    type Error = HostError;
    type Stream = UringStream<'r>;
    type Listener = UringListener<'r>;
    type Datagram = UdpSocket;

    /// As [`Host`](crate::Host)'s.
    fn now(&self) -> Instant {
        sys::now()
    }

    fn tcp_listen(
        &self,
        local: SocketAddr,
        backlog: usize,
    ) -> Result<UringListener<'r>, HostError> {
        UringListener::bind(self, &local, backlog)
    }

    fn tcp_connect(&self, remote: SocketAddr) -> Result<UringStream<'r>, HostError> {
        UringStream::connect(self, &remote)
    }

    fn udp_bind(&self, local: SocketAddr) -> Result<UdpSocket, HostError> {
        UdpSocket::bind(&local)
    }

    /// Drives the ring until all is with the kernel, which does the rest.
    fn drain(&self, deadline: Instant) -> Result<bool, HostError> {
        let mut inner = self.inner();
        inner.turn(Some(Duration::ZERO))?;
        while inner.table.leaving > 0 {
            let left = deadline.saturating_since(sys::now());
            if left.is_zero() {
                return Ok(false);
            }
            inner.turn(Some(left))?;
        }
        Ok(true)
    }
}

impl fmt::Debug for Uring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Uring").finish_non_exhaustive()
    }
}
