//! `virt`: QEMU's generic RISC-V machine, with a network device of virtio
//! (`hw/riscv/virt.c` has its memory map).

mod dma;
mod net;
mod platform;
mod receive;
mod send;

use core::ptr::NonNull;

use virtio_drivers::transport::mmio::{MmioTransport, VirtIOHeader};
use virtio_drivers::transport::{DeviceType, Transport};

use crate::Board;

pub use net::VirtioNet;
pub use platform::Clint;

/// Where the devices of virtio are, and how far apart.
const VIRTIO: usize = 0x1000_1000;
const VIRTIO_STEP: usize = 0x1000;
const VIRTIO_COUNT: usize = 8;
/// The interrupt of the first.
const VIRTIO_INTERRUPT: usize = 1;

/// The machine.
pub struct Machine {
    device: VirtioNet,
    platform: Clint,
}

impl Board for Machine {
    type Device = VirtioNet;
    type Platform = Clint;

    fn start() -> Self {
        let (number, transport) = (0..VIRTIO_COUNT)
            .find_map(|number| Some((number, network(number)?)))
            .unwrap_or_else(|| defmt::panic!("no network device"));
        let device = VirtioNet::start(transport);
        let platform = Clint::start(device.link(), VIRTIO_INTERRUPT + number);
        Self { device, platform }
    }

    fn hardware_address(&self) -> [u8; 6] {
        self.device.link().hardware_address()
    }

    fn split(self) -> (VirtioNet, Clint) {
        (self.device, self.platform)
    }

    fn exit(status: i32) -> ! {
        semihosting::process::exit(status)
    }
}

/// The device with this number, if it is one for networks.
fn network(number: usize) -> Option<MmioTransport<'static>> {
    let base = (VIRTIO + number * VIRTIO_STEP) as *mut VirtIOHeader;
    let header = NonNull::new(base)?;
    // SAFETY: the machine has that many devices there, whether used or not, for ever.
    let transport = unsafe { MmioTransport::new(header, VIRTIO_STEP) }.ok()?;
    (transport.device_type() == DeviceType::Network).then_some(transport)
}
