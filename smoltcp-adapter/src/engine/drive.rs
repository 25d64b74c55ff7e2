//! The way of frames: in to the socket that they concern, out from those that
//! were touched or whose time has come.

use core::net::IpAddr;

use amphi_core::time::{Duration, Instant};
use smoltcp::iface::SocketSet;
use smoltcp::phy::{Device, RxToken, TxToken};
use smoltcp::socket::tcp;
use smoltcp::wire::IpCidr;

use super::demux::{self, Segment, Target, Tuple};
use super::device::{Answer, Look, NoToken, OneShot, Outgoing, Wire};
use super::flood::Admission;
use super::index::Index;
use super::life::Cause;
use super::ports::Protocol;
use super::state::Inner;
use crate::{WhenBusy, convert};

/// How many frames are taken in before sockets and their owners get their turns.
const FRAMES: usize = 64;
/// How often the interface's own timers are looked at while there may be any.
const ATTENTION_STEP: Duration = Duration::from_millis(100);
/// The payload that every segment can carry, in octets (RFC 9293, section 3.7.1).
const LEAST_SEGMENT: usize = 536;
/// No timer of a connection that has just sent ends sooner: delayed acknowledgements
/// take 10 ms in smoltcp, retransmission a second. To ask for the exact time after
/// each segment would cost more than to ask once when this has passed.
const SOONEST: Duration = Duration::from_millis(10);
/// How long smoltcp waits for a neighbour before it asks again: a socket with a later
/// deadline waits for something else.
const DISCOVERY: Duration = Duration::from_secs(1);
/// When to try again what could not be sent.
const RETRY: Duration = Duration::from_millis(1);

impl Inner<'_> {
    /// Sends what is due, takes in what has come, and tells when to call again
    /// at the latest, if no frame comes before. After frames that is at once:
    /// sockets may have something to say to them, or their owner has first.
    pub(crate) fn drive<D: Device>(&mut self, wire: &mut Wire<D>, now: Instant) -> Instant {
        self.expire(now);
        let attention = self.attention > now;
        if attention {
            self.send_control(wire, now);
        }
        self.send(wire, now);
        for taken in 0..FRAMES {
            if !self.receive(wire, now) {
                if taken > 0 {
                    return now;
                }
                break;
            }
        }
        let control = if attention {
            now + ATTENTION_STEP
        } else {
            Instant::NEVER
        };
        let blocked = if self.egress.is_empty() {
            Instant::NEVER
        } else {
            now + RETRY
        };
        self.next_due.min(control).min(blocked)
    }

    /// Queues the slots whose time has come.
    fn expire(&mut self, now: Instant) {
        if self.next_due > now {
            return;
        }
        while let Some(popped) = self.timers.pop(self.slots, now) {
            let Ok(index) = u16::try_from(popped) else {
                continue;
            };
            // What moved later since is armed anew.
            let due = self.slots[usize::from(index)].due;
            if due <= now {
                self.egress.push(self.slots, index);
            } else {
                self.timers.arm(self.slots, popped, due);
            }
        }
        self.next_due = self.timers.next(self.slots);
    }

    /// Lets the queued slots send.
    pub(super) fn send<D: Device>(&mut self, wire: &mut Wire<D>, now: Instant) {
        for _ in 0..self.egress.len() {
            let Some(index) = self.egress.pop(self.slots) else {
                return;
            };
            if !self.send_from(wire, index, now) {
                self.egress.push(self.slots, index);
                return;
            }
        }
    }

    /// Lets one slot send all that it can, and tells whether the device had room for it.
    pub(super) fn send_from<D: Device>(
        &mut self,
        wire: &mut Wire<D>,
        index: u16,
        now: Instant,
    ) -> bool {
        if index < self.tcp {
            self.send_segments(wire, index, now)
        } else {
            self.send_datagrams(wire, index, now)
        }
    }

    #[inline]
    fn send_segments<D: Device>(&mut self, wire: &mut Wire<D>, index: u16, now: Instant) -> bool {
        let at = convert::instant(now);
        let before = self.tcp_state(index);
        let reports = self.attention > now;
        loop {
            let Some(socket) = &mut self.slots[usize::from(index)].socket else {
                return true;
            };
            let mut device = Outgoing::new(&mut wire.device);
            device.reports = reports.then_some(&self.mender);
            let result = self.iface.poll_egress(at, &mut device, &mut socket.set);
            let look = device.look(result);
            if look.sent && self.said_all(index) {
                if !self.waiting.is_empty() {
                    self.waiting.remove(self.slots, index);
                }
                self.set_due(index, now + SOONEST);
                return true;
            }
            if self.is_done(index, look, now) {
                if let Some(before) = before {
                    self.observe(index, before, Cause::Timer, now);
                }
                return !look.exhausted;
            }
        }
    }

    fn send_datagrams<D: Device>(&mut self, wire: &mut Wire<D>, index: u16, now: Instant) -> bool {
        let (looped, mute) = self.outgoing(index);
        let reports = self.attention > now;
        loop {
            let Some(socket) = &mut self.slots[usize::from(index)].socket else {
                return true;
            };
            let mut device = Outgoing::new(&mut wire.device);
            device.copy = (looped || mute).then_some(&mut wire.looped);
            device.mute = mute;
            device.reports = reports.then_some(&self.mender);
            let at = convert::instant(now);
            let result = self.iface.poll_egress(at, &mut device, &mut socket.set);
            let look = device.look(result);
            let copied = wire.looped.take().filter(|_| looped);
            if let Some(frame) = copied {
                self.route(frame, Answer::<NoToken>::Drop, now);
            }
            if self.is_done(index, look, now) {
                self.after_datagrams(index, now);
                return !look.exhausted;
            }
        }
    }

    /// Whether a slot has nothing more to send now: then its next time is set.
    fn is_done(&mut self, index: u16, look: Look, now: Instant) -> bool {
        if look.sent {
            self.waiting.remove(self.slots, index);
        }
        let due = self.asks_for(index, now);
        if look.sent && !look.exhausted && due <= now {
            return false;
        }
        // What could not be sent now is not sent by asking at once again.
        self.set_due(index, due.max(now + RETRY));
        if look.asked && !look.sent && due <= now + DISCOVERY {
            // It has something to send, had a token and did not send: its neighbour is
            // not known. (One that has nothing to send soon may have had a token for a
            // report of the interface's.)
            self.waiting.push(self.slots, index);
        }
        true
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
    fn asks_for(&mut self, index: u16, now: Instant) -> Instant {
        let Some(socket) = &self.slots[usize::from(index)].socket else {
            return Instant::NEVER;
        };
        self.iface
            .poll_at(convert::instant(now), &socket.set)
            .map_or(Instant::NEVER, convert::from_instant)
    }

    /// Lets the interface send its own reports.
    fn send_control<D: Device>(&mut self, wire: &mut Wire<D>, now: Instant) {
        let mut device = Outgoing::new(&mut wire.device);
        device.reports = Some(&self.mender);
        let _ = self
            .iface
            .poll_egress(convert::instant(now), &mut device, &mut no_sockets());
    }

    /// Takes in one frame, and tells whether there was one.
    fn receive<D: Device>(&mut self, wire: &mut Wire<D>, now: Instant) -> bool {
        let Some((rx, tx)) = wire.device.receive(convert::instant(now)) else {
            return false;
        };
        rx.consume(|frame| self.route(frame, Answer::Send(tx), now));
        true
    }

    fn route<T: TxToken>(&mut self, frame: &[u8], answer: Answer<T>, now: Instant) {
        match demux::target(&self.capabilities, frame) {
            Target::Tcp(tuple, segment) => {
                let found = self.find_stream(&tuple);
                let over = || found.is_some_and(|index| self.is_over(index));
                match found {
                    _ if segment.opens() && (found.is_none() || over()) => {
                        self.route_attempt(tuple, segment, frame, answer, now);
                    }
                    Some(index) if segment.is_edge() => {
                        self.deliver_edge(index, segment, frame, answer, now);
                    }
                    Some(index) => {
                        self.last_found = index;
                        self.deliver(index, frame, answer, now);
                    }
                    None if segment.resets() => {
                        self.answer_to_challenge(&tuple, segment.sequence, now);
                    }
                    None => self.deliver_control(frame, answer, now),
                }
            }
            Target::Udp(tuple) => self.route_datagram(&tuple, frame, answer, now),
            Target::Fragment => {}
            Target::Report(report) => match report.protocol {
                Protocol::Tcp => self.fail_attempt(&report.ends, report.kind),
                Protocol::Udp => self.fail_datagram(&report.ends, report.kind),
            },
            Target::Membership => {
                self.pay_attention(now);
                self.deliver_control(frame, answer, now);
            }
            Target::Control => {
                self.deliver_control(frame, answer, now);
                // Perhaps a neighbour that somebody waits for.
                while let Some(index) = self.waiting.pop(self.slots) {
                    self.egress.push(self.slots, index);
                }
            }
        }
    }

    /// A segment that asks for a new connection.
    #[cold]
    fn route_attempt<T: TxToken>(
        &mut self,
        tuple: Tuple,
        segment: Segment,
        frame: &[u8],
        answer: Answer<T>,
        now: Instant,
    ) {
        let Some(listener) = self.find_listener(tuple.local()) else {
            return self.deliver_control(frame, answer, now);
        };
        if let Some(over) = self.find_stream(&tuple) {
            // The peer uses the address of a finished connection again (RFC 9293, section 3.6.1).
            self.forget_connection(over);
        }
        match (self.admit(listener, tuple, now), self.config.when_busy) {
            (Admission::Admitted(index), _) => {
                self.last_found = index;
                self.deliver_edge(index, segment, frame, answer, now);
            }
            (_, WhenBusy::Reset) => self.deliver_control(frame, answer, now),
            (Admission::Flooded, WhenBusy::Silent) => self.challenge(&tuple, frame, answer, now),
            (Admission::Busy, WhenBusy::Silent) => {}
        }
    }

    fn route_datagram<T: TxToken>(
        &mut self,
        ends: &Tuple,
        frame: &[u8],
        answer: Answer<T>,
        now: Instant,
    ) {
        let (to, from) = (ends.local(), ends.remote());
        if self.is_for_many(to.ip()) {
            let hash = self.index.of_port(Protocol::Udp, to.port());
            let group = self.groups.find(to.ip());
            let mut at = None;
            while let Some(index) = Index::after(self.slots, hash, at) {
                if self.hears(index, group, to, from) {
                    self.deliver(index, frame, Answer::<NoToken>::Drop, now);
                }
                at = Some(index);
            }
        } else if let Some(index) = self.find_datagram(to, from) {
            self.deliver(index, frame, answer, now);
        } else {
            self.deliver_control(frame, answer, now);
        }
    }

    /// Hands a frame to one socket.
    pub(super) fn deliver<T: TxToken>(
        &mut self,
        index: u16,
        frame: &[u8],
        answer: Answer<T>,
        now: Instant,
    ) {
        let before = self.tcp_state(index);
        let Some(socket) = &mut self.slots[usize::from(index)].socket else {
            return;
        };
        let mut device = OneShot {
            frame: Some((frame, answer)),
            capabilities: &self.capabilities,
        };
        self.iface
            .poll_ingress_single(convert::instant(now), &mut device, &mut socket.set);
        self.touch(index);
        if let Some(before) = before {
            self.observe(index, before, Cause::Frame, now);
        }
    }

    /// Hands a frame to the interface alone, which also refuses what concerns no socket.
    #[cold]
    fn deliver_control<T: TxToken>(&mut self, frame: &[u8], answer: Answer<T>, now: Instant) {
        let mut device = OneShot {
            frame: Some((frame, answer)),
            capabilities: &self.capabilities,
        };
        self.iface
            .poll_ingress_single(convert::instant(now), &mut device, &mut no_sockets());
    }

    pub(super) fn is_for_many(&self, ip: IpAddr) -> bool {
        ip.is_multicast() || self.is_broadcast(ip)
    }

    pub(super) fn is_broadcast(&self, ip: IpAddr) -> bool {
        let IpAddr::V4(ip) = ip else { return false };
        ip.is_broadcast()
            || self.iface.ip_addrs().iter().any(|cidr| match cidr {
                IpCidr::Ipv4(cidr) => cidr.broadcast() == Some(ip),
                #[allow(
                    unreachable_patterns,
                    reason = "there is only IPv4 without the feature"
                )]
                _ => false,
            })
    }

    /// Whether a drop of everything now would lose something that is owed to a peer.
    pub(crate) const fn owes(&self) -> bool {
        !self.egress.is_empty() || !self.waiting.is_empty() || !self.owing.is_empty()
    }
}

fn no_sockets() -> SocketSet<'static> {
    SocketSet::new(&mut [][..])
}
