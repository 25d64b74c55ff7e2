//! What a machine gives the service: a clock, a network device, a sleep, and an end.

use amphi_smoltcp::Platform;
use amphi_smoltcp::smoltcp::phy::Device;

/// One machine. A board of your own implements this, and `main` stays as it is.
pub trait Board: Sized {
    /// Carries Ethernet frames.
    type Device: Device;
    /// Reads the clock, and sleeps until the device or the clock wants attention.
    type Platform: Platform;

    /// Starts the hardware; called once.
    fn start() -> Self;

    /// The device's hardware address.
    fn hardware_address(&self) -> [u8; 6];

    /// The device and the clock.
    fn split(self) -> (Self::Device, Self::Platform);

    /// Ends the machine with a status: 0 when all went well.
    fn exit(status: i32) -> !;
}
