//! Machines for Amphi's stack: each a network device, a clock that sleeps, and an end.
//!
//! A program says [`entry!`] with its first function, which gets the machine. What it logs
//! by `defmt` leaves through the debugger, as does the reason of its end.
#![no_std]

mod board;
mod end;
#[cfg(target_arch = "arm")]
mod mps2;
#[cfg(target_arch = "riscv32")]
mod virt;

pub use board::Board;
pub use end::fault;
#[cfg(target_arch = "arm")]
pub use mps2::{Lan9118, Machine, SysTick};
#[cfg(target_arch = "riscv32")]
pub use virt::{Clint, Machine, VirtioNet};

use defmt_semihosting as _;

#[doc(hidden)]
pub mod rt {
    #[cfg(target_arch = "arm")]
    pub use cortex_m_rt::entry;
    #[cfg(target_arch = "riscv32")]
    pub use riscv_rt::entry;
}

/// Makes a function of the type `fn(Machine) -> !` the one that a machine begins with.
#[macro_export]
macro_rules! entry {
    ($run:path) => {
        #[$crate::rt::entry]
        fn entry() -> ! {
            $run(<$crate::Machine as $crate::Board>::start())
        }
    };
}
