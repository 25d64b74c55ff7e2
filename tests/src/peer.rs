use core::net::SocketAddr;

use amphi_core::select::Interest;
use amphi_core::socket::{Datagram, Net, Received, Socket, Stream};
use amphi_core::time::Duration;
use amphi_core::{Error, ErrorKind};

/// How long one operation may take, on the stack's clock.
const PATIENCE: Duration = Duration::from_secs(100);
/// How long one wait may be before the other side gets its turn again.
const STEP: Duration = Duration::from_millis(1);
/// How often an operation is tried, whatever the clock says.
const TRIES: usize = 200_000;

/// The other side of a contract: operations that wait, and give what is under
/// test its turns meanwhile.
pub struct Peer<'t, N> {
    net: N,
    turn: &'t mut dyn FnMut(Duration),
}

impl<'t, N: Net> Peer<'t, N> {
    /// A peer on `net`. `turn` runs the service under test for at most the given time.
    pub fn new(net: N, turn: &'t mut dyn FnMut(Duration)) -> Self {
        Self { net, turn }
    }

    /// The stack.
    pub fn net(&self) -> N {
        self.net
    }

    /// Gives the service turns for `time`.
    #[track_caller]
    pub fn pass(&mut self, time: Duration) {
        let end = self.net.now() + time;
        for _ in 0..TRIES {
            (self.turn)(end - self.net.now());
            if self.net.now() >= end {
                return;
            }
        }
        panic!("time does not pass");
    }

    /// Gives the service turns until `done`.
    #[track_caller]
    pub fn until(&mut self, what: &str, mut done: impl FnMut(N) -> bool) {
        let end = self.net.now() + PATIENCE;
        for _ in 0..TRIES {
            if done(self.net) {
                return;
            }
            assert!(self.net.now() < end, "no end of waiting: {what}");
            (self.turn)(STEP);
        }
        panic!("no end of waiting: {what}");
    }

    /// Repeats `operation` until it does not say `WouldBlock`.
    ///
    /// # Errors
    ///
    /// What else `operation` reports.
    #[track_caller]
    pub fn wait<S: Socket, T>(
        &mut self,
        socket: &mut S,
        interest: Interest,
        mut operation: impl FnMut(&mut S) -> Result<T, S::Error>,
    ) -> Result<T, ErrorKind> {
        let end = self.net.now() + PATIENCE;
        for _ in 0..TRIES {
            match operation(socket) {
                Err(error) if error.reason() == ErrorKind::WouldBlock => {}
                done => return done.map_err(|error| error.reason()),
            }
            assert!(self.net.now() < end, "no end of waiting for {interest:?}");
            (self.turn)(Duration::ZERO);
            let waited = socket.wait(interest, Some(STEP));
            assert!(waited.is_ok(), "cannot wait: {waited:?}");
        }
        panic!("no end of waiting for {interest:?}");
    }

    /// Connects, or panics.
    #[track_caller]
    pub fn connect(&mut self, to: SocketAddr) -> N::Stream {
        self.try_connect(to).expect("the connection stands")
    }

    /// Connects.
    ///
    /// # Errors
    ///
    /// Why it failed.
    #[track_caller]
    pub fn try_connect(&mut self, to: SocketAddr) -> Result<N::Stream, ErrorKind> {
        let mut stream = self.net.tcp_connect(to).map_err(|error| error.reason())?;
        self.wait(&mut stream, Interest::WRITE, Stream::finish_connect)?;
        Ok(stream)
    }

    /// Writes all of `octets`.
    #[track_caller]
    pub fn send<S: Stream>(&mut self, stream: &mut S, octets: &[u8]) {
        let mut rest = octets;
        while !rest.is_empty() {
            let count = self
                .wait(stream, Interest::WRITE, |stream| stream.write(rest))
                .expect("the stream takes octets");
            rest = &rest[count..];
        }
    }

    /// Reads some octets; zero is end of file.
    ///
    /// # Errors
    ///
    /// What the stream reports.
    #[track_caller]
    pub fn try_receive<S: Stream>(
        &mut self,
        stream: &mut S,
        buf: &mut [u8],
    ) -> Result<usize, ErrorKind> {
        self.wait(stream, Interest::READ, |stream| stream.read(buf))
    }

    /// Reads exactly `expected`.
    #[track_caller]
    pub fn expect<S: Stream>(&mut self, stream: &mut S, expected: &[u8]) {
        let mut buf = [0; 256];
        let mut rest = expected;
        while !rest.is_empty() {
            let limit = rest.len().min(buf.len());
            let count = self.try_receive(stream, &mut buf[..limit]).expect("octets");
            assert_ne!(count, 0, "end of file, {} octets too early", rest.len());
            let (got, want) = (&buf[..count], &rest[..count]);
            assert!(
                got == want,
                "{} instead of {}",
                got.escape_ascii(),
                want.escape_ascii()
            );
            rest = &rest[count..];
        }
    }

    /// Reads the end of file.
    #[track_caller]
    pub fn expect_end<S: Stream>(&mut self, stream: &mut S) {
        let mut buf = [0; 64];
        let count = self.try_receive(stream, &mut buf).expect("end of file");
        assert_eq!(
            count,
            0,
            "octets instead of end of file: {}",
            buf[..count].escape_ascii()
        );
    }

    /// Reads until the connection is over, however it ends; panics on octets.
    #[track_caller]
    pub fn expect_over<S: Stream>(&mut self, stream: &mut S) {
        let mut buf = [0; 64];
        if let Ok(count) = self.try_receive(stream, &mut buf) {
            assert_eq!(
                count,
                0,
                "octets instead of the end: {}",
                buf[..count].escape_ascii()
            );
        }
    }

    /// Sends a datagram.
    #[track_caller]
    pub fn send_to<D: Datagram>(&mut self, socket: &mut D, octets: &[u8], to: D::Addr) {
        self.wait(socket, Interest::WRITE, |socket| {
            socket.send_to(octets, &to)
        })
        .expect("the datagram is taken");
    }

    /// Receives a datagram.
    #[track_caller]
    pub fn receive_from<D: Datagram>(
        &mut self,
        socket: &mut D,
        buf: &mut [u8],
    ) -> Received<D::Addr> {
        self.wait(socket, Interest::READ, |socket| socket.recv_from(buf))
            .expect("a datagram")
    }

    /// Makes sure that nothing arrives within `time`.
    #[track_caller]
    pub fn expect_silence(&mut self, socket: &mut N::Datagram, time: Duration) {
        let end = self.net.now() + time;
        let mut buf = [0; 64];
        for _ in 0..TRIES {
            match socket.recv_from(&mut buf) {
                Err(error) if error.reason() == ErrorKind::WouldBlock => {}
                received => panic!("something instead of silence: {received:?}"),
            }
            if self.net.now() >= end {
                return;
            }
            (self.turn)(STEP);
            socket.wait(Interest::READ, Some(STEP)).expect("a wait");
        }
        panic!("time does not pass");
    }
}

/// A peer without a service beside it.
pub(crate) fn alone(_: Duration) {}

/// The octet at place `index` of a stream whose octets tell their place.
pub(crate) fn octet_at(index: usize) -> u8 {
    (index ^ (index >> 8) ^ (index >> 16)) as u8
}

/// Fills `buf` with the octets of the places from `start`.
pub(crate) fn fill(buf: &mut [u8], start: usize) {
    for (index, octet) in buf.iter_mut().enumerate() {
        *octet = octet_at(start + index);
    }
}

/// Checks that `octets` are those of the places from `start`.
#[track_caller]
pub(crate) fn check(octets: &[u8], start: usize) {
    let wrong = octets
        .iter()
        .enumerate()
        .find(|(index, octet)| **octet != octet_at(start + index));
    assert_eq!(wrong, None, "a wrong octet after {start}");
}
