use smoltcp::phy::{Device, DeviceCapabilities, Medium};
use smoltcp::time::Instant;

use super::ring::{Ring, RxToken, TxToken};

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
    ring: Ring<MTU, FRAMES>,
}

impl<const MTU: usize, const FRAMES: usize> Loopback<MTU, FRAMES> {
    /// An empty link that carries frames of `medium`.
    #[must_use]
    pub const fn new(medium: Medium) -> Self {
        Self {
            medium,
            ring: Ring::new(),
        }
    }

    /// How many frames are on the link.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.ring.len()
    }

    /// Whether no frame is on the link.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<const MTU: usize, const FRAMES: usize> Device for Loopback<MTU, FRAMES> {
    type RxToken<'a> = RxToken<'a, MTU, FRAMES>;
    type TxToken<'a> = TxToken<'a, MTU, FRAMES>;

    fn receive(&mut self, _timestamp: Instant) -> Option<(Self::RxToken<'_>, Self::TxToken<'_>)> {
        // The place of the frame that is taken off is room for the answer.
        Some((self.ring.receive()?, self.ring.send()))
    }

    fn transmit(&mut self, _timestamp: Instant) -> Option<Self::TxToken<'_>> {
        (self.ring.len() < Ring::<MTU, FRAMES>::CAPACITY).then(|| self.ring.send())
    }

    fn capabilities(&self) -> DeviceCapabilities {
        super::capabilities(self.medium, MTU)
    }
}
