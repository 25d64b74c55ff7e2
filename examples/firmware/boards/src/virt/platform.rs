//! The clock: the CLINT's timer; the sleep: WFI, which an interrupt of the timer or of
//! the device ends, through the PLIC.

use amphi_core::time::Instant;
use amphi_smoltcp::Platform;
use riscv::register::mie;

use super::net::Link;

/// The timer's compare register and its count (`hw/intc/riscv_aclint.c`).
const MTIMECMP: usize = 0x0200_4000;
const MTIME: usize = 0x0200_BFF8;
/// Ticks of the timer in a microsecond.
const TICKS_PER_MICROSECOND: u64 = 10;

/// The PLIC (RISC-V PLIC specification, chapter 3): priorities, the enable bits and the
/// threshold of this core, and where interrupts are claimed and completed.
const PRIORITY: usize = 0x0C00_0000;
const ENABLE: usize = 0x0C00_2000;
const THRESHOLD: usize = 0x0C20_0000;
const CLAIM: usize = 0x0C20_0004;

/// The clock and the sleep of the machine.
pub struct Clint {
    link: &'static Link,
}

impl Clint {
    /// Lets the device's interrupt and the timer's end a sleep. There are no handlers:
    /// interrupts as such stay off.
    pub(super) fn start(link: &'static Link, interrupt: usize) -> Self {
        write(PRIORITY + 4 * interrupt, 1);
        write(ENABLE, 1 << interrupt);
        write(THRESHOLD, 0);
        set_alarm(u64::MAX);
        // SAFETY: with interrupts off, enabling them one by one breaks no critical section.
        unsafe { mie::set_mext() };
        // SAFETY: as above.
        unsafe { mie::set_mtimer() };
        Self { link }
    }
}

impl Platform for Clint {
    fn now(&self) -> Instant {
        Instant::from_micros(ticks() / TICKS_PER_MICROSECOND)
    }

    fn wait(&self, until: Instant) {
        if until <= self.now() || self.link.has_frame() {
            return;
        }
        set_alarm(until.as_micros().saturating_mul(TICKS_PER_MICROSECOND));
        // A frame that came since the look above has made its interrupt pending.
        riscv::asm::wfi();
        set_alarm(u64::MAX);
        self.link.clear_interrupt();
        let interrupt = read(CLAIM);
        if interrupt != 0 {
            write(CLAIM, interrupt);
        }
    }
}

/// The count of the timer, whose halves are read one after the other.
fn ticks() -> u64 {
    loop {
        let high = read(MTIME + 4);
        let low = read(MTIME);
        if read(MTIME + 4) == high {
            return u64::from(high) << 32 | u64::from(low);
        }
    }
}

/// Sets the compare register, which is never below both its old and its new value.
fn set_alarm(ticks: u64) {
    write(MTIMECMP + 4, u32::MAX);
    write(MTIMECMP, ticks as u32);
    write(MTIMECMP + 4, (ticks >> 32) as u32);
}

fn read(register: usize) -> u32 {
    let register = register as *const u32;
    // SAFETY: each address above is a word of the CLINT or the PLIC of this machine.
    unsafe { register.read_volatile() }
}

fn write(register: usize, value: u32) {
    let register = register as *mut u32;
    // SAFETY: as above; none of them makes the machine touch memory.
    unsafe { register.write_volatile(value) }
}
