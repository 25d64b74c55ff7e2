//! What both firmwares have in common: a device whose every sent frame comes back,
//! and a clock. Neither is real; both keep the compiler from leaving anything out.

use core::sync::atomic::{AtomicU32, Ordering};

use crate::smoltcp::phy::{Device, DeviceCapabilities, Medium, RxToken, TxToken};
use crate::smoltcp::time::Instant;

const MTU: usize = 1514;

/// Microseconds, as an interrupt would count them.
static TICKS: AtomicU32 = AtomicU32::new(0);

pub(crate) fn micros() -> u32 {
    TICKS.fetch_add(1, Ordering::Relaxed)
}

pub(crate) struct Wire {
    frame: [u8; MTU],
    len: usize,
    received: [u8; MTU],
}

impl Wire {
    pub(crate) const fn new() -> Self {
        Self {
            frame: [0; MTU],
            len: 0,
            received: [0; MTU],
        }
    }
}

pub(crate) struct Rx<'w>(&'w [u8]);
pub(crate) struct Tx<'w>(&'w mut [u8; MTU], &'w mut usize);

impl Device for Wire {
    type RxToken<'w> = Rx<'w>;
    type TxToken<'w> = Tx<'w>;

    fn receive(&mut self, _: Instant) -> Option<(Rx<'_>, Tx<'_>)> {
        let len = core::mem::take(&mut self.len);
        if len == 0 {
            return None;
        }
        self.received = self.frame;
        let received = self.received.get(..len)?;
        Some((Rx(received), Tx(&mut self.frame, &mut self.len)))
    }

    fn transmit(&mut self, _: Instant) -> Option<Tx<'_>> {
        (self.len == 0).then_some(Tx(&mut self.frame, &mut self.len))
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ethernet;
        capabilities.max_transmission_unit = MTU;
        capabilities
    }
}

impl RxToken for Rx<'_> {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, f: F) -> R {
        f(self.0)
    }
}

impl TxToken for Tx<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, len: usize, f: F) -> R {
        *self.1 = len;
        f(&mut self.0[..len])
    }
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {}
}
