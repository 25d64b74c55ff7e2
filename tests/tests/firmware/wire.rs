use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use std::io::ErrorKind;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};

use crate::flood::random;

/// Octets of the longest frame.
pub(crate) const LONGEST: usize = 1514;
/// How long a frame is held back at most while its follower is awaited.
const PATIENCE: Duration = Duration::from_millis(20);
/// How long a frame waits at most for room behind others.
const BLOCKED: Duration = Duration::from_secs(1);
/// How long a machine may take to boot.
const BOOT: Duration = Duration::from_secs(60);
/// In trouble, of so many frames one is lost, and one comes after its follower.
const LOST: u32 = 16;
const LATE: u32 = 5;

/// What happens to frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    None,
    LossAndDisorder,
}

/// A wire between a machine and a stack: a thread for each direction, and sockets in a
/// folder of its own.
pub(crate) struct Wire {
    folder: tempfile::TempDir,
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
    joined: Receiver<()>,
}

struct Shared {
    end: AtomicBool,
    trouble: AtomicBool,
    /// Whether nobody listens to the machine.
    is_deaf: AtomicBool,
}

impl Wire {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let shared = Arc::new(Shared {
            end: AtomicBool::new(false),
            trouble: AtomicBool::new(false),
            is_deaf: AtomicBool::new(false),
        });
        let (tell, joined) = channel();
        let mut wire = Self {
            folder,
            shared,
            threads: Vec::new(),
            joined,
        };
        let near = bind(&wire.near_end());
        let far = bind(&wire.far_end());
        let (from_machine, to_machine) = (near.try_clone().expect("a socket"), near);
        let (from_stack, to_stack) = (far.try_clone().expect("a socket"), far);
        let to_stack = End::new(to_stack, wire.stack_end());
        let to_machine = End::new(to_machine, wire.machine_end());
        wire.carry(from_machine, to_stack, Some(tell));
        wire.carry(from_stack, to_machine, None);
        wire
    }

    /// The machine's socket.
    pub(crate) fn machine_end(&self) -> PathBuf {
        self.folder.path().join("machine")
    }

    /// Where the machine sends to.
    pub(crate) fn near_end(&self) -> PathBuf {
        self.folder.path().join("near")
    }

    /// Where the stack sends to.
    pub(crate) fn far_end(&self) -> PathBuf {
        self.folder.path().join("far")
    }

    /// The stack's socket.
    pub(crate) fn stack_end(&self) -> PathBuf {
        self.folder.path().join("stack")
    }

    pub(crate) fn set_trouble(&self, trouble: Trouble) {
        let is_bad = trouble == Trouble::LossAndDisorder;
        self.shared.trouble.store(is_bad, Ordering::Relaxed);
    }

    /// Waits until the machine reports the membership in its group.
    pub(crate) fn wait_for_join(&self) {
        match self.joined.recv_timeout(BOOT) {
            Ok(()) => {}
            Err(RecvTimeoutError::Timeout) => panic!("the machine joined no group"),
            Err(RecvTimeoutError::Disconnected) => panic!("the wire broke"),
        }
    }

    /// Sends `frames` to the machine, whose answers are lost meanwhile, and tells how many
    /// it took.
    pub(crate) fn send_all(&self, frames: impl Iterator<Item = Vec<u8>>) -> usize {
        let socket = UnixDatagram::unbound().expect("a socket");
        let machine = self.machine_end();
        self.shared.is_deaf.store(true, Ordering::Relaxed);
        let count = frames
            .filter(|frame| socket.send_to(frame, &machine).is_ok())
            .count();
        self.shared.is_deaf.store(false, Ordering::Relaxed);
        count
    }

    /// Carries frames in one direction, in a thread, until the wire is dropped.
    fn carry(&mut self, from: UnixDatagram, mut end: End, tell: Option<Sender<()>>) {
        let shared = Arc::clone(&self.shared);
        self.threads.push(thread::spawn(move || {
            let mut buf = [0; LONGEST + 4];
            while !shared.end.load(Ordering::Relaxed) {
                let frame = match from.recv(&mut buf) {
                    Ok(len) => Some(&buf[..len]),
                    Err(error) if is_timeout(error.kind()) => None,
                    Err(error) => panic!("the wire: {error}"),
                };
                if let Some(tell) = tell.as_ref().filter(|_| frame.is_some_and(is_join)) {
                    // Nobody listens after the first.
                    let _ = tell.send(());
                }
                // Only who asks in time hears an answer.
                let is_lost = tell.is_some() && shared.is_deaf.load(Ordering::Relaxed);
                if !is_lost {
                    end.pass(frame, shared.trouble.load(Ordering::Relaxed));
                }
            }
        }));
    }
}

/// Where the frames of one direction leave the wire.
struct End {
    by: UnixDatagram,
    to: PathBuf,
    /// A frame that leaves after the next one.
    late: Option<Vec<u8>>,
    random: Box<dyn FnMut() -> u32 + Send>,
}

impl End {
    fn new(by: UnixDatagram, to: PathBuf) -> Self {
        Self {
            by,
            to,
            late: None,
            random: Box::new(random(0x9876_5432)),
        }
    }

    /// Sends `frame`, if there is one; then what was held back. In trouble, some are lost or
    /// held back.
    fn pass(&mut self, frame: Option<&[u8]>, is_in_trouble: bool) {
        let held = self.late.take();
        if let Some(frame) = frame {
            if !is_in_trouble {
                self.send(frame);
            } else if (self.random)().is_multiple_of(LATE) {
                self.late = Some(frame.to_vec());
            } else if !(self.random)().is_multiple_of(LOST) {
                self.send(frame);
            }
        }
        if let Some(frame) = held {
            self.send(&frame);
        }
    }

    /// As on a wire, it does not matter whether anybody is at its end.
    fn send(&self, frame: &[u8]) {
        let _ = self.by.send_to(frame, &self.to);
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.shared.end.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            // Its panic was printed.
            let _ = thread.join();
        }
    }
}

fn bind(path: &Path) -> UnixDatagram {
    let socket = UnixDatagram::bind(path).expect("a socket");
    socket.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    // Who does not take frames for long does not get them.
    socket.set_write_timeout(Some(BLOCKED)).expect("a timeout");
    socket
}

fn is_timeout(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

/// Whether a frame is an `IGMPv2` report of the firmware's group (RFC 2236, section 2).
fn is_join(frame: &[u8]) -> bool {
    let Some((ethernet, packet)) = frame.split_at_checked(14) else {
        return false;
    };
    let is_igmp = ethernet.ends_with(&[0x08, 0x00]) && packet.get(9) == Some(&2);
    let header = 4 * usize::from(packet.first().unwrap_or(&0) & 0x0F);
    let report = packet.get(header..).filter(|_| is_igmp).unwrap_or(&[]);
    report.first() == Some(&0x16) && report.get(4..8) == Some(&[224, 3, 29, 71])
}
