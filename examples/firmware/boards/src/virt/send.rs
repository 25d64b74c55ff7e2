//! Frames on their way out: lent to the driver until the device has taken them.

use amphi_smoltcp::smoltcp::phy;
use static_cell::ConstStaticCell;

use super::net::{Link, ROOM};

/// Frames that may be on their way.
const FRAMES: usize = 4;

/// Sends without waiting for the device.
pub(super) struct Sender {
    link: &'static Link,
    frames: &'static mut [[u8; ROOM]; FRAMES],
    /// Whose room is lent: its token, and how many octets of it.
    lent: [Option<(u16, usize)>; FRAMES],
}

impl Sender {
    /// Called once.
    pub(super) fn new(link: &'static Link) -> Self {
        static MEMORY: ConstStaticCell<[[u8; ROOM]; FRAMES]> =
            ConstStaticCell::new([[0; ROOM]; FRAMES]);
        Self {
            link,
            frames: MEMORY.take(),
            lent: [None; FRAMES],
        }
    }

    /// The right to send a frame, if there is room for one.
    pub(super) fn token(&mut self) -> Option<TxToken<'_>> {
        self.take_back();
        let place = self.lent.iter().position(Option::is_none)?;
        Some(TxToken {
            sender: self,
            place,
        })
    }

    /// Takes back the room of frames that the device has taken.
    fn take_back(&mut self) {
        let mut driver = self.link.0.borrow_mut();
        while let Some(token) = driver.poll_transmit() {
            let is_lent = |lent: &Option<(u16, usize)>| lent.is_some_and(|lent| lent.0 == token);
            let Some(place) = self.lent.iter().position(is_lent) else {
                return;
            };
            let (_, len) = self.lent[place].take().unwrap_or_default();
            // SAFETY: these are the octets that `send` gave the driver for this token.
            let sent = unsafe { driver.transmit_complete(token, &self.frames[place][..len]) };
            if sent.is_err() {
                return;
            }
        }
    }

    fn send(&mut self, place: usize, len: usize) {
        let frame = &self.frames[place][..len];
        // SAFETY: the room is in a static, and is not touched until `take_back`.
        let lent = unsafe { self.link.0.borrow_mut().transmit_begin(frame) };
        match lent {
            Ok(token) => self.lent[place] = Some((token, len)),
            // As on any link: what is lost is sent again.
            Err(_) => defmt::warn!("a frame of {} octets was not sent", len),
        }
    }
}

/// Room for a frame.
pub struct TxToken<'d> {
    sender: &'d mut Sender,
    place: usize,
}

impl phy::TxToken for TxToken<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, len: usize, f: F) -> R {
        let Self { sender, place } = self;
        let room = &mut sender.frames[place];
        // The room is longer than any header and frame.
        let header = sender.link.0.borrow().fill_buffer_header(room).unwrap_or(0);
        let result = f(&mut room[header..header + len]);
        sender.send(place, header + len);
        result
    }
}
