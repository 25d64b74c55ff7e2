//! A device that has no room at times.

use amphi_smoltcp::smoltcp::phy::{Device, DeviceCapabilities};
use amphi_smoltcp::smoltcp::time::Instant;

/// Refuses some of seven frames in a row to be sent, but for answers to what has come.
#[derive(Debug)]
pub(crate) struct Reluctant<D> {
    device: D,
    refused: u32,
    asked: u32,
}

impl<D> Reluctant<D> {
    pub(crate) const fn new(device: D, refused: u32) -> Self {
        Self {
            device,
            refused,
            asked: 0,
        }
    }

    pub(crate) const fn device(&self) -> &D {
        &self.device
    }
}

impl<D: Device> Device for Reluctant<D> {
    type RxToken<'a>
        = D::RxToken<'a>
    where
        Self: 'a;
    type TxToken<'a>
        = D::TxToken<'a>
    where
        Self: 'a;

    fn receive(&mut self, timestamp: Instant) -> Option<(Self::RxToken<'_>, Self::TxToken<'_>)> {
        self.device.receive(timestamp)
    }

    fn transmit(&mut self, timestamp: Instant) -> Option<Self::TxToken<'_>> {
        self.asked = (self.asked + 1) % 7;
        if self.asked < self.refused {
            return None;
        }
        self.device.transmit(timestamp)
    }

    fn capabilities(&self) -> DeviceCapabilities {
        self.device.capabilities()
    }
}
