//! Frames that have come, and room for those to come, which is lent to the driver.

use amphi_smoltcp::smoltcp::phy;
use static_cell::ConstStaticCell;

use super::net::{Driver, LONGEST, Link, ROOM};

/// Frames that the device may hold for us.
const FRAMES: usize = 8;

/// Receives frame by frame.
pub(super) struct Receiver {
    link: &'static Link,
    /// Lent to the driver, each under the token of the same place.
    frames: &'static mut [[u8; ROOM]; FRAMES],
    tokens: [u16; FRAMES],
    /// The frame that was received last, without virtio's header.
    frame: [u8; LONGEST],
}

impl Receiver {
    /// Called once.
    pub(super) fn new(link: &'static Link) -> Self {
        static MEMORY: ConstStaticCell<[[u8; ROOM]; FRAMES]> =
            ConstStaticCell::new([[0; ROOM]; FRAMES]);
        let frames = MEMORY.take();
        let mut tokens = [0; FRAMES];
        for (frame, token) in frames.iter_mut().zip(&mut tokens) {
            *token = lend(&mut link.0.borrow_mut(), frame);
        }
        Self {
            link,
            frames,
            tokens,
            frame: [0; LONGEST],
        }
    }

    /// The next frame.
    pub(super) fn token(&mut self) -> Option<RxToken<'_>> {
        let len = self.take_frame()?;
        Some(RxToken(&self.frame[..len]))
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
pub struct RxToken<'d>(&'d [u8]);

impl phy::RxToken for RxToken<'_> {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, f: F) -> R {
        f(self.0)
    }
}
