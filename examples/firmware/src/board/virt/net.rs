//! The network device of virtio as smoltcp's device.

use core::cell::RefCell;

use amphi_smoltcp::smoltcp::phy::{self, DeviceCapabilities, Medium};
use amphi_smoltcp::smoltcp::time::Instant;
use static_cell::StaticCell;
use virtio_drivers::device::net::VirtIONetRaw;
use virtio_drivers::transport::mmio::MmioTransport;

use super::dma::Memory;

/// The longest frame, in octets: 1,500 and the header.
const LONGEST: usize = 1514;
/// Room for a frame and virtio's header, a multiple of 4; virtio wants 1,526 at least.
const ROOM: usize = 1536;
/// Frames that the device may hold for us.
const FRAMES: usize = 8;
/// Entries of each queue: a power of two, and two for each frame that is sent.
const QUEUE: usize = 16;

type Driver = VirtIONetRaw<Memory, MmioTransport<'static>, QUEUE>;

/// The driver, which the device and the sleep share.
pub(super) struct Link(RefCell<Driver>);

impl Link {
    /// Whether a frame waits.
    pub(super) fn has_frame(&self) -> bool {
        self.0.borrow().poll_receive().is_some()
    }

    /// Takes back the interrupt.
    pub(super) fn clear_interrupt(&self) {
        self.0.borrow_mut().ack_interrupt();
    }

    pub(super) fn hardware_address(&self) -> [u8; 6] {
        self.0.borrow().mac_address()
    }
}

/// The device.
pub struct VirtioNet {
    link: &'static Link,
    /// Lent to the driver, each under the token of the same place.
    frames: &'static mut [[u8; ROOM]; FRAMES],
    tokens: [u16; FRAMES],
    /// The frame that was received last, without virtio's header.
    frame: [u8; LONGEST],
}

impl VirtioNet {
    pub(super) fn start(transport: MmioTransport<'static>) -> Self {
        static LINK: StaticCell<Link> = StaticCell::new();
        static FRAMES_MEMORY: StaticCell<[[u8; ROOM]; FRAMES]> = StaticCell::new();
        let mut driver = Driver::new(transport)
            .unwrap_or_else(|_| defmt::panic!("the network device does not start"));
        let frames = FRAMES_MEMORY.init_with(|| [[0; ROOM]; FRAMES]);
        let mut tokens = [0; FRAMES];
        for (frame, token) in frames.iter_mut().zip(&mut tokens) {
            *token = lend(&mut driver, frame);
        }
        Self {
            link: LINK.init(Link(RefCell::new(driver))),
            frames,
            tokens,
            frame: [0; LONGEST],
        }
    }

    pub(super) const fn link(&self) -> &'static Link {
        self.link
    }

    /// Copies the next frame and gives its room back to the driver.
    fn take_frame(&mut self) -> Option<usize> {
        let mut driver = self.link.0.borrow_mut();
        loop {
            let token = driver.poll_receive()?;
            let place = self.tokens.iter().position(|lent| *lent == token)?;
            let room = &mut self.frames[place];
            // SAFETY: `room` is what `lend` gave the driver for this token, and
            // nothing looked at it since.
            let received = unsafe { driver.receive_complete(token, room) };
            let len = received.ok().and_then(|(header, len)| {
                let octets = room.get(header..header + len)?;
                self.frame.get_mut(..len)?.copy_from_slice(octets);
                Some(len)
            });
            self.tokens[place] = lend(&mut driver, room);
            // What is too long is not for us.
            if len.is_some() {
                return len;
            }
        }
    }
}

/// Lends the driver room for a frame.
fn lend(driver: &mut Driver, room: &mut [u8; ROOM]) -> u16 {
    // SAFETY: the room is in a static and is not looked at until the driver has
    // completed this token.
    let lent = unsafe { driver.receive_begin(room) };
    lent.unwrap_or_else(|_| defmt::panic!("the queue has no place for a frame"))
}

/// A received frame.
pub struct RxToken<'d>(&'d mut [u8]);

impl phy::RxToken for RxToken<'_> {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, f: F) -> R {
        f(self.0)
    }
}

/// Room for a frame.
pub struct TxToken(&'static Link);

impl phy::TxToken for TxToken {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, len: usize, f: F) -> R {
        let mut frame = [0; LONGEST];
        let frame = &mut frame[..len];
        let result = f(frame);
        if self.0.0.borrow_mut().send(frame).is_err() {
            // As on any link: what is lost is sent again.
            defmt::warn!("a frame of {} octets was not sent", len);
        }
        result
    }
}

impl phy::Device for VirtioNet {
    type RxToken<'d> = RxToken<'d>;
    type TxToken<'d> = TxToken;

    fn receive(&mut self, _timestamp: Instant) -> Option<(RxToken<'_>, TxToken)> {
        let len = self.take_frame()?;
        Some((RxToken(&mut self.frame[..len]), TxToken(self.link)))
    }

    fn transmit(&mut self, _timestamp: Instant) -> Option<TxToken> {
        Some(TxToken(self.link))
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ethernet;
        capabilities.max_transmission_unit = LONGEST;
        capabilities
    }
}
