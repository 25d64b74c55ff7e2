//! The way of frames: in to the socket that they concern, out from those that
//! were touched or whose time has come.

use amphi_core::time::Instant;
use smoltcp::iface::SocketSet;
use smoltcp::socket::tcp;
use smoltcp::wire::IpAddress;

use super::configure::LINK_STEP_MICROS;
use super::demux::{self, Segment, Target, Tuple};
use super::device::{Exit, Look, LoopFrame, Port};
use super::flood::Admission;
use super::gate::Edge;
use super::life::Cause;
use super::state::Inner;
use crate::{WhenBusy, convert, interface};

/// How many frames are taken in before sockets and their owners get their turns.
const FRAMES: usize = 64;
/// How often the interface's own timers are looked at while there may be any.
const ATTENTION_STEP_MICROS: u64 = 100_000;
/// The payload that every segment can carry, in octets (RFC 9293, section 3.7.1).
const LEAST_SEGMENT: usize = 536;
/// No timer of a connection that has just sent ends sooner: delayed acknowledgements
/// take 10 ms in smoltcp, retransmission a second. To ask for the exact time after
/// each segment would cost more than to ask once when this has passed.
const SOONEST_MICROS: u64 = 10_000;
/// How long smoltcp waits for a neighbour before it asks again: a socket with a later
/// deadline waits for something else.
pub(super) const DISCOVERY_MICROS: u64 = 1_000_000;
/// When to try again what could not be sent.
pub(super) const RETRY_MICROS: u64 = 1_000;

/// In the place of a slot: the interface itself, for its reports.
pub(super) const INTERFACE: u16 = u16::MAX;
/// The same, for its addresses.
#[cfg(feature = "slaac")]
const ADDRESSES: u16 = u16::MAX - 1;

/// What came of letting a slot send one frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sent {
    /// There may be more to send.
    Some,
    /// There is nothing more to send now.
    All,
    /// The device has no room.
    Exhausted,
}

impl Inner<'_> {
    /// Sends what is due, takes in what has come, and tells when to call again
    /// at the latest, if no frame comes before. After frames that is at once:
    /// sockets may have something to say to them, or their owner has first.
    pub(crate) fn drive(&mut self, edge: &mut dyn Edge) -> Instant {
        if cfg!(target_pointer_width = "32") || self.timers.next(self.slots) <= self.now {
            self.expire();
        }
        if self.attends() {
            self.send_reports(edge);
        }
        #[cfg(feature = "slaac")]
        if self.slaac.due <= self.now {
            self.send_all(edge, ADDRESSES);
        }
        if cfg!(target_pointer_width = "32") || !self.egress.is_empty() {
            self.send_left(edge);
        }
        for taken in 0..FRAMES {
            if !edge.receive(self) {
                if taken > 0 {
                    return self.now;
                }
                break;
            }
        }
        self.next_time()
    }

    /// When there is something to do without a frame.
    #[cfg_attr(target_pointer_width = "32", inline(always))]
    #[cfg_attr(not(target_pointer_width = "32"), inline(never))]
    fn next_time(&self) -> Instant {
        let mut next = self.timers.next(self.slots);
        #[cfg(feature = "slaac")]
        {
            next = next.min(self.slaac.due);
        }
        if !self.egress.is_empty() {
            next = next.min(self.now.saturating_add_micros(RETRY_MICROS));
        } else if self.attends() {
            next = next.min(self.now.saturating_add_micros(ATTENTION_STEP_MICROS));
        }
        if self.link_down {
            next = next.max(self.now.saturating_add_micros(LINK_STEP_MICROS));
        }
        next
    }

    /// Lets the interface send reports of its own.
    #[cfg_attr(target_pointer_width = "32", inline(always))]
    #[cfg_attr(not(target_pointer_width = "32"), cold)]
    fn send_reports(&mut self, edge: &mut dyn Edge) {
        self.send_all(edge, INTERFACE);
    }

    /// Queues the slots whose time has come.
    #[cfg_attr(target_pointer_width = "32", inline(always))]
    #[cfg_attr(not(target_pointer_width = "32"), cold)]
    fn expire(&mut self) {
        while let Some(popped) = self.timers.pop(self.slots, self.now) {
            let Ok(index) = u16::try_from(popped) else {
                continue;
            };
            // What moved later since is armed anew.
            let due = self.slots[usize::from(index)].due;
            if due <= self.now {
                self.egress.push(self.slots, index);
            } else {
                self.timers.arm(self.slots, popped, due);
            }
        }
    }

    /// Lets those send that could not before.
    #[cfg_attr(target_pointer_width = "32", inline(always))]
    #[cfg_attr(not(target_pointer_width = "32"), cold)]
    fn send_left(&mut self, edge: &mut dyn Edge) {
        self.send(edge);
    }

    /// Lets the queued slots send.
    #[cfg_attr(not(target_pointer_width = "32"), inline(always))]
    pub(crate) fn send(&mut self, edge: &mut dyn Edge) {
        for _ in 0..self.egress.len() {
            let Some(index) = self.egress.pop(self.slots) else {
                return;
            };
            if !self.send_all(edge, index) && !self.put_back(index) {
                return;
            }
        }
    }

    /// Queues a slot that could not send all, and tells whether others may try.
    #[cfg_attr(target_pointer_width = "32", inline(always))]
    #[cfg_attr(not(target_pointer_width = "32"), cold)]
    fn put_back(&mut self, index: u16) -> bool {
        self.egress.push(self.slots, index);
        self.link_down
    }

    /// Lets a slot send all that it can, and tells whether the device had room for it.
    #[cfg_attr(target_pointer_width = "32", inline(never))]
    #[cfg_attr(not(target_pointer_width = "32"), inline(always))]
    pub(super) fn send_all(&mut self, edge: &mut dyn Edge, index: u16) -> bool {
        loop {
            match edge.send(self, index) {
                Sent::Some => {}
                Sent::All => return true,
                Sent::Exhausted => return false,
            }
        }
    }

    /// Lets one slot send what one frame carries. A segment's way is straight, as all its
    /// code runs once a message; what is rare stands apart.
    #[inline]
    pub(super) fn emit(&mut self, exit: &mut dyn Exit, looped: &mut LoopFrame, index: u16) -> Sent {
        if index < self.tcp {
            self.emit_segment(exit, index)
        } else {
            self.emit_other(exit, looped, index)
        }
    }

    #[cfg_attr(not(target_pointer_width = "32"), inline(never))]
    fn emit_other(&mut self, exit: &mut dyn Exit, looped: &mut LoopFrame, index: u16) -> Sent {
        match index {
            #[cfg(feature = "slaac")]
            ADDRESSES => self.advance_slaac(exit),
            INTERFACE if cfg!(feature = "multicast") => self.emit_report(exit),
            _ => self.emit_datagram(exit, looped, index),
        }
    }

    #[cfg_attr(target_pointer_width = "32", inline(never))]
    #[cfg_attr(not(target_pointer_width = "32"), inline)]
    fn emit_segment(&mut self, exit: &mut dyn Exit, index: u16) -> Sent {
        let before = self.tcp_state(index);
        let look = self.ask(index, &mut Port::new(&[], exit));
        if look.sent && self.said_all(index) {
            if !self.waiting.is_empty() {
                self.stop_waiting(index);
            }
            self.set_due(index, self.now.saturating_add_micros(SOONEST_MICROS));
            return Sent::All;
        }
        self.after_segment(exit, index, look, before)
    }

    /// The slot waits for no neighbour any more.
    #[cfg_attr(target_pointer_width = "32", inline(always))]
    #[cfg_attr(not(target_pointer_width = "32"), cold)]
    fn stop_waiting(&mut self, index: u16) {
        self.waiting.remove(self.slots, index);
    }

    /// What may be to do after a segment, or when none was sent.
    #[cfg_attr(not(target_pointer_width = "32"), cold, inline(never))]
    fn after_segment(
        &mut self,
        exit: &mut dyn Exit,
        index: u16,
        look: Look,
        before: Option<tcp::State>,
    ) -> Sent {
        let sent = self.after_look(index, look);
        #[cfg(feature = "neighbours")]
        self.seek_neighbour(exit, index, look);
        #[cfg(not(feature = "neighbours"))]
        let _ = exit;
        if let Some(states) = before.zip(self.tcp_state(index)) {
            self.observe(index, states, Cause::Timer);
        }
        sent
    }

    /// Asks a slot's socket for something to send through the port, or only the interface.
    #[cfg_attr(target_pointer_width = "32", inline(never))]
    #[cfg_attr(not(target_pointer_width = "32"), inline(always))]
    pub(super) fn ask(&mut self, index: u16, port: &mut Port<'_>) -> Look {
        port.reports = self.reports();
        let mut none = no_sockets();
        let slot = self.slots.get_mut(usize::from(index));
        let sockets = match slot.and_then(|slot| slot.socket.as_mut()) {
            Some(socket) => &mut socket.set,
            None => &mut none,
        };
        let result = self
            .iface
            .poll_egress(convert::instant(self.now), port, sockets);
        port.look(result)
    }

    /// Lets the interface send a report of its own.
    fn emit_report(&mut self, exit: &mut dyn Exit) -> Sent {
        if self.ask(INTERFACE, &mut Port::new(&[], exit)).again {
            Sent::Some
        } else {
            Sent::All
        }
    }

    /// Whether a slot has more to send now: if not, then its next time is set.
    pub(super) fn after_look(&mut self, index: u16, look: Look) -> Sent {
        if look.sent {
            self.waiting.remove(self.slots, index);
        }
        let mut due = self.asks_for(index);
        if look.again || (look.sent && !look.exhausted && due <= self.now) {
            return Sent::Some;
        }
        if look.asked && !look.sent && due <= self.now.saturating_add_micros(DISCOVERY_MICROS) {
            // It has something to send, had a token and did not send: its neighbour is
            // not known. (One that has nothing to send soon may have had a token for a
            // report of the interface's.)
            self.waiting.push(self.slots, index);
            if !cfg!(feature = "neighbours") && index < self.tcp {
                due = due.saturating_add_micros(turn_off(index, self.now));
            }
        }
        // What could not be sent now is not sent by asking at once again.
        self.set_due(index, due.max(self.now.saturating_add_micros(RETRY_MICROS)));
        if look.exhausted {
            Sent::Exhausted
        } else {
            Sent::All
        }
    }

    /// Whether an established connection that has just sent a segment has certainly
    /// nothing more to send: all that is not acknowledged fits into one segment.
    #[inline]
    fn said_all(&self, index: u16) -> bool {
        self.tcp(index).is_some_and(|socket| {
            socket.state() == tcp::State::Established && socket.send_queue() <= LEAST_SEGMENT
        })
    }

    /// When smoltcp wants to be asked for what the slot has to send.
    pub(super) fn asks_for(&mut self, index: u16) -> Instant {
        let Some(socket) = &self.slots[usize::from(index)].socket else {
            return Instant::NEVER;
        };
        self.iface
            .poll_at(convert::instant(self.now), &socket.set)
            .map_or(Instant::NEVER, convert::from_instant)
    }

    /// Hands a frame on to whom it concerns: often the connection of the last one.
    #[cfg_attr(not(target_pointer_width = "32"), inline(always))]
    pub(super) fn route(&mut self, port: &mut Port<'_>) {
        match self.last {
            Some((index, last)) if demux::ends(&self.capabilities, port.frame) == Some(&last) => {
                self.hand_over(index, port);
            }
            _ => self.route_any(port),
        }
    }

    #[cfg_attr(not(target_pointer_width = "32"), inline(never))]
    fn route_any(&mut self, port: &mut Port<'_>) {
        match demux::target(&self.capabilities, port.frame) {
            Target::Tcp(tuple, segment) => {
                let found = self.find_stream(&tuple);
                let over = || found.is_some_and(|index| self.is_over(index));
                match found {
                    // Connections are between two (RFC 9293, section 3.9.2.3).
                    None if self.is_for_many(tuple.local().addr) => {}
                    _ if segment.opens() && (found.is_none() || over()) => {
                        self.route_attempt(tuple, segment, port);
                    }
                    Some(index) if segment.is_edge() => {
                        self.deliver_edge(index, segment, port);
                    }
                    Some(index) => {
                        let ends = demux::ends(&self.capabilities, port.frame);
                        self.last = ends.map(|ends| (index, *ends));
                        self.deliver(index, port);
                    }
                    None if cfg!(feature = "flood") && segment.resets() => {
                        self.answer_to_challenge(&tuple, segment.sequence);
                    }
                    None => self.deliver_control(port),
                }
            }
            Target::Udp(tuple) => self.route_datagram(&tuple, port),
            Target::Fragment => {}
            Target::Message if self.on_message.is_some_and(|read| read(self, port.frame)) => {}
            Target::Membership => {
                self.pay_attention();
                self.deliver_control(port);
            }
            Target::Message | Target::Control => {
                #[cfg(feature = "slaac")]
                self.hear_neighbourhood(port.frame, port.exit);
                self.deliver_control(port);
                // Perhaps a neighbour that somebody waits for.
                while let Some(index) = self.waiting.pop(self.slots) {
                    self.egress.push(self.slots, index);
                }
            }
        }
    }

    /// A segment that asks for a new connection.
    #[cold]
    fn route_attempt(&mut self, tuple: Tuple, segment: Segment, port: &mut Port<'_>) {
        let Some(listener) = self.find_listener(tuple.local()) else {
            return self.deliver_control(port);
        };
        if let Some(over) = self.find_stream(&tuple) {
            // The peer uses the address of a finished connection again (RFC 9293, section 3.6.1).
            self.forget_connection(over);
        }
        match (self.admit(listener, tuple), self.settings.when_busy) {
            (Admission::Admitted(index), _) => {
                self.deliver_edge(index, segment, port);
            }
            (_, WhenBusy::Reset) => self.deliver_control(port),
            (Admission::Flooded, WhenBusy::Silent) if cfg!(feature = "flood") => {
                self.challenge(&tuple, port);
            }
            (_, WhenBusy::Silent) => {}
        }
    }

    /// Hands a frame to one socket.
    #[inline(never)]
    pub(super) fn deliver(&mut self, index: u16, port: &mut Port<'_>) {
        self.hand_over(index, port);
    }

    #[inline(always)]
    fn hand_over(&mut self, index: u16, port: &mut Port<'_>) {
        let Some(socket) = &mut self.slots[usize::from(index)].socket else {
            return;
        };
        let (before, queued) = (socket.state(), socket.queued());
        port.offered = true;
        self.iface
            .poll_ingress_single(convert::instant(self.now), port, &mut socket.set);
        let after = socket.state();
        // Perhaps the peer asks for what it has not got. smoltcp forgets a fast retransmission
        // that finds no room on the link, and what it then sends to keep the connection alive is
        // an octet in the place of one that is missing. With the frame came the right to answer.
        if queued.0 > 0 && socket.queued() == queued {
            self.emit_segment(port.exit, index);
        }
        self.touch(index);
        if let Some(states) = before.zip(after) {
            self.observe(index, states, Cause::Frame);
        }
    }

    /// Hands a frame to the interface alone, which also refuses what concerns no socket.
    #[cold]
    #[cfg_attr(target_pointer_width = "32", inline(never))]
    pub(super) fn deliver_control(&mut self, port: &mut Port<'_>) {
        port.offered = true;
        self.iface
            .poll_ingress_single(convert::instant(self.now), port, &mut no_sockets());
    }

    pub(super) fn is_for_many(&self, ip: IpAddress) -> bool {
        interface::is_for_many(&self.iface, ip)
    }

    /// Whether a drop of everything now would lose something that is owed to a peer.
    pub(crate) const fn owes(&self) -> bool {
        !self.egress.is_empty() || !self.waiting.is_empty() || !self.owing.is_empty()
    }
}

/// How many microseconds a connection leaves the next request for a neighbour to others, where only smoltcp
/// asks. It sends one a second in all: who asked at regular times, for one that is not there, would leave others
/// none, for ever. So it is up to a second, and each time another.
fn turn_off(index: u16, now: Instant) -> u64 {
    let mixed = (now.as_micros() as u32 ^ u32::from(index)).wrapping_mul(0x9E37_79B9);
    u64::from(mixed >> 12)
}

fn no_sockets<'a>() -> SocketSet<'a> {
    SocketSet::new(&mut [][..])
}
