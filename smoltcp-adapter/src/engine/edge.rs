//! The first and the last segment of a peer, and two errors of smoltcp 0.14 that
//! lose or invent octets there. `tests/tests/lossy.rs` has the seeds that showed them.
//!
//! - A segment with the peer's end that is longer than the window is cut to it, but
//!   its end is taken for the end of what was kept. A peer of smoltcp sends such
//!   segments: its fast retransmission knows no window.
//! - When three duplicate acknowledgements come while only this side's own end is
//!   under way, its retransmission is forgotten, and the keep-alive that comes then
//!   carries an octet in the place of that end, which the peer takes for one more.
//!   Without the keep-alive such a connection ends with a timeout.

use amphi_core::ErrorKind;
use smoltcp::socket::tcp::{self, State};

use super::demux::Segment;
use super::device::Port;
use super::state::Inner;

impl Inner<'_> {
    /// Hands a segment with the peer's beginning or end to its socket.
    #[cold]
    pub(super) fn deliver_edge(&mut self, index: u16, segment: Segment, port: &mut Port<'_>) {
        let before = self.tcp_state(index);
        if segment.begins() {
            self.deliver(index, port);
            if self.tcp_state(index) != before
                && let Some(stream) = self.stream_mut(index)
            {
                stream.unread = segment.sequence.wrapping_add(1);
            }
            return;
        }
        let missing = self.missing(index, segment.end);
        if missing > self.room(index) {
            // It would be cut. The peer sends it again when there is room.
            return;
        }
        self.deliver(index, port);
        let after = self.tcp_state(index);
        let ended = matches!(
            after,
            Some(State::CloseWait | State::Closing | State::TimeWait)
        );
        if ended && after != before && missing > 0 && self.missing(index, segment.end) > 0 {
            // It was cut all the same, as the window was smaller than the room, and
            // what is missing cannot be had any more.
            if let Some(socket) = self.tcp_mut(index) {
                socket.abort();
            }
            self.fail(index, Some(ErrorKind::Aborted));
            self.touch(index);
        }
    }

    /// How many octets before `end` have not been taken in yet; none of a dropped connection.
    fn missing(&self, index: u16, end: u32) -> usize {
        let (Some(stream), Some(socket)) = (self.stream(index), self.tcp(index)) else {
            return 0;
        };
        if stream.stage.is_dropped() {
            return 0;
        }
        let queued = u32::try_from(socket.recv_queue()).unwrap_or(u32::MAX);
        let next = stream.unread.wrapping_add(queued);
        usize::try_from(end.wrapping_sub(next).cast_signed()).unwrap_or(0)
    }

    /// How many more octets there is room for.
    fn room(&self, index: u16) -> usize {
        let socket = self.tcp(index);
        socket.map_or(0, |socket| socket.recv_capacity() - socket.recv_queue())
    }

    /// Sends no keep-alive while nothing but this side's end is under way.
    pub(super) fn guard_end(&mut self, index: u16, after: State) {
        let own_end = matches!(after, State::FinWait1 | State::Closing | State::LastAck);
        if own_end
            && let Some(socket) = self.tcp_mut(index)
            && socket.send_queue() == 0
        {
            tcp::Socket::set_keep_alive(socket, None);
        }
    }
}
