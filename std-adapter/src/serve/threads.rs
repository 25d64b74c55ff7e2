use alloc::collections::VecDeque;
use core::panic::AssertUnwindSafe;
use std::os::fd::{AsFd, OwnedFd};
use std::panic::catch_unwind;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, JoinHandle};

use amphi_core::ErrorKind;
use amphi_core::select::Selector;
use amphi_core::serve::{
    Closed, Job, Key, Outcome, Process, StreamJob, StreamRequestHandler, Tally, Turn,
};
use amphi_core::socket::{Address, Shutdown, Stream};

use crate::{Waker, sys};

/// A request that can be cut off while another thread serves it.
///
/// ```
/// use amphi_core::serve::{Closed, Job, Outcome, Tally};
/// use amphi_std::serve::Interrupt;
/// use core::net::SocketAddr;
/// use std::os::fd::OwnedFd;
///
/// /// A request that never waits for its socket.
/// struct Quick(SocketAddr);
///
/// impl Job for Quick {
///     type Addr = SocketAddr;
///
///     fn remote(&self) -> &SocketAddr {
///         &self.0
///     }
///
///     fn run(self) -> Outcome {
///         Outcome { why: Closed::ByHandler, tally: Tally::default() }
///     }
/// }
///
/// impl Interrupt for Quick {
///     fn interrupt(&self) -> Option<OwnedFd> {
///         None // nothing to cut off
///     }
/// }
///
/// assert!(Quick("192.0.2.1:7".parse().unwrap()).interrupt().is_none());
/// ```
pub trait Interrupt {
    /// A duplicate of the socket that its handler waits for, if it waits for one.
    fn interrupt(&self) -> Option<OwnedFd>;
}

impl<S: Stream + AsFd, H: StreamRequestHandler> Interrupt for StreamJob<S, H> {
    fn interrupt(&self) -> Option<OwnedFd> {
        // Without a descriptor for it, it can only end by itself.
        self.stream().as_fd().try_clone_to_owned().ok()
    }
}

/// Runs each request in a thread: Python's `ThreadingMixIn`, bounded.
///
/// A handler that panics closes its own connection, which counts as
/// [`Closed::Aborted`]. When the server is closed, connections that are still
/// served are shut down, and their threads waited for: a handler that does not
/// return after its reads and writes fail holds that up. What cannot be cut off is
/// left alone: a datagram's handler, and a connection for which there was no second
/// descriptor.
///
/// ```
/// use amphi_core::serve::{Connection, StreamRequestHandler};
/// use amphi_core::socket::{Blocking, Net};
/// use amphi_std::serve::{Stop, Threads, ThreadingServer, serve_forever};
/// use amphi_std::{DefaultSelector, Host};
/// use core::net::SocketAddr;
/// use core::time::Duration;
///
/// struct Echo;
///
/// impl StreamRequestHandler for Echo {
///     fn handle<C: Connection>(&mut self, connection: &mut C) -> Result<(), C::Error> {
///         let mut buf = [0; 64];
///         loop {
///             match connection.read(&mut buf)? {
///                 0 => return Ok(()),
///                 count => connection.write_all(&buf[..count])?,
///             }
///         }
///     }
/// }
///
/// let mut selector = DefaultSelector::new()?;
/// let threads = Threads::new(selector.waker()?, 8);
/// let listener = Host.tcp_listen("127.0.0.1:0".parse().unwrap(), 8)?;
/// let mut server = ThreadingServer::with_process(listener, |_: &SocketAddr| Echo, threads);
/// let address = server.server_address()?;
///
/// let stop = Stop::new();
/// let at_the_end = stop.clone();
/// let client = std::thread::spawn(move || {
///     let mut client = Blocking::connect(Host, address, None)?;
///     client.write(b"hello")?;
///     let count = client.read(&mut [0; 8])?;
///     at_the_end.request();
///     Ok::<_, amphi_std::HostError>(count)
/// });
/// serve_forever(&mut selector, &mut [&mut server], &stop, Duration::from_secs(1))?;
/// assert_eq!(client.join().unwrap()?, 5);
/// # Ok::<(), amphi_std::HostError>(())
/// ```
#[derive(Debug)]
pub struct Threads<A> {
    most: usize,
    waker: Waker,
    crew: Crew,
    running: Vec<Running<A>>,
    /// The number of the next request.
    next: u64,
    ended: (Sender<Ended>, Receiver<Ended>),
}

type Ended = (u64, Outcome);
type Work = Box<dyn FnOnce() + Send>;

/// A request that a thread serves, or will.
#[derive(Debug)]
struct Running<A> {
    number: u64,
    remote: A,
    socket: Option<OwnedFd>,
    /// The thread, if it is this request's own.
    thread: Option<JoinHandle<()>>,
}

/// Who serves.
#[derive(Debug)]
enum Crew {
    /// A new thread each.
    Each,
    /// Threads that wait for work.
    Pool(Arc<Queue>, Vec<JoinHandle<()>>),
}

impl<A> Threads<A> {
    /// A thread for each request, at most `most` at a time. `waker` is that of the
    /// server's selector.
    #[must_use]
    pub fn new(waker: Waker, most: usize) -> Self {
        Self::with_crew(waker, most, Crew::Each)
    }

    /// A pool of `threads` that serve one request after the other, and at most
    /// `waiting` requests that were accepted and wait for one.
    ///
    /// # Errors
    ///
    /// What the system reports when it gives no thread.
    pub fn pool(waker: Waker, threads: usize, waiting: usize) -> std::io::Result<Self> {
        let queue = Arc::new(Queue::default());
        let most = threads.max(1).saturating_add(waiting);
        let crew = Crew::Pool(Arc::clone(&queue), Vec::new());
        // If there are not so many, it is dropped, and those that began end.
        let mut pool = Self::with_crew(waker, most, crew);
        for _ in 0..threads.max(1) {
            let queue = Arc::clone(&queue);
            let thread = Builder::new().name(String::from("amphi-pool"));
            let handle = thread.spawn(move || queue.work())?;
            if let Crew::Pool(_, handles) = &mut pool.crew {
                handles.push(handle);
            }
        }
        Ok(pool)
    }

    fn with_crew(waker: Waker, most: usize, crew: Crew) -> Self {
        Self {
            most: most.max(1),
            waker,
            crew,
            running: Vec::new(),
            next: 0,
            ended: channel(),
        }
    }

    fn start(&mut self, work: Work) -> std::io::Result<Option<JoinHandle<()>>> {
        match &self.crew {
            Crew::Each => {
                let thread = Builder::new().name(String::from("amphi-request"));
                thread.spawn(work).map(Some)
            }
            Crew::Pool(queue, _) => {
                queue.push(work);
                Ok(None)
            }
        }
    }

    /// Takes note that a request has ended.
    fn take(&mut self, (number, outcome): Ended) -> Option<(A, Outcome)> {
        let mut running = self.running.iter();
        let index = running.position(|running| running.number == number)?;
        let running = self.running.swap_remove(index);
        if let Some(thread) = running.thread {
            // It has nothing left to do, and cannot have panicked.
            let _ = thread.join();
        }
        Some((running.remote, outcome))
    }
}

impl<A, J, Sel> Process<J, Sel> for Threads<A>
where
    A: Address,
    J: Job<Addr = A> + Interrupt + Send + 'static,
    Sel: Selector<Key = Key>,
{
    fn is_full(&self) -> bool {
        self.running.len() >= self.most
    }

    fn active(&self) -> u32 {
        u32::try_from(self.running.len()).unwrap_or(u32::MAX)
    }

    fn active_of(&self, peer: u64) -> u32 {
        let all = self.running.iter();
        let of_peer = all.filter(|running| running.remote.peer() == peer);
        u32::try_from(of_peer.count()).unwrap_or(u32::MAX)
    }

    fn process_request(&mut self, _turn: &mut Turn<'_, Sel>, job: J) -> Result<(), ErrorKind> {
        let (number, remote, socket) = (self.next, job.remote().clone(), job.interrupt());
        self.next += 1;
        let (ended, waker) = (self.ended.0.clone(), self.waker.clone());
        let thread = self.start(Box::new(move || {
            let outcome = run_caught(job);
            // The server may be gone, and nobody interested any more.
            let _ = ended.send((number, outcome));
            waker.wake();
        }));
        let thread = thread.map_err(|_| ErrorKind::Exhausted)?;
        self.running.push(Running {
            number,
            remote,
            socket,
            thread,
        });
        Ok(())
    }

    fn finished(&mut self, _turn: &mut Turn<'_, Sel>) -> Option<(A, Outcome)> {
        let ended = self.ended.1.try_recv().ok()?;
        self.take(ended)
    }

    fn close(&mut self, _turn: &mut Turn<'_, Sel>) {
        for running in &mut self.running {
            match &running.socket {
                // A connection that has ended meanwhile is not shut down again.
                Some(socket) => drop(sys::shutdown(socket.as_fd(), Shutdown::Both)),
                // It may wait for ever.
                None => drop(running.thread.take()),
            }
        }
        let all_end = self.running.iter().all(|running| running.socket.is_some());
        if let Crew::Pool(queue, threads) = &mut self.crew {
            queue.close();
            let waited_for = threads.drain(..).filter(|_| all_end);
            waited_for.for_each(|thread| drop(thread.join()));
        }
        for running in &mut self.running {
            if let Some(thread) = running.thread.take() {
                let _ = thread.join();
            }
        }
    }
}

/// Serves `job`; a panic of its handler stays with it.
pub(super) fn run_caught(job: impl Job) -> Outcome {
    // What the handler had is dropped, and nobody sees it broken.
    catch_unwind(AssertUnwindSafe(|| job.run())).unwrap_or(Outcome {
        why: Closed::Aborted,
        tally: Tally::default(),
    })
}

/// Work that waits for a thread of a pool.
#[derive(Default)]
struct Queue {
    state: Mutex<State>,
    more: Condvar,
}

#[derive(Default)]
struct State {
    work: VecDeque<Work>,
    closed: bool,
}

impl Queue {
    fn state(&self) -> MutexGuard<'_, State> {
        // No code of a user runs while it is locked.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, work: Work) {
        self.state().work.push_back(work);
        self.more.notify_one();
    }

    /// The threads end when there is no work left.
    fn close(&self) {
        self.state().closed = true;
        self.more.notify_all();
    }

    /// What each thread of the pool does.
    fn work(&self) {
        loop {
            let mut state = self.state();
            let work = loop {
                if let Some(work) = state.work.pop_front() {
                    break work;
                }
                if state.closed {
                    return;
                }
                state = self
                    .more
                    .wait(state)
                    .unwrap_or_else(PoisonError::into_inner);
            };
            drop(state);
            work();
        }
    }
}

impl core::fmt::Debug for Queue {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Queue")
            .field("waiting", &self.state().work.len())
            .finish_non_exhaustive()
    }
}

/// Threads of a pool that nobody closed end as well.
impl<A> Drop for Threads<A> {
    fn drop(&mut self) {
        if let Crew::Pool(queue, _) = &self.crew {
            queue.close();
        }
    }
}
