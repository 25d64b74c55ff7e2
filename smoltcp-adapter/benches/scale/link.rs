//! A link in memory: two devices, each of which receives what the other sends.
//! No heap once it stands.

use core::cell::RefCell;
use std::rc::Rc;

use amphi_smoltcp::smoltcp::phy::{self, Device, DeviceCapabilities, Medium};
use amphi_smoltcp::smoltcp::time::Instant;

/// Octets of the longest frame.
const MTU: usize = 1500;

/// One end, left or right. Two types, and each frame is marked with the side that sent it, so that
/// what a client and a server of the same code run is compiled twice and stays apart: a real
/// server shares no instructions with its client.
#[derive(Debug, Clone)]
pub(crate) struct End<const SIDE: char> {
    incoming: Rc<RefCell<Ring>>,
    outgoing: Rc<RefCell<Ring>>,
}

/// One direction.
#[derive(Debug)]
struct Ring {
    head: usize,
    len: usize,
    frames: Box<[Frame]>,
}

impl Ring {
    fn room(&self) -> usize {
        self.frames.len() - self.len
    }
}

#[derive(Debug, Clone)]
struct Frame {
    from: char,
    len: usize,
    octets: [u8; MTU],
}

/// The two ends of a new link that holds `frames` frames in each direction.
pub(crate) fn pair(frames: usize) -> (End<'L'>, End<'R'>) {
    let ring = || {
        let frame = Frame {
            from: ' ',
            len: 0,
            octets: [0; MTU],
        };
        Rc::new(RefCell::new(Ring {
            head: 0,
            len: 0,
            frames: vec![frame; frames].into_boxed_slice(),
        }))
    };
    let (one, other) = (ring(), ring());
    let left = End {
        incoming: Rc::clone(&one),
        outgoing: Rc::clone(&other),
    };
    let right = End {
        incoming: other,
        outgoing: one,
    };
    (left, right)
}

/// A frame that arrived.
#[derive(Debug)]
pub(crate) struct Received<'a, const SIDE: char>(&'a RefCell<Ring>);

/// Room for a frame to send.
#[derive(Debug)]
pub(crate) struct Room<'a, const SIDE: char>(&'a RefCell<Ring>);

impl<const SIDE: char> End<SIDE> {
    /// The port that the next frame to be received is for: all frames are TCP over
    /// IPv4 without options.
    pub(crate) fn next_port(&self) -> Option<u16> {
        let ring = self.incoming.borrow();
        let frame = &ring.frames[ring.head];
        (ring.len > 0).then(|| u16::from_be_bytes([frame.octets[22], frame.octets[23]]))
    }
}

impl<const SIDE: char> Device for End<SIDE> {
    type RxToken<'a> = Received<'a, SIDE>;
    type TxToken<'a> = Room<'a, SIDE>;

    fn receive(&mut self, timestamp: Instant) -> Option<(Received<'_, SIDE>, Room<'_, SIDE>)> {
        if self.incoming.borrow().len == 0 || self.outgoing.borrow().room() == 0 {
            return None;
        }
        let _ = timestamp;
        Some((Received(&self.incoming), Room(&self.outgoing)))
    }

    fn transmit(&mut self, timestamp: Instant) -> Option<Room<'_, SIDE>> {
        let _ = timestamp;
        // The other half is for answers to what is received; were it not kept free,
        // two ends that both have much to send could block each other.
        let outgoing = self.outgoing.borrow();
        (outgoing.len < outgoing.frames.len() / 2).then(|| Room(&self.outgoing))
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ip;
        capabilities.max_transmission_unit = MTU;
        capabilities
    }
}

impl<const SIDE: char> phy::RxToken for Received<'_, SIDE> {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, f: F) -> R {
        let ring = &mut *self.0.borrow_mut();
        let frame = &ring.frames[ring.head];
        assert_ne!(frame.from, SIDE, "who sent it gets it");
        let result = f(&frame.octets[..frame.len]);
        ring.head = (ring.head + 1) % ring.frames.len();
        ring.len -= 1;
        result
    }
}

impl<const SIDE: char> phy::TxToken for Room<'_, SIDE> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, len: usize, f: F) -> R {
        let ring = &mut *self.0.borrow_mut();
        let tail = (ring.head + ring.len) % ring.frames.len();
        let frame = &mut ring.frames[tail];
        (frame.from, frame.len) = (SIDE, len);
        ring.len += 1;
        f(&mut frame.octets[..len])
    }
}
