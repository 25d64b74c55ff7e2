use core::cell::{Cell, RefCell};

use smoltcp::phy;

/// Frames on their way in one direction, in order: room for `FRAMES` of `MTU`
/// octets, one of which is always free. In cells, as both ends share it.
#[derive(Debug)]
pub(super) struct Ring<const MTU: usize, const FRAMES: usize> {
    head: Cell<usize>,
    len: Cell<usize>,
    frames: [RefCell<Frame<MTU>>; FRAMES],
}

#[derive(Debug)]
struct Frame<const MTU: usize> {
    len: usize,
    octets: [u8; MTU],
}

impl<const MTU: usize, const FRAMES: usize> Ring<MTU, FRAMES> {
    /// The most frames that it holds.
    pub(super) const CAPACITY: usize = {
        assert!(
            FRAMES >= 2,
            "one frame is always free, so there must be two"
        );
        FRAMES - 1
    };

    pub(super) const fn new() -> Self {
        Self {
            head: Cell::new(0),
            len: Cell::new(0),
            frames: [const {
                RefCell::new(Frame {
                    len: 0,
                    octets: [0; MTU],
                })
            }; FRAMES],
        }
    }

    pub(super) const fn len(&self) -> usize {
        self.len.get()
    }

    /// Takes the oldest frame off.
    pub(super) fn receive(&self) -> Option<RxToken<'_, MTU, FRAMES>> {
        let (head, len) = (self.head.get(), self.len.get());
        if len == 0 {
            return None;
        }
        self.head.set((head + 1) % FRAMES);
        self.len.set(len - 1);
        Some(RxToken {
            ring: self,
            index: head,
        })
    }

    /// Room for one more frame, which is lost when there is none.
    pub(super) const fn send(&self) -> TxToken<'_, MTU, FRAMES> {
        TxToken(self)
    }

    /// Appends a frame; one that is too long, or finds no room, is lost.
    pub(super) fn push(&self, frame: &[u8]) {
        if frame.len() <= MTU {
            phy::TxToken::consume(self.send(), frame.len(), |octets| {
                octets.copy_from_slice(frame);
            });
        }
    }
}

/// A frame that arrived.
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
/// let (frame, _answer) = right.receive(Instant::ZERO).expect("a frame");
/// frame.consume(|frame| assert_eq!(frame, b"abc"));
/// ```
#[derive(Debug)]
pub struct RxToken<'a, const MTU: usize, const FRAMES: usize> {
    ring: &'a Ring<MTU, FRAMES>,
    index: usize,
}

/// Room for a frame to send.
///
/// ```
/// use amphi_smoltcp::link::Pair;
/// use amphi_smoltcp::smoltcp::phy::{Device, Medium, TxToken};
/// use amphi_smoltcp::smoltcp::time::Instant;
///
/// let mut pair = Pair::<1500, 2>::new(Medium::Ip);
/// let (mut left, _right) = pair.split();
/// let room = left.transmit(Instant::ZERO).expect("the link is empty");
/// assert_eq!(room.consume(3, |frame| frame.len()), 3);
/// assert!(left.transmit(Instant::ZERO).is_none()); // half of the room is for answers
/// ```
#[derive(Debug)]
pub struct TxToken<'a, const MTU: usize, const FRAMES: usize>(&'a Ring<MTU, FRAMES>);

impl<const MTU: usize, const FRAMES: usize> phy::RxToken for RxToken<'_, MTU, FRAMES> {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, f: F) -> R {
        let frame = self.ring.frames[self.index].borrow();
        f(&frame.octets[..frame.len])
    }
}

impl<const MTU: usize, const FRAMES: usize> phy::TxToken for TxToken<'_, MTU, FRAMES> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, len: usize, f: F) -> R {
        let Self(ring) = self;
        let count = ring.len.get();
        // At most CAPACITY are in use, so this one is free, and it is not the
        // one that a token of the same ring has just taken off.
        let mut frame = ring.frames[(ring.head.get() + count) % FRAMES].borrow_mut();
        frame.len = len;
        let result = f(&mut frame.octets[..len]);
        if count < Ring::<MTU, FRAMES>::CAPACITY {
            ring.len.set(count + 1);
        }
        result
    }
}
