//! The network device of virtio as smoltcp's device.

use core::cell::RefCell;

use amphi_smoltcp::smoltcp::phy::{self, DeviceCapabilities, Medium};
use amphi_smoltcp::smoltcp::time::Instant;
use static_cell::StaticCell;
use virtio_drivers::device::net::VirtIONetRaw;
use virtio_drivers::transport::mmio::MmioTransport;

use super::dma::Memory;
use super::receive::{Receiver, RxToken};
use super::send::{Sender, TxToken};

/// The longest frame, in octets: 1,500 and the header.
pub(super) const LONGEST: usize = 1514;
/// Room for a frame and virtio's header, a multiple of 4; virtio wants 1,526 at least.
pub(super) const ROOM: usize = 1536;
/// Entries of each queue: a power of two, and one for each frame that it holds.
const QUEUE: usize = 16;

pub(super) type Driver = VirtIONetRaw<Memory, MmioTransport<'static>, QUEUE>;

/// The driver, which the device and the sleep share.
pub(super) struct Link(pub(super) RefCell<Driver>);

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
    receiver: Receiver,
    sender: Sender,
}

impl VirtioNet {
    pub(super) fn start(transport: MmioTransport<'static>) -> Self {
        static LINK: StaticCell<Link> = StaticCell::new();
        let driver = Driver::new(transport)
            .unwrap_or_else(|_| defmt::panic!("the network device does not start"));
        let link = LINK.init(Link(RefCell::new(driver)));
        Self {
            link,
            receiver: Receiver::new(link),
            sender: Sender::new(link),
        }
    }

    pub(super) const fn link(&self) -> &'static Link {
        self.link
    }
}

impl phy::Device for VirtioNet {
    type RxToken<'d> = RxToken<'d>;
    type TxToken<'d> = TxToken<'d>;

    fn receive(&mut self, _timestamp: Instant) -> Option<(RxToken<'_>, TxToken<'_>)> {
        // Without room for an answer the frame stays where it is.
        let answer = self.sender.token()?;
        Some((self.receiver.token()?, answer))
    }

    fn transmit(&mut self, _timestamp: Instant) -> Option<TxToken<'_>> {
        self.sender.token()
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ethernet;
        capabilities.max_transmission_unit = LONGEST;
        capabilities
    }
}
