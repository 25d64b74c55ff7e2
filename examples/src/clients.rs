//! A tour of the echo service from the clients' side, for any stack.
//!
//! Clients and service run in one thread: while a client waits, it gives the
//! service a turn.

use core::fmt;
use core::net::SocketAddr;
use core::sync::atomic::{AtomicBool, Ordering};

use amphi_core::select::{Event, Selects};
use amphi_core::serve::{DatagramServer, Key, Part, Service};
use amphi_core::socket::{Datagram, Interface, Net, Shutdown, Socket, Stream};
use amphi_core::time::Duration;
use amphi_core::{Error, ErrorKind};

use crate::multicast::{Sender, any_port_like, open_sender};
use crate::service::Bound;

/// What the clients of the classic tutorials send.
pub const MESSAGE: &[u8] = b"This is the message.  It will be repeated.";
/// How long a turn may last while a client waits.
const STEP: Duration = Duration::from_millis(1);
/// How long one operation of a client may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long the sender collects answers.
const ANSWERS: Duration = Duration::from_millis(200);

/// One client: its stack, the service's turns, and where its lines go.
pub struct Tour<'t, N> {
    /// The stack of the clients.
    pub net: N,
    /// Gives the service a turn of at most the given time.
    pub turn: &'t mut dyn FnMut(Duration) -> Result<(), ErrorKind>,
    /// Takes a line of the transcript.
    pub say: &'t mut dyn FnMut(fmt::Arguments<'_>),
}

impl<N: Net> Tour<'_, N> {
    /// Repeats `operation` until it does not say `WouldBlock`.
    fn wait<T>(
        &mut self,
        mut operation: impl FnMut() -> Result<T, N::Error>,
    ) -> Result<T, ErrorKind> {
        let deadline = self.net.now() + PATIENCE;
        loop {
            match operation() {
                Err(error) if error.reason() == ErrorKind::WouldBlock => {}
                done => return done.map_err(|error| error.reason()),
            }
            if self.net.now() >= deadline {
                return Err(ErrorKind::TimedOut);
            }
            (self.turn)(STEP)?;
        }
    }

    /// Connects, sends the message, shuts its sending side, and reads it back to the end.
    ///
    /// # Errors
    ///
    /// What the stack reports; `Other` when other octets came back.
    pub fn tcp(&mut self, server: SocketAddr) -> Result<(), ErrorKind> {
        let mut stream = self
            .net
            .tcp_connect(server)
            .map_err(|error| error.reason())?;
        self.wait(|| stream.finish_connect())?;
        let local = stream.local().map_err(|error| error.reason())?;
        (self.say)(format_args!("tcp {local}: connected to {server}"));
        let mut sent = 0;
        while let Some(rest @ [_, ..]) = MESSAGE.get(sent..) {
            sent += self.wait(|| stream.write(rest))?;
        }
        (self.say)(format_args!("tcp {local}: sent {}", Text(MESSAGE)));
        self.wait(|| stream.shutdown(Shutdown::Write))?;
        let mut buf = [0; 16];
        let mut received = 0;
        loop {
            let count = self.wait(|| stream.read(&mut buf))?;
            let octets = buf.get(..count).unwrap_or_default();
            if octets.is_empty() {
                break;
            }
            (self.say)(format_args!("tcp {local}: received {}", Text(octets)));
            if MESSAGE.get(received..received + count) != Some(octets) {
                return Err(ErrorKind::Other);
            }
            received += count;
        }
        (self.say)(format_args!(
            "tcp {local}: end of file after {received} octets"
        ));
        if received == MESSAGE.len() {
            Ok(())
        } else {
            Err(ErrorKind::Other)
        }
    }

    /// Sends the message as a datagram and receives it back.
    ///
    /// # Errors
    ///
    /// What the stack reports; `Other` when another datagram came back.
    pub fn udp(&mut self, server: SocketAddr) -> Result<(), ErrorKind> {
        let mut socket = self
            .net
            .udp_bind(any_port_like(server))
            .map_err(|error| error.reason())?;
        let local = socket.local().map_err(|error| error.reason())?;
        self.wait(|| socket.send_to(MESSAGE, &server))?;
        (self.say)(format_args!(
            "udp {local}: sent {} to {server}",
            Text(MESSAGE)
        ));
        let mut buf = [0; 64];
        let received = self.wait(|| socket.recv_from(&mut buf))?;
        let octets = buf.get(..received.len).unwrap_or_default();
        (self.say)(format_args!(
            "udp {local}: received {} from {}",
            Text(octets),
            received.from
        ));
        if octets == MESSAGE {
            Ok(())
        } else {
            Err(ErrorKind::Other)
        }
    }

    /// Sends one datagram to the group and tells the answers.
    ///
    /// # Errors
    ///
    /// What the stack reports; `TimedOut` when nobody answered.
    pub fn multicast<Sel>(
        &mut self,
        selector: &mut Sel,
        group: SocketAddr,
        interface: Interface,
    ) -> Result<(), ErrorKind>
    where
        Sel: Selects<N, Key = Key>,
    {
        let socket = open_sender(self.net, group, interface).map_err(|(_, e)| e.reason())?;
        let local = socket.local().map_err(|error| error.reason())?;
        (self.say)(format_args!(
            "group {local}: sent {} to {group}",
            Text(MESSAGE)
        ));
        let done = AtomicBool::new(false);
        let say = &mut *self.say;
        let sender = Sender::new(MESSAGE, group, ANSWERS, &done, |from, octets: &[u8]| {
            say(format_args!(
                "group {local}: received {} from {from}",
                Text(octets)
            ));
        });
        let mut kept = [0; MESSAGE.len()];
        let mut part = DatagramServer::new(socket, sender, &mut kept);
        {
            let mut parts: [&mut dyn Part<Sel>; 1] = [&mut part];
            let mut events = [Event::new(Key::default(), Default::default()); 4];
            let mut scratch = [0; 64];
            let mut own = Service::new(self.net, selector, &mut parts, &mut events, &mut scratch);
            own.start().map_err(|error| error.reason())?;
            while !done.load(Ordering::Acquire) {
                (self.turn)(STEP)?;
                own.turn(Some(Duration::ZERO))
                    .map_err(|error| error.reason())?;
            }
            own.finish(Duration::ZERO).map_err(|error| error.reason())?;
        }
        let answers = part.handler().outcome()?;
        (self.say)(format_args!(
            "group {local}: answers in {ANSWERS:?}: {answers}"
        ));
        if answers == 0 {
            Err(ErrorKind::TimedOut)
        } else {
            Ok(())
        }
    }

    /// All of it.
    ///
    /// # Errors
    ///
    /// The first failure.
    pub fn run<Sel>(
        &mut self,
        selector: &mut Sel,
        bound: Bound,
        interface: Interface,
    ) -> Result<(), ErrorKind>
    where
        Sel: Selects<N, Key = Key>,
    {
        self.tcp(bound.echo)?;
        self.udp(bound.echo)?;
        match bound.group {
            Some(group) => self.multicast(selector, group, interface),
            None => Ok(()),
        }
    }
}

impl<N: fmt::Debug> fmt::Debug for Tour<'_, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tour")
            .field("net", &self.net)
            .finish_non_exhaustive()
    }
}

/// Octets as text for people, in quotes.
#[derive(Debug, Clone, Copy)]
pub struct Text<'t>(pub &'t [u8]);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0.escape_ascii())
    }
}
