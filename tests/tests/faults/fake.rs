//! A stack that is a script: three clients with all they have to say, some
//! datagrams, and one call that fails.

use core::cell::RefCell;
use core::net::{IpAddr, Ipv4Addr, SocketAddr};
use core::time::Duration;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use amphi_core::ErrorKind;
use amphi_core::select::{Event, Interest, Ready, Register, Registration, Selector};
use amphi_core::serve::Key;
use amphi_core::socket::{
    Datagram, Interface, Listener, Multicast, Net, Received, Shutdown, Socket, Stream,
};
use amphi_core::time::Instant;

/// How many octets a peer takes before it must be waited for.
const WINDOW: usize = 9;
/// How many octets one read gives.
const PIECE: usize = 7;

/// Whose call it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Who {
    Selector,
    Listener,
    Packets,
    /// A client, by its number.
    Client(usize),
}

/// One client.
#[derive(Debug, Default)]
pub(crate) struct Client {
    pub(crate) says: Vec<u8>,
    pub(crate) said: usize,
    pub(crate) hears: Vec<u8>,
    /// How much it takes before the next wait.
    pub(crate) window: usize,
    /// It was offered more than it took.
    pub(crate) is_full: bool,
    pub(crate) accepted: bool,
    pub(crate) open: bool,
    pub(crate) told_end: bool,
}

/// All there is.
#[derive(Debug, Default)]
pub(crate) struct Script {
    pub(crate) clients: Vec<Client>,
    pub(crate) inbox: VecDeque<Vec<u8>>,
    pub(crate) outbox: Vec<Vec<u8>>,
    pub(crate) outbox_room: usize,
    pub(crate) now: Instant,
    /// How many calls there were.
    pub(crate) calls: usize,
    /// Which call fails, and how.
    pub(crate) fault: Option<(usize, ErrorKind)>,
    /// Which call that was.
    pub(crate) hit: Option<(&'static str, Who)>,
    pub(crate) sources: BTreeMap<Who, (Interest, Key)>,
    /// Those watched by edges, and whether there is one to report.
    pub(crate) edges: BTreeMap<Who, bool>,
    pub(crate) listening: bool,
}

impl Script {
    fn call(&mut self, name: &'static str, who: Who) -> Result<(), ErrorKind> {
        let number = self.calls;
        self.calls += 1;
        match self.fault {
            Some((at, kind)) if at == number => {
                self.hit = Some((name, who));
                Err(kind)
            }
            _ => Ok(()),
        }
    }

    /// What `who` is ready for.
    fn ready(&self, who: Who) -> Ready {
        let mut ready = Ready::NONE;
        let (readable, writable) = match who {
            Who::Selector => (false, false),
            Who::Listener => (self.clients.iter().any(|client| !client.accepted), false),
            Who::Packets => (!self.inbox.is_empty(), self.outbox_room > 0),
            Who::Client(number) => (true, self.clients[number].window > 0),
        };
        if readable {
            ready |= Ready::READABLE;
        }
        if writable {
            ready |= Ready::WRITABLE;
        }
        ready
    }

    /// The peers take what was sent.
    fn breathe(&mut self) {
        for number in 0..self.clients.len() {
            self.clients[number].window = WINDOW;
            if core::mem::take(&mut self.clients[number].is_full) {
                self.edge(Who::Client(number));
            }
        }
        self.outbox_room = 1;
    }

    /// Something changed at `who`.
    fn edge(&mut self, who: Who) {
        if let Some(edge) = self.edges.get_mut(&who) {
            *edge = true;
        }
    }

    /// Whether `who` is reported as long as it is ready.
    fn is_by_level(&self, who: Who) -> bool {
        let at_end = |number: usize| {
            let client = &self.clients[number];
            client.said == client.says.len()
        };
        matches!(who, Who::Client(number) if at_end(number)) || !self.edges.contains_key(&who)
    }

    pub(crate) fn registered(&self) -> usize {
        self.sources.len()
    }
}

/// The stack.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fake<'f>(pub(crate) &'f Rc<RefCell<Script>>);

pub(crate) struct FakeListener(Rc<RefCell<Script>>);
pub(crate) struct FakeStream(Rc<RefCell<Script>>, usize);
pub(crate) struct FakePackets(Rc<RefCell<Script>>);
pub(crate) struct FakeSelector(pub(crate) Rc<RefCell<Script>>);

pub(crate) fn address(port: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, port).into()
}

impl Net for Fake<'_> {
    type Error = ErrorKind;
    type Stream = FakeStream;
    type Listener = FakeListener;
    type Datagram = FakePackets;

    fn now(&self) -> Instant {
        self.0.borrow().now
    }

    fn tcp_listen(&self, _: SocketAddr, _: usize) -> Result<FakeListener, ErrorKind> {
        self.0.borrow_mut().listening = true;
        Ok(FakeListener(Rc::clone(self.0)))
    }

    fn tcp_connect(&self, _: SocketAddr) -> Result<FakeStream, ErrorKind> {
        Err(ErrorKind::Refused)
    }

    fn udp_bind(&self, _: SocketAddr) -> Result<FakePackets, ErrorKind> {
        Ok(FakePackets(Rc::clone(self.0)))
    }

    fn drain(&self, _: Instant) -> Result<bool, ErrorKind> {
        Ok(true)
    }
}

/// A socket of the script.
trait Source {
    fn script(&self) -> &RefCell<Script>;
    fn who(&self) -> Who;
}

macro_rules! source {
    ($($socket:ident $self:ident => $who:expr, $local:expr;)*) => { $(
        impl Source for $socket {
            fn script(&self) -> &RefCell<Script> {
                &self.0
            }
            fn who(&$self) -> Who {
                $who
            }
        }

        impl Socket for $socket {
            type Error = ErrorKind;
            type Addr = SocketAddr;

            fn local(&self) -> Result<SocketAddr, ErrorKind> {
                Ok(address($local))
            }

            fn wait(&self, interest: Interest, _: Option<Duration>) -> Result<bool, ErrorKind> {
                let mut script = self.script().borrow_mut();
                script.call("wait", self.who())?;
                script.breathe();
                let ready = script.ready(self.who()).widen(interest);
                assert!(!ready.is_none(), "a wait for ever");
                Ok(true)
            }

            fn now(&self) -> Instant {
                self.script().borrow().now
            }
        }
    )* };
}

source! {
    FakeListener self => Who::Listener, 7;
    FakePackets self => Who::Packets, 7;
    FakeStream self => Who::Client(self.1), 7;
}

impl Listener for FakeListener {
    type Stream = FakeStream;

    fn accept(&mut self) -> Result<(FakeStream, SocketAddr), ErrorKind> {
        let mut script = self.0.borrow_mut();
        script.call("accept", Who::Listener)?;
        let waits = script.clients.iter().position(|client| !client.accepted);
        let number = waits.ok_or(ErrorKind::WouldBlock)?;
        let client = &mut script.clients[number];
        (client.accepted, client.open) = (true, true);
        let port = 1_000 + number as u16;
        Ok((FakeStream(Rc::clone(&self.0), number), address(port)))
    }
}

impl FakeStream {
    fn act<T>(
        &mut self,
        name: &'static str,
        act: impl FnOnce(&mut Client) -> Result<T, ErrorKind>,
    ) -> Result<T, ErrorKind> {
        let mut script = self.0.borrow_mut();
        script.call(name, Who::Client(self.1))?;
        act(&mut script.clients[self.1])
    }
}

impl Stream for FakeStream {
    fn read(&mut self, buf: &mut [u8]) -> Result<usize, ErrorKind> {
        let count = self.act("read", |client| {
            let left = &client.says[client.said..];
            let count = left.len().min(buf.len()).min(PIECE);
            buf[..count].copy_from_slice(&left[..count]);
            client.said += count;
            Ok(count)
        })?;
        if count < buf.len() {
            // The next piece comes now.
            self.0.borrow_mut().edge(Who::Client(self.1));
        }
        Ok(count)
    }

    fn write(&mut self, buf: &[u8]) -> Result<usize, ErrorKind> {
        self.act("write", |client| {
            assert!(!client.told_end, "octets after the end of file");
            let count = buf.len().min(client.window);
            client.is_full = count < buf.len();
            if count == 0 {
                return Err(ErrorKind::WouldBlock);
            }
            client.window -= count;
            client.hears.extend_from_slice(&buf[..count]);
            Ok(count)
        })
    }

    fn finish_connect(&mut self) -> Result<(), ErrorKind> {
        Ok(())
    }

    fn shutdown(&mut self, _: Shutdown) -> Result<(), ErrorKind> {
        self.act("shutdown", |client| {
            client.told_end = true;
            Ok(())
        })
    }

    fn abort(self) {}

    fn remote(&self) -> Result<SocketAddr, ErrorKind> {
        Ok(address(1_000 + self.1 as u16))
    }
}

impl Datagram for FakePackets {
    fn recv_from(&mut self, buf: &mut [u8]) -> Result<Received<SocketAddr>, ErrorKind> {
        let mut script = self.0.borrow_mut();
        script.call("recv_from", Who::Packets)?;
        let octets = script.inbox.pop_front().ok_or(ErrorKind::WouldBlock)?;
        buf[..octets.len()].copy_from_slice(&octets);
        Ok(Received::new(octets.len(), address(9)))
    }

    fn send_to(&mut self, buf: &[u8], _: &SocketAddr) -> Result<(), ErrorKind> {
        let mut script = self.0.borrow_mut();
        script.call("send_to", Who::Packets)?;
        if script.outbox_room == 0 {
            return Err(ErrorKind::WouldBlock);
        }
        script.outbox_room -= 1;
        script.outbox.push(buf.to_vec());
        Ok(())
    }
}

impl Multicast for FakePackets {
    fn join(&mut self, _: IpAddr, _: Interface) -> Result<(), ErrorKind> {
        Ok(())
    }
    fn leave(&mut self, _: IpAddr, _: Interface) -> Result<(), ErrorKind> {
        Ok(())
    }
    fn set_multicast_hop_limit(&mut self, _: u8) -> Result<(), ErrorKind> {
        Ok(())
    }
    fn set_multicast_loop(&mut self, _: bool) -> Result<(), ErrorKind> {
        Ok(())
    }
    fn set_multicast_interface(&mut self, _: Interface) -> Result<(), ErrorKind> {
        Ok(())
    }
}

/// Closed sockets are not watched any more, as with a kernel.
fn close(script: &RefCell<Script>, who: Who) {
    let mut script = script.borrow_mut();
    script.sources.remove(&who);
    script.edges.remove(&who);
    match who {
        Who::Client(number) => script.clients[number].open = false,
        Who::Listener => script.listening = false,
        _ => {}
    }
}

impl Drop for FakeStream {
    fn drop(&mut self) {
        close(&self.0, Who::Client(self.1));
    }
}

impl Drop for FakeListener {
    fn drop(&mut self) {
        close(&self.0, Who::Listener);
    }
}

impl Drop for FakePackets {
    fn drop(&mut self) {
        close(&self.0, Who::Packets);
    }
}

impl Selector for FakeSelector {
    type Key = Key;
    type Error = ErrorKind;

    fn select(
        &mut self,
        events: &mut [Event<Key>],
        timeout: Option<Duration>,
    ) -> Result<usize, ErrorKind> {
        let mut script = self.0.borrow_mut();
        script.call("select", Who::Selector)?;
        script.breathe();
        let mut count = 0;
        for (who, (interest, key)) in script.sources.clone() {
            let ready = script.ready(who).widen(interest);
            let is_told = script.is_by_level(who) || script.edges[&who];
            if is_told && !ready.is_none() && count < events.len() {
                events[count] = Event::new(key, ready);
                count += 1;
                script.edges.entry(who).and_modify(|edge| *edge = false);
            }
        }
        if count == 0 {
            script.now = script.now + timeout.expect("a wait that something ends");
        }
        Ok(count)
    }

    fn len(&self) -> usize {
        self.0.borrow().registered()
    }

    fn registrations(&self) -> impl Iterator<Item = Registration<Key>> {
        let sources = self.0.borrow().sources.clone();
        let all = sources.into_values();
        all.map(|(interest, key)| Registration { key, interest })
    }
}

impl<S: Source> Register<S> for FakeSelector {
    fn register(&mut self, source: &S, interest: Interest, key: Key) -> Result<(), ErrorKind> {
        let mut script = self.0.borrow_mut();
        script.call("register", source.who())?;
        let old = script.sources.insert(source.who(), (interest, key));
        assert_eq!(old, None, "registered twice");
        Ok(())
    }

    fn modify(&mut self, source: &S, interest: Interest, key: Key) -> Result<(), ErrorKind> {
        let mut script = self.0.borrow_mut();
        script.call("modify", source.who())?;
        let known = script.sources.get_mut(&source.who());
        *known.ok_or(ErrorKind::NotFound)? = (interest, key);
        script.edge(source.who());
        Ok(())
    }

    fn register_by_edges(
        &mut self,
        source: &S,
        interest: Interest,
        key: Key,
    ) -> Result<(), ErrorKind> {
        self.register(source, interest, key)?;
        self.0.borrow_mut().edges.insert(source.who(), true);
        Ok(())
    }

    fn again(&mut self, source: &S) -> Result<(), ErrorKind> {
        let mut script = self.0.borrow_mut();
        script.call("again", source.who())?;
        script.edge(source.who());
        Ok(())
    }

    fn unregister(&mut self, source: &S) -> Result<(), ErrorKind> {
        let mut script = self.0.borrow_mut();
        script.call("unregister", source.who())?;
        script.edges.remove(&source.who());
        let known = script.sources.remove(&source.who());
        known.map(drop).ok_or(ErrorKind::NotFound)
    }

    fn registration(&self, source: &S) -> Option<Registration<Key>> {
        let script = self.0.borrow();
        let (interest, key) = *script.sources.get(&source.who())?;
        Some(Registration { key, interest })
    }
}
