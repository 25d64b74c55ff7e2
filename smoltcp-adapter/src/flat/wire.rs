use smoltcp::phy::{Device, DeviceCapabilities};
use smoltcp::time::Instant;

/// A device on loan, that tells whether something was sent.
pub(super) struct Outgoing<'d, D> {
    device: &'d mut D,
    has_sent: bool,
}

impl<'d, D> Outgoing<'d, D> {
    pub(super) const fn new(device: &'d mut D) -> Self {
        Self {
            device,
            has_sent: false,
        }
    }

    #[inline(never)] // less code, as it is kept in memory then
    pub(super) const fn has_sent(&self) -> bool {
        self.has_sent
    }
}

impl<D: Device> Device for Outgoing<'_, D> {
    type RxToken<'t>
        = D::RxToken<'t>
    where
        Self: 't;
    type TxToken<'t>
        = D::TxToken<'t>
    where
        Self: 't;

    fn receive(&mut self, at: Instant) -> Option<(D::RxToken<'_>, D::TxToken<'_>)> {
        self.device.receive(at)
    }

    fn transmit(&mut self, at: Instant) -> Option<D::TxToken<'_>> {
        let token = self.device.transmit(at);
        self.has_sent |= token.is_some();
        token
    }

    fn capabilities(&self) -> DeviceCapabilities {
        self.device.capabilities()
    }
}
