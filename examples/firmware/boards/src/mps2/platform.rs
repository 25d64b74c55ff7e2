//! The clock: the LAN9118's free-running counter; the sleep: WFI.

use core::cell::Cell;

use amphi_core::time::{Duration, Instant};
use amphi_smoltcp::Platform;
use cortex_m::peripheral::syst::SystClkSource;
use cortex_m::peripheral::{NVIC, SCB, SYST};

use super::Interrupt;
use super::lan9118::Registers;

/// Ticks of either counter in a microsecond.
const TICKS_PER_MICROSECOND: u64 = 25;
/// The longest sleep, in ticks: what the 24 bits of `SysTick` hold (ARMv7-M, B3.3).
/// It is far below the 171 seconds in which the free-running counter wraps.
const LONGEST: u64 = 0x00FF_FFFF;

/// The clock and the sleep of the machine.
pub struct SysTick {
    timer: Cell<Option<SYST>>,
    registers: Registers,
    network: Interrupt,
    /// The counter when it was read last, with the wraps before in the upper half.
    ticks: Cell<u64>,
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
            ticks: Cell::new(0),
        }
    }

    /// Ticks since the counter started.
    fn ticks(&self) -> u64 {
        let before = self.ticks.get();
        let low = self.registers.free_run();
        let wraps = before & !u64::from(u32::MAX);
        let mut now = wraps | u64::from(low);
        if now < before {
            now += 1 << 32;
        }
        self.ticks.set(now);
        now
    }
}

impl Platform for SysTick {
    fn now(&self) -> Instant {
        Instant::from_micros(self.ticks() / TICKS_PER_MICROSECOND)
    }

    fn wait(&self, until: Instant) {
        let left = until.saturating_since(self.now());
        let ticks = micros(left)
            .saturating_mul(TICKS_PER_MICROSECOND)
            .min(LONGEST);
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
        timer.set_reload(ticks as u32);
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

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
