//! How a machine ends when something is wrong: with a line in the log, and a status of
//! its own for each reason.

use core::panic::PanicInfo;

use crate::{Board, Machine};

/// A panic.
const PANICKED: i32 = 101;
/// An exception of the processor.
const FAULTED: i32 = 102;

/// Who looks at what a panic says links all that formats it, and the text of each: 7 kB of
/// code and 8 kB of text. The callers' addresses say the same with the image at hand.
#[cfg(all(target_arch = "arm", not(feature = "panic-text")))]
#[panic_handler]
fn panic(_info: &PanicInfo<'_>) -> ! {
    // The first two are this function and what called it.
    let [.., a, b, c, d] = crate::mps2::callers();
    defmt::error!(
        "panic, called from {=u32:#x} {=u32:#x} {=u32:#x} {=u32:#x}",
        a,
        b,
        c,
        d
    );
    Machine::exit(PANICKED)
}

#[cfg(any(target_arch = "riscv32", feature = "panic-text"))]
#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    let (file, line) = info
        .location()
        .map_or(("", 0), |place| (place.file(), place.line()));
    #[cfg(feature = "panic-text")]
    defmt::error!(
        "{=str}:{=u32}: {}",
        file,
        line,
        defmt::Display2Format(&info.message())
    );
    // Without formatting, which is twice the size of the log.
    #[cfg(not(feature = "panic-text"))]
    defmt::error!(
        "{=str}:{=u32}: {=str}",
        file,
        line,
        info.message().as_str().unwrap_or("panicked")
    );
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
    defmt::error!("fault at {:#010x}", frame.pc());
    Machine::exit(FAULTED)
}

/// The name by which `riscv-rt` finds it.
#[cfg(target_arch = "riscv32")]
#[unsafe(export_name = "ExceptionHandler")]
fn exception(_frame: &riscv_rt::TrapFrame) -> ! {
    defmt::error!("fault at {:#010x}", riscv::register::mepc::read());
    Machine::exit(FAULTED)
}

/// Executes what is no instruction, as memory that was overwritten might.
#[cfg(target_arch = "arm")]
pub fn fault() -> ! {
    cortex_m::asm::udf()
}

/// Executes what is no instruction, as memory that was overwritten might.
#[cfg(target_arch = "riscv32")]
pub fn fault() -> ! {
    // SAFETY: it ends in `exception`.
    unsafe { core::arch::asm!("unimp", options(noreturn)) }
}
