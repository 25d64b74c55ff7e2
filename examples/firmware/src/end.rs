//! How the machine ends when something is wrong: with a line in the log, and a status of
//! its own for each reason.

use core::panic::PanicInfo;

use crate::board::Machine;
use crate::hal::Board;

/// A panic.
const PANICKED: i32 = 101;
/// An exception of the processor.
#[cfg_attr(
    target_arch = "riscv32",
    expect(dead_code, reason = "there, see `virt`")
)]
const FAULTED: i32 = 102;

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    // Without formatting, which is twice the size of the log.
    let message = info.message().as_str().unwrap_or("panicked");
    match info.location() {
        Some(place) => defmt::error!("{=str}:{=u32}: {=str}", place.file(), place.line(), message),
        None => defmt::error!("{=str}", message),
    }
    Machine::exit(PANICKED)
}

/// What `defmt::panic!` does after its line: nothing more to say.
#[defmt::panic_handler]
fn panicked() -> ! {
    Machine::exit(PANICKED)
}

#[cfg(target_arch = "arm")]
#[cortex_m_rt::exception]
unsafe fn HardFault(frame: &cortex_m_rt::ExceptionFrame) -> ! {
    defmt::error!("hard fault at {:#010x}", frame.pc());
    Machine::exit(FAULTED)
}
