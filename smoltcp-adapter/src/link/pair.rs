use smoltcp::phy::{Device, DeviceCapabilities, Medium};
use smoltcp::time::Instant;

use super::ring::{Ring, RxToken, TxToken};

/// A link between two stacks: each end receives what the other sends, in order.
/// Room for `FRAMES` frames (at least 2) of `MTU` octets each way, without a heap.
///
/// One half of the room is for answers to what is received, so that two ends
/// that both have much to send cannot block each other; an answer that finds no
/// room at all is lost, as on any link.
///
/// ```
/// use amphi_smoltcp::link::Pair;
/// use amphi_smoltcp::smoltcp::phy::{Device, Medium, RxToken, TxToken};
/// use amphi_smoltcp::smoltcp::time::Instant;
///
/// let mut pair = Pair::<1500, 16>::new(Medium::Ip);
/// let (mut left, mut right) = pair.split();
/// let room = left.transmit(Instant::ZERO).expect("the link is empty");
/// room.consume(3, |frame| frame.copy_from_slice(b"abc"));
/// let (frame, _) = right.receive(Instant::ZERO).expect("a frame");
/// frame.consume(|frame| assert_eq!(frame, b"abc"));
/// ```
#[derive(Debug)]
pub struct Pair<const MTU: usize, const FRAMES: usize> {
    medium: Medium,
    to_left: Ring<MTU, FRAMES>,
    to_right: Ring<MTU, FRAMES>,
}

impl<const MTU: usize, const FRAMES: usize> Pair<MTU, FRAMES> {
    /// An empty link that carries frames of `medium`.
    #[must_use]
    pub const fn new(medium: Medium) -> Self {
        Self {
            medium,
            to_left: Ring::new(),
            to_right: Ring::new(),
        }
    }

    /// The two ends. Both are of one type, so both stacks can be.
    pub const fn split(&mut self) -> (End<'_, MTU, FRAMES>, End<'_, MTU, FRAMES>) {
        let left = End {
            medium: self.medium,
            incoming: &self.to_left,
            outgoing: &self.to_right,
        };
        let right = End {
            medium: self.medium,
            incoming: &self.to_right,
            outgoing: &self.to_left,
        };
        (left, right)
    }
}

/// One end of a [`Pair`].
///
/// ```
/// use amphi_smoltcp::link::{End, Pair};
/// use amphi_smoltcp::smoltcp::phy::{Device, Medium};
///
/// let mut pair = Pair::<1500, 16>::new(Medium::Ip);
/// let (left, _right): (End<'_, 1500, 16>, End<'_, 1500, 16>) = pair.split();
/// assert_eq!(left.capabilities().medium, Medium::Ip);
/// ```
#[derive(Debug)]
pub struct End<'l, const MTU: usize, const FRAMES: usize> {
    medium: Medium,
    incoming: &'l Ring<MTU, FRAMES>,
    outgoing: &'l Ring<MTU, FRAMES>,
}

impl<'l, const MTU: usize, const FRAMES: usize> Device for End<'l, MTU, FRAMES> {
    type RxToken<'a>
        = RxToken<'l, MTU, FRAMES>
    where
        Self: 'a;
    type TxToken<'a>
        = TxToken<'l, MTU, FRAMES>
    where
        Self: 'a;

    fn receive(&mut self, _timestamp: Instant) -> Option<(Self::RxToken<'_>, Self::TxToken<'_>)> {
        Some((self.incoming.receive()?, self.outgoing.send()))
    }

    fn transmit(&mut self, _timestamp: Instant) -> Option<Self::TxToken<'_>> {
        (self.outgoing.len() < FRAMES / 2).then(|| self.outgoing.send())
    }

    fn capabilities(&self) -> DeviceCapabilities {
        super::capabilities(self.medium, MTU)
    }
}
