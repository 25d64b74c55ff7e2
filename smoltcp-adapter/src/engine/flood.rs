//! A listener whose room is taken by handshakes that nobody finishes: the oldest goes when
//! it is a second old.
//!
//! With the feature `flood` it is asked who is there. A peer that asks for a connection then gets, instead of silence, an acknowledgement
//! of something that it never sent. A real peer answers with a reset that carries that
//! number (RFC 9293, section 3.10.7.3), stays in its attempt and asks again; the sender of
//! a false address does neither. The number is a keyed hash, so nothing is kept for
//! those who do not answer, and who did is let in at the cost of the oldest handshake.

use amphi_core::time::{Duration, Instant};
use smoltcp::phy::PacketMeta;
#[cfg(feature = "ethernet")]
use smoltcp::wire::{EthernetFrame, HardwareAddress};
use smoltcp::wire::{
    IpProtocol, IpRepr, TCP_HEADER_LEN, TcpControl, TcpPacket, TcpRepr, TcpSeqNumber,
};

use super::demux::Tuple;
use super::device::{Port, Written, link_header};
use super::index::Hash;
use super::state::Inner;

/// How long a handshake is left alone: after this, a peer's first acknowledgement
/// has been lost at least (RFC 6298, section 2.1).
const PATIENCE: Duration = Duration::from_secs(1);
/// The same, when somebody wants its place who has shown to be there: time enough to
/// finish for those who came in the same moment.
const HASTE: Duration = Duration::from_millis(100);
/// When so many more have been challenged than have answered, it is a flood, and
/// no handshake is left alone for the sake of those who answered.
const FLOOD: u16 = 64;
/// Microseconds for which a challenge is good, as a power of two: 67 s, the time of
/// five attempts (1, 2, 4, 8 and 16 s apart) and more.
const EPOCH_BITS: u32 = 26;
/// How many peers are remembered that have shown to be there.
const VERIFIED: usize = 16;

/// Peers that have answered a challenge, by the hash of both ends; zero where there is
/// none yet, so one in 2^32 ends is believed unasked.
#[derive(Debug)]
pub(super) struct Verified {
    hashes: [Hash; VERIFIED],
    next: usize,
    /// How many challenges have not been answered, about.
    unanswered: u16,
}

impl Verified {
    pub(super) const NONE: Self = Self {
        hashes: [Hash::ZERO; VERIFIED],
        next: 0,
        unanswered: 0,
    };

    fn contains(&self, hash: Hash) -> bool {
        self.hashes.contains(&hash)
    }

    fn insert(&mut self, hash: Hash) {
        self.unanswered = self.unanswered.saturating_sub(1);
        if !self.contains(hash) {
            self.hashes[self.next] = hash;
            self.next = (self.next + 1) % VERIFIED;
        }
    }
}

/// What to do with an attempt to connect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Admission {
    /// It has this socket.
    Admitted(u16),
    /// There is no room, and will be none soon.
    Busy,
    /// There is no room, because of handshakes that do not go on.
    Flooded,
}

impl Inner<'_> {
    /// Finds room for an attempt to connect, if need be at the cost of the oldest handshake.
    pub(super) fn admit(&mut self, listener: u16, tuple: Tuple) -> Admission {
        if let Some(index) = self.half_open(listener, tuple) {
            self.verified.unanswered = 0;
            return Admission::Admitted(index);
        }
        let Some((oldest, since)) = self.oldest_half_open(listener) else {
            return Admission::Busy;
        };
        let verified =
            cfg!(feature = "flood") && self.verified.contains(self.index.of_tuple(&tuple));
        let patience = match verified {
            true if self.verified.unanswered >= FLOOD => Duration::ZERO,
            true => HASTE,
            false => PATIENCE,
        };
        if self.now < since + patience {
            return if verified {
                Admission::Busy
            } else {
                Admission::Flooded
            };
        }
        self.forget_connection(oldest);
        self.half_open(listener, tuple)
            .map_or(Admission::Busy, Admission::Admitted)
    }

    fn oldest_half_open(&self, listener: u16) -> Option<(u16, Instant)> {
        let oldest = self.listener(listener)?.half_open.first()?;
        Some((oldest, self.stream(oldest)?.when))
    }

    /// Takes a reset that concerns no socket: perhaps it answers a challenge.
    #[cold]
    pub(super) fn answer_to_challenge(&mut self, tuple: &Tuple, sequence: u32) {
        let epoch = self.now.as_micros() >> EPOCH_BITS;
        let mut epochs = [Some(epoch), epoch.checked_sub(1)].into_iter().flatten();
        if epochs.any(|epoch| self.index.cookie(tuple, epoch) == sequence) {
            self.verified.insert(self.index.of_tuple(tuple));
        }
    }

    /// Asks the peer whether it is there.
    #[cold]
    pub(super) fn challenge(&mut self, tuple: &Tuple, port: &mut Port<'_>) {
        let (local, remote) = (tuple.local(), tuple.remote());
        let cookie = self.index.cookie(tuple, self.now.as_micros() >> EPOCH_BITS);
        let segment = TcpRepr {
            src_port: local.port,
            dst_port: remote.port,
            control: TcpControl::None,
            seq_number: TcpSeqNumber(0),
            ack_number: Some(TcpSeqNumber(cookie.cast_signed())),
            window_len: 0,
            window_scale: None,
            max_seg_size: None,
            sack_permitted: false,
            sack_ranges: [None; 3],
            timestamp: None,
            payload: &[],
        };
        let (from, to) = (local.addr, remote.addr);
        let packet = IpRepr::new(from, to, IpProtocol::Tcp, TCP_HEADER_LEN, 64);
        self.verified.unanswered = self.verified.unanswered.saturating_add(1).min(2 * FLOOD);
        let link = link_header(self.capabilities.medium);
        let checksums = &self.capabilities.checksum;
        let len = link + packet.buffer_len();
        let mut question = Written(|octets: &mut [u8]| {
            let (header, octets) = octets.split_at_mut(link);
            self.address_back(header, port.frame);
            packet.emit(&mut *octets, checksums);
            let octets = &mut octets[packet.header_len()..];
            segment.emit(&mut TcpPacket::new_unchecked(octets), &from, &to, checksums);
        });
        port.exit.send(len, PacketMeta::default(), &mut question);
    }

    /// Writes the link header of an answer to who sent `frame`.
    fn address_back(&self, header: &mut [u8], frame: &[u8]) {
        #[cfg(feature = "ethernet")]
        if !header.is_empty() {
            let from = EthernetFrame::new_unchecked(frame);
            let mut header = EthernetFrame::new_unchecked(header);
            header.set_dst_addr(from.src_addr());
            header.set_ethertype(from.ethertype());
            if let HardwareAddress::Ethernet(own) = self.iface.hardware_addr() {
                header.set_src_addr(own);
            }
        }
        #[cfg(not(feature = "ethernet"))]
        let _ = (header, frame);
    }
}
