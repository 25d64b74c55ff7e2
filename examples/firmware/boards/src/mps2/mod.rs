//! `mps2-an385`: a Cortex-M3 at 25 MHz with a LAN9118 (Application Note AN385).

#[cfg(not(feature = "panic-text"))]
mod callers;
mod lan9118;
mod platform;
mod runtime;

use crate::Board;
use lan9118::Registers;

pub use lan9118::Lan9118;
pub use platform::SysTick;

#[cfg(not(feature = "panic-text"))]
pub(crate) use callers::callers;

/// The base of the LAN9118's registers (AN385, table 3-1).
const LAN9118: usize = 0x4020_0000;
/// Its interrupt (AN385, table 3-3).
const INTERRUPT: Interrupt = Interrupt(13);

/// An interrupt by its number.
#[derive(Clone, Copy)]
struct Interrupt(u16);

// SAFETY: AN385 numbers interrupts from 0 to 31, and 13 is among them.
unsafe impl cortex_m::interrupt::InterruptNumber for Interrupt {
    fn number(self) -> u16 {
        self.0
    }
}

/// The machine.
pub struct Machine {
    device: Lan9118,
    platform: SysTick,
}

impl Board for Machine {
    type Device = Lan9118;
    type Platform = SysTick;

    fn start() -> Self {
        // Interrupts only end a sleep; there are no handlers.
        cortex_m::interrupt::disable();
        let peripherals = cortex_m::Peripherals::take().expect("the first to take them");
        // SAFETY: the registers are there on this machine, and nobody else uses them.
        let registers = unsafe { Registers::new(LAN9118) };
        Self {
            device: Lan9118::start(registers),
            platform: SysTick::start(peripherals.SYST, registers, INTERRUPT),
        }
    }

    fn hardware_address(&self) -> [u8; 6] {
        self.device.hardware_address()
    }

    fn split(self) -> (Lan9118, SysTick) {
        (self.device, self.platform)
    }

    fn exit(status: i32) -> ! {
        semihosting::process::exit(status)
    }
}
