//! The client, the same for both servers: raw smoltcp, one interface, and a set for
//! each socket, found by its port. So what the client costs does not grow with the
//! number of connections, and the difference is the servers'.

use core::ops::Range;

use amphi_core::time::Instant;
use amphi_smoltcp::smoltcp::iface::{Interface, PollResult, SocketHandle, SocketSet};
use amphi_smoltcp::smoltcp::socket::tcp::Socket;

use crate::flat::{instant, interface, new_set, socket};
use crate::link::End;
use crate::{CLIENT, OCTETS, PORT, SERVER};

/// The port of the first connection; the others follow.
const FIRST_PORT: u16 = 20_000;

/// A socket alone in its set.
struct Connection {
    set: SocketSet<'static>,
    handle: SocketHandle,
}

impl Connection {
    fn socket(&mut self) -> &mut Socket<'static> {
        self.set.get_mut(self.handle)
    }
}

/// Lets one connection send all that it can, as `Interface::poll` does.
fn give_out(
    interface: &mut Interface,
    device: &mut End<'R'>,
    connection: &mut Connection,
    now: Instant,
) {
    while interface.poll_egress(instant(now), device, &mut connection.set) != PollResult::None {}
}

/// The client.
pub(crate) struct Client {
    device: End<'R'>,
    interface: Interface,
    connections: Vec<Connection>,
    message: [u8; OCTETS],
    reply: [u8; OCTETS],
    /// How many connections have a reply to be read.
    answered: usize,
}

impl Client {
    /// A client that starts `count` connections with buffers of `buffer` octets.
    pub(crate) fn new(mut device: End<'R'>, count: usize, buffer: usize) -> Self {
        let mut interface = interface(&mut device, CLIENT);
        let mut connect = |port| {
            let mut set = new_set(1);
            let handle = set.add(socket(buffer));
            set.get_mut::<Socket<'_>>(handle)
                .connect(interface.context(), (SERVER, PORT), port)
                .expect("a new socket can connect");
            Connection { set, handle }
        };
        Self {
            connections: (FIRST_PORT..).take(count).map(&mut connect).collect(),
            device,
            interface,
            message: core::array::from_fn(|index| index as u8),
            reply: [0; OCTETS],
            answered: 0,
        }
    }

    /// How many connections there are.
    pub(crate) const fn len(&self) -> usize {
        self.connections.len()
    }

    /// Takes in all frames.
    fn take_in(&mut self, now: Instant) {
        while let Some(port) = self.device.next_port() {
            let connection = &mut self.connections[usize::from(port - FIRST_PORT)];
            self.interface
                .poll_ingress_single(instant(now), &mut self.device, &mut connection.set);
            give_out(&mut self.interface, &mut self.device, connection, now);
            self.answered += usize::from(connection.socket().recv_queue() == OCTETS);
        }
    }

    /// Takes in all frames and lets all connections send, until all stand.
    pub(crate) fn connect(&mut self, now: Instant) -> bool {
        self.take_in(now);
        for connection in &mut self.connections {
            give_out(&mut self.interface, &mut self.device, connection, now);
        }
        self.connections
            .iter_mut()
            .all(|connection| connection.socket().may_send())
    }

    /// The last `active` connections: the first are found first.
    pub(crate) const fn last(&self, active: usize) -> Range<usize> {
        self.connections.len() - active..self.connections.len()
    }

    /// Sends one message on each of some connections.
    #[inline(never)]
    pub(crate) fn send(&mut self, some: Range<usize>, now: Instant) {
        self.message[0] = self.message[0].wrapping_add(1);
        for connection in &mut self.connections[some] {
            let sent = connection.socket().send_slice(&self.message);
            assert_eq!(sent, Ok(OCTETS), "the last message has left");
            give_out(&mut self.interface, &mut self.device, connection, now);
        }
    }

    /// Takes in what has come, and tells how many replies are there.
    #[inline(never)]
    pub(crate) fn receive(&mut self, now: Instant) -> usize {
        self.take_in(now);
        self.answered
    }

    /// Reads the replies to what [`send`](Self::send) sent.
    #[inline(never)]
    pub(crate) fn check(&mut self, some: Range<usize>) {
        self.answered = 0;
        for connection in &mut self.connections[some] {
            let count = connection.socket().recv_slice(&mut self.reply);
            assert_eq!(count, Ok(OCTETS), "the reply is there");
            assert_eq!(self.reply, self.message, "the reply is what was sent");
        }
    }

    /// Writes what the first connection takes, and reads what has come back: how many octets.
    #[inline(never)]
    pub(crate) fn stream(&mut self, block: &mut [u8], now: Instant) -> usize {
        self.take_in(now);
        let connection = &mut self.connections[0];
        let socket = connection.socket();
        let mut came = 0;
        while let Ok(count @ 1..) = socket.recv_slice(block) {
            came += count;
        }
        while let Ok(1..) = socket.send_slice(block) {}
        give_out(&mut self.interface, &mut self.device, connection, now);
        came
    }
}
