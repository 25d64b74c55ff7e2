//! A link in memory: two devices, each of which receives what the other sends.
//! No heap once it stands.

use core::cell::RefCell;
use std::rc::Rc;

use amphi_smoltcp::smoltcp::phy::{self, Device, DeviceCapabilities, Medium};
use amphi_smoltcp::smoltcp::time::Instant;

/// Octets of the longest frame.
const MTU: usize = 1500;
/// How many frames one direction holds.
const FRAMES: usize = 64;

/// One end, left or right. Two types, so that what a client and a server of the
/// same code run is compiled twice: a real server shares no instructions with its client.
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

#[derive(Debug, Clone)]
struct Frame {
    len: usize,
    octets: [u8; MTU],
}

/// The two ends of a new link.
pub(crate) fn pair() -> (End<'L'>, End<'R'>) {
    let ring = || {
        let frame = Frame {
            len: 0,
            octets: [0; MTU],
        };
        Rc::new(RefCell::new(Ring {
            head: 0,
            len: 0,
            frames: vec![frame; FRAMES].into_boxed_slice(),
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
pub(crate) struct Received<'a>(&'a RefCell<Ring>);

/// Room for a frame to send.
#[derive(Debug)]
pub(crate) struct Room<'a>(&'a RefCell<Ring>);

impl<const SIDE: char> Device for End<SIDE> {
    type RxToken<'a> = Received<'a>;
    type TxToken<'a> = Room<'a>;

    fn receive(&mut self, timestamp: Instant) -> Option<(Received<'_>, Room<'_>)> {
        if self.incoming.borrow().len == 0 || self.outgoing.borrow().len == FRAMES {
            return None;
        }
        let _ = timestamp;
        Some((Received(&self.incoming), Room(&self.outgoing)))
    }

    fn transmit(&mut self, timestamp: Instant) -> Option<Room<'_>> {
        let _ = timestamp;
        // The other half is for answers to what is received; were it not kept free,
        // two ends that both have much to send could block each other.
        (self.outgoing.borrow().len < FRAMES / 2).then(|| Room(&self.outgoing))
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ip;
        capabilities.max_transmission_unit = MTU;
        capabilities
    }
}

impl phy::RxToken for Received<'_> {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, f: F) -> R {
        let ring = &mut *self.0.borrow_mut();
        let frame = &ring.frames[ring.head];
        let result = f(&frame.octets[..frame.len]);
        ring.head = (ring.head + 1) % FRAMES;
        ring.len -= 1;
        result
    }
}

impl phy::TxToken for Room<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, len: usize, f: F) -> R {
        let ring = &mut *self.0.borrow_mut();
        let frame = &mut ring.frames[(ring.head + ring.len) % FRAMES];
        frame.len = len;
        ring.len += 1;
        f(&mut frame.octets[..len])
    }
}
