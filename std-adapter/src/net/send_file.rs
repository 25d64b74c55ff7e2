//! Files into sockets, and sockets into sockets, without a copy in this process.

use std::os::fd::AsFd;

use super::{TcpStream, UnixStream};
use crate::{HostError, sys};

macro_rules! sends_files {
    ($stream:ident) => {
        impl $stream {
            /// Sends up to `count` octets of `file` from `offset` on, without a copy in
            /// this process, and tells how many left; zero at the end of the file:
            /// sendfile(2), the step of Python's `socket.sendfile`. The file's own
            /// offset stays.
            ///
            /// After `WouldBlock`, or fewer octets than there are, call again when the
            /// socket is writable, with the offset moved on. The disk may be waited for.
            ///
            /// # Errors
            ///
            /// `InvalidInput` when the file cannot be read by pages (a pipe, a terminal);
            /// else as for octets.
            pub fn send_file(
                &mut self,
                file: &impl AsFd,
                offset: u64,
                count: usize,
            ) -> Result<usize, HostError> {
                sys::send_file(self.as_fd(), file.as_fd(), offset, count)
            }
        }
    };
}

sends_files!(TcpStream);
sends_files!(UnixStream);

/// Moves octets from one descriptor to another through a pipe of the kernel's, so
/// that they never come into this process (splice(2), Linux only): what a proxy does.
///
/// ```
/// use amphi_core::socket::Stream;
/// use amphi_std::{SplicePipe, UnixStream};
///
/// let (mut client, inner) = UnixStream::pair()?;
/// let (outer, mut server) = UnixStream::pair()?;
/// let mut pipe = SplicePipe::new()?;
/// client.write(b"through")?;
/// assert_eq!(pipe.fill_from(&inner, 1024)?, 7);
/// assert_eq!(pipe.drain_to(&outer)?, 7);
/// let mut buf = [0; 16];
/// assert_eq!(server.read(&mut buf)?, 7);
/// # Ok::<(), amphi_std::HostError>(())
/// ```
#[cfg(target_os = "linux")]
#[derive(Debug)]
pub struct SplicePipe {
    read: std::os::fd::OwnedFd,
    write: std::os::fd::OwnedFd,
    held: usize,
}

#[cfg(target_os = "linux")]
impl SplicePipe {
    /// An empty one. It costs two descriptors.
    ///
    /// # Errors
    ///
    /// `Exhausted` without free descriptors or memory (pipe(2)).
    pub fn new() -> Result<Self, HostError> {
        let [read, write] = sys::pipe()?;
        Ok(Self {
            read,
            write,
            held: 0,
        })
    }

    /// How many octets are inside.
    #[must_use]
    pub const fn held(&self) -> usize {
        self.held
    }

    /// Takes up to `most` octets in from `source`, a stream or a file (from its own
    /// offset), and tells how many; zero at its end.
    ///
    /// # Errors
    ///
    /// `WouldBlock` when the source has nothing now, or the pipe has no room: look at
    /// [`held`](Self::held) and drain it first; `InvalidInput` for a source that
    /// cannot be spliced; else what reading from it reports.
    pub fn fill_from(&mut self, source: &impl AsFd, most: usize) -> Result<usize, HostError> {
        let moved = sys::splice(source.as_fd(), self.write.as_fd(), most)?;
        self.held += moved;
        Ok(moved)
    }

    /// Gives what is inside to `sink`, as much as it takes, and tells how much; zero
    /// when nothing is inside.
    ///
    /// # Errors
    ///
    /// `WouldBlock` when the sink has no room now; `BrokenPipe` or `Reset` when its
    /// peer is gone; `InvalidInput` for a sink that cannot be spliced. What is inside
    /// stays there.
    pub fn drain_to(&mut self, sink: &impl AsFd) -> Result<usize, HostError> {
        if self.held == 0 {
            return Ok(0);
        }
        let moved = sys::splice(self.read.as_fd(), sink.as_fd(), self.held)?;
        self.held -= moved.min(self.held);
        Ok(moved)
    }
}
