use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use std::io::ErrorKind;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};

/// Octets of the longest frame.
const LONGEST: usize = 1514;
/// How long a frame is held back at most while its follower is awaited.
const PATIENCE: Duration = Duration::from_millis(20);
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
}

impl Wire {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let shared = Arc::new(Shared {
            end: AtomicBool::new(false),
            trouble: AtomicBool::new(false),
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
        wire.carry(from_machine, to_stack, wire.stack_end(), Some(tell));
        wire.carry(from_stack, to_machine, wire.machine_end(), None);
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

    /// Sends `count` frames that are none to the machine: headers that look right, and
    /// then anything, of any length.
    pub(crate) fn send_garbage(&self, count: usize) {
        let socket = UnixDatagram::unbound().expect("a socket");
        let mut next = random(0x1234_5678);
        let machine = self.machine_end();
        for _ in 0..count {
            // QEMU takes an empty datagram for the end of the wire.
            let len = 1 + next() as usize % LONGEST;
            let mut frame: Vec<u8> = (0..len).map(|_| next() as u8).collect();
            let header: [u8; 16] = [
                0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 2, 0, 0, 0, 0, 9, 0x08, 0x00, 0x45, 0x00,
            ];
            let len = frame
                .len()
                .min(if next().is_multiple_of(4) { 12 } else { 16 });
            frame[..len].copy_from_slice(&header[..len]);
            // A queue that is full says so; a wire would lose the frame.
            let _ = socket.send_to(&frame, &machine);
        }
    }

    fn carry(
        &mut self,
        from: UnixDatagram,
        by: UnixDatagram,
        to: PathBuf,
        tell: Option<Sender<()>>,
    ) {
        let shared = Arc::clone(&self.shared);
        self.threads.push(thread::spawn(move || {
            let mut buf = [0; LONGEST + 4];
            let mut late: Option<Vec<u8>> = None;
            let mut next = random(0x9876_5432);
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
                let held = late.take();
                if let Some(frame) = frame {
                    let trouble = shared.trouble.load(Ordering::Relaxed);
                    let is_lost = trouble && next().is_multiple_of(LOST);
                    if trouble && !is_lost && next().is_multiple_of(LATE) {
                        late = Some(frame.to_vec());
                    } else if !is_lost {
                        // A wire without anybody at its end.
                        let _ = by.send_to(frame, &to);
                    }
                }
                if let Some(frame) = held {
                    let _ = by.send_to(&frame, &to);
                }
            }
        }));
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
    socket
}

/// Marsaglia's xorshift.
fn random(mut state: u32) -> impl FnMut() -> u32 {
    move || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state
    }
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
