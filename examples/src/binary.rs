//! The binary client and server of the classic tutorial: records of `I 2s f` over
//! TCP, printed on both sides.
//!
//! The tutorial packs in the machine's own order, which two machines may not
//! share; here it is the network's.

use core::fmt;
use core::net::SocketAddr;

use amphi_core::pack::{RecordReader, RecordWriter, record};
use amphi_core::select::{Event, Ready, Selects};
use amphi_core::serve::{
    Closed, Key, Next, Part, Reply, Service, Slot, StreamHandler, StreamServer,
};
use amphi_core::socket::{Net, Shutdown, Socket, Stream};
use amphi_core::time::Duration;
use amphi_core::{Error, ErrorKind};

use crate::clients::Text;

record! {
    /// A number, two letters, a measure.
    pub struct Message = "! I 2s f";
}

/// The values of a [`Message`].
pub type Values = (u32, [u8; 2], f32);

/// What the client of the tutorial sends.
pub const VALUES: Values = (1, *b"ab", 2.7);

/// How long a turn may last while the client waits.
const STEP: Duration = Duration::from_millis(1);
/// How long one operation of the client may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Prints each record that arrives, however its octets are cut into pieces.
///
/// ```
/// use amphi_core::serve::{Next, Reply, StreamHandler};
/// use amphi_examples::binary::{BinaryServer, Message, VALUES};
///
/// let mut lines = Vec::new();
/// let mut server = BinaryServer::new(|line: core::fmt::Arguments<'_>| lines.push(line.to_string()));
/// for octet in Message::pack(VALUES) {
///     Reply::record(&mut [], |reply| server.handle(&[octet], reply));
/// }
/// drop(server);
/// assert_eq!(lines, [r#"server: received (1, "ab", 2.7)"#]);
/// ```
pub struct BinaryServer<F> {
    reader: RecordReader<Message>,
    say: F,
}

impl<F: FnMut(fmt::Arguments<'_>)> BinaryServer<F> {
    /// A server of one connection, which gives its lines to `say`.
    #[must_use]
    pub const fn new(say: F) -> Self {
        Self {
            reader: RecordReader::new(),
            say,
        }
    }
}

impl<F: FnMut(fmt::Arguments<'_>)> StreamHandler for BinaryServer<F> {
    fn handle(&mut self, mut input: &[u8], _reply: &mut Reply<'_>) -> Next {
        while let Some(values) = self.reader.feed(&mut input) {
            (self.say)(format_args!("server: received {}", Line(values)));
        }
        Next::Keep
    }

    fn finish(&mut self, why: Closed) {
        let received = self.reader.received();
        if received > 0 {
            (self.say)(format_args!("server: {received} octets of a record, {why}"));
        }
    }
}

impl<F> fmt::Debug for BinaryServer<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BinaryServer")
            .field("reader", &self.reader)
            .finish_non_exhaustive()
    }
}

/// Serves at `listen`, sends `records` there from the same stack, and gives the
/// lines of both sides to `say`.
///
/// # Errors
///
/// What the stack reports.
pub fn run<N, Sel>(
    net: N,
    selector: &mut Sel,
    listen: SocketAddr,
    records: &[Values],
    say: &dyn Fn(fmt::Arguments<'_>),
) -> Result<(), ErrorKind>
where
    N: Net,
    Sel: Selects<N, Key = Key>,
{
    let listener = net.tcp_listen(listen, 1).map_err(|error| error.reason())?;
    let address = listener.local().map_err(|error| error.reason())?;
    say(format_args!("server: listening at {address}"));
    let mut slots = [Slot::new()];
    let mut buffers = [0; 64];
    let handler = |_: &SocketAddr| BinaryServer::new(say);
    let mut server = StreamServer::new(listener, handler, &mut slots, &mut buffers);
    let mut parts: [&mut dyn Part<Sel>; 1] = [&mut server];
    let mut events = [Event::new(Key::default(), Ready::NONE); 4];
    let mut scratch = [0; 64];
    let mut service = Service::new(net, selector, &mut parts, &mut events, &mut scratch);
    service.start().map_err(|error| error.reason())?;
    let mut turn = |time| {
        let turn = service.turn(Some(time));
        turn.map(drop).map_err(|error| error.reason())
    };
    let sent = send(net, address, records, &mut turn, &mut |line| say(line));
    let finished = service.finish(PATIENCE);
    sent.and(finished.map_err(|error| error.reason()))
}

/// Sends `records` to `server`, shuts its sending side, and waits for the end of
/// the connection. While it waits, `turn` runs the service for at most the given
/// time.
///
/// # Errors
///
/// What the stack reports; `TimedOut` when nothing moves for ten seconds.
pub fn send<N: Net>(
    net: N,
    server: SocketAddr,
    records: &[Values],
    turn: &mut dyn FnMut(Duration) -> Result<(), ErrorKind>,
    say: &mut dyn FnMut(fmt::Arguments<'_>),
) -> Result<(), ErrorKind> {
    let mut stream = net.tcp_connect(server).map_err(|error| error.reason())?;
    wait(net, turn, || stream.finish_connect())?;
    let local = stream.local().map_err(|error| error.reason())?;
    say(format_args!("client: {local} connected to {server}"));
    for values in records {
        let mut writer = RecordWriter::<Message>::new(*values);
        let octets = Message::pack(*values);
        say(format_args!(
            "client: sending {} as {}",
            Line(*values),
            Hex(&octets)
        ));
        wait(net, turn, || writer.write(&mut stream))?;
    }
    wait(net, turn, || stream.shutdown(Shutdown::Write))?;
    while wait(net, turn, || stream.read(&mut [0; 16]))? > 0 {}
    say(format_args!("client: closed"));
    Ok(())
}

/// Repeats `operation` until it does not say `WouldBlock`.
fn wait<N: Net, T>(
    net: N,
    turn: &mut dyn FnMut(Duration) -> Result<(), ErrorKind>,
    mut operation: impl FnMut() -> Result<T, N::Error>,
) -> Result<T, ErrorKind> {
    let deadline = net.now() + PATIENCE;
    loop {
        match operation() {
            Err(error) if error.reason() == ErrorKind::WouldBlock => {}
            done => return done.map_err(|error| error.reason()),
        }
        if net.now() >= deadline {
            return Err(ErrorKind::TimedOut);
        }
        turn(STEP)?;
    }
}

/// The values of a record for people.
struct Line(Values);

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (number, letters, measure) = self.0;
        write!(f, "({number}, {}, {measure})", Text(&letters))
    }
}

/// Octets in hexadecimal, as `binascii.hexlify`.
struct Hex<'o>(&'o [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
    }
}
