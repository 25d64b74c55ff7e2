//! The device itself: all code that is made anew for each type of device.

use smoltcp::phy::{Device, PacketMeta, RxToken, TxToken};

use super::device::{Exit, Fill, LoopFrame, Port};
use super::drive::Sent;
use super::state::Inner;
use crate::convert;

/// The device as the engine drives it, whatever its type.
pub(crate) trait Edge {
    /// Takes in one frame, and tells whether there was one.
    fn receive(&mut self, inner: &mut Inner<'_>) -> bool;

    /// Lets a slot send what one frame carries.
    fn send(&mut self, inner: &mut Inner<'_>, index: u16) -> Sent;
}

/// The device, and room for one frame on its way back to own members of a group.
pub(crate) struct Wire<D> {
    device: D,
    looped: LoopFrame,
}

impl<D> Wire<D> {
    pub(crate) const fn new(device: D) -> Self {
        Self {
            device,
            looped: LoopFrame::new(),
        }
    }

    pub(crate) const fn device_mut(&mut self) -> &mut D {
        &mut self.device
    }
}

impl<D: Device> Edge for Wire<D> {
    fn receive(&mut self, inner: &mut Inner<'_>) -> bool {
        if inner.is_link_down() {
            return false;
        }
        let Some((rx, tx)) = self.device.receive(convert::instant(inner.now)) else {
            return false;
        };
        let mut gate = Gate::<D> {
            device: None,
            token: Some(tx),
        };
        rx.consume(|frame| inner.route(&mut Port::new(frame, &mut gate)));
        true
    }

    #[cfg_attr(not(target_pointer_width = "32"), inline(always))]
    fn send(&mut self, inner: &mut Inner<'_>, index: u16) -> Sent {
        let mut gate = Gate {
            device: (!inner.is_link_down()).then_some(&mut self.device),
            token: None,
        };
        inner.emit(&mut gate, &mut self.looped, index)
    }
}

/// The right to one frame: of a device that was not asked yet, or a token.
struct Gate<'d, D: Device> {
    device: Option<&'d mut D>,
    token: Option<D::TxToken<'d>>,
}

impl<D: Device> Exit for Gate<'_, D> {
    fn open(&mut self, now: smoltcp::time::Instant) -> bool {
        if let Some(device) = self.device.take() {
            self.token = device.transmit(now);
        }
        self.token.is_some()
    }

    fn send(&mut self, len: usize, meta: PacketMeta, fill: &mut dyn Fill) {
        if let Some(mut token) = self.token.take() {
            token.set_meta(meta);
            token.consume(len, |frame| fill.fill(frame));
        }
    }
}
