//! A device that receives what it sends.

use core::cell::Cell;

use smoltcp::phy::{self, Device, DeviceCapabilities, Medium};
use smoltcp::time::Instant;

/// A device that receives what it sends, in order: room for `FRAMES` frames
/// (one of which is always free, so at least 2) of `MTU` octets, without a heap.
///
/// Checksums are computed and verified, as on a real link.
///
/// ```
/// use amphi_smoltcp::Loopback;
/// use amphi_smoltcp::smoltcp::phy::{Device, Medium};
///
/// let device = Loopback::<1500, 16>::new(Medium::Ip);
/// assert_eq!(device.capabilities().max_transmission_unit, 1500);
/// ```
#[derive(Debug)]
pub struct Loopback<const MTU: usize, const FRAMES: usize> {
    medium: Medium,
    ring: Ring,
    frames: [Frame<MTU>; FRAMES],
}

#[derive(Debug, Clone, Copy)]
struct Frame<const MTU: usize> {
    len: usize,
    octets: [u8; MTU],
}

/// Which frames are in use. In cells, as a pair of tokens shares it.
#[derive(Debug)]
struct Ring {
    head: Cell<usize>,
    len: Cell<usize>,
}

impl<const MTU: usize, const FRAMES: usize> Loopback<MTU, FRAMES> {
    /// An empty link that carries frames of `medium`.
    #[must_use]
    pub const fn new(medium: Medium) -> Self {
        const {
            assert!(
                FRAMES >= 2,
                "one frame is always free, so there must be two"
            );
        };
        Self {
            medium,
            ring: Ring {
                head: Cell::new(0),
                len: Cell::new(0),
            },
            frames: [Frame {
                len: 0,
                octets: [0; MTU],
            }; FRAMES],
        }
    }

    /// How many frames are on the link.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.ring.len.get()
    }

    /// Whether no frame is on the link.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A frame that arrived.
#[derive(Debug)]
pub struct RxToken<'a>(&'a [u8]);

/// Room for a frame to send.
#[derive(Debug)]
pub struct TxToken<'a> {
    ring: &'a Ring,
    len: &'a mut usize,
    octets: &'a mut [u8],
}

impl<const MTU: usize, const FRAMES: usize> Device for Loopback<MTU, FRAMES> {
    type RxToken<'a> = RxToken<'a>;
    type TxToken<'a> = TxToken<'a>;

    fn receive(&mut self, _timestamp: Instant) -> Option<(RxToken<'_>, TxToken<'_>)> {
        let (head, len) = (self.ring.head.get(), self.ring.len.get());
        if len == 0 {
            return None;
        }
        // At most FRAMES - 1 are in use, so the frame to fill is not the one to read.
        let tail = (head + len) % FRAMES;
        self.ring.head.set((head + 1) % FRAMES);
        self.ring.len.set(len - 1);
        let [rx, tx] = self.frames.get_disjoint_mut([head, tail]).ok()?;
        let tx = TxToken {
            ring: &self.ring,
            len: &mut tx.len,
            octets: &mut tx.octets,
        };
        Some((RxToken(rx.octets.get(..rx.len)?), tx))
    }

    fn transmit(&mut self, _timestamp: Instant) -> Option<TxToken<'_>> {
        let (head, len) = (self.ring.head.get(), self.ring.len.get());
        if len + 1 >= FRAMES {
            return None;
        }
        let frame = self.frames.get_mut((head + len) % FRAMES)?;
        Some(TxToken {
            ring: &self.ring,
            len: &mut frame.len,
            octets: &mut frame.octets,
        })
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = self.medium;
        capabilities.max_transmission_unit = MTU;
        capabilities
    }
}

impl phy::RxToken for RxToken<'_> {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, f: F) -> R {
        f(self.0)
    }
}

impl phy::TxToken for TxToken<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, len: usize, f: F) -> R {
        let result = f(&mut self.octets[..len]);
        *self.len = len;
        self.ring.len.set(self.ring.len.get() + 1);
        result
    }
}
