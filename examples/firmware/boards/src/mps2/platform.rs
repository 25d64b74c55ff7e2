//! The clock: the LAN9118's free-running counter; the sleep: WFI.

use core::cell::Cell;

use amphi_core::time::Instant;
use amphi_smoltcp::Platform;
use cortex_m::peripheral::syst::SystClkSource;
use cortex_m::peripheral::{NVIC, SCB, SYST};

use super::Interrupt;
use super::lan9118::Registers;

/// Ticks of either counter in a microsecond.
const TICKS_PER_MICROSECOND: u32 = 25;
/// The longest sleep, in ticks: what the 24 bits of `SysTick` hold (ARMv7-M, B3.3).
/// It is far below the 171 seconds in which the free-running counter wraps.
const LONGEST: u32 = 0x00FF_FFFF;

/// The clock and the sleep of the machine.
pub struct SysTick {
    timer: Cell<Option<SYST>>,
    registers: Registers,
    network: Interrupt,
    /// The last whole microsecond that was read: the counter then, and the time.
    read: Cell<(u32, u64)>,
}

impl SysTick {
    pub(super) fn start(mut timer: SYST, registers: Registers, network: Interrupt) -> Self {
        timer.set_clock_source(SystClkSource::Core);
        timer.enable_interrupt();
        // SAFETY: interrupts are off for good, so unmasking one breaks no critical section.
        unsafe { NVIC::unmask(network) };
        Self {
            timer: Cell::new(Some(timer)),
            registers,
            network,
            read: Cell::new((registers.free_run(), 0)),
        }
    }

    /// Microseconds since the start. Read at least each 171 seconds, as `wait` does; only
    /// what has passed since is divided, which is a matter of words.
    #[inline(never)]
    fn micros(&self) -> u64 {
        let (ticks, micros) = self.read.get();
        let passed = self.registers.free_run().wrapping_sub(ticks) / TICKS_PER_MICROSECOND;
        let ticks = ticks.wrapping_add(passed * TICKS_PER_MICROSECOND);
        let micros = micros + u64::from(passed);
        self.read.set((ticks, micros));
        micros
    }
}

impl Platform for SysTick {
    fn now(&self) -> Instant {
        Instant::from_micros(self.micros())
    }

    fn wait(&self, until: Instant) {
        let left = until.as_micros().saturating_sub(self.micros());
        let ticks = u32::try_from(left).map_or(LONGEST, |left| {
            left.saturating_mul(TICKS_PER_MICROSECOND).min(LONGEST)
        });
        if ticks == 0 || self.registers.has_frame() {
            return;
        }
        let Some(mut timer) = self.timer.take() else {
            return;
        };
        // A frame that arrives from here on makes the interrupt pending, which ends
        // the sleep even though interrupts are off (ARMv7-M, B1.5.18).
        self.registers.clear_interrupt();
        NVIC::unpend(self.network);
        timer.set_reload(ticks);
        timer.clear_current();
        timer.enable_counter();
        if !self.registers.has_frame() {
            cortex_m::asm::wfi();
        }
        timer.disable_counter();
        SCB::clear_pendst();
        self.timer.set(Some(timer));
    }
}
