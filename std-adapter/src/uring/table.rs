use core::net::SocketAddr;
use std::collections::VecDeque;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};

use amphi_core::select::Ready;
use amphi_core::socket::Shutdown;

use super::entry::{Entry, Foreign, Kind, Request, Shut, Stream};
use super::queue::Spare;
use crate::net::finish_connect;
use crate::sys::uring::{Completion, Operation, Send, ready_of_poll};
use crate::sys::{self, code};

/// All sources of a ring, by their tokens.
#[derive(Debug, Default)]
pub(super) struct Table {
    entries: Vec<Option<Entry>>,
    free: Vec<u32>,
    /// Those that something is to be asked for.
    pub(super) dirty: Vec<u32>,
    /// By the number of a selector.
    pub(super) queues: Vec<Option<Queue>>,
    pub(super) spare: Spare,
    /// How many are dropped and not over.
    pub(super) leaving: usize,
}

/// What a selector has to report.
#[derive(Debug, Default)]
pub(super) struct Queue {
    pub(super) ready: VecDeque<u32>,
    /// Reported by the last call: maybe still ready.
    pub(super) recent: Vec<u32>,
}

impl Table {
    pub(super) fn insert(&mut self, entry: Entry) -> u32 {
        let token = match self.free.pop() {
            Some(token) => token,
            None => {
                self.entries.push(None);
                (self.entries.len() - 1) as u32
            }
        };
        self.entries[token as usize] = Some(entry);
        self.touch(token);
        token
    }

    #[inline]
    pub(super) fn get(&mut self, token: u32) -> Option<&mut Entry> {
        self.entries.get_mut(token as usize)?.as_mut()
    }

    /// A stream, and where room that it does not need goes.
    #[inline]
    pub(super) fn stream(&mut self, token: u32) -> Option<(&mut Stream, &mut Spare)> {
        let entry = self.entries.get_mut(token as usize)?.as_mut()?;
        Some((entry.stream()?, &mut self.spare))
    }

    /// Something is to be asked for.
    #[inline]
    pub(super) fn touch(&mut self, token: u32) {
        if let Some(Some(entry)) = self.entries.get_mut(token as usize)
            && !entry.dirty
        {
            entry.dirty = true;
            self.dirty.push(token);
        }
    }

    /// Whether it has something to send, and a way to do it.
    pub(super) fn owes(&mut self, token: u32) -> bool {
        let stream = self.get(token).and_then(Entry::stream);
        stream.is_some_and(|stream| stream.can_send())
    }

    /// What it has to send.
    #[inline]
    pub(super) fn outgoing(&self, token: u32) -> Send<'_> {
        let entry = self.entries.get(token as usize);
        let (fd, octets) = match entry.and_then(Option::as_ref).map(|entry| &entry.kind) {
            Some(Kind::Stream(stream)) => (stream.fd.as_raw_fd(), stream.outbox.as_slice()),
            // No such request is ever made.
            _ => (-1, &[][..]),
        };
        Send { fd, token, octets }
    }

    /// It may be ready: its selector shall look.
    #[inline]
    pub(super) fn mark(&mut self, token: u32) {
        if let Some(Some(entry)) = self.entries.get_mut(token as usize)
            && let Some(watch) = entry.watch
            && !entry.queued
            && !entry.report().is_none()
            && let Some(Some(queue)) = self.queues.get_mut(watch.selector as usize)
        {
            entry.queued = true;
            queue.ready.push_back(token);
        }
    }

    /// Takes it out of its selector's queue.
    pub(super) fn unmark(&mut self, token: u32) {
        if let Some(Some(entry)) = self.entries.get_mut(token as usize)
            && entry.queued
        {
            entry.queued = false;
            if let Some(watch) = entry.watch
                && let Some(Some(queue)) = self.queues.get_mut(watch.selector as usize)
            {
                queue.ready.retain(|other| *other != token);
                queue.recent.retain(|other| *other != token);
            }
        }
    }

    /// Its socket is gone.
    pub(super) fn release(&mut self, token: u32) {
        self.unmark(token);
        let Some(entry) = self.get(token) else {
            return;
        };
        entry.watch = None;
        entry.dropped = true;
        if let Some((stream, spare)) = self.stream(token)
            && stream.broken.or(stream.fault).is_some()
        {
            // Nobody can get what waits.
            stream.outbox.clear(spare);
        }
        self.leaving += 1;
        self.touch(token);
        self.retire(token);
    }

    /// Forgets it, if it is over.
    #[inline]
    pub(super) fn retire(&mut self, token: u32) {
        let place = self.entries.get_mut(token as usize);
        if let Some(place) = place
            && let Some(entry) = place
            && entry.is_over()
        {
            // In the list of the dirty its number may be another's by then: no harm.
            if let Some(stream) = entry.stream() {
                stream.inbox.clear(&mut self.spare);
            }
            *place = None;
            self.free.push(token);
            self.leaving -= 1;
        }
    }

    pub(super) fn complete(&mut self, completion: Completion<'_>) {
        let token = completion.token;
        match completion.operation {
            Operation::Receive => self.received(&completion),
            Operation::Accept => self.accepted(completion),
            Operation::Poll => self.polled(token, completion.result),
            Operation::Send => {
                if let Some((stream, _)) = self.stream(token) {
                    stream.sent = Some(completion.result);
                }
                return;
            }
            Operation::Cancel => return,
        }
        self.mark(token);
        self.retire(token);
    }

    fn received(&mut self, completion: &Completion<'_>) {
        let token = completion.token;
        let Some(Some(entry)) = self.entries.get_mut(token as usize) else {
            return;
        };
        if !completion.more {
            entry.lasting = Request::Off;
        }
        let dropped = entry.dropped;
        let Some(stream) = entry.stream() else {
            return;
        };
        match completion.result {
            // What nobody will read has nobody to wait for it.
            1.. if dropped || stream.eof => {}
            1.. => stream.inbox.push(completion.octets, &mut self.spare),
            0 => stream.eof = true,
            // Cancelled, without a buffer for now, or for no reason: asked for again
            // where that is still wanted.
            result if -result == code::ENOBUFS || code::PASSING.contains(&-result) => {}
            result => stream.fault = Some(-result),
        }
        if !completion.more || !stream.wants_octets() {
            self.touch(token);
        }
    }

    fn accepted(&mut self, completion: Completion<'_>) {
        let token = completion.token;
        let Some(entry) = self.get(token) else {
            return;
        };
        if !completion.more {
            entry.lasting = Request::Off;
        }
        let dropped = entry.dropped;
        let Some(listener) = entry.listener() else {
            return;
        };
        let errno = -completion.result;
        match completion.accepted {
            Some(fd) if dropped => refuse(fd),
            Some(fd) => listener.accepted.push_back(fd),
            None if code::PASSING.contains(&errno) => {}
            None if code::DIED_BEFORE_ACCEPT.contains(&errno) => {}
            None => listener.fault = Some(errno),
        }
        if !completion.more || !listener.wants_connections() {
            self.touch(token);
        }
    }

    fn polled(&mut self, token: u32, result: i32) {
        let Some(entry) = self.get(token) else {
            return;
        };
        let was_cancelled = entry.poll == Request::Ending;
        entry.poll = Request::Off;
        match &mut entry.kind {
            _ if was_cancelled => {}
            // Closed by others before the kernel was asked: nothing comes of it any more.
            Kind::Foreign(foreign) if result < 0 => foreign.is_gone = true,
            Kind::Foreign(foreign) => foreign.polled = ready_of_poll(result),
            Kind::Listener(listener) => listener.wary = false,
            Kind::Stream(stream) if stream.connecting => connected(stream),
            Kind::Stream(stream) => stream.blocked = false,
        }
        self.touch(token);
    }

    /// What was handed over to be sent has been, but for what its completion told.
    #[inline]
    pub(super) fn settle(&mut self, token: u32) {
        let Some((stream, spare)) = self.stream(token) else {
            return;
        };
        match stream.sent.take() {
            None => stream.outbox.clear(spare),
            Some(count @ 0..) => {
                stream.outbox.consume(count.cast_unsigned() as usize, spare);
                stream.blocked = true;
            }
            Some(errno) if code::PASSING.contains(&-errno) => stream.blocked = true,
            Some(errno) => {
                stream.broken = Some(-errno);
                stream.outbox.clear(spare);
            }
        }
        if stream.outbox.is_empty() {
            stream.blocked = false;
            if stream.shut == Shut::Wanted {
                shut(stream);
            }
        } else {
            self.touch(token);
        }
        self.mark(token);
        self.retire(token);
    }
}

/// Tells the peer that nothing follows.
pub(super) fn shut(stream: &mut Stream) {
    // A connection that is gone has nobody to be told.
    let _ = sys::shutdown(stream.fd(), Shutdown::Write);
    stream.shut = Shut::Done;
}

/// Closes a connection that nobody took, with a reset.
pub(super) fn refuse(fd: OwnedFd) {
    let _ = sys::set_abortive_close(fd.as_fd());
}

/// The attempt to connect may have ended.
pub(super) fn connected(stream: &mut Stream) {
    match finish_connect::<SocketAddr>(stream.fd()) {
        Ok(()) => stream.connecting = false,
        Err(error) => {
            stream.fault = error.errno();
        }
    }
}

/// Foreign readiness is told once: the kernel is asked again.
pub(super) fn told(foreign: &mut Foreign) {
    foreign.polled = Ready::NONE;
}
